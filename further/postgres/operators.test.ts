import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SQL } from "bun";
import type { BudgetAccountPage, Preview, Settings } from "../../src/admin/contract.ts";
import { ask, chat, made, post, TOKEN } from "../../test/access/keys.ts";
import { Ear } from "../../test/support/ear.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Postgres } from "./server.ts";

// On a machine that is busy with other things.
setDefaultTimeout(60_000);

/** What operators are shown, by gateways over one real PostgreSQL. */

const postgres = new Postgres();
const running: RunningGateway[] = [];
const ears: Ear[] = [];
beforeAll(() => postgres.start());
afterEach(async () => {
  for (const ear of ears.splice(0)) await ear.leave();
  for (const one of running.splice(0)) await one.stop();
});
afterAll(() => postgres.remove());

async function replica(url: string, more: object = {}): Promise<RunningGateway> {
  const config = {
    database: { url },
    secret: "a-secret-of-the-operator-for-all-replicas",
    admin_token: TOKEN,
    ...more,
  };
  const one = await startGateway({ config });
  running.push(one);
  return one;
}

async function listening({ url }: RunningGateway): Promise<Ear> {
  const ear = await Ear.open(url);
  ears.push(ear);
  return ear;
}

test("what one replica changes is told at another, and requests where they end", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  const [here, there] = [await listening(one), await listening(other)];
  const { key } = await made(one, { budget: { limit_usd: 1 } });
  await ask(one, "POST", "/admin/routing-rules", { id: "x", type: "deny", model: "openai/gpt-5-nano" });
  for (const what of ["keys", "budgets", "routing_rules", "virtual_models"] as const)
    await there.hears("changed", (told) => told.what === what);
  await ask(one, "POST", "/admin/teams", { name: "blue" });
  await there.hears("changed", (told) => told.what === "teams");
  const { id } = await jsonOf(await post(one, key));
  expect(await here.hears("generation")).toMatchObject({ id, api_key_name: "test" });
  const correction = { adjustment_usd: "0.25", reason: "The invoice" };
  expect((await ask(one, "POST", `/admin/generations/${id}/corrections`, correction)).status).toBe(201);
  await there.hears("changed", (told) => told.what === "corrections");
  const { at } = await there.hears("pulse");
  await there.hears("pulse", (later) => later.at > at);
  expect(there.told.some(({ name }) => name === "generation")).toBe(false);
});

test("settings tell how large it is, and not who opens it", async () => {
  const url = await postgres.database();
  const gateway = await replica(url.replace("headgate@", "headgate:hunter2-hunter2@"));
  const reply = await ask(gateway, "GET", "/admin/settings");
  const text = await reply.text();
  const told: Settings = JSON.parse(text);
  expect(told.database).toEqual({ engine: "postgres", bytes: expect.any(Number) });
  expect(told.database.bytes).toBeGreaterThan(100_000);
  expect(text).not.toContain("hunter2");
  expect(told.settings.find(({ path }) => path === "database.url")?.value).toBe(url.replace("headgate@", ""));
});

test("a preview borrows nothing and writes nothing, and knows what was spent", async () => {
  const url = await postgres.database();
  const gateway = await replica(url);
  const { id, key } = await made(gateway, { budget: { limit_usd: 1, period: "monthly" } });
  await post(gateway, key);
  const sql = new SQL(url, { max: 1 });
  const rows = async () =>
    JSON.stringify([
      await sql`SELECT count(*) FROM generations`,
      await sql`SELECT spent, byok_spent FROM accounts`,
      await sql`SELECT count(*) FROM audit`,
    ]);
  const before = await rows();
  const asked = { model: "openai/gpt-5", messages: [{ role: "user", content: "Hi" }], api_key_id: id };
  const told: Preview = await jsonOf(await ask(gateway, "POST", "/admin/preview", asked));
  expect(await rows()).toBe(before);
  await sql.close();
  expect(told.budgets).toMatchObject([{ scope: "key", scope_id: id, is_enough: true, reserved_usd: 0 }]);
  expect(told.budgets[0]!.spent_usd).toBeGreaterThan(0);
  expect(told.refusal).toBeNull();
});

test("of a budget that each user has it is told who has used how much", async () => {
  const gateway = await replica(await postgres.database());
  const each = { scope: "user", scope_id: "*", limit_usd: 1, period: "daily" };
  const { id } = await jsonOf(await ask(gateway, "POST", "/admin/budgets", each));
  const { key } = await made(gateway);
  for (const [user, tokens] of [
    ["bob", 5],
    ["ada", 50],
  ] as const)
    await post(gateway, key, chat("openai/gpt-5", { user }, `[sim tokens=${tokens}] Hi`));
  const { data }: BudgetAccountPage = await jsonOf(await ask(gateway, "GET", `/admin/budgets/${id}/accounts`));
  expect(data.map(({ scope_id, spent_usd }) => [scope_id, spent_usd > 0])).toEqual([
    ["ada", true],
    ["bob", true],
  ]);
});
