import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { ask, chat, made, post } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../test/support/gateway.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Keys, teams and whom they ask for, as somebody makes and changes them in a real browser. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const keyOf = async (gateway: RunningGateway, id: string) => jsonOf(await ask(gateway, "GET", `/admin/keys/${id}`));
const LONG = chat("openai/gpt-5", { max_tokens: 1000 }, "[sim tokens=1000] Hi");

test("a key is made with a budget, works as it is shown, and refuses once that is spent; more money lets it through", () =>
  visitors.at("/keys", async (page, gateway) => {
    await page.getByRole("button", { name: "Make a key" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("ci");
    await page.getByRole("switch", { name: "It has a budget of its own" }).click();
    await page.getByLabel("Limit in dollars").fill("0.025");
    await page.getByRole("button", { name: "Make the key" }).click();
    const secret = (await page.getByText(/^hg_\w{49}$/).textContent())!;
    await page.getByText(`Authorization: Bearer ${secret}`).waitFor();
    await page.getByRole("button", { name: "Done" }).click();

    expect((await post(gateway, secret, LONG)).status).toBe(200);
    expect((await post(gateway, secret, LONG)).status).toBe(200);
    const refusal = await post(gateway, secret, LONG);
    expect([refusal.status, (await jsonOf(refusal)).error.code]).toEqual([402, "quota_for_entity_exceeded"]);

    await page.reload();
    const row = page.getByRole("row").filter({ hasText: "ci" });
    await row.getByText("of $0.025 a month").waitFor();
    expect(await row.getByRole("meter").getAttribute("aria-valuetext")).toStartWith("$0.02");
    // Nothing of the secret is told again.
    expect(await page.content()).not.toContain(secret);

    await row.getByText("active").click();
    await page.getByLabel("Limit in dollars").fill("1");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The key is changed").waitFor();
    expect((await post(gateway, secret, LONG)).status).toBe(200);
  }));

test("what is wrong is said at its field, by the gateway and by the form, and nothing is made", () =>
  visitors.at("/keys?new=key", async (page, gateway) => {
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText("Give it a name").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("ci");
    await page.getByText("Models and providers").click();
    await page.getByLabel("Only these providers").fill("grok");
    await page.getByLabel("Only these providers").press("Enter");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText('Did you mean "groq"').waitFor();
    expect(await page.getByLabel("Only these providers").getAttribute("aria-invalid")).toBe("true");
    expect((await jsonOf(await ask(gateway, "GET", "/admin/keys?q=ci"))).data).toEqual([]);
    await page.getByRole("button", { name: "Remove provider grok" }).click();
    await page.getByLabel("Only these providers").fill("groq,");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText("The key ci is made").waitFor();
    expect((await jsonOf(await ask(gateway, "GET", "/admin/keys?q=ci"))).data[0]).toMatchObject({
      providers: ["groq"],
    });
  }));

test("who renames a key loses nothing of what it may", async () => {
  const policy = {
    models: ["openai/*"],
    no_training: true,
    limits: { requests_per_minute: 60, tokens_per_minute: null },
    hedge: false,
    user: { required: true, fixed: "ada" },
    tags: { fixed: ["a"], allowed: ["b"], most: 1, required: true },
    keep_bodies: true,
    metadata: { note: { deep: [1] } },
    expires_at: "2099-01-31T12:34:56.789Z",
    owner: "Ada",
  };
  let id = "";
  await visitors.at(
    "/keys",
    async (page, gateway) => {
      const before = await keyOf(gateway, id);
      await page.getByText("old name").click();
      await page.getByLabel("Name", { exact: true }).fill("new name");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The key is changed").waitFor();
      const { name, updated_at: _at, ...after } = await keyOf(gateway, id);
      const { name: _name, updated_at: _then, ...told } = before;
      expect([name, after]).toEqual(["new name", told]);
      expect(after).toMatchObject(policy);
    },
    { before: async (gateway) => ({ id } = await made(gateway, { name: "old name", ...policy })) },
  );
});

test("a key is given another secret while that before opens for a day, is shut, opened, and revoked for good", async () => {
  let old = "";
  await visitors.at(
    "/keys",
    async (page, gateway) => {
      const act = async (what: string) => {
        await page.getByRole("button", { name: "Rotate or shut" }).click();
        await page.getByRole("menuitem", { name: what }).click();
      };
      await page.getByText("service").click();
      await act("Rotate…");
      await page.getByRole("button", { name: "Rotate", exact: true }).click();
      const secret = (await page.getByText(/^hg_\w{49}$/).textContent())!;
      expect(secret).not.toBe(old);
      expect([(await post(gateway, old)).status, (await post(gateway, secret)).status]).toEqual([200, 200]);
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByText("Old secret ends", { exact: true }).waitFor();

      await act("Disable");
      await page.getByText("The key opens nothing until it is enabled").waitFor();
      expect((await post(gateway, secret)).status).toBe(401);
      await act("Enable");
      await page.getByText("The key opens again").waitFor();
      expect((await post(gateway, secret)).status).toBe(200);

      await act("Revoke…");
      await page.getByRole("button", { name: "Revoke the key" }).click();
      await page.getByText("The key service is revoked").waitFor();
      expect((await post(gateway, secret)).status).toBe(401);
      await page.getByText("No keys yet").or(page.getByText("from the environment")).first().waitFor();
      await page.getByLabel("Status").selectOption("revoked");
      await page.getByRole("row").filter({ hasText: "service" }).getByText("revoked").waitFor();
    },
    { before: async (gateway) => ({ key: old } = await made(gateway, { name: "service" })) },
  );
});

test("a team is made, given a budget and a key, and is not removed while it has one: in the gateway's words", () =>
  visitors.at("/keys?tab=teams", async (page, gateway) => {
    await page.getByRole("button", { name: "Make a team" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("blue");
    await page.getByRole("button", { name: "Make the team" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    const row = page.getByRole("row").filter({ hasText: "blue" });
    await row.press("Enter");
    await page.getByRole("heading", { name: "blue" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    // Who came by keyboard goes on where they were.
    expect(await row.evaluate((element) => element.matches(":focus"))).toBeTrue();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Set a budget" }).click();
    await page.getByLabel("Limit in dollars").fill("50");
    await page.getByRole("button", { name: "Make the budget" }).click();
    await page.getByText("of $50.00 a month").first().waitFor();
    const { id } = (await jsonOf(await ask(gateway, "GET", "/admin/teams"))).data[0];
    await made(gateway, { name: "ci", team: id });
    await page.getByRole("link", { name: "ci" }).waitFor();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Remove the team" }).click();
    await page.getByText("Keys belong to the team").waitFor();
    expect((await jsonOf(await ask(gateway, "GET", "/admin/teams"))).data).toHaveLength(1);
  }));

test("end users and tags have what they spent, and are given a budget that holds for them alone", () =>
  visitors.at(
    "/keys?tab=users",
    async (page, gateway) => {
      await page.getByRole("row").filter({ hasText: "ada" }).getByText("2 requests").waitFor();
      await page.getByText("ada", { exact: true }).click();
      await page.getByRole("button", { name: "Set a budget" }).click();
      await page.getByLabel("Limit in dollars").fill("0.00001");
      await page.getByLabel("Period").selectOption("daily");
      await page.getByRole("button", { name: "Make the budget" }).click();
      await page.getByText("of $0.00001 a day").first().waitFor();
      expect((await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "ada" }))).status).toBe(402);
      expect((await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "bo" }))).status).toBe(200);
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Tags" }).click();
      await page.getByRole("row").filter({ hasText: "nightly" }).getByText("1 request").click();
      await page.waitForURL("**/requests?*");
      expect(new URL(page.url()).searchParams.get("tag")).toBe("nightly");
    },
    {
      before: async (gateway) => {
        await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "ada", tags: ["nightly"] }));
        await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "ada" }));
      },
    },
  ));

