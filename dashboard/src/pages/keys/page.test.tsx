import { describe, expect, test } from "bun:test";
import { ask, chat, KEYS, made, post } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, fireEvent, screen, waitFor, within } from "../../../test/visitor.tsx";

const rows = () =>
  within(screen.getByRole("table", { name: "Keys" }))
    .getAllByRole("row")
    .slice(1);
// Counted: to write down an element that should not be there takes longer than the test.
const isThere = (text: string) => screen.queryAllByText(text).length > 0;
const gone = (text: string) => waitFor(() => expect(isThere(text)).toBe(false));
const rowOf = async (text: string) => (await screen.findByText(text)).closest("tr")!;
const team = async (gateway: RunningGateway, name: string): Promise<{ id: string }> =>
  jsonOf(await ask(gateway, "POST", "/admin/teams", { name }));

describe("keys that are there", () => {
  test("are listed with whose they are, and open beside the list", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        const row = await rowOf("ci");
        expect(row.textContent).toContain("Ada");
        await user.click(within(row).getByText("active"));
        expect(await screen.findByLabelText("Name")).toHaveProperty("value", "ci");
        expect(address()).toContain("key=");
      },
      { before: (gateway) => made(gateway, { name: "ci", owner: "Ada" }) },
    ));

  test("tell their budget, what they may ask for, and that nobody has used them", () =>
    at(
      "/keys",
      async () => {
        const narrow = await rowOf("narrow");
        await waitFor(() => expect(narrow.textContent).toContain("no requests"));
        expect(narrow.textContent).toContain("of $9,000,000.00 in all");
        expect(narrow.textContent).toContain("at openai");
        const plain = await rowOf("plain");
        expect(plain.textContent).toContain("every model");
        expect(within(plain).getByText("none").title).toBe("None of its own");
        expect(await within(plain).findAllByText("never")).toHaveLength(1);
        expect([narrow.textContent!.includes("ends in"), plain.textContent!.includes("ends")]).toEqual([true, false]);
      },
      {
        before: async (gateway) => {
          await made(gateway, { name: "plain" });
          const budget = { limit_usd: 9_000_000, period: "total" };
          const end = new Date(Date.now() + 30 * 86_400_000).toISOString();
          await made(gateway, { name: "narrow", providers: ["openai"], budget, expires_at: end });
        },
      },
    ));

  test("tell what they spent, and lead to the requests that spent it", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        const spent = await within(await rowOf("ci")).findByRole("link", { name: /1 request$/ });
        expect(spent.textContent).toMatch(/^\$0\.\d+/);
        await user.click(spent);
        expect(address()).toMatch(/^\/requests\?api_key_id=key_/);
        await screen.findByRole("heading", { level: 1, name: "Requests" });
      },
      {
        before: async (gateway) => {
          const { key } = await made(gateway, { name: "ci" });
          expect((await post(gateway, key, chat())).status).toBe(200);
        },
      },
    ));

  test("are searched, and what is searched for stands in the address", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        await screen.findByText("ci");
        await user.type(screen.getByLabelText("Search keys by name, id, owner or hint"), "night");
        await gone("ci");
        expect(screen.getByText("nightly")).toBeTruthy();
        expect(address()).toBe("/keys?q=night");
      },
      { before: twoOfThem },
    ));

  test("that none is like lead back to all", () =>
    at(
      "/keys?q=nothing&status=disabled",
      async ({ user, address }) => {
        await screen.findByText("No key is like that");
        await user.click(screen.getByRole("button", { name: "Show all" }));
        await screen.findByText("ci");
        expect(address()).toBe("/keys");
        await waitFor(() =>
          expect(screen.getByLabelText<HTMLInputElement>("Search keys by name, id, owner or hint").value).toBe(""),
        );
      },
      { before: twoOfThem },
    ));

  test("are chosen by their status, and the choice stands in the address", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        await screen.findByText("off");
        expect(isThere("gone")).toBe(false);
        const choose = (label: string) => user.selectOptions(screen.getByLabelText("Status"), label);
        await choose("Disabled");
        await waitFor(() => expect(rows().map((row) => row.textContent?.slice(0, 3))).toEqual(["off"]));
        expect(address()).toBe("/keys?status=disabled");
        await choose("Revoked");
        await screen.findByText("gone");
        expect(isThere("off")).toBe(false);
        await choose("Active");
        await screen.findByText("ci");
        expect([isThere("gone"), isThere("off")]).toEqual([false, false]);
        await choose("All but revoked");
        await screen.findByText("off");
        expect(address()).toBe("/keys");
      },
      {
        before: async (gateway) => {
          await made(gateway, { name: "ci" });
          const off = await made(gateway, { name: "off" });
          const gone = await made(gateway, { name: "gone" });
          await ask(gateway, "PATCH", `${KEYS}/${off.id}`, { disabled: true });
          await ask(gateway, "DELETE", `${KEYS}/${gone.id}`);
        },
      },
    ));

  test("are chosen by their team, where there are teams", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        await screen.findByText("other");
        const box = await screen.findByLabelText("Team");
        await within(box).findByRole("option", { name: "Search" });
        await user.selectOptions(box, "Search");
        await gone("other");
        expect(screen.getByText("indexer")).toBeTruthy();
        expect(address()).toMatch(/^\/keys\?team=team_/);
      },
      {
        before: async (gateway) => {
          const { id } = await team(gateway, "Search");
          await made(gateway, { name: "indexer", team: id });
          await made(gateway, { name: "other" });
        },
      },
    ));

  test("cannot be chosen by team where there is none", () =>
    at("/keys", async () => {
      expect(await screen.findByLabelText<HTMLSelectElement>("Team")).toHaveProperty("disabled", true);
    }));

  test("whose name is markup, or long, or of another script, are told as text", () =>
    at(
      "/keys",
      async () => {
        await screen.findByText("<img src=x onerror=alert(1)>");
        expect(screen.getByText("ключ 鍵 مفتاح").title).toBe("ключ 鍵 مفتاح");
        expect(screen.getByText("n".repeat(200)).title).toHaveLength(200);
        expect(document.querySelectorAll("img")).toHaveLength(0);
      },
      {
        before: async (gateway) => {
          for (const name of ["<img src=x onerror=alert(1)>", "ключ 鍵 مفتاح", "n".repeat(200)])
            await made(gateway, { name });
        },
      },
    ));

  test("are sorted by what the head of a column says, one way and the other", () =>
    at(
      "/keys",
      async ({ user }) => {
        await screen.findByText("ci");
        const names = () => rows().map((row) => /^(ci|nightly)/.exec(row.textContent!)?.[0]);
        await user.click(screen.getByRole("button", { name: "Name" }));
        expect(names().filter(Boolean)).toEqual(["ci", "nightly"]);
        await user.click(screen.getByRole("button", { name: "Name" }));
        expect(names().filter(Boolean)).toEqual(["nightly", "ci"]);
      },
      { before: twoOfThem },
    ));

  test("beyond the first hundred are shown when somebody asks", () =>
    at(
      "/keys",
      async ({ user, asked }) => {
        await screen.findByText("key 0");
        expect(isThere("key 100")).toBe(false);
        await user.click(screen.getByRole("button", { name: "Show more" }));
        await screen.findByText("key 100");
        expect(asked.filter((one) => one.includes("before=cursor-7"))).toHaveLength(1);
        expect(screen.queryAllByRole("button", { name: "Show more" })).toHaveLength(0);
      },
      {
        before: (gateway) => made(gateway, { name: "one" }),
        standIn: (path) => {
          if (!/^\/admin\/keys\?.*limit=100/.test(path)) return undefined;
          const isNext = path.includes("before=");
          const data = Array.from({ length: isNext ? 1 : 100 }, (_, i) => listed(`key ${isNext ? 100 : i}`));
          return Response.json({ object: "list", data, has_more: !isNext, next: isNext ? null : "cursor-7" });
        },
      },
    ));

  test("that cannot be told are asked for again by who presses", () => {
    let isDown = true;
    return at(
      "/keys",
      async ({ user }) => {
        expect((await screen.findByRole("alert")).textContent).toContain("The database is away.");
        expect(isThere("No keys yet")).toBe(false);
        isDown = false;
        await user.click(screen.getByRole("button", { name: "Try again" }));
        await screen.findByText("ci");
        expect(screen.queryAllByRole("alert")).toHaveLength(0);
      },
      {
        before: twoOfThem,
        standIn: (path) =>
          isDown && path.startsWith("/admin/keys?")
            ? Response.json({ error: { message: "The database is away.", code: "bad_request" } }, { status: 400 })
            : undefined,
      },
    );
  });

  test("where there is none, what one is and how to make one is told", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        const told = (await screen.findByText("No keys yet")).parentElement!;
        expect(told.textContent).toContain("A key is what clients show.");
        await user.click(within(told).getByRole("button", { name: "Make a key" }));
        await screen.findByRole("dialog", { name: "A new key" });
        expect(address()).toBe("/keys?new=key");
      },
      {
        standIn: (path) =>
          path.startsWith("/admin/keys?") ? Response.json({ data: [], has_more: false, next: null }) : undefined,
      },
    ));

  test("that another operator makes or shuts meanwhile are told without being asked for", () =>
    at(
      "/keys",
      async ({ gateway }) => {
        const row = await rowOf("ci");
        await screen.findAllByText(/open streams?$/);
        const { data } = await jsonOf(await ask(gateway, "GET", `${KEYS}?q=ci`));
        await ask(gateway, "PATCH", `${KEYS}/${data[0].id}`, { disabled: true });
        await within(row).findByText("disabled");
        await made(gateway, { name: "made elsewhere" });
        await screen.findByText("made elsewhere");
      },
      { before: (gateway) => made(gateway, { name: "ci" }) },
    ));

  test("an answer to what was asked before does not take the place of a newer one", () => {
    let letGo = () => {};
    const held = new Promise<void>((done) => {
      letGo = done;
    });
    return at(
      "/keys",
      async ({ gateway, history, asked }) => {
        await screen.findByText("ci");
        await screen.findAllByText(/open streams?$/);
        history.push("/keys?q=slow");
        await waitFor(() => expect(asked.some((one) => one.includes("q=slow"))).toBe(true));
        history.push("/keys?q=nightly");
        await gone("ci");
        letGo();
        await held;
        // What comes after it is there: it has had its time.
        await made(gateway, { name: "nightly too" });
        await screen.findByText("nightly too");
        expect(isThere("old answer")).toBe(false);
      },
      {
        before: twoOfThem,
        standIn: (path) =>
          path.includes("q=slow")
            ? held.then(() => Response.json({ data: [listed("old answer")], has_more: false, next: null }))
            : undefined,
      },
    );
  });

  test("open by Enter, close by Escape, and are searched after a slash", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        const row = await rowOf("ci");
        row.focus();
        await user.keyboard("{Enter}");
        await screen.findByLabelText("Name");
        expect(address()).toContain("key=");
        // As a browser tells a dialog of Escape.
        fireEvent(screen.getByRole("dialog"), new Event("cancel", { cancelable: true }));
        await waitFor(() => expect(screen.queryAllByRole("dialog")).toHaveLength(0));
        expect(address()).toBe("/keys");
        await user.keyboard("/");
        expect(document.activeElement?.getAttribute("aria-label")).toBe("Search keys by name, id, owner or hint");
      },
      { before: twoOfThem },
    ));

  test("going to another tab leaves behind what the first was filtered by", () =>
    at("/keys?q=x&status=revoked", async ({ user, address }) => {
      await user.click(await screen.findByRole("tab", { name: "Teams" }));
      expect(address()).toBe("/keys?tab=teams");
      await user.click(screen.getByRole("tab", { name: "Keys" }));
      expect(address()).toBe("/keys");
    }));
});

async function twoOfThem(gateway: RunningGateway): Promise<void> {
  await made(gateway, { name: "ci" });
  await made(gateway, { name: "nightly" });
}

/** A key as the gateway lists it. */
function listed(name: string): object {
  return {
    id: `key_${name.replace(" ", "_")}`,
    name,
    hint: "hg_ab…",
    source: "api",
    status: "active",
    team: null,
    owner: null,
    budget: null,
    budgets: [],
    created_at: "2026-11-01T00:00:00Z",
    expires_at: null,
    previous_until: null,
    revoked_at: null,
    leaked_at: null,
    disabled: false,
    read_only: false,
  };
}
