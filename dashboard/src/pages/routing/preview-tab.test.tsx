import { expect, test } from "bun:test";
import { ask, made } from "../../../../test/access/keys.ts";
import type { RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const PREVIEW = "/routing?tab=preview";
const asks = (asked: readonly string[]) => asked.filter((one) => one === "POST /admin/preview").length;
const faultOf = (field: Element) => document.getElementById(field.getAttribute("aria-describedby")!)?.textContent;
const show = () => screen.getByRole("button", { name: "Show what would happen" });

test("nothing is asked before a model is named; a link that somebody sent is asked at once", () =>
  at(PREVIEW, async ({ asked, history }) => {
    await screen.findByText("What would happen to this request now?");
    expect(asks(asked)).toBe(0);
    history.push(`${PREVIEW}&model=openai/gpt-5`);
    await screen.findByText(/It would be sent, to openai first/);
    expect(asks(asked)).toBe(1);
  }));

test("what is filled in stands in the address, and who asks again has a fresh answer", () =>
  at(PREVIEW, async ({ user, asked, address }) => {
    await user.type(await screen.findByLabelText("Model"), "openai/gpt-5");
    await user.type(screen.getByLabelText(/^Most output tokens/), "1,000");
    await user.click(show());
    await screen.findByText(/It would be sent/);
    expect(address()).toContain("tab=preview");
    expect(address()).toContain("model=openai%2Fgpt-5");
    await user.click(show());
    await waitFor(() => expect(asks(asked)).toBe(2));
  }));

test("what is no number, and what is no JSON, is refused at its field; nothing is asked", () =>
  at(PREVIEW, async ({ user, asked }) => {
    await user.type(await screen.findByLabelText("Model"), "openai/gpt-5");
    const most = screen.getByLabelText(/^Most output tokens/);
    await user.type(most, "many");
    await user.click(show());
    await waitFor(() => expect(most.getAttribute("aria-invalid")).toBe("true"));
    await user.clear(most);
    const more = screen.getByLabelText(/^More of the body/);
    await user.type(more, "stop: now");
    await user.click(show());
    await waitFor(() => expect(more.getAttribute("aria-invalid")).toBe("true"));
    expect(faultOf(more)).toContain("JSON");
    expect(asks(asked)).toBe(0);
  }));

test("of a model that there is not is told what a client would be told", () =>
  at(`${PREVIEW}&model=openai/no-such-model`, async () => {
    await screen.findByText(/It would be refused: 404/);
    expect(screen.queryAllByText(/It would be sent/)).toHaveLength(0);
  }));

test("a key that may not ask for the model is refused, and budgets and limits of one that may are told", () => {
  let [narrow, rich] = ["", ""];
  return at(
    PREVIEW,
    async ({ user, history }) => {
      history.push(`${PREVIEW}&model=openai/gpt-5&key=${narrow}`);
      expect((await screen.findByText(/It would be refused: 403/)).textContent).toContain("403");
      const option = await screen.findByRole("option", { name: "rich" });
      await user.selectOptions(screen.getByLabelText("Key"), option);
      await user.click(show());
      await screen.findByText(/It would be sent/);
      const told = (await screen.findByRole("link", { name: `Key ${rich}` })).closest("li")!;
      expect(told.textContent).toMatch(/\$0\.00 of \$10\.00 a month.*would reserve \$.*enough/);
      const limit = screen.getByText("7 requests a minute").closest("li")!;
      expect(limit.textContent).toContain("would take 1 of 7 left");
    },
    {
      before: async (gateway: RunningGateway) => {
        narrow = (await made(gateway, { name: "narrow", models: ["anthropic/*"] })).id;
        const budget = { limit_usd: 10, period: "monthly" };
        rich = (await made(gateway, { name: "rich", budget, limits: { requests_per_minute: 7 } })).id;
      },
    },
  );
});

test("a budget that is not enough is told with what would be refused", () =>
  at(
    `${PREVIEW}&model=openai/gpt-5`,
    async () => {
      await screen.findByText(/It would be refused: 402/);
      const told = (await screen.findByRole("link", { name: "All requests" })).closest("li")!;
      expect(within(told).getByText("not enough")).toBeTruthy();
    },
    {
      before: (gateway) =>
        ask(gateway, "POST", "/admin/budgets", { scope: "gateway", limit_usd: 0, period: "monthly" }),
    },
  ));

test("who is left out is told with the reason", () =>
  at(`${PREVIEW}&model=openai/gpt-5`, async () => {
    await screen.findByText(/It would be sent/);
    const table = screen.getByRole("table", { name: "Who would not be asked, and why" });
    for (const row of within(table).getAllByRole("row").slice(1))
      expect(row.lastElementChild!.textContent).not.toBe("");
  }));

test("where the gateway fails its words are told, and the fields stay as they were", () =>
  at(
    `${PREVIEW}&model=openai/gpt-5`,
    async () => {
      await waitFor(() => expect(document.body.textContent!.includes("Plans are away.")).toBe(true));
      expect(screen.getByLabelText<HTMLInputElement>("Model").value).toBe("openai/gpt-5");
    },
    {
      standIn: (path) =>
        path === "/admin/preview"
          ? Response.json({ error: { message: "Plans are away.", code: "internal" } }, { status: 500 })
          : undefined,
    },
  ));

test("a viewer may look at what would happen", () =>
  at(
    `${PREVIEW}&model=openai/gpt-5`,
    async () => {
      await screen.findByText(/It would be sent/);
      expect(show()).toHaveProperty("disabled", false);
    },
    { role: "viewer" },
  ));
