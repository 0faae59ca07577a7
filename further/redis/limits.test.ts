import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { RedisClient } from "bun";
import type { Bucket, Draw } from "../../src/counters/buckets.ts";
import { RedisBuckets } from "../../src/counters/redis-buckets.ts";
import { sized, tell } from "../../test/support/figures.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Redis, until } from "./server.ts";

// On a machine that is busy with other things.
setDefaultTimeout(60_000);

/** Limits that replicas share by a real Redis. Needs `redis-server`. */

let redis: Redis;
let complaints: Error[];
const all: RedisBuckets[] = [];
const running: RunningGateway[] = [];

beforeEach(async () => {
  redis = new Redis();
  complaints = [];
  await redis.start();
});
afterEach(async () => {
  await Promise.all(all.splice(0).map((one) => one.close()));
  for (const one of running.splice(0)) {
    one.complaints.length = 0;
    await one.stop();
  }
  await redis.stop();
});

function replica(more: { leaseMs?: number; prefix?: string } = {}): RedisBuckets {
  const one = new RedisBuckets({
    url: redis.url,
    prefix: "headgate",
    complain: (cause) => complaints.push(cause),
    ...more,
  });
  all.push(one);
  return one;
}

const bucket = (limit: number, name = "requests key k", per: Bucket["per"] = "minute"): Bucket => ({
  name,
  limit,
  per,
});
const draw = (of: Bucket, amount = 1): Draw[] => [{ bucket: of, amount }];
const streams = bucket(3, "streams key k", "moment");

