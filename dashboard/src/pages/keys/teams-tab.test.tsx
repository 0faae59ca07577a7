import { describe, expect, test } from "bun:test";
import { ask, chat, made } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const TEAMS = "/admin/teams";

const team = async (gateway: RunningGateway, told: object): Promise<{ id: string }> => {
  const reply = await ask(gateway, "POST", TEAMS, told);
  expect(reply.status).toBe(201);
  return await jsonOf(reply);
};
const budget = async (gateway: RunningGateway, told: object) => {
  const reply = await ask(gateway, "POST", "/admin/budgets", { limit_usd: 10, period: "monthly", ...told });
  expect(reply.status).toBe(201);
};
const kept = async (gateway: RunningGateway) => (await jsonOf(await ask(gateway, "GET", TEAMS))).data;
const rowOf = async (text: string) => (await screen.findByText(text)).closest("tr")!;
const asks = async (gateway: RunningGateway, more: object) =>
  expect((await gateway.post("/v1/chat/completions", chat("openai/gpt-5", more))).status).toBe(200);

describe("teams", () => {
  test("where there is none, what one is for is told, and one is made", () =>
    at("/keys?tab=teams", async ({ user, gateway, address }) => {
      const told = (await screen.findByText("No teams yet")).parentElement!;
      expect(told.textContent).toContain("A team is a group of keys that share a budget.");
      await user.click(within(told).getByRole("button", { name: "Make a team" }));
      const dialog = await screen.findByRole("dialog", { name: "A new team" });
      expect(address()).toBe("/keys?tab=teams&new=team");
      await user.type(within(dialog).getByLabelText("Name"), " Search ");
      await user.click(within(dialog).getByRole("button", { name: "Make the team" }));
      await screen.findByText("The team Search is made.");
      expect(await kept(gateway)).toMatchObject([{ name: "Search" }]);
      await rowOf("Search");
      expect(address()).toBe("/keys?tab=teams");
    }));

  test("tell how many keys they have and what they may spend, and open beside the list", () =>
    at(
      "/keys?tab=teams",
      async ({ user, address }) => {
        const row = await rowOf("Search");
        await waitFor(() => expect(row.textContent).toMatch(/^Search2.*of \$10\.00 a month/));
        expect((await rowOf("Empty")).textContent).toMatch(/^Empty0none/);
        row.focus();
        await user.keyboard("{Enter}");
        const dialog = await screen.findByRole("dialog", { name: "Search" });
        expect(address()).toMatch(/^\/keys\?tab=teams&team=team_/);
        await user.click(await within(dialog).findByRole("link", { name: /^indexer/ }));
        expect(address()).toMatch(/^\/keys\?key=key_/);
        await screen.findByRole("dialog", { name: "indexer" });
      },
      {
        before: async (gateway) => {
          const { id } = await team(gateway, { name: "Search" });
          await team(gateway, { name: "Empty" });
          await budget(gateway, { scope: "team", scope_id: id });
          await made(gateway, { name: "indexer", team: id });
          await made(gateway, { name: "crawler", team: id });
        },
      },
    ));

  test("are renamed, and keep the notes that nobody touched", () =>
    at(
      "/keys?tab=teams",
      async ({ user, gateway }) => {
        await user.click(await screen.findByText("Search"));
        await user.click(await screen.findByRole("button", { name: "Rename or note" }));
        const dialog = await screen.findByRole("dialog", { name: "Change Search" });
        const name = within(dialog).getByLabelText("Name");
        await user.clear(name);
        await user.type(name, "Finding");
        await user.click(within(dialog).getByRole("button", { name: "Save" }));
        await screen.findByText("The team Finding is changed.");
        expect(await kept(gateway)).toMatchObject([{ name: "Finding", metadata: { floor: 3 } }]);
        await screen.findByRole("dialog", { name: "Finding" });
      },
      { before: (gateway) => team(gateway, { name: "Search", metadata: { floor: 3 } }) },
    ));

  test("whose notes are no JSON are refused at their field", () =>
    at("/keys?tab=teams&new=team", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("Name"), "Search");
      const notes = screen.getByLabelText(/^Metadata/);
      await user.type(notes, "floor 3");
      await user.click(screen.getByRole("button", { name: "Make the team" }));
      await waitFor(() => expect(notes.getAttribute("aria-invalid")).toBe("true"));
      expect(await kept(gateway)).toEqual([]);
    }));

  test("that keys belong to cannot be removed, in the gateway's words; others are gone", () =>
    at(
      "/keys?tab=teams",
      async ({ user, gateway, address }) => {
        const remove = async (name: string) => {
          await user.click(await screen.findByText(name));
          await user.click(await screen.findByRole("button", { name: "Remove" }));
          const dialog = await screen.findByRole("dialog", { name: `Remove ${name}?` });
          await user.click(within(dialog).getByRole("button", { name: "Remove the team" }));
          return dialog;
        };
        const refused = await remove("Search");
        expect((await within(refused).findByRole("alert")).textContent).toContain("Keys belong to the team");
        expect(await kept(gateway)).toHaveLength(2);
        await user.click(within(refused).getByRole("button", { name: "Cancel" }));
        await user.click(screen.getByRole("button", { name: "Close" }));
        await remove("Empty");
        await screen.findByText("The team Empty is gone.");
        expect(await kept(gateway)).toMatchObject([{ name: "Search" }]);
        expect(address()).toBe("/keys?tab=teams");
      },
      {
        before: async (gateway) => {
          const { id } = await team(gateway, { name: "Search" });
          await made(gateway, { name: "indexer", team: id });
          await team(gateway, { name: "Empty" });
        },
      },
    ));

  test("are seen by a viewer, who can change none and is told why", () =>
    at(
      "/keys?tab=teams",
      async ({ user }) => {
        await user.click(await screen.findByText("Search"));
        await screen.findByRole("dialog", { name: "Search" });
        for (const name of ["Remove", "Rename or note"]) {
          const button = screen.getByRole("button", { name });
          expect(button).toHaveProperty("disabled", true);
          expect(button.title).toContain("an admin can change this");
        }
      },
      { role: "viewer", before: (gateway) => team(gateway, { name: "Search" }) },
    ));

  test("that another operator makes meanwhile appear without being asked for", () =>
    at("/keys?tab=teams", async ({ gateway }) => {
      await screen.findByText("No teams yet");
      await screen.findAllByText(/open streams?$/);
      await team(gateway, { name: "Elsewhere" });
      await rowOf("Elsewhere");
    }));
});

