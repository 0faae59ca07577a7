import { describe, expect, test } from "bun:test";
import type { ListedModel } from "../../../../src/admin/contract.ts";
import { ask } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const list = () => screen.findByRole("list", { name: "Models" });
const ids = async () =>
  within(await list())
    .getAllByRole("link")
    .map((link) => decodeURIComponent(link.getAttribute("href")!.slice("/models/".length)));
const all = async (gateway: RunningGateway): Promise<ListedModel[]> =>
  (await jsonOf(await ask(gateway, "GET", "/admin/models"))).data;
const served = async (gateway: RunningGateway) => (await all(gateway)).filter((one) => one.is_served);
const hint = (shown: number, of: number) =>
  `${shown.toLocaleString("en-US")} of ${of.toLocaleString("en-US")}, by any of their providers.`;

/** Models as the gateway tells them, in place of its own. */
const listed = (...models: readonly Partial<ListedModel>[]) =>
  Response.json({
    data: models.map((one) => ({
      id: "acme/one",
      name: "One",
      type: "language",
      kind: "catalogue",
      description: null,
      abilities: [],
      endpoints: [],
      context_window: null,
      max_output: null,
      released_at: null,
      is_served: true,
      is_deprecated: false,
      denied_by: null,
      led_to: null,
      ...one,
    })),
  });
const insteadOf = (answer: () => Response) => (path: string) => (path === "/admin/models" ? answer() : undefined);

