import { describe, expect, test } from "bun:test";
import { ask } from "../../../../../test/access/keys.ts";
import { look, MODEL, told } from "../../../../test/request.ts";
import { screen, waitFor, within } from "../../../../test/visitor.tsx";
import { exactUsd, usd } from "../../../ui/format.ts";

const card = async (title: string) => (await screen.findByRole("heading", { name: title })).closest("section")!;
const steps = async () =>
  within(await screen.findByRole("list", { name: "Attempts, in their order" })).getAllByRole("listitem");
/** What stands by a name at the top, with what stands beneath it. */
const figure = (label: string) => screen.getAllByText(label, { selector: "dt" })[0]!.nextElementSibling!.textContent;
const costs = async () =>
  within(await screen.findByRole("table", { name: "How the cost comes about" }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => row.textContent!);

describe("what a request was", () => {
  test("stands at the top: how it ended, by whom, for how much, with how many tokens", () =>
    look(
      async ({ one }) => {
        await screen.findByText("Time to first token");
        expect(figure("Status")).toStartWith("OK");
        expect(figure("Model")).toBe(`${MODEL}openai`);
        expect(figure("Cost")).toStartWith(usd(one.market_cost));
        expect(figure("Key")).toContain("ada");
        expect(figure("Input tokens")).toBe(`${one.tokens_prompt}None cached`);
        expect(figure("Output tokens")).toBe(`${one.tokens_completion}No reasoning`);
        expect(figure("Duration")).toEndWith("In one piece");
        // There is no first token in what comes in one piece.
        expect(figure("Time to first token")).toStartWith("–");
      },
      { sent: { more: { user: "ada" }, text: "[sim tokens=20] Hi" } },
    ));

  test("counts what was cached and thought, however much it is", () =>
    look(
      async () => {
        await screen.findByText("Time to first token");
        expect(figure("Input tokens")).toBe("9,007,199,254,740,9911,234,567 cached");
        expect(figure("Output tokens")).toBe("0500 reasoning");
        expect(figure("Cost")).toBe("$123,456,789.00Estimated");
        expect(figure("Status")).toStartWith("Client left");
        expect(figure("Model")).toEndWith("Nobody was asked");
      },
      {
        some: {
          tokens_prompt: Number.MAX_SAFE_INTEGER,
          native_tokens_cached: 1_234_567,
          tokens_completion: 0,
          native_tokens_reasoning: 500,
          market_cost: 123_456_789,
          estimated: true,
          error: "client_closed",
          provider_name: null,
        },
      },
    ));

  test("of a client's own account says so", () =>
    look(
      async () => {
        await screen.findByText("Cost, on the client's own account");
        expect(figure("Cost")).toEndWith("On the client's own account");
      },
      { some: { is_byok: true } },
    ));

  test("whose price nobody knows is not said to have been free", () =>
    look(
      async () => {
        await screen.findByText("Nobody knows its price");
        expect(figure("Cost")).toBe("–Nobody knows its price");
      },
      { some: { unpriced: true, market_cost: 0, estimated: true } },
    ));

  test("leads to its model, its key and its end user", () =>
    look(
      async ({ user, address, history, id, one }) => {
        const details = await card("Details");
        expect(
          within(details)
            .getAllByRole("link")
            .map((link) => link.getAttribute("href")),
        ).toEqual([`/requests?api_key_id=${one.api_key_id}`, "/requests?user_id=ada", "/requests?tag=nightly"]);
        await user.click(within(details).getByRole("link", { name: "ada" }));
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toBe("/requests?user_id=ada");
        history.back();
        await screen.findByText(id);
        await user.click(screen.getByRole("link", { name: MODEL }));
        await screen.findByRole("heading", { level: 1, name: MODEL });
      },
      { sent: { more: { user: "ada", providerOptions: { gateway: { tags: ["nightly"] } } } } },
    ));

  test("that nobody told has no line among the details", () =>
    look(async () => {
      const details = await card("Details");
      for (const label of ["End user", "Team", "Tags", "App", "Entity", "Data"])
        expect(within(details).queryAllByText(label)).toHaveLength(0);
    }));

  test("came from an app whose address is a link only where a browser opens it safely", () =>
    look(
      async () => {
        const link = within(await card("Details")).getByRole("link", { name: "https://app.example/" });
        expect([link.getAttribute("rel"), link.getAttribute("target")]).toEqual(["noreferrer noopener", "_blank"]);
      },
      { some: { app: "App", app_url: "https://app.example/" } },
    ));

  test("came from an app with a script for an address: it is no link", () =>
    look(
      async () => {
        const details = await card("Details");
        expect(within(details).getAllByRole("link", { name: "<b>App</b>" })).toHaveLength(1);
        expect(document.querySelectorAll('a[href^="javascript"]')).toHaveLength(0);
        expect(details.querySelectorAll("b")).toHaveLength(0);
      },
      { some: { app: "<b>App</b>", app_url: "javascript:alert(1)" } },
    ));

  test("and was not obeyed is told word for word", () =>
    look(
      async () => {
        const dropped = within(await card("Not obeyed")).getAllByRole("listitem");
        expect(dropped.map(({ textContent }) => textContent)).toEqual(["top_k", "<i>seed</i>"]);
      },
      { some: { dropped: ["top_k", "<i>seed</i>"] } },
    ));

  test("is copied by its id", () =>
    look(async ({ user, id }) => {
      await user.click(await screen.findByRole("button", { name: "Copy the id" }));
      expect(await navigator.clipboard.readText()).toBe(id);
    }));
});

describe("the way it went", () => {
  test("is one attempt where the first answered", () =>
    look(async () => {
      const all = await steps();
      expect(all).toHaveLength(1);
      expect(all[0]!.textContent).toMatch(/^1openai.*200 Answered/);
      expect((await card("Route")).textContent).toContain("1 attempt");
    }));

  test("has who failed and why, and who answered in its place", () =>
    look(
      async () => {
        const [failed, answered] = (await steps()).map(({ textContent }) => textContent!);
        expect(failed).toMatch(/^1openai.*503 Failed.*upstream_/);
        expect(answered).toMatch(/^2anthropic.*200 Answered/);
        expect((await card("Route")).textContent).toContain(
          `2 attempts · ${MODEL} was asked for, anthropic/claude-sonnet-4.5 was tried last`,
        );
      },
      {
        sent: {
          more: { providerOptions: { gateway: { models: ["anthropic/claude-sonnet-4.5"] } } },
          text: "[sim path=/openai/ status=503] Hi",
        },
      },
    ));

  test("ends with the error where everybody failed", () =>
    look(
      async ({ one }) => {
        expect((await steps()).at(-1)!.textContent).toContain("Failed");
        expect(one.error).not.toBeNull();
        expect(figure("Status")).not.toStartWith("OK");
        expect(await costs()).toEqual(["Nothing was used that is paid for.$0.00", "Cost$0.00"]);
      },
      { sent: { text: "[sim status=500] Hi" } },
    ));

  test("is told where nobody was asked", () =>
    look(
      async () => {
        await screen.findByText("Nobody was asked.");
        expect((await card("Route")).textContent).toContain("0 attempts");
      },
      { some: { attempts: [] } },
    ));

  test("tells of each attempt what it takes to find it at the provider's", () =>
    look(
      async () => {
        const [first] = (await steps()).map(({ textContent }) => textContent!);
        for (const words of [
          "Provider's id req_77",
          "In eu/europe-west4",
          "On the client's own account",
          "Sent twice, as a connection broke",
          "The provider may have billed it",
          "Cost in vain, estimated: $0.25",
          "The client wanted no more than 1.50 s to be waited.",
        ])
          expect(first).toContain(words);
        expect((await costs()).some((line) => line === "In vain at openai, estimated$0.25")).toBe(true);
      },
      {
        some: {
          attempts: [
            {
              endpoint: "openai:gpt-5",
              wire: "openai-chat",
              mode: "relay",
              credential: "byok",
              ms: 1500,
              status: null,
              place: "eu/europe-west4",
              requestId: "req_77",
              askedTwice: true,
              maybe_billed: true,
              cost: 250_000_000,
              timeoutMs: 1500,
              error: "upstream_timeout",
              message: "It took too long.",
            },
          ] as never,
        },
      },
    ));
});

describe("what it cost", () => {
  test("is told line by line, and adds up to what was charged", () =>
    look(
      async ({ one }) => {
        const lines = await costs();
        expect(lines.at(-1)).toBe(`Cost${exactUsd(one.market_cost)}`);
        for (const { amount } of one.arithmetic!.lines)
          expect(lines.some((line) => line.endsWith(exactUsd(amount)))).toBe(true);
        const sum = one.arithmetic!.lines.reduce((all, { amount }) => all + amount, one.arithmetic!.rest);
        expect(exactUsd(sum)).toBe(exactUsd(one.market_cost));
      },
      { sent: { text: "[sim tokens=200] Hi" } },
    ));

  test("is told where nobody knows the price: it is not free", () =>
    look(
      async () => {
        await screen.findByText("1,200 input and 34 output tokens: nobody knows their price.");
      },
      { some: { arithmetic: null, market_cost: 0, tokens_prompt: 1200, tokens_completion: 34 } },
    ));

  test("was spent from no budget where there is none", () =>
    look(async () => {
      expect((await card("Budgets")).textContent).toContain("It was spent from no budget.");
    }));

  test("stands by the budget that it was spent from", () =>
    look(
      async ({ one }) => {
        const [charge] = within(await card("Budgets")).getAllByRole("listitem");
        expect(charge!.textContent).toBe(`Key ciweekly${usd(one.market_cost)}`);
      },
      { sent: { key: { name: "ci", budget: { limit_usd: 5, period: "weekly" } } } },
    ));

  test("is corrected with a reason, and stands so at once, here and at the gateway", () =>
    look(
      async ({ user, gateway, id, one }) => {
        await user.click(await screen.findByRole("button", { name: "Correct…" }));
        const dialog = await screen.findByRole("dialog", { name: "Correct the cost" });
        expect(dialog.textContent).toContain(`It costs ${exactUsd(one.market_cost)}.`);
        await user.type(within(dialog).getByLabelText("Dollars to add"), "0.25");
        await user.type(within(dialog).getByLabelText("Reason"), "The invoice");
        await user.dblClick(within(dialog).getByRole("button", { name: "Correct" }));
        await waitFor(async () => expect((await costs()).some((line) => /The invoice.*\$0.25$/.test(line))).toBe(true));
        const now = await told(gateway, id);
        expect(now.corrections).toHaveLength(1);
        expect(now.market_cost).toBeCloseTo(one.market_cost + 0.25, 9);
        expect((await costs()).at(-1)).toBe(`Cost${exactUsd(now.market_cost)}`);
        await waitFor(() => expect(screen.queryAllByRole("dialog")).toHaveLength(0));
      },
      { sent: { text: "[sim tokens=20] Hi" } },
    ));

  test("and its budgets move at once where somebody else corrects it", () =>
    look(
      async ({ gateway, id, one }) => {
        await screen.findAllByText(/open stream/);
        const told = { adjustment_usd: "0.25", reason: "The invoice" };
        expect((await ask(gateway, "POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
        await waitFor(async () => expect((await costs()).at(-1)).toBe(`Cost${exactUsd(one.market_cost + 0.25)}`));
        const [charge] = within(await card("Budgets")).getAllByRole("listitem");
        expect(charge!.textContent).toBe(`Key ciweekly${usd(one.market_cost + 0.25)}`);
      },
      { sent: { text: "[sim tokens=20] Hi", key: { name: "ci", budget: { limit_usd: 5, period: "weekly" } } } },
    ));

  test("is not corrected by what is no money: it is refused at its field", () =>
    look(async ({ user, gateway, id }) => {
      await user.click(await screen.findByRole("button", { name: "Correct…" }));
      const field = await screen.findByLabelText("Dollars to add");
      await user.type(field, "a lot");
      await user.type(screen.getByLabelText("Reason"), "x");
      await user.click(screen.getByRole("button", { name: "Correct" }));
      await waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
      expect((await told(gateway, id)).corrections).toEqual([]);
      await user.click(screen.getByRole("button", { name: "Cancel" }));
      await waitFor(() => expect(screen.queryAllByRole("dialog")).toHaveLength(0));
    }));

  test("is not corrected by a viewer", () =>
    look(
      async () => {
        const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Correct…" });
        expect([button.disabled, button.title === ""]).toEqual([true, false]);
      },
      { role: "viewer" },
    ));
});
