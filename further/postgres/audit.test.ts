import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { SQL } from "bun";
import { ask, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Postgres } from "./server.ts";

/** What operators do at several replicas over one real PostgreSQL at a time, and what is told of it. */

const postgres = new Postgres();
const running: RunningGateway[] = [];
beforeAll(() => postgres.start());
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(() => postgres.remove());

async function replica(url: string): Promise<RunningGateway> {
  const secret = "0123456789abcdef0123456789abcdef";
  const one = await startGateway({ config: { database: { url }, admin_token: TOKEN, secret } });
  running.push(one);
  return one;
}

const idOf = async (at: RunningGateway, path: string, body: object) =>
  (await jsonOf(await ask(at, "POST", path, body))).id as string;

test("what cannot be written down is not done", async () => {
  const url = await postgres.database();
  const at = await replica(url);
  const team = await idOf(at, "/admin/teams", { name: "blue" });
  const key = await idOf(at, "/admin/keys", { name: "one" });
  const budget = await idOf(at, "/admin/budgets", { scope: "user", scope_id: "ada", limit_usd: 1 });
  const lists = ["keys?revoked=true", "teams", "budgets", "routing-rules", "audit"];
  const everything = () =>
    Promise.all(lists.map(async (path) => (await ask(at, "GET", `/admin/${path}`)).text())).then(String);
  const before = await everything();
  const sql = new SQL(url);
  await sql.unsafe("ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (id = '') NOT VALID");
  for (const [method, path, body] of [
    ["POST", "/admin/keys", { name: "two" }],
    ["PATCH", `/admin/keys/${key}`, { disabled: true }],
    ["DELETE", `/admin/keys/${key}`],
    ["PATCH", `/admin/teams/${team}`, { name: "green" }],
    ["DELETE", `/admin/teams/${team}`],
    ["PATCH", `/admin/budgets/${budget}`, { limit_usd: 2 }],
    ["DELETE", `/admin/budgets/${budget}`],
    ["POST", "/admin/routing-rules", { type: "deny", model: "openai/gpt-5" }],
  ] as const)
    expect([method, path, (await ask(at, method, path, body)).status]).toEqual([method, path, 500]);
  expect(await everything()).toBe(before);
  at.complaints.length = 0;
  await sql.unsafe("ALTER TABLE audit DROP CONSTRAINT full_disk");
  await sql.close();
  expect((await ask(at, "DELETE", `/admin/keys/${key}`)).status).toBe(200);
});

test("a key whose budget cannot be kept is not made, and not changed: they are one commit", async () => {
  const url = await postgres.database();
  const at = await replica(url);
  const key = await idOf(at, "/admin/keys", { name: "one" });
  const lists = ["keys?revoked=true", "budgets", "audit"];
  const everything = () =>
    Promise.all(lists.map(async (path) => (await ask(at, "GET", `/admin/${path}`)).text())).then(String);
  const before = await everything();
  const sql = new SQL(url);
  await sql.unsafe("ALTER TABLE budgets ADD CONSTRAINT full_disk CHECK (id = '') NOT VALID");
  const budget = { limit_usd: 1 };
  for (const [method, path, body] of [
    ["POST", "/admin/keys", { name: "two", budget }],
    ["POST", "/v1/api-keys", { purpose: "ai-gateway", aiGatewayQuota: { limitAmount: 1 } }],
    ["PATCH", `/admin/keys/${key}`, { name: "two", budget }],
  ] as const)
    expect([method, path, (await ask(at, method, path, body)).status]).toEqual([method, path, 500]);
  expect(await everything()).toBe(before);
  at.complaints.length = 0;
  await sql.unsafe("ALTER TABLE budgets DROP CONSTRAINT full_disk");
  await sql.close();
  const patched = await ask(at, "PATCH", `/admin/keys/${key}`, { name: "two", budget });
  expect(await jsonOf(patched)).toMatchObject({ name: "two", budget });
});

test("what is changed at two of them at the same moment is changed by both, and written down twice", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  for (let n = 0; n < 10; n++) {
    const team = `/admin/teams/${await idOf(one, "/admin/teams", { name: "a" })}`;
    const told = { scope: "user", scope_id: `u${n}`, limit_usd: 1 };
    const budget = `/admin/budgets/${await idOf(one, "/admin/budgets", told)}`;
    const replies = await Promise.all([
      ask(one, "PATCH", team, { name: "b" }),
      ask(other, "PATCH", team, { metadata: { x: 1 } }),
      ask(one, "PATCH", budget, { limit_usd: 2 }),
      ask(other, "PATCH", budget, { soft: true }),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await jsonOf(await ask(one, "GET", team))).toMatchObject({ name: "b", metadata: { x: 1 } });
    expect(await jsonOf(await ask(one, "GET", budget))).toMatchObject({ limit_usd: 2, soft: true });
  }
  const { data } = await jsonOf(await ask(one, "GET", "/admin/audit?limit=500"));
  const count = (wanted: string) => data.filter(({ action }: { action: string }) => action === wanted).length;
  expect([count("team.change"), count("budget.change")]).toEqual([20, 20]);
});

test("of two that make one budget, and of a key that is made as its team goes, each is there once or not at all", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  for (let n = 0; n < 10; n++) {
    const budget = { scope: "tag", scope_id: `t${n}`, limit_usd: 1 };
    const made = await Promise.all([one, other].map((at) => ask(at, "POST", "/admin/budgets", budget)));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 400]);
    const team = await idOf(one, "/admin/teams", { name: "a" });
    const calls = [
      () => ask(one, "DELETE", `/admin/teams/${team}`),
      () => ask(other, "POST", "/admin/keys", { name: "x", team }),
    ];
    const replies = await Promise.all((n % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
    const isThere = (await ask(other, "GET", `/admin/teams/${team}`)).status === 200;
    const { data } = await jsonOf(await ask(one, "GET", `/admin/keys?team=${team}`));
    expect(data).toHaveLength(isThere ? 1 : 0);
  }
});