describe.each([
  ["End users", "users", "user", "user"],
  ["Tags", "tags", "tag", "tag"],
] as const)("%s", (many, tab, scope, filter) => {
  const asksAs = (gateway: RunningGateway, name: string) =>
    asks(gateway, scope === "user" ? { user: name } : { providerOptions: { gateway: { tags: [name] } } });

  test("where there is none, how clients tell them is said", () =>
    at(`/keys?tab=${tab}`, async () => {
      await screen.findByText(`No ${many.toLowerCase()} yet`);
      expect(screen.getByText(/Clients tell/)).toBeTruthy();
    }));

  test("that asked are listed with what they spent, and lead to their requests", () =>
    at(
      `/keys?tab=${tab}`,
      async ({ user, address }) => {
        const row = await rowOf("<b>ada</b>");
        expect(row.textContent).toContain("1 request");
        expect(row.querySelectorAll("b")).toHaveLength(0);
        await user.click(within(row).getByRole("link"));
        expect(address()).toMatch(new RegExp(`^/requests\\?${filter}`));
      },
      { before: (gateway) => asksAs(gateway, "<b>ada</b>") },
    ));

  test("that have only a budget are listed, too, as those without requests", () =>
    at(
      `/keys?tab=${tab}`,
      async ({ user, address }) => {
        const row = await rowOf("quiet");
        await waitFor(() => expect(row.textContent).toMatch(/of \$10\.00 a month.*–no requests$/));
        expect(screen.getByText(/Each of the others:/).textContent).toContain("$2.00 a day");
        await user.click(within(row).getByText("quiet"));
        await screen.findByRole("dialog", { name: "quiet" });
        expect(address()).toBe(`/keys?tab=${tab}&of=quiet`);
      },
      {
        before: async (gateway) => {
          await budget(gateway, { scope, scope_id: "quiet" });
          await budget(gateway, { scope, scope_id: "*", limit_usd: 2, period: "daily" });
        },
      },
    ));

  test("that nobody has heard of can be opened all the same", () =>
    at(`/keys?tab=${tab}&q=grace`, async ({ user, address }) => {
      await user.click(await screen.findByRole("button", { name: "Open grace all the same" }));
      await screen.findByRole("dialog", { name: "grace" });
      expect(address()).toBe(`/keys?tab=${tab}&q=grace&of=grace`);
    }));
});

describe("entities", () => {
  test("that have a budget are told with what they spent of it", () =>
    at(
      "/keys?tab=entities",
      async ({ user, address }) => {
        const row = await rowOf("customer-7");
        expect(row.textContent).toMatch(/of \$10\.00 a month.*its own/);
        await user.click(within(row).getByText("customer-7"));
        await screen.findByRole("dialog", { name: "customer-7" });
        expect(address()).toBe("/keys?tab=entities&of=customer-7");
      },
      { before: (gateway) => budget(gateway, { scope: "entity", scope_id: "customer-7" }) },
    ));

  test("are counted where they have a budget only, which is said where there is none", () =>
    at("/keys?tab=entities", async () => {
      await screen.findByText("No entity has a budget");
      expect(screen.getByText(/A soft one for each counts all of them/)).toBeTruthy();
    }));
});