describe("the models", () => {
  test("that somebody serves are counted and listed by their ids, and all of them where that is asked", () =>
    at("/models", async ({ gateway, user, address }) => {
      const [some, every] = [await served(gateway), await all(gateway)];
      await screen.findByText(hint(some.length, every.length));
      expect((await ids())[0]).toBe(some.map(({ id }) => id).sort((a, b) => a.localeCompare(b))[0]!);
      await user.click(screen.getByRole("radio", { name: "All" }));
      await screen.findByText(hint(every.length, every.length));
      expect(address()).toBe("/models?served=all");
      await user.click(screen.getByRole("radio", { name: "Served" }));
      await screen.findByText(hint(some.length, every.length));
      expect(address()).toBe("/models");
    }));

  test("of thousands are drawn as far as they are seen", () =>
    at("/models?served=all", async ({ gateway }) => {
      const every = await all(gateway);
      expect(every.length).toBeGreaterThan(200);
      const drawn = (await ids()).length;
      expect(drawn).toBeGreaterThan(10);
      expect(drawn).toBeLessThan(60);
    }));

  test("are found by words in any order once somebody has typed to the end", () =>
    at("/models", async ({ user, address, history }) => {
      await list();
      await user.type(screen.getByLabelText("Search models"), "MINI 4.1 gpt");
      await waitFor(async () => expect(await ids()).toEqual(["openai/gpt-4.1-mini"]));
      expect(address()).toBe("/models?q=MINI+4.1+gpt");
      history.push("/models?q=claude");
      await waitFor(async () => expect((await ids()).every((id) => id.includes("claude"))).toBe(true));
      expect(screen.getByLabelText<HTMLInputElement>("Search models").value).toBe("claude");
    }));

  test("are searched by the key /", () =>
    at("/models", async ({ user }) => {
      await list();
      await user.keyboard("/");
      expect(document.activeElement?.getAttribute("aria-label")).toBe("Search models");
    }));

  test.each([
    ["Type", "Embedding", "type=embedding", (one: ListedModel) => one.type === "embedding"],
    [
      "Provider",
      "groq",
      "provider=groq",
      (one: ListedModel) => one.endpoints.some(({ provider }) => provider === "groq"),
    ],
    ["Ability", "Vision", "ability=vision", (one: ListedModel) => one.abilities.includes("vision")],
    ["Context", "≥ 1M", "context=1000000", (one: ListedModel) => (one.context_window ?? 0) >= 1_000_000],
    [
      "Data",
      "Zero data retention",
      "zdr=true",
      (one: ListedModel) => one.endpoints.some((endpoint) => endpoint.zero_data_retention),
    ],
  ])("are chosen by %s, and the choice stands in the address", (label, option, member, fits) =>
    at("/models", async ({ gateway, user, address }) => {
      const every = await all(gateway);
      const some = (await served(gateway)).filter(fits);
      expect(some.length).toBeLessThan((await served(gateway)).length);
      await list();
      await user.selectOptions(screen.getByLabelText(label), option);
      await screen.findByText(hint(some.length, every.length));
      expect(address()).toBe(`/models?${member}`);
      await user.selectOptions(screen.getByLabelText(label), label);
      await screen.findByText(hint((await served(gateway)).length, every.length));
      expect(address()).toBe("/models");
    }),
  );

  test("are sorted as is asked; an order that nobody knows is that of names", () =>
    at(
      "/models?sort=nonsense",
      async ({ user, address }) => {
        expect(await ids()).toEqual(["acme/big", "acme/cheap", "acme/unknown"]);
        const sort = screen.getByLabelText<HTMLSelectElement>("Sorted by");
        expect(sort.value).toBe("name");
        await user.selectOptions(sort, "Newest");
        await waitFor(async () => expect(await ids()).toEqual(["acme/cheap", "acme/big", "acme/unknown"]));
        await user.selectOptions(sort, "Largest context");
        await waitFor(async () => expect(await ids()).toEqual(["acme/big", "acme/cheap", "acme/unknown"]));
        expect(address()).toBe("/models?sort=context");
      },
      {
        standIn: insteadOf(() =>
          listed(
            { id: "acme/unknown" },
            { id: "acme/cheap", context_window: 8000, released_at: "2026-05-01" },
            { id: "acme/big", context_window: 2_000_000, released_at: "2025-01-01" },
          ),
        ),
      },
    ));

  test("none of which is as was asked lead back to those that are served", () =>
    at("/models?q=nothing-is-called-so&type=image", async ({ gateway, user, address }) => {
      await screen.findByText("No model is like that");
      expect(screen.queryAllByText(/a provider with a credential adds its own/)).toHaveLength(1);
      await user.click(screen.getByRole("button", { name: "Show all that are served" }));
      await screen.findByText(hint((await served(gateway)).length, (await all(gateway)).length));
      expect([address(), screen.getByLabelText<HTMLInputElement>("Search models").value]).toEqual(["/models", ""]);
    }));

  test("that the gateway does not tell are told in its words, and asked for again", () => {
    let isDown = true;
    return at(
      "/models",
      async ({ user }) => {
        const alert = await screen.findByRole("alert");
        expect(alert.textContent).toContain("The store is asleep.");
        isDown = false;
        await user.click(within(alert).getByRole("button", { name: "Try again" }));
        expect((await ids()).length).toBeGreaterThan(0);
        expect(screen.queryAllByRole("alert")).toHaveLength(0);
      },
      {
        standIn: (path) =>
          isDown && path === "/admin/models"
            ? Response.json({ error: { message: "The store is asleep.", code: "bad_request" } }, { status: 400 })
            : undefined,
      },
    );
  });

  test("have their place while they are waited for", () => {
    const answer = Promise.withResolvers<Response>();
    return at(
      "/models",
      async () => {
        await screen.findByRole("heading", { level: 1, name: "Models" });
        await screen.findByRole("status", { name: "Loading" });
        answer.resolve(listed({}));
        expect(await ids()).toEqual(["acme/one"]);
        expect(screen.queryAllByRole("status", { name: "Loading" })).toHaveLength(0);
      },
      { standIn: (path) => (path === "/admin/models" ? answer.promise : undefined) },
    );
  });

  test("with names that are markup, or long, or of another script, are told as text", () => {
    const names = ["<img src=x onerror=alert(1)>", "長い名前のモデル", "n".repeat(400)];
    return at(
      "/models",
      async () => {
        await list();
        for (const name of names) expect(screen.queryAllByText(new RegExp(`^${name.slice(0, 8)}`))).toHaveLength(1);
        expect(document.querySelectorAll("img")).toHaveLength(0);
      },
      { standIn: insteadOf(() => listed(...names.map((name, i) => ({ id: `acme/${i}`, name })))) },
    );
  });

  test("tell what is out of the ordinary with them", () =>
    at(
      "/models?served=all",
      async () => {
        const told = within(await list())
          .getAllByRole("link")
          .map(({ textContent }) => textContent!);
        expect(told[0]).toContain("deprecated");
        expect(told[1]).toContain("denied");
        expect(told[1]).not.toContain("not served");
        expect(told[2]).toContain("→ acme/a");
        expect(told[3]).toContain("not served");
        expect(told[4]).toContain("virtual");
        expect(screen.getByText("denied").title).toBe("By rule no-b");
      },
      {
        standIn: insteadOf(() =>
          listed(
            { id: "acme/a", is_deprecated: true },
            { id: "acme/b", is_served: false, denied_by: "no-b" },
            { id: "acme/c", led_to: "acme/a" },
            { id: "acme/d", is_served: false },
            { id: "acme/e", kind: "virtual" },
          ),
        ),
      },
    ));

  test("lead to one of them, and going back to the same choice", () =>
    at("/models?q=gpt-4.1-mini", async ({ user, address, history }) => {
      await waitFor(async () => expect(await ids()).toEqual(["openai/gpt-4.1-mini"]));
      await user.click(within(await list()).getByRole("link"));
      await screen.findByRole("heading", { level: 1, name: "openai/gpt-4.1-mini" });
      expect(address()).toBe("/models/openai/gpt-4.1-mini");
      history.back();
      await waitFor(async () => expect(await ids()).toEqual(["openai/gpt-4.1-mini"]));
      expect(address()).toBe("/models?q=gpt-4.1-mini");
    }));

  test("are seen by a viewer as well", () =>
    at(
      "/models",
      async ({ gateway }) => {
        await screen.findByText(hint((await served(gateway)).length, (await all(gateway)).length));
      },
      { role: "viewer" },
    ));
});