test("entities have what they spent of their budgets, own or each's, which leads to the requests behind it", () => {
  const send = (gateway: RunningGateway, quotaEntityId: string) =>
    gateway.post(
      "/v1/chat/completions",
      chat("openai/gpt-5", { providerOptions: { gateway: { quotaEntityId } } }, "[sim tokens=50] Hi"),
    );
  return visitors.at(
    "/keys?tab=entities",
    async (page, gateway) => {
      await page.getByText("No entity has a budget").waitFor();
      await page.getByRole("button", { name: "Budget for each" }).click();
      await page.getByRole("button", { name: "Set a budget" }).click();
      await page.getByLabel("Limit in dollars").fill("0.02");
      await page.getByLabel("Period").selectOption("daily");
      await page.getByRole("button", { name: "Make the budget" }).click();
      await page.getByText("The budget is made").waitFor();
      await page.keyboard.press("Escape");
      for (const entity of ["acme", "acme", "bolt"]) expect((await send(gateway, entity)).status).toBe(200);
      await page.reload();
      const row = page.getByRole("row").filter({ hasText: "acme" });
      await row.getByText("of $0.02 a day").waitFor();
      const spent = (await row.getByTitle("The requests of its period").last().textContent())!;
      await page.getByText("Each of the others: $0.02 a day").waitFor();
      await row.getByText("acme").click();
      const drawer = page.getByRole("dialog");
      await drawer.getByRole("button", { name: "Set a budget" }).click();
      await page.getByLabel("Limit in dollars").fill("0");
      await page.getByRole("button", { name: "Make the budget" }).click();
      await page.getByText("The budget is made").waitFor();
      expect([(await send(gateway, "acme")).status, (await send(gateway, "bolt")).status]).toEqual([402, 200]);
      await page.keyboard.press("Escape");

      await page.goto(`${gateway.url}/keys?tab=entities&q=bolt`);
      await page.getByRole("row").filter({ hasText: "bolt" }).getByTitle("The requests of its period").last().click();
      await page.waitForURL("**/requests?*");
      const asked = new URL(page.url()).searchParams;
      expect([asked.getAll("quota_entity_id"), asked.get("credential_type")]).toEqual([["bolt"], "system"]);
      await page.getByText("That is all.").waitFor();
      expect([await page.locator("[data-row]").count(), spent.startsWith("$0.0")]).toEqual([2, true]);
      await page.locator("[data-row]").first().click();
      await page.getByRole("link", { name: "bolt" }).waitFor();
    },
    {},
  );
});

