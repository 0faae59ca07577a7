import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { RedisClient, SQL } from "bun";
import { keyHash, keyHint, keyRow, newKey } from "../../src/access/keys.ts";
import { KeyStore } from "../../src/store/keys.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { sized, tell } from "../../test/support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Redis, until } from "../redis/server.ts";
import { Postgres } from "./server.ts";
import { ended, Way } from "./way.ts";

// On a machine that is busy with other things.
setDefaultTimeout(60_000);

/** Gateways over one real PostgreSQL, with and without a real Redis: what one changes, or an operator by hand, holds at all of them. */

const SECRET = "a-secret-of-the-operator-for-all-replicas";
const TOKEN = "an-admin-token-of-the-operator";
const MODEL = "openai/gpt-5";
const RULES = "/admin/routing-rules";
const deny = { type: "deny", model: MODEL };

const postgres = new Postgres();
const redis = new Redis();
const running: RunningGateway[] = [];

beforeAll(async () => {
  await postgres.start();
  await redis.start();
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(async () => {
  await postgres.remove();
  await redis.stop();
});

async function replica(url: string, more: object = {}): Promise<RunningGateway> {
  const config = { database: { url }, secret: SECRET, admin_token: TOKEN, ...more };
  const one = await startGateway({ config });
  running.push(one);
  return one;
}

/** A key that is made past all of them. */
async function keyIn(url: string): Promise<{ id: string; key: string }> {
  const key = newKey();
  const id = `key_${crypto.randomUUID()}`;
  const database = await openPostgres(url);
  const told = { id, hash: keyHash(key, SECRET), name: "one", hint: keyHint(key), createdAt: 1 };
  await new KeyStore(database).insert(keyRow(told));
  await database.close();
  return { id, key };
}

async function by<T>(url: string, use: (sql: SQL) => Promise<T>): Promise<T> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await use(sql);
  } finally {
    await sql.close();
  }
}

async function byRedis<T>(use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = new RedisClient(redis.url);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function statusAt(at: RunningGateway, key: string): Promise<number> {
  const authorization = `Bearer ${key}`;
  const body = { model: MODEL, messages: [{ role: "user", content: "[sim every=0]" }] };
  const response = await at.post("/v1/chat/completions", body, { authorization });
  await response.text();
  return response.status;
}

const admin = (at: RunningGateway, method: string, path: string, body?: object) =>
  fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const idsAt = async (at: RunningGateway): Promise<string[]> =>
  (await jsonOf(await admin(at, "GET", RULES))).data.map(({ id }: { id: string }) => id);

test("a key that is made, disabled or taken away by whomever is so at each of them, on connections that are open as well", async () => {
  const url = await postgres.database();
  const all = [await replica(url), await replica(url)];
  const rounds = sized(3, 30);
  const times: number[] = [];
  const { id, key } = await keyIn(url);
  for (const at of all) await until(async () => (await statusAt(at, key)) === 200);
  await by(url, async (sql) => {
    for (let i = 0; i < rounds; i++) {
      await sql`UPDATE keys SET disabled = 1 WHERE id = ${id}`;
      const began = performance.now();
      for (const at of all) await until(async () => (await statusAt(at, key)) === 401);
      times.push(performance.now() - began);
      await sql`UPDATE keys SET disabled = 0 WHERE id = ${id}`;
      for (const at of all) await until(async () => (await statusAt(at, key)) === 200);
    }
    await sql`DELETE FROM keys WHERE id = ${id}`;
    for (const at of all) await until(async () => (await statusAt(at, key)) === 401);
  });
  tell({
    row: "U6",
    what: "the latest that a key was refused by all",
    value: Math.max(...times),
    unit: "ms",
    atMost: 100,
  });
});

test.each([
  ["by PostgreSQL", {}],
  ["by Redis as well", { redis: true }],
])(
  "a key that is made, rotated and revoked at one is so at the others at once (%s), with its policy",
  async (how, more) => {
    const url = await postgres.database();
    const config = "redis" in more ? { redis: { url: redis.url, prefix: "headgate" } } : {};
    const all = [await replica(url, config), await replica(url, config), await replica(url, config)];
    const [one] = all as [RunningGateway];
    if ("redis" in more) await until(async () => (await redis.listeners()) === all.length);
    const rounds = sized(2, 20);
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const made = await admin(one, "POST", "/admin/keys", { name: `k${i}`, models: ["openai/*"] });
      expect(made.status).toBe(201);
      const { id, key } = await jsonOf(made);
      for (const at of all) await until(async () => (await statusAt(at, key)) === 200);
      const rotated = await jsonOf(await admin(one, "POST", `/admin/keys/${id}/rotate`, { overlap_seconds: 0 }));
      for (const at of all) await until(async () => (await statusAt(at, rotated.key)) === 200);
      for (const at of all) await until(async () => (await statusAt(at, key)) === 401);
      expect((await admin(one, "PATCH", `/admin/keys/${id}`, { models: ["anthropic/*"] })).status).toBe(200);
      for (const at of all) await until(async () => (await statusAt(at, rotated.key)) === 403);
      expect((await admin(one, "DELETE", `/admin/keys/${id}`)).status).toBe(200);
      const began = performance.now();
      for (const at of all) await until(async () => (await statusAt(at, rotated.key)) === 401);
      times.push(performance.now() - began);
    }
    const what = `the latest that a key revoked at one was refused by all, told ${how}`;
    tell({ row: "U6", what, value: Math.max(...times), unit: "ms", atMost: 100 });
  },
  60_000,
);