async function withRedis<T>(use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = new RedisClient(redis.url);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

test("what three replicas grant together, all asked at once, is what there is, and not one more", async () => {
  const three = [replica(), replica(), replica()];
  const limit = sized(100, 1000);
  const began = performance.now();
  const drawn = await Promise.all(Array.from({ length: 3 * limit }, (_, i) => three[i % 3]!.take(draw(bucket(limit)))));
  const granted = drawn.filter(({ refused }) => refused === undefined);
  // What flowed in meanwhile.
  const more = Math.ceil(((performance.now() - began) * limit) / 60_000);
  expect(granted.length).toBeGreaterThanOrEqual(limit);
  expect(granted.length).toBeLessThanOrEqual(limit + more);
  const [last] = drawn.filter(({ refused }) => refused !== undefined).slice(-1);
  expect(last!.levels[0]!.remaining).toBe(0);
  expect(last!.refused!.at).toBe(0);
  expect(last!.refused!.waitMs).toBeLessThanOrEqual(Math.ceil(60_000 / limit));
  tell({
    row: "U15",
    what: "granted beyond a limit by three replicas",
    value: granted.length - limit - more,
    atMost: 0,
  });
  expect(complaints).toEqual([]);
});

test("of several buckets all or nothing is taken, and what was too much is given back", async () => {
  const [one, other] = [replica(), replica()];
  const [wide, narrow] = [bucket(60, "wide"), bucket(2, "narrow")];
  const both = [...draw(wide), ...draw(narrow, 2)];
  expect((await one.take(both)).refused).toBeUndefined();
  const { refused, levels } = await other.take(both);
  expect(refused).toMatchObject({ at: 1 });
  expect(levels.map(({ remaining }) => remaining)).toEqual([59, 0]);
  one.adjust(draw(narrow, -2));
  await until(async () => (await other.take(draw(narrow))).refused === undefined);
});

test("a debt is made up for by those that follow, at whichever replica", async () => {
  const [one, other] = [replica(), replica()];
  await one.take(draw(bucket(60)));
  one.adjust(draw(bucket(60), 119));
  await until(async () => ((await other.take(draw(bucket(60)))).refused?.waitMs ?? 0) > 55_000);
  const { refused } = await other.take(draw(bucket(60)));
  expect(refused!.waitMs).toBeLessThanOrEqual(61_000);
});

test("what was written before the clock of Redis was set back locks nobody out for longer than a minute", async () => {
  const one = replica();
  await one.take(draw(bucket(60)));
  const [key] = (await redis.keys()).filter((name) => name.startsWith("headgate:bucket:"));
  await withRedis((client) => client.set(key!, `${Date.now() + 40 * 86_400_000}.000`));
  const { refused } = await one.take(draw(bucket(60)));
  expect(refused!.waitMs).toBeLessThanOrEqual(1000);
});

describe("what is held until it is given back", () => {
  test("is counted over replicas, and free again when it is", async () => {
    const [one, other] = [replica(), replica()];
    const drawn = await Promise.all(Array.from({ length: 8 }, (_, i) => [one, other][i % 2]!.take(draw(streams))));
    expect(drawn.filter(({ refused }) => refused === undefined)).toHaveLength(3);
    expect(drawn.every(({ refused }) => refused === undefined || refused.waitMs === 1000)).toBe(true);
    const holder = drawn.findIndex(({ refused }) => refused === undefined) % 2;
    const [giver, taker] = holder === 0 ? [one, other] : [other, one];
    giver.adjust(draw(streams, -1));
    await until(async () => (await taker.take(draw(streams))).refused === undefined);
    expect((await taker.take(draw(streams))).refused).toBeDefined();
  });

  test("is free again after a replica has died", async () => {
    // Long enough for a machine that stalls.
    const leaseMs = 1500;
    const [one, other] = [replica({ leaseMs }), replica({ leaseMs })];
    for (let i = 0; i < 3; i++) await one.take(draw(streams));
    expect((await other.take(draw(streams))).refused).toBeDefined();
    // As long as it lives it holds them: twice as long as it is believed without a word.
    for (const till = performance.now() + 2 * leaseMs; performance.now() < till; await Bun.sleep(20))
      expect((await other.take(draw(streams))).refused).toBeDefined();
    one.close();
    await until(async () => (await other.take(draw(streams))).refused === undefined);
  });
});

describe.each(["SIGSTOP", "SIGKILL"] as const)("while Redis is gone (%s)", (signal) => {
  test("each has its share by itself, and the whole is shared again when it is back, with what is held", async () => {
    const [one, other] = [replica(), replica()];
    const limit = bucket(100);
    await one.take(draw(streams, 2));
    await other.take(draw(limit));
    // One that came before the other has not heard of it yet.
    await until(async () => {
      await (one as unknown as { keep(): Promise<void> }).keep();
      return (one as unknown as { replicas: number }).replicas === 2;
    });
    redis.signal(signal);
    const granted = { one: 0, other: 0 };
    const began = performance.now();
    for (let i = 0; i < 100; i++) {
      if ((await one.take(draw(limit))).refused === undefined) granted.one++;
      if ((await other.take(draw(limit))).refused === undefined) granted.other++;
    }
    // What flowed in meanwhile.
    const more = Math.ceil(((performance.now() - began) * 50) / 60_000);
    for (const name of ["one", "other"] as const) {
      expect(granted[name]).toBeGreaterThanOrEqual(50);
      expect(granted[name]).toBeLessThanOrEqual(50 + more);
    }
    // Nobody waits for it any more, also while it is tried again.
    for (const till = performance.now() + sized(2500, 6000); performance.now() < till; await Bun.sleep(20))
      expect(one.take(draw(limit))).not.toBeInstanceOf(Promise);
    // Of three streams its share is one, and it has two.
    expect((await one.take(draw(streams))).refused).toBeDefined();
    expect(complaints.map(({ message }) => message)).toEqual(
      Array(2).fill(expect.stringContaining("each replica grants 1/2 of them by itself")),
    );
    if (signal === "SIGSTOP") redis.signal("SIGCONT");
    else await redis.start();
    await until(() => one.isShared === true && other.isShared === true);
    expect((await other.take(draw(streams))).refused).toBeUndefined();
    expect((await other.take(draw(streams))).refused).toBeDefined();
    expect(complaints).toHaveLength(2);
  });
});

test("while Redis may only be read, as in the middle of a failover, each goes by itself; and shares again afterwards", async () => {
  const one = replica();
  await one.take(draw(bucket(3)));
  await withRedis((client) => client.send("REPLICAOF", ["127.0.0.1", "1"]));
  const statuses: boolean[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await one.take(draw(bucket(3)))).refused === undefined);
  expect([statuses, one.isShared]).toEqual([[true, true, true, false], false]);
  expect(complaints).toHaveLength(1);
  await withRedis((client) => client.send("REPLICAOF", ["NO", "ONE"]));
  await until(() => one.isShared === true);
  expect((await one.take(draw(bucket(3)))).refused).toBeUndefined();
});