test("a viewer sees a key in full and can change nothing of it", () =>
  visitors.at(
    "/keys",
    async (page) => {
      expect(await page.getByRole("button", { name: "Make a key" }).first().isDisabled()).toBeTrue();
      await page.getByText("service").click();
      await page.getByLabel("Name", { exact: true }).waitFor();
      expect(await page.getByLabel("Name", { exact: true }).isDisabled()).toBeTrue();
      expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBeTrue();
      expect(await page.getByRole("button", { name: "Rotate or shut" }).getAttribute("title")).toContain("viewer");
    },
    { role: "viewer", before: (gateway) => made(gateway, { name: "service" }) },
  ));

const MARKUP = '<img src=x onerror="hit=1"><script>hit=1</script>';

test("names that are markup stand there as text, in lists, in what they open, and in what is chosen of them", () =>
  visitors.at(
    "/keys",
    async (page, gateway) => {
      const [{ id: key }] = (await jsonOf(await ask(gateway, "GET", "/admin/keys"))).data;
      const [{ id: team }] = (await jsonOf(await ask(gateway, "GET", "/admin/teams"))).data;
      const [{ id: budget }] = (await jsonOf(await ask(gateway, "GET", "/admin/budgets"))).data;
      for (const path of [
        "/keys",
        `/keys?key=${key}`,
        "/keys?tab=teams",
        `/keys?tab=teams&team=${team}`,
        "/keys?tab=users",
        "/keys?tab=tags",
        `/keys?tab=tags&of=${encodeURIComponent(MARKUP)}`,
        "/budgets",
        `/budgets?budget=${budget}`,
        "/routing",
        "/routing?rule=no",
        "/routing?tab=virtual",
        "/routing?tab=virtual&virtual=vmc/one",
        `/routing?tab=preview&model=openai/gpt-4.1&key=${key}`,
        `/routing?tab=preview&model=${encodeURIComponent(MARKUP)}`,
      ]) {
        await page.goto(gateway.url + path);
        // What is filled in is no text of the page's.
        const told = page.locator(':text("onerror"), input[value*="onerror"], option:has-text("onerror")');
        await told.first().waitFor({ state: "attached" });
        const drawn = await page.evaluate(
          `["hit" in window, document.querySelectorAll("main img, dialog img").length]`,
        );
        expect([path, drawn]).toEqual([path, [false, 0]]);
      }
    },
    {
      before: async (gateway) => {
        const team = await jsonOf(
          await ask(gateway, "POST", "/admin/teams", { name: MARKUP, metadata: { a: MARKUP } }),
        );
        await made(gateway, { name: MARKUP, owner: MARKUP, team: team.id, budget: { limit_usd: 1 } });
        await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: MARKUP, tags: [MARKUP] }));
        await ask(gateway, "POST", "/admin/budgets", { scope: "tag", scope_id: MARKUP, limit_usd: 1 });
        const rule = { id: "no", type: "deny", model: "openai/gpt-4.1", reason: MARKUP, description: MARKUP };
        await ask(gateway, "POST", "/admin/routing-rules", rule);
        const virtual = { id: "vmc/one", model: "openai/gpt-5", name: MARKUP, description: MARKUP };
        await ask(gateway, "POST", "/admin/virtual-models", virtual);
      },
    },
  ));

