import { describe, expect, spyOn, test } from "bun:test";
import { made } from "../../../test/access/keys.ts";
import { jsonOf } from "../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../test/visitor.tsx";
import { PAGES } from "./pages.ts";
import { SHORTCUTS } from "./shortcuts.ts";

const LOCKED = { config: { admin: "locked" } };

const navigation = async () => within(await screen.findByRole("navigation", { name: "Pages" }));
const heading = async (name: string) => (await screen.findByRole("heading", { level: 1, name })).textContent;
const shownTheme = () => document.documentElement.dataset.theme;
const dialogs = () => screen.queryAllByRole("dialog").length;

describe("the way around", () => {
  test("leads to every page by its name, and says which one is seen", () =>
    at("/models", async ({ user, address }) => {
      const links = (await navigation()).getAllByRole("link");
      expect(links.map(({ textContent }) => textContent)).toEqual(PAGES.map(({ title }) => title));
      const current = () =>
        links.filter((link) => link.getAttribute("aria-current") === "page").map(({ textContent }) => textContent);
      expect(current()).toEqual(["Models"]);
      await user.click(links[7]!);
      await heading("Budgets & limits");
      expect([address(), current()]).toEqual(["/budgets", ["Budgets & limits"]]);
      await waitFor(() => expect(screen.getByRole("status", { name: "Page" }).textContent).toBe("Budgets & limits"));
      expect(document.title).toBe("Budgets & limits · Headgate");
    }));

  test("goes back to what was filtered there", () =>
    at("/keys?q=night", async ({ user, address, history }) => {
      await user.click((await navigation()).getByRole("link", { name: "Models" }));
      await heading("Models");
      history.back();
      await heading("Keys & teams");
      expect(address()).toBe("/keys?q=night");
      expect(screen.getByLabelText<HTMLInputElement>(/^Search keys/).value).toBe("night");
    }));

  test("begins with a way past it, for who goes by the keyboard", () =>
    at("/models", async ({ user }) => {
      await heading("Models");
      await user.tab();
      const focused = document.activeElement as HTMLAnchorElement;
      expect([focused.textContent, focused.getAttribute("href")]).toEqual(["Skip to the page", "#page"]);
      expect(document.getElementById("page")!.tagName).toBe("MAIN");
    }));

  test("opens and closes on a small screen, and is done with when somebody has gone somewhere", () =>
    at("/models", async ({ user }) => {
      const open = await screen.findByRole("button", { name: "Open the menu" });
      expect(open.getAttribute("aria-expanded")).toBe("false");
      await user.click(open);
      const close = screen.getByRole("button", { name: "Close the menu" });
      expect(close.getAttribute("aria-expanded")).toBe("true");
      await user.click(close);
      await user.click(screen.getByRole("button", { name: "Open the menu" }));
      await user.click((await navigation()).getByRole("link", { name: "Routing" }));
      await heading("Routing");
      expect((await screen.findByRole("button", { name: "Open the menu" })).getAttribute("aria-expanded")).toBe(
        "false",
      );
    }));

  test("tells how many streams are open, as the gateway does", () =>
    at("/models", async () => {
      expect((await screen.findAllByText("0 open streams")).length).toBeGreaterThan(0);
    }));

  test("says that nobody hears of anything where events are refused", () =>
    at(
      "/models",
      async ({ asked }) => {
        await heading("Models");
        // Whoever is refused looks whether the session is over.
        await waitFor(() => expect(asked.filter((one) => one === "GET /admin/session")).toHaveLength(2));
        expect(screen.getAllByText("Connecting…").length).toBeGreaterThan(0);
        expect(screen.queryAllByText(/open stream/)).toHaveLength(0);
      },
      { standIn: (path) => (path === "/admin/events" ? new Response("", { status: 503 }) : undefined) },
    ));
});

