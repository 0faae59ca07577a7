import { describe, expect, test } from "bun:test";
import { ask, chat } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

type User = { click(element: Element): Promise<void> };

const USED = "Providers in use";
const UNUSED = "Providers without a credential";
const rows = (name: string) => within(screen.getByRole("table", { name })).getAllByRole("row").slice(1);
const names = (name: string) => rows(name).map((row) => row.querySelector(".font-mono")!.textContent);
const credentials = async (gateway: RunningGateway, provider: string) =>
  (await jsonOf(await ask(gateway, "GET", `/admin/providers/${provider}`))).credentials;
const entered = async (gateway: RunningGateway, told: object = {}) => {
  const reply = await ask(gateway, "POST", "/admin/providers/cerebras/credentials", {
    name: "mine",
    api_key: "csk-secret-of-mine",
    ...told,
  });
  expect(reply.status).toBe(201);
};
const card = (name: string) => screen.findByRole("article", { name: `Credential ${name}` });

describe("providers", () => {
  test("that have a credential stand apart from those that have none, which tell what they need", () =>
    at("/providers", async () => {
      await screen.findByRole("table", { name: USED });
      expect(names(USED).sort()).toEqual(["anthropic", "deepseek", "groq", "mistral", "openai"]);
      expect(rows(USED)[0]!.textContent).toContain("1 of the configuration");
      expect(rows(USED)[0]!.textContent).toContain("Not asked lately");
      const cerebras = rows(UNUSED).find((row) => row.textContent!.includes("cerebras"))!;
      expect(cerebras.textContent).toMatch(/API key.*CEREBRAS_API_KEY/);
      expect(names(UNUSED)).not.toContain("openai");
    }));

  test("are found by every word of what is typed, which stands in the address", () =>
    at("/providers", async ({ user, address }) => {
      await screen.findByRole("table", { name: USED });
      await user.type(screen.getByLabelText("Search providers"), "ANTHROP");
      await waitFor(() => expect(names(USED)).toEqual(["anthropic"]));
      expect(screen.queryAllByRole("table", { name: UNUSED })).toHaveLength(0);
      expect(address()).toBe("/providers?q=ANTHROP");
    }));

  test("that none is called like lead back to all, and tell where one's own is added", () =>
    at("/providers?q=nobody-at-all", async ({ user, address }) => {
      const told = (await screen.findByText("No provider is called so")).parentElement!;
      expect(told.textContent).toContain("One of your own is added in the configuration");
      await user.click(screen.getByRole("button", { name: "Show all" }));
      await screen.findByRole("table", { name: USED });
      expect(address()).toBe("/providers");
    }));

  test("that cannot be told are asked for again by who presses", () => {
    let isDown = true;
    return at(
      "/providers",
      async ({ user }) => {
        expect((await screen.findByRole("alert")).textContent).toContain("The list is away.");
        isDown = false;
        await user.click(screen.getByRole("button", { name: "Try again" }));
        await screen.findByRole("table", { name: USED });
        expect(screen.queryAllByRole("alert")).toHaveLength(0);
      },
      {
        standIn: (path) =>
          isDown && path === "/admin/providers"
            ? Response.json({ error: { message: "The list is away.", code: "bad_request" } }, { status: 400 })
            : undefined,
      },
    );
  });

  test("where none has a credential, how one comes to be asked is told", () =>
    at(
      "/providers",
      async () => {
        await screen.findByText("No provider has a credential");
        expect(screen.queryAllByRole("table", { name: USED })).toHaveLength(0);
        expect(names(UNUSED)).toEqual(["alone"]);
      },
      {
        standIn: (path) => (path === "/admin/providers" ? Response.json({ object: "list", data: [ALONE] }) : undefined),
      },
    ));

  test("that were asked tell how many attempts worked, and by which endpoint", () =>
    at(
      "/providers",
      async ({ user, address }) => {
        await screen.findByRole("table", { name: USED });
        const row = rows(USED).find(({ textContent }) => textContent!.includes("openai"))!;
        expect(row.textContent).toMatch(/Well1100/);
        await user.click(within(row).getByText("openai"));
        await screen.findByRole("dialog", { name: "OpenAI" });
        expect(address()).toBe("/providers?provider=openai");
        const [way] = rows("Endpoints");
        expect(way!.textContent).toMatch(/^openai\/gpt-5.*Closed100/);
      },
      {
        remembers: true,
        before: async (gateway) => {
          expect((await gateway.post("/v1/chat/completions", chat())).status).toBe(200);
        },
      },
    ));

  test("open from a link that somebody sent, and by Enter", () =>
    at("/providers?provider=groq", async ({ user, address }) => {
      const dialog = await screen.findByRole("dialog", { name: /groq/i });
      expect(dialog.textContent).toContain("Nobody was asked in the last day");
      await user.click(within(dialog).getByRole("button", { name: "Close" }));
      expect(address()).toBe("/providers");
      rows(UNUSED)
        .find((row) => row.textContent!.includes("cerebras"))!
        .focus();
      await user.keyboard("{Enter}");
      const other = await screen.findByRole("dialog", { name: "Cerebras" });
      expect(other.textContent).toContain("Nobody asks it. Add a credential here, or set CEREBRAS_API_KEY");
      expect(address()).toBe("/providers?provider=cerebras");
    }));
});

