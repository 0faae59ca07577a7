import { describe, expect, test } from "bun:test";
import { ask, chat, KEYS, made, post } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

type User = { click(element: Element): Promise<void> };

const kept = async (gateway: RunningGateway, id: string) => jsonOf(await ask(gateway, "GET", `${KEYS}/${id}`));
const called = async (gateway: RunningGateway, name: string) =>
  (await jsonOf(await ask(gateway, "GET", KEYS))).data.filter((key: { name: string }) => key.name === name);
const shown = async () => (await screen.findByLabelText<HTMLInputElement>("Name")).closest("dialog")!;
const faultOf = (field: Element) => document.getElementById(field.getAttribute("aria-describedby")!)?.textContent;

describe("a new key", () => {
  const make = () => screen.getByRole("button", { name: "Make the key" });

  test("is made as it was filled in, and its secret is shown this once, with a line that works", () =>
    at("/keys?new=key", async ({ user, gateway, address }) => {
      await user.type(await screen.findByLabelText("Name"), "ci");
      await user.type(screen.getByLabelText(/^Owner/), " Ada ");
      await user.type(screen.getByLabelText("Only these models"), "openai/*{Enter}");
      await user.click(make());
      const done = await screen.findByRole("dialog", { name: "The key ci" });
      const [key] = await called(gateway, "ci");
      expect(key).toMatchObject({ owner: "Ada", models: ["openai/*"], status: "active" });
      expect(key.key).toBeUndefined();
      const secret = done.querySelector("code")!.textContent!;
      expect((await post(gateway, secret, chat())).status).toBe(200);
      expect(done.textContent).toContain("nobody can show it again");
      expect(done.querySelector("pre")!.textContent).toContain(secret);
      await user.click(within(done).getByRole("button", { name: "Copy the key" }));
      expect(await navigator.clipboard.readText()).toBe(secret);
      await user.click(within(done).getByRole("button", { name: "Done" }));
      await screen.findByRole("table", { name: "Keys" });
      expect([address(), document.body.textContent!.includes(secret)]).toEqual(["/keys", false]);
    }));

  test("without a name is refused at its field, and nothing is asked of the gateway", () =>
    at("/keys?new=key", async ({ user, asked }) => {
      const name = await screen.findByLabelText("Name");
      await user.click(make());
      await waitFor(() => expect(name.getAttribute("aria-invalid")).toBe("true"));
      expect(faultOf(name)).toBe("Give it a name, by which people know it.");
      expect(asked.filter((one) => one.startsWith("POST /admin/keys"))).toEqual([]);
    }));

  test("that would have ended already is refused at its field in the gateway's words", () =>
    at("/keys?new=key", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("Name"), "late");
      const expires = screen.getByLabelText(/^Expires/);
      await user.type(expires, "2001-02-03T04:05");
      await user.click(make());
      await waitFor(() => expect(expires.getAttribute("aria-invalid")).toBe("true"));
      expect(await called(gateway, "late")).toEqual([]);
    }));

  test("is made once, however often the button is pressed", () =>
    at("/keys?new=key", async ({ user, gateway }) => {
      await user.type(await screen.findByLabelText("Name"), "ci");
      await user.dblClick(make());
      await screen.findByRole("dialog", { name: "The key ci" });
      expect(await called(gateway, "ci")).toHaveLength(1);
    }));

  test("is not made by who thinks again", () =>
    at("/keys?new=key", async ({ user, gateway, address }) => {
      await user.type(await screen.findByLabelText("Name"), "ci");
      await user.click(screen.getByRole("button", { name: "Cancel" }));
      expect([await called(gateway, "ci"), address()]).toEqual([[], "/keys"]);
    }));

  test("cannot be made by a viewer, who is told why", () =>
    at(
      "/keys?new=key",
      async () => {
        expect(await screen.findByLabelText("Name")).toHaveProperty("disabled", true);
        expect(make()).toHaveProperty("disabled", true);
        expect(make().title).toContain("an admin can change this");
      },
      { role: "viewer" },
    ));
});