test("what is held is said anew to a Redis that was emptied", async () => {
  const [one, other] = [replica({ leaseMs: 1500 }), replica({ leaseMs: 1500 })];
  expect((await one.take(draw(streams, 3))).refused).toBeUndefined();
  await withRedis((client) => client.send("FLUSHALL", []));
  await until(async () => (await redis.keys()).some((name) => name.startsWith("headgate:bucket:")));
  expect((await other.take(draw(streams))).refused).toBeDefined();
});

test("a Redis that has forgotten the script is told it again, and one that refuses it is complained of once", async () => {
  const one = replica();
  await one.take(draw(bucket(10)));
  await withRedis((client) => client.send("SCRIPT", ["FLUSH"]));
  expect((await one.take(draw(bucket(10)))).levels[0]!.remaining).toBe(8);
  await redis.configure("maxmemory", "1");
  for (let i = 0; i < 5; i++) expect((await one.take(draw(bucket(10)))).refused).toBeUndefined();
  await until(() => complaints.length > 0);
  expect(complaints).toHaveLength(1);
  expect(one.isShared).toBe(false);
});

test("one that ends is counted no longer, and nonsense in its place is as good as nothing", async () => {
  const [one, other] = [replica(), replica()];
  for (const each of [one, other]) await each.take(draw(bucket(10)));
  const alive = () => withRedis((client) => client.send("ZCARD", ["headgate:replicas"]));
  expect(await alive()).toBe(2);
  await one.close();
  expect(await alive()).toBe(1);
  const [key] = (await redis.keys()).filter((name) => name.startsWith("headgate:bucket:"));
  await withRedis((client) => client.set(key!, "nonsense"));
  expect((await other.take(draw(bucket(10)))).levels[0]!.remaining).toBe(9);
  expect(complaints).toEqual([]);
});

test("names that clients say, and secrets, do not stand in Redis; and what is full leaves nothing there", async () => {
  const one = replica();
  await one.take(draw(bucket(1_000_000, "requests user team t alice@example.com")));
  expect((await redis.keys()).join()).not.toContain("alice");
  await until(async () => (await redis.keys()).every((name) => name === "headgate:replicas"));
});

test("two gateways let in as many as the key may, between them, and tell the same", async () => {
  const config = { redis: { url: redis.url }, rate_limits: { per_key: { requests_per_minute: 6 } } };
  for (let i = 0; i < 2; i++) running.push(await startGateway({ config }));
  const ask = async (i: number) => {
    const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }] };
    const response = await running[i % 2]!.post("/v1/chat/completions", body);
    await response.text();
    return [response.status, response.headers.get("x-ratelimit-remaining-requests")];
  };
  const told: unknown[] = [];
  for (let i = 0; i < 8; i++) told.push(await ask(i));
  expect(told).toEqual([...["5", "4", "3", "2", "1", "0"].map((left) => [200, left]), [429, "0"], [429, "0"]]);
});

test("gateways that begin their names otherwise have limits of their own", async () => {
  const take = (prefix: string) => replica({ prefix }).take(draw(bucket(2, "requests gateway"), 2));
  expect((await take("one")).refused).toBeUndefined();
  expect((await take("one")).refused).toBeDefined();
  expect((await take("other")).refused).toBeUndefined();
});

test("a gateway without limits asks Redis for none", async () => {
  const [one] = [await startGateway({ config: { redis: { url: redis.url } } })];
  running.push(one);
  const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }] };
  expect((await one.post("/v1/chat/completions", body)).status).toBe(200);
  await until(async () => (await redis.listeners()) === 1);
  expect(await redis.keys()).toEqual([]);
});