describe("a credential", () => {
  const add = async (user: User) => {
    await user.click(await screen.findByRole("button", { name: "Add a credential" }));
    return await screen.findByRole("dialog", { name: "Add a credential for Cerebras" });
  };

  test("is added as it was filled in, and its secret is shown to nobody again", () =>
    at("/providers?provider=cerebras", async ({ user, gateway }) => {
      await add(user);
      const secret = screen.getByLabelText<HTMLInputElement>("API key");
      expect(secret.type).toBe("password");
      await user.type(secret, "csk-secret-of-mine");
      await user.type(screen.getByLabelText(/^Name/), "mine");
      await user.selectOptions(screen.getByLabelText("It keeps nothing"), "Yes");
      await user.click(screen.getByRole("switch", { name: "HIPAA" }));
      await user.click(screen.getByRole("button", { name: "Add the credential" }));
      await screen.findByText("Cerebras is asked by mine from the next request on.");
      expect(await credentials(gateway, "cerebras")).toMatchObject([
        { name: "mine", source: "api", zero_data_retention: true, hipaa: true },
      ]);
      const told = (await card("mine")).textContent!;
      expect(told).toContain("Zero data retention");
      expect(document.body.textContent!.includes("csk-secret-of-mine")).toBe(false);
      expect(names(USED)).toContain("cerebras");
    }));

  test("of a name that is taken is refused in the gateway's words, at the name", () =>
    at(
      "/providers?provider=cerebras",
      async ({ user, gateway }) => {
        const dialog = await add(user);
        await user.type(within(dialog).getByLabelText("API key"), "csk-another-secret");
        const name = within(dialog).getByLabelText(/^Name/);
        await user.type(name, "mine");
        await user.click(within(dialog).getByRole("button", { name: "Add the credential" }));
        await waitFor(() => expect(name.getAttribute("aria-invalid")).toBe("true"));
        expect(await credentials(gateway, "cerebras")).toHaveLength(1);
      },
      { before: (gateway) => entered(gateway) },
    ));

  test("is added once, however often the button is pressed", () =>
    at("/providers?provider=cerebras", async ({ user, gateway }) => {
      await add(user);
      await user.type(screen.getByLabelText("API key"), "csk-secret-of-mine");
      await user.dblClick(screen.getByRole("button", { name: "Add the credential" }));
      await screen.findByText(/^Cerebras is asked by/);
      expect(await credentials(gateway, "cerebras")).toHaveLength(1);
    }));

  test("is changed without its secret, which stays", () =>
    at(
      "/providers?provider=cerebras",
      async ({ user, gateway, asked }) => {
        await user.click(within(await card("mine")).getByRole("button", { name: "Edit" }));
        const dialog = await screen.findByRole("dialog", { name: "Change mine" });
        expect(within(dialog).queryAllByLabelText("API key")).toHaveLength(0);
        const weight = within(dialog).getByLabelText(/^Weight/);
        await user.clear(weight);
        await user.type(weight, "0");
        await user.click(within(dialog).getByRole("button", { name: "Save" }));
        await screen.findByText("mine is changed.");
        expect(asked).toContain("PATCH /admin/providers/cerebras/credentials/mine");
        const [one] = await credentials(gateway, "cerebras");
        expect([one.weight, one.hint]).toEqual([0, expect.any(String)]);
        await within(await card("mine")).findByText(/Asked only when no other is left/);
      },
      { before: (gateway) => entered(gateway) },
    ));

  test("that is to go elsewhere needs its secret anew, and says so", () =>
    at(
      "/providers?provider=cerebras",
      async ({ user }) => {
        await user.click(within(await card("mine")).getByRole("button", { name: "Edit" }));
        const dialog = await screen.findByRole("dialog", { name: "Change mine" });
        await user.type(within(dialog).getByLabelText(/^Address/), "https://elsewhere.example/v1");
        expect(within(dialog).getByText(/A secret is entered for one address/)).toBeTruthy();
        expect(within(dialog).getByLabelText("API key")).toBeTruthy();
      },
      { before: (gateway) => entered(gateway) },
    ));

  test("is removed after somebody was asked", () =>
    at(
      "/providers?provider=cerebras",
      async ({ user, gateway }) => {
        const remove = async () => user.click(within(await card("mine")).getByRole("button", { name: "Remove" }));
        await remove();
        const asks = await screen.findByRole("dialog", { name: "Remove mine?" });
        await user.click(within(asks).getByRole("button", { name: "Cancel" }));
        expect(await credentials(gateway, "cerebras")).toHaveLength(1);
        await remove();
        await user.click(await screen.findByRole("button", { name: "Remove the credential" }));
        await screen.findByText("The credential mine is removed.");
        expect(await credentials(gateway, "cerebras")).toEqual([]);
        await waitFor(() => expect(names(UNUSED)).toContain("cerebras"));
      },
      { before: (gateway) => entered(gateway) },
    ));

  test("of the configuration is tried, and changed where it stands only", () =>
    at("/providers?provider=openai", async ({ user }) => {
      const one = await card("default");
      expect(one.textContent).toContain("Of the configuration: it is changed there.");
      expect(within(one).queryAllByRole("button", { name: "Edit" })).toHaveLength(0);
      await user.click(within(one).getByRole("button", { name: "Test" }));
      await within(one).findByText(/It works: .* answered 200 after/);
    }));

  test("that does not work tells what the provider answered", () =>
    at(
      "/providers?provider=openai",
      async ({ user }) => {
        const one = await card("default");
        await user.click(within(one).getByRole("button", { name: "Test" }));
        const told = await within(one).findByText(/It does not work: openai\/x answered 401 after/);
        expect(told.textContent).toContain("The key is wrong. provider_unauthorized");
      },
      {
        standIn: (path) =>
          path.endsWith("/test")
            ? Response.json({
                ok: false,
                model: "openai/x",
                status: 401,
                duration_ms: 12,
                error: { code: "provider_unauthorized", message: "The key is wrong." },
              })
            : undefined,
      },
    ));

  test("is seen by a viewer, who can neither try nor change it, and is told why", () =>
    at(
      "/providers?provider=cerebras",
      async () => {
        const one = await card("mine");
        for (const button of [
          screen.getByRole("button", { name: "Add a credential" }),
          ...within(one).getAllByRole("button"),
        ]) {
          expect(button).toHaveProperty("disabled", true);
          expect(button.title).toContain("an admin can change this");
        }
      },
      { role: "viewer", before: (gateway) => entered(gateway) },
    ));

  test("can be tried where the gateway is locked, and nothing else", () =>
    at(
      "/providers?provider=openai",
      async ({ user }) => {
        const one = await card("default");
        const more = screen.getByRole("button", { name: "Add a credential" });
        expect(more).toHaveProperty("disabled", true);
        expect(more.title).toContain("Locked");
        await user.click(within(one).getByRole("button", { name: "Test" }));
        await within(one).findByText(/It works/);
      },
      { config: { admin: "locked" } },
    ));

  test("that another operator enters meanwhile appears without being asked for", () =>
    at("/providers?provider=cerebras", async ({ gateway }) => {
      await screen.findByRole("dialog", { name: "Cerebras" });
      await screen.findAllByText(/open streams?$/);
      await entered(gateway);
      await card("mine");
    }));
});

const ALONE = {
  object: "provider",
  name: "alone",
  title: "Alone",
  authentication: "key",
  base_url: "https://alone.example/v1",
  needs_base_url: false,
  usual_region: null,
  docs: null,
  models: 0,
  variables: ["ALONE_API_KEY"],
  credentials: [],
};