test("a budget that is set at one stops requests at the other, and lets them go on when it is taken away", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  const { key, id } = await jsonOf(await admin(one, "POST", "/admin/keys", { name: "k" }));
  await until(async () => (await statusAt(other, key)) === 200);
  const told = { scope: "key", scope_id: id, limit_usd: 0, period: "total" };
  const made = await admin(one, "POST", "/admin/budgets", told);
  expect(made.status).toBe(201);
  await until(async () => (await statusAt(other, key)) === 402);
  expect((await admin(one, "DELETE", `/admin/budgets/${(await jsonOf(made)).id}`)).status).toBe(200);
  await until(async () => (await statusAt(other, key)) === 200);
});

test("one of them that cannot be read keeps nothing else from being read", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  await by(url, async (sql) => {
    await sql`INSERT INTO budgets (id, scope, scope_id, period, limit_nano, soft, includes_byok, thresholds, archived, created_at, updated_at)
      VALUES ('b', 'gateway', '', 'daily', 1, 0, 0, 'no JSON', 0, 1, 1)`;
    await until(() => one.complaints.length > 0 && other.complaints.length > 0);
  });
  const { key } = await keyIn(url);
  await until(async () => (await statusAt(one, key)) === 200);
  // A budget beside it that can be read is.
  const poor = await jsonOf(await admin(other, "POST", "/admin/keys", { name: "poor", budget: { limit_usd: 0 } }));
  let status = 401;
  await until(async () => {
    status = await statusAt(one, poor.key);
    return status !== 401;
  });
  expect(status).toBe(402);
  expect([one.complaints.length, other.complaints.length]).toEqual([1, 1]);
  one.complaints.length = 0;
  other.complaints.length = 0;
});

test("rules that are made, changed or taken away at one hold at the other, in the order of the database", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  expect((await admin(one, "POST", RULES, { id: "b", ...deny })).status).toBe(201);
  // At once, though nobody may have told it: what is there already is seen before each change.
  expect((await admin(other, "POST", RULES, { id: "b", ...deny })).status).toBe(400);
  expect((await admin(other, "POST", RULES, { id: "a", ...deny })).status).toBe(201);
  await until(async () => (await idsAt(one)).length === 2);
  expect([await idsAt(one), await idsAt(other)]).toEqual([
    ["b", "a"],
    ["b", "a"],
  ]);
  expect((await admin(other, "POST", `${RULES}/a/move`, { before: "b" })).status).toBe(200);
  await until(async () => (await idsAt(one)).join("") === "ab");
  expect(await idsAt(other)).toEqual(["a", "b"]);
  expect((await admin(one, "DELETE", `${RULES}/b`)).status).toBe(200);
  await until(async () => (await idsAt(other)).length === 1);
  // Both at the same moment: the database decides, and both follow it.
  await Promise.all([one, other].map((at, i) => admin(at, "PATCH", `${RULES}/a`, { reason: `r${i}` })));
  const reasonAt = async (at: RunningGateway) => (await jsonOf(await admin(at, "GET", `${RULES}/a`))).reason;
  const [kept]: { value: string }[] = await by(url, (sql) => sql`SELECT value FROM directions`);
  const { reason } = JSON.parse(kept!.value);
  for (const at of [one, other]) await until(async () => (await reasonAt(at)) === reason);
});

