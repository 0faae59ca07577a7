import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient } from "bun";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Redis, until } from "./server.ts";

/** Routing rules and virtual models that are made at one gateway, at others, by a real Redis. Needs `redis-server`. */

const TOKEN = "an-admin-token-of-the-operator";
const MODEL = "openai/gpt-5";
const RULES = "/admin/routing-rules";
const VIRTUAL = "/admin/virtual-models";
const KEY = "headgate:directions";

let redis: Redis;
const running: RunningGateway[] = [];

beforeEach(async () => {
  redis = new Redis();
  await redis.start();
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.complaints.length = 0;
    await one.stop();
  }
  await redis.stop();
});

async function replica(more: object = {}): Promise<RunningGateway> {
  const one = await startGateway({ config: { redis: { url: redis.url }, admin_token: TOKEN, ...more } });
  running.push(one);
  return one;
}

/** All of them listen. */
const listening = (count: number) => until(async () => (await redis.listeners()) === count);

const ask = (at: RunningGateway, method: string, path: string, body?: object, token = TOKEN) =>
  fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const idsAt = async (at: RunningGateway, path = RULES): Promise<string[]> =>
  (await jsonOf(await ask(at, "GET", path))).data.map(({ id }: { id: string }) => id);
const statusAt = async (at: RunningGateway) =>
  (await at.post("/v1/chat/completions", { model: MODEL, messages: [{ role: "user", content: "[sim every=0]" }] }))
    .status;
const deny = { type: "deny", model: MODEL };

async function withRedis<T>(use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = new RedisClient(redis.url);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

test("what is made, changed or taken away at one holds at the other", async () => {
  const [one, other] = [await replica(), await replica()];
  await listening(2);
  expect((await ask(one, "POST", VIRTUAL, { id: "vmc/x", model: "openai/gpt-5-mini" })).status).toBe(201);
  expect((await ask(one, "POST", RULES, { id: "no", ...deny })).status).toBe(201);
  await until(async () => (await statusAt(other)) === 403);
  expect(await idsAt(other, VIRTUAL)).toEqual(["vmc/x"]);
  expect((await ask(other, "PATCH", `${RULES}/no`, { enabled: false })).status).toBe(200);
  await until(async () => (await statusAt(one)) === 200);
  expect((await ask(one, "POST", RULES, { id: "other", ...deny, enabled: false })).status).toBe(201);
  await until(async () => (await idsAt(other)).length === 2);
  expect((await ask(other, "POST", `${RULES}/other/move`, { before: "no" })).status).toBe(200);
  await until(async () => (await idsAt(one)).join() === "other,no");
  for (const id of ["no", "other"]) expect((await ask(other, "DELETE", `${RULES}/${id}`)).status).toBe(200);
  await until(async () => (await idsAt(one)).length === 0);
  expect([one.complaints, other.complaints]).toEqual([[], []]);
});

test("who starts later has them as well, in their order, and not what was taken away", async () => {
  const one = await replica();
  for (const id of ["b", "a", "gone"]) await ask(one, "POST", RULES, { id, ...deny });
  await ask(one, "DELETE", `${RULES}/gone`);
  await until(async () => (await withRedis((client) => client.send("HLEN", [KEY]))) === 3);
  const late = await replica();
  await until(async () => (await idsAt(late)).length === 2);
  expect(await idsAt(late)).toEqual(["b", "a"]);
  expect(await statusAt(late)).toBe(403);
});

test("what was changed while Redis was away is told afterwards; of one name the later change counts", async () => {
  const [one, other] = [await replica(), await replica()];
  await listening(2);
  await ask(one, "POST", RULES, { id: "both", ...deny, reason: "first" });
  await until(async () => (await idsAt(other)).includes("both"));
  redis.signal("SIGKILL");
  await until(() => one.complaints.length > 0 && other.complaints.length > 0);
  // Each answers, and goes by what it has.
  expect([await statusAt(one), await statusAt(other)]).toEqual([403, 403]);
  await ask(one, "POST", RULES, { id: "mine", ...deny });
  await ask(one, "PATCH", `${RULES}/both`, { reason: "second" });
  await ask(other, "PATCH", `${RULES}/both`, { reason: "third" });
  await ask(other, "PATCH", `${RULES}/both`, { reason: "fourth" });
  await ask(other, "PATCH", `${RULES}/both`, { reason: "fifth" });
  // Empty, as after it has lost what it had.
  await redis.start();
  const reasonAt = async (at: RunningGateway) => (await jsonOf(await ask(at, "GET", `${RULES}/both`))).reason;
  await until(async () => (await idsAt(other)).includes("mine") && (await reasonAt(one)) === "fifth");
  expect([await idsAt(one), await reasonAt(other)]).toEqual([await idsAt(other), "fifth"]);
  expect([one.complaints.length, other.complaints.length]).toEqual([1, 1]);
});

test("a Redis that was emptied is filled again", async () => {
  const one = await replica();
  await ask(one, "POST", RULES, { id: "no", ...deny });
  const kept = () => withRedis((client) => client.send("HLEN", [KEY]));
  await until(async () => (await kept()) === 1);
  await withRedis((client) => client.send("FLUSHALL", []));
  await until(async () => (await kept()) === 1);
  const late = await replica();
  await until(async () => (await idsAt(late)).includes("no"));
});

test("what one kept on its disk comes to the others, and what it missed comes to it", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-replica-"));
  try {
    const alone = await startGateway({ config: { admin_token: TOKEN, data } });
    await ask(alone, "POST", RULES, { id: "kept", ...deny });
    await alone.stop();
    const other = await replica();
    await ask(other, "POST", RULES, { id: "missed", ...deny });
    const one = await replica({ data });
    await until(async () => (await idsAt(one)).length === 2 && (await idsAt(other)).length === 2);
    expect(await idsAt(one)).toEqual(await idsAt(other));
    await ask(other, "DELETE", `${RULES}/kept`);
    await until(async () => (await idsAt(one)).length === 1);
    running.splice(running.indexOf(one), 1);
    await one.stop();
    // It remembers that it was taken away.
    const again = await replica({ data });
    await listening(2);
    await until(async () => (await idsAt(again)).length === 1);
    expect([await idsAt(again), await idsAt(other)]).toEqual([["missed"], ["missed"]]);
  } finally {
    for (const one of running.splice(0)) await one.stop();
    rmSync(data, { recursive: true });
  }
});