describe("who is there", () => {
  const who = (name: RegExp) => screen.findByRole("button", { name });

  test("is told, and by what they came", () =>
    at("/models", async ({ user }) => {
      const foot = await who(/Admin/);
      expect(foot.textContent).toBe("aAdmin");
      await user.click(foot);
      expect((await screen.findByRole("menu")).textContent).toContain("Admin, by a link");
    }));

  test("sees as a viewer why nothing can be changed, and nothing that only serves to change", () =>
    at(
      "/models",
      async ({ user }) => {
        const foot = await who(/Viewer/);
        expect(within(foot).getByText("viewer").title).toContain("You are signed in as a viewer");
        expect((await navigation()).queryAllByRole("link", { name: "Playground" })).toHaveLength(0);
        await user.keyboard("{Control>}k{/Control}");
        await screen.findByRole("option", { name: /^Models/ });
        for (const name of [/Playground/, "Make a key", "Make a budget"])
          expect(screen.queryAllByRole("option", { name })).toHaveLength(0);
      },
      { role: "viewer" },
    ));

  test("is told that the configuration rules alone where it is locked", () =>
    at(
      "/models",
      async () => {
        const badge = within(await who(/Admin/)).getByText("locked");
        expect(badge.title).toContain("`admin` is `locked` in the configuration");
      },
      LOCKED,
    ));

  test("chooses colours, which this browser keeps", () =>
    at("/models", async ({ user }) => {
      const choose = async (name: string) => {
        await user.click(await who(/Admin/));
        await user.click(await screen.findByRole("menuitem", { name }));
      };
      await choose("Dark");
      expect([shownTheme(), localStorage.getItem("theme")]).toEqual(["dark", "dark"]);
      await choose("Light");
      expect([shownTheme(), localStorage.getItem("theme")]).toEqual(["light", "light"]);
      await choose("As the system has it");
      expect(localStorage.getItem("theme")).toBe(null);
    }));

  test("signs out here and at the gateway, which lets this session in no more", () =>
    at("/models", async ({ user, asked }) => {
      const leave = spyOn(location, "assign").mockImplementation(() => undefined);
      try {
        await user.click(await who(/Admin/));
        await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
        await waitFor(() => expect(leave.mock.calls).toEqual([["/"]]));
        expect(asked).toContain("DELETE /admin/session");
        expect((await fetch("/admin/session")).status).toBe(401);
      } finally {
        leave.mockRestore();
      }
    }));

  test("stays, and is told so, where the gateway could not end it", () =>
    at(
      "/models",
      async ({ user }) => {
        await user.click(await who(/Admin/));
        await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
        await screen.findByText("The database fails.");
        expect(await heading("Models")).toContain("Models");
        await user.click(screen.getByRole("button", { name: "Dismiss" }));
        expect(screen.queryAllByText("The database fails.")).toHaveLength(0);
      },
      {
        standIn: (path, { method }) =>
          path === "/admin/session" && method === "DELETE"
            ? Response.json({ error: { message: "The database fails.", code: "unavailable" } }, { status: 503 })
            : undefined,
      },
    ));
});

describe("keys", () => {
  test.each(PAGES.map(({ key, title, path }) => [key, title, path] as const))("g %s goes to %s", (key, title, path) =>
    at(path === "/models" ? "/keys" : "/models", async ({ user, history }) => {
      await navigation();
      await user.keyboard(`g${key}`);
      await waitFor(() => expect(screen.getByRole("heading", { level: 1 }).textContent).toContain(title));
      // Who comes to the overview for the first time may be led on from there.
      expect(["/start", path]).toContain(history.location.pathname);
    }),
  );

  test("by themselves go nowhere, nor while somebody types, nor with another key held", () =>
    at("/keys", async ({ user, address }) => {
      const box = await screen.findByLabelText<HTMLInputElement>(/^Search keys/);
      await user.keyboard("m");
      await user.keyboard("{Alt>}g{/Alt}m");
      await user.type(box, "gm?/");
      expect([box.value, dialogs()]).toEqual(["gm?/", 0]);
      expect(address()).toStartWith("/keys");
    }));

  test("/ searches on the page, and does not stand in the box", () =>
    at("/keys", async ({ user }) => {
      const box = await screen.findByLabelText<HTMLInputElement>(/^Search keys/);
      expect(document.activeElement === box).toBe(false);
      await user.keyboard("/");
      expect([document.activeElement === box, box.value]).toEqual([true, ""]);
      await user.keyboard("ci");
      expect(box.value).toBe("ci");
    }));

  test("are told behind ?, and rest while something is asked", () =>
    at("/models", async ({ user, address }) => {
      await heading("Models");
      await user.keyboard("?");
      const dialog = await screen.findByRole("dialog", { name: "Keys" });
      const told = within(dialog)
        .getAllByRole("term")
        .map(({ textContent }) => textContent);
      expect(told).toEqual(SHORTCUTS.map(({ keys }) => keys));
      await user.keyboard("gk");
      expect(address()).toBe("/models");
      await user.click(within(dialog).getByRole("button", { name: "Close" }));
      expect(dialogs()).toBe(0);
      await user.keyboard("gk");
      await heading("Keys & teams");
    }));
});