test("two have the same key open: what one changes the other sees, but for what it has touched itself", async () => {
  let id = "";
  await visitors.at(
    "/keys",
    async (page, gateway) => {
      await page.getByText("nightly", { exact: true }).click();
      const field = (name: string) =>
        page
          .getByRole("dialog")
          .getByLabel(new RegExp(`^${name}\\b`))
          .first();
      await field("Owner").fill("ours");
      // Somebody else, meanwhile.
      await ask(gateway, "PATCH", `/admin/keys/${id}`, { name: "weekly", owner: "theirs", models: ["openai/*"] });
      await page.getByRole("dialog").getByRole("heading", { name: "weekly" }).waitFor();
      expect([await field("Name").inputValue(), await field("Owner").inputValue()]).toEqual(["weekly", "ours"]);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The key is changed").waitFor();
      expect(await keyOf(gateway, id)).toMatchObject({ name: "weekly", owner: "ours", models: ["openai/*"] });

      // And another key in its place has its own.
      const other = await made(gateway, { name: "hourly", owner: "bo" });
      await page.keyboard.press("Escape");
      await page.getByText("hourly", { exact: true }).click();
      await page.getByRole("dialog").getByRole("heading", { name: "hourly" }).waitFor();
      expect([await field("Name").inputValue(), await field("Owner").inputValue()]).toEqual(["hourly", "bo"]);
      expect(new URL(page.url()).searchParams.get("key")).toBe(other.id);
    },
    { before: async (gateway) => ({ id } = await made(gateway, { name: "nightly" })) },
  );
});

const LONG_AGO = Date.now() - 40 * 86_400_000;
const generation = generationId(LONG_AGO);

test("the list tells when each key was last used, also long ago, and leads to the requests of that hour", async () => {
  let ids: string[] = [];
  await visitors.at(
    "/keys",
    async (page, gateway) => {
      const row = (name: string) => page.getByRole("row").filter({ hasText: name });
      await row("unused").getByText("never", { exact: true }).first().waitFor();
      await row("busy").getByRole("link", { name: "this hour" }).waitFor();
      await row("importer").getByRole("link", { name: "40 days ago" }).click();
      await page.waitForURL("**/requests?*");
      await page.locator(`[data-row="${generation}"]`).waitFor();
      expect(await page.locator("[data-row]").count()).toBe(1);
      await page.goto(`${gateway.url}/keys?key=${ids[0]}`);
      await page.getByRole("dialog").locator("time[title*='here']", { hasText: "40 days ago" }).waitFor();
    },
    {
      before: async (gateway) => {
        const keys = [];
        for (const name of ["importer", "busy", "unused"]) keys.push(await made(gateway, { name }));
        ids = keys.map(({ id }) => id);
        await post(gateway, keys[1]!.key, chat("openai/gpt-5", {}, "[sim tokens=5] Hi"));
        const row = { ...FULL, id: generation, createdAt: LONG_AGO, keyId: ids[0]! };
        await gateway.headgate.gateway.generations.insert([{ row, charges: [] }]);
      },
    },
  );
});