test("who missed the word sees it all the same: the listening connection was cut, or never hears anything", async () => {
  const url = await postgres.database();
  const one = await replica(url);
  const { id, key } = await keyIn(url);
  await until(async () => (await statusAt(one, key)) === 200);
  await by(url, async (sql) => {
    const isListening = "query ILIKE 'listen%' AND datname = current_database()";
    await until(
      async () =>
        (await sql.unsafe(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${isListening}`)).length > 0,
    );
    await sql`UPDATE keys SET disabled = 1 WHERE id = ${id}`;
    await until(async () => (await statusAt(one, key)) === 401);
    // As behind a pool that passes no words on.
    await sql.unsafe(`CREATE OR REPLACE FUNCTION headgate_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE revisions SET revision = revision + 1 WHERE topic = TG_TABLE_NAME; RETURN NULL; END $$`);
    await sql`UPDATE keys SET disabled = 0 WHERE id = ${id}`;
    await until(async () => (await statusAt(one, key)) === 200);
  });
});

test("after an outage all is read anew: another server may have its place, which has lost the last change and counts on from there", async () => {
  const url = await postgres.database();
  const way = new Way(url);
  await way.open();
  const one = await replica(way.url);
  const { id, key } = await keyIn(url);
  await until(async () => (await statusAt(one, key)) === 200);
  await way.cut();
  await until(() => one.complaints.length > 0);
  one.complaints.length = 0;
  await by(url, async (sql) => {
    await sql`UPDATE revisions SET revision = revision - 1`;
    await sql`UPDATE keys SET disabled = 1 WHERE id = ${id}`;
  });
  await way.open();
  await until(async () => (await statusAt(one, key)) === 401);
  one.complaints.length = 0;
  await ended(running.splice(running.indexOf(one), 1)[0]!);
  await way.cut();
});

test("by Redis it is told that something has changed, and not what", async () => {
  const url = await postgres.database();
  const more = { redis: { url: redis.url, prefix: "headgate" } };
  const [one, other] = [await replica(url, more), await replica(url, more)];
  await until(async () => (await redis.listeners()) === 2);
  const heard: string[] = [];
  const listener = new RedisClient(redis.url);
  await listener.subscribe("headgate:changed", (text) => heard.push(text));
  expect((await admin(one, "POST", RULES, { id: "no", ...deny })).status).toBe(201);
  await until(async () => heard.length > 0 && (await idsAt(other)).length === 1);
  listener.close();
  expect(JSON.parse(heard[0]!)).toEqual({ from: expect.any(String), changed: "directions" });
  // Rules lie in the database only.
  expect(await redis.keys()).toEqual([]);
});

test("two installations on one Redis have nothing in common; the replicas of one do", async () => {
  const more = { redis: { url: redis.url }, rate_limits: { gateway: { requests_per_minute: 3 } } };
  const [url, other] = [await postgres.database(), await postgres.database()];
  const [one, two, foreign] = [await replica(url, more), await replica(url, more), await replica(other, more)];
  const statuses = [await statusAt(one, KEY), await statusAt(two, KEY), await statusAt(one, KEY)];
  expect([...statuses, await statusAt(two, KEY)]).toEqual([200, 200, 200, 429]);
  expect(await statusAt(foreign, KEY)).toBe(200);
  const { channels, names } = await byRedis(async (client) => ({
    channels: await client.send("PUBSUB", ["CHANNELS", "headgate:*:board"]),
    names: await client.send("KEYS", ["headgate:*:replicas"]),
  }));
  expect([channels.length, names.length]).toEqual([2, 2]);
});

test("which of it is in force is told to the operator", async () => {
  const url = await postgres.database();
  const modeAt = async (at: RunningGateway) => (await jsonOf(await admin(at, "GET", "/admin/health"))).mode;
  expect(await modeAt(await replica(url))).toMatchObject({ database: "postgres", redis: null, key_changes: "told" });
  const both = await replica(url, { redis: { url: redis.url, prefix: "headgate" } });
  await until(async () => (await modeAt(both)).redis === "reached");
  redis.signal("SIGKILL");
  await until(async () => (await modeAt(both)).redis === "out_of_reach");
  await until(() => both.complaints.length === 1);
  both.complaints.length = 0;
  await redis.start();
  await until(async () => (await modeAt(both)).redis === "reached");
  // Its users are served meanwhile, and told so.
  await postgres.stop();
  await until(async () => (await modeAt(both)).key_changes === "unknown");
  expect(await statusAt(both, KEY)).toBe(200);
  await postgres.start();
  const { id, key } = await keyIn(url);
  await until(async () => (await statusAt(both, key)) === 200);
  await by(url, (sql) => sql`UPDATE keys SET disabled = 1 WHERE id = ${id}`);
  await until(async () => (await statusAt(both, key)) === 401);
  expect((await modeAt(both)).key_changes).toBe("told");
  // What was answered meanwhile is in it as well: that is told, too.
  await until(() => both.complaints.some((one) => (one as Error).message.includes("the database is back")));
  for (const one of running) one.complaints.length = 0;
});