describe("what is found by its name", () => {
  const find = async (user: { keyboard(keys: string): Promise<void> }, text: string) => {
    await navigation();
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("dialog", { name: "Find or do" });
    await user.keyboard(text);
  };
  // The fields of the page beneath have options as well.
  const options = () =>
    within(screen.getByRole("dialog"))
      .getAllByRole("option")
      .map(({ textContent }) => textContent);

  test("is a page, opened by Enter, and what was asked is gone", () =>
    at("/models", async ({ user, address }) => {
      await find(user, "budgets &");
      await waitFor(() => expect(options()).toEqual(["Budgets & limitsg b"]));
      await user.keyboard("{Enter}");
      await heading("Budgets & limits");
      expect([address(), dialogs()]).toEqual(["/budgets", 0]);
    }));

  test("is a model, of which the first that fit are shown", () =>
    at("/keys", async ({ user, address }) => {
      await find(user, "GPT-5");
      const group = await screen.findByRole("group", { name: "Models" });
      const found = within(group).getAllByRole("option");
      expect(found).toHaveLength(8);
      for (const one of found) expect(one.textContent).toContain("gpt-5");
      await user.click(found[0]!);
      await waitFor(() => expect(address()).toMatch(/^\/models\/.*gpt-5/));
    }));

  test("is a request by its id, and by nothing like it", () =>
    at(
      "/keys",
      async ({ user, address }) => {
        const [{ id }] = (await jsonOf(await fetch("/admin/generations?limit=1"))).data;
        await find(user, `${id}x`);
        expect(screen.queryAllByRole("option", { name: /Open request/ })).toHaveLength(0);
        await user.keyboard("{Backspace}");
        await user.click(await screen.findByRole("option", { name: `Open request ${id}` }));
        await waitFor(() => expect(address()).toStartWith(`/requests/${id}`));
      },
      { before: (gateway) => gateway.post("/v1/chat/completions", { model: "openai/gpt-5", messages: HELLO }) },
    ));

  test.each([
    ["make a key", "/keys?new=key"],
    ["make a budget", "/budgets?new=budget"],
    ["preview a", "/routing?tab=preview"],
  ])("does %s", (words, where) =>
    at("/models", async ({ user, address }) => {
      await find(user, words);
      await user.keyboard("{Enter}");
      await waitFor(() => expect(address()).toStartWith(where));
    }),
  );

  test("paints dark, and closes", () =>
    at("/models", async ({ user }) => {
      await find(user, "dark");
      await user.keyboard("{Enter}");
      expect([shownTheme(), dialogs()]).toEqual(["dark", 0]);
    }));

  test("may be nothing, which is said; Close leaves all as it was", () =>
    at("/models", async ({ user, address }) => {
      await find(user, "zzzzzz");
      await screen.findByText("Nothing is called so.");
      await user.click(screen.getByRole("button", { name: "Close" }));
      expect([dialogs(), address()]).toEqual([0, "/models"]);
    }));

  test("opens by the button that says so as well", () =>
    at("/models", async ({ user }) => {
      await user.click(await screen.findByRole("button", { name: /^Find or do/ }));
      await screen.findByRole("dialog", { name: "Find or do" });
      expect(document.activeElement!.getAttribute("placeholder")).toBe("A page, a model, the id of a request…");
    }));
});

describe("what changes elsewhere", () => {
  test("is seen here without anybody asking", () =>
    at("/keys", async ({ gateway }) => {
      await screen.findAllByText(/open streams?$/);
      await made(gateway, { name: "made-elsewhere" });
      expect((await screen.findByText("made-elsewhere")).textContent).toBe("made-elsewhere");
    }));
});

const HELLO = [{ role: "user", content: "Hello" }];