test("whoever can write there and does not know the admin token makes nobody go anywhere; it is complained of once", async () => {
  const [one, stranger] = [await replica(), await replica({ admin_token: "another-token-of-somebody" })];
  await listening(2);
  const made = await ask(stranger, "POST", RULES, { id: "no", ...deny }, "another-token-of-somebody");
  expect(made.status).toBe(201);
  await until(() => one.complaints.length > 0);
  await withRedis(async (client) => {
    const text = `${"9".repeat(16)}.${"f".repeat(16)} ${"0".repeat(64)} {}`;
    await client.send("HSET", [KEY, '["rule","x"]', text]);
    for (const sent of ["", "{", "null", "[]", "7", JSON.stringify({ name: "x" }), JSON.stringify({ name: "x", text })])
      await client.publish(`${KEY}:changed`, sent);
  });
  // What comes after all that is still heard.
  const third = await replica();
  await ask(third, "POST", RULES, { id: "yes", type: "deny", model: "openai/gpt-4o" });
  await until(async () => (await idsAt(one)).includes("yes"));
  expect([await idsAt(one), await statusAt(one), one.complaints.length]).toEqual([["yes"], 200, 1]);
  expect(String(one.complaints[0])).toContain("admin token");
});

test("something else under the table's name is taken away, at the start and later", async () => {
  const spoil = () =>
    withRedis(async (client) => {
      await client.del(KEY);
      await client.send("LPUSH", [KEY, "a list"]);
    });
  await spoil();
  const one = await replica();
  await ask(one, "POST", RULES, { id: "no", ...deny });
  const type = () => withRedis((client) => client.send("TYPE", [KEY]));
  await until(async () => (await type()) === "hash");
  await spoil();
  await until(async () => (await type()) === "hash");
  const late = await replica();
  await until(async () => (await idsAt(late)).includes("no"));
});

test("what one signed is not told anew under a later version, nor under another name, by who has heard it", async () => {
  const one = await replica();
  await ask(one, "POST", RULES, { id: "no", ...deny });
  const heard = async () => (await withRedis((client) => client.send("HGET", [KEY, '["rule","no"]']))) as string | null;
  await until(async () => (await heard()) !== null);
  const first = (await heard())!;
  await ask(one, "DELETE", `${RULES}/no`);
  await until(async () => (await heard()) !== first);
  await withRedis(async (client) => {
    const later = first.replace(/^0{16}|^\d{16}/, "0000000000000099");
    for (const [name, text] of [
      ['["rule","no"]', first],
      ['["rule","no"]', later],
      ['["rule","other"]', first],
    ])
      await client.publish(`${KEY}:changed`, JSON.stringify({ from: "x", name, text }));
  });
  const other = await replica();
  await ask(other, "POST", RULES, { id: "yes", type: "deny", model: "openai/gpt-4o" });
  await until(async () => (await idsAt(one)).includes("yes"));
  expect([await idsAt(one), await statusAt(one)]).toEqual([["yes"], 200]);
});

test("without an admin token in the configuration each keeps its own, and nothing of it reaches Redis", async () => {
  const token = { admin_token: undefined };
  const one = await replica(token);
  await listening(1);
  const { fresh } = one.headgate;
  expect((await ask(one, "POST", RULES, { id: "no", ...deny }, fresh!.adminToken)).status).toBe(201);
  // Both connections have been asked since.
  const before = await redis.calls("ping");
  await until(async () => (await redis.calls("ping")) >= before + 4);
  expect(await redis.keys()).toEqual([]);
});

test("no secret reaches Redis", async () => {
  const one = await replica();
  await ask(one, "POST", RULES, { id: "no", ...deny });
  const all = () => withRedis((client) => client.send("HGETALL", [KEY]));
  await until(async () => JSON.stringify(await all()).includes("deny"));
  expect(JSON.stringify(await all())).not.toContain(TOKEN);
});