describe("a key that is opened", () => {
  let id = "";
  let secret = "";
  const before = async (gateway: RunningGateway) => {
    const key = await made(gateway, { name: "ci", metadata: { cost_centre: 7 }, limits: { requests_per_minute: 5 } });
    [id, secret] = [key.id, key.key];
  };
  const open = async (history: { push(path: string): void }) => {
    history.push(`/keys?key=${id}`);
    await shown();
  };
  const choose = async (user: User, what: string) => {
    await user.click(await screen.findByRole("button", { name: /Rotate or shut/ }));
    await user.click(await screen.findByRole("menuitem", { name: what }));
  };

  test("is changed in what was touched, and keeps all else", () =>
    at(
      "/keys",
      async ({ user, gateway, history }) => {
        await open(history);
        const name = screen.getByLabelText("Name");
        await user.clear(name);
        await user.type(name, "nightly");
        await user.click(screen.getByRole("button", { name: "Save" }));
        await screen.findByText("The key is changed. It holds from the next request on.");
        expect(await kept(gateway, id)).toMatchObject({
          name: "nightly",
          metadata: { cost_centre: 7 },
          limits: { requests_per_minute: 5 },
        });
        await screen.findByRole("dialog", { name: "nightly" });
      },
      { before },
    ));

  test("shows what another changes meanwhile, and keeps what was typed", () =>
    at(
      "/keys",
      async ({ user, gateway, history }) => {
        await open(history);
        await screen.findAllByText(/open streams?$/);
        await user.type(screen.getByLabelText("Name"), " two");
        await ask(gateway, "PATCH", `${KEYS}/${id}`, { owner: "Grace" });
        await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>(/^Owner/).value).toBe("Grace"));
        expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("ci two");
        await user.click(screen.getByRole("button", { name: "Save" }));
        await screen.findByText(/The key is changed/);
        expect(await kept(gateway, id)).toMatchObject({ name: "ci two", owner: "Grace" });
      },
      { before },
    ));

  test("is shut for a while, and opened again", () =>
    at(
      "/keys",
      async ({ user, gateway, history }) => {
        await open(history);
        await choose(user, "Disable");
        await screen.findByText("The key opens nothing until it is enabled.");
        expect((await post(gateway, secret)).status).toBe(401);
        await within(await shown()).findByText("disabled");
        await choose(user, "Enable");
        await screen.findByText("The key opens again.");
        expect((await post(gateway, secret)).status).toBe(200);
      },
      { before },
    ));

  test("is given another secret, and the one before ends when it was said to", () =>
    at(
      "/keys",
      async ({ user, gateway, history }) => {
        await open(history);
        await choose(user, "Rotate…");
        await user.selectOptions(await screen.findByLabelText("The secret that it has now ends"), "At once");
        await user.click(screen.getByRole("button", { name: "Rotate" }));
        const done = await screen.findByRole("dialog", { name: "The new secret of ci" });
        const fresh = done.querySelector("code")!.textContent!;
        expect([(await post(gateway, secret)).status, (await post(gateway, fresh)).status]).toEqual([401, 200]);
      },
      { before },
    ));

  test("is revoked after somebody was asked, and can be looked at only", () =>
    at(
      "/keys",
      async ({ user, gateway, history, address }) => {
        await open(history);
        await choose(user, "Revoke…");
        const asks = await screen.findByRole("dialog", { name: "Revoke ci?" });
        await user.click(within(asks).getByRole("button", { name: "Cancel" }));
        expect((await kept(gateway, id)).status).toBe("active");
        await choose(user, "Revoke…");
        await user.click(await screen.findByRole("button", { name: "Revoke the key" }));
        await screen.findByText("The key ci is revoked.");
        expect((await kept(gateway, id)).status).toBe("revoked");
        await waitFor(() => expect(address()).toBe("/keys"));
        await open(history);
        await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Name").disabled).toBe(true));
        expect(screen.queryAllByRole("button", { name: "Save" })).toHaveLength(0);
      },
      { before },
    ));

  test.each([
    ["a viewer", { role: "viewer" as const }, "an admin can change this"],
    ["whoever finds the gateway locked", { config: { admin: "locked" }, standIn: oneKey }, "Locked"],
  ])("is seen by %s, who can change nothing of it, and is told why", (_, visit, why) =>
    at(
      "/keys",
      async ({ history }) => {
        if ("standIn" in visit) id = "key_seen";
        await open(history);
        expect(screen.getByLabelText("Name")).toHaveProperty("disabled", true);
        const save = screen.getByRole("button", { name: "Save" });
        expect(save).toHaveProperty("disabled", true);
        expect(save.title).toContain(why);
        expect(screen.getByRole("button", { name: /Rotate or shut/ })).toHaveProperty("disabled", true);
      },
      "standIn" in visit ? visit : { ...visit, before },
    ),
  );

  test("that there is not is told in the gateway's words", () =>
    at("/keys?key=key_nobody", async ({ user, address }) => {
      const dialog = await screen.findByRole("dialog", { name: "Key" });
      expect((await within(dialog).findByRole("alert")).textContent).toMatch(/key_nobody|no such|not found|no key/i);
      await user.click(within(dialog).getByRole("button", { name: "Close" }));
      expect(address()).toBe("/keys");
    }));

  test("that stands in the environment is changed there, and only budgets here", () =>
    at("/keys?key=key_environment", async () => {
      await screen.findByText(/It stands in the environment, as AI_GATEWAY_API_KEY/);
      expect(screen.queryAllByLabelText("Name")).toHaveLength(0);
      expect(screen.queryAllByRole("button", { name: "Save" })).toHaveLength(0);
    }));
});

/** A gateway that is locked lets nobody make a key. */
function oneKey(path: string): Response | undefined {
  if (path !== "/admin/keys/key_seen") return undefined;
  const none = { team: null, owner: null, budget: null, expires_at: null, previous_until: null };
  return Response.json({
    ...none,
    id: "key_seen",
    name: "ci",
    hint: "hg_ab…",
    source: "api",
    status: "active",
    budgets: [],
    created_at: "2026-11-01T00:00:00Z",
    revoked_at: null,
    leaked_at: null,
    disabled: false,
    read_only: false,
  });
}
