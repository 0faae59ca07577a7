import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Bucket, Draw, Drawn } from "../../src/counters/buckets.ts";
import { SqlBuckets } from "../../src/counters/sql-buckets.ts";
import { openPostgres, type PostgresDatabase } from "../../src/store/postgres.ts";
import { sized } from "../../test/support/figures.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { freePort } from "../../test/support/port.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

// On a machine that is busy with other things.
setDefaultTimeout(60_000);

/** Limits that replicas share by a real PostgreSQL, where there is no Redis. */

const postgres = new Postgres();
const databases: PostgresDatabase[] = [];
const all: SqlBuckets[] = [];
const running: RunningGateway[] = [];
let url: string;
let complaints: Error[];

beforeAll(() => postgres.start());
afterAll(() => postgres.remove());
beforeEach(async () => {
  complaints = [];
  url = await postgres.database();
});
afterEach(async () => {
  for (const one of all.splice(0)) one.close();
  for (const one of databases.splice(0)) await one.close();
  for (const one of running.splice(0)) await one.stop();
});

async function replica(more: { leaseMs?: number } = {}): Promise<SqlBuckets> {
  const database = await openPostgres(url);
  databases.push(database);
  const one = new SqlBuckets({ database, complain: (cause) => complaints.push(cause), ...more });
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
const granted = (drawn: readonly Drawn[]) => drawn.filter(({ refused }) => refused === undefined).length;

test.each([7, sized(100, 3000)])(
  "of %d, three replicas grant together what there is, and not one more",
  async (limit) => {
    const three = [await replica(), await replica(), await replica()];
    const began = performance.now();
    const drawn = await Promise.all(
      Array.from({ length: 3 * limit }, (_, i) => three[i % 3]!.take(draw(bucket(limit)))),
    );
    // What flowed in meanwhile.
    const more = Math.ceil(((performance.now() - began) * limit) / 60_000);
    expect(granted(drawn)).toBeGreaterThanOrEqual(limit);
    expect(granted(drawn)).toBeLessThanOrEqual(limit + more);
    const last = drawn.findLast(({ refused }) => refused !== undefined)!;
    expect(last.levels[0]!.remaining).toBe(0);
    expect(last.refused!.waitMs).toBeLessThanOrEqual(Math.ceil(60_000 / limit));
    expect(complaints).toEqual([]);
  },
);

test("everybody is told how long it takes, and not only who has asked the database", async () => {
  const one = await replica();
  const few = bucket(5);
  expect((await one.take(draw(few, 5))).refused).toBeUndefined();
  const waits: number[] = [];
  for (let n = 0; n < 3; n++) waits.push((await one.take(draw(few))).refused!.waitMs);
  waits.push((await one.take(draw(few, 2))).refused!.waitMs);
  // One in twelve seconds.
  for (const [n, wait] of waits.entries()) {
    expect(wait).toBeLessThanOrEqual(n === 3 ? 24_000 : 12_000);
    expect(wait).toBeGreaterThan(n === 3 ? 13_000 : 1_000);
  }
});

test("of several buckets all or nothing is taken, and what was too much is given back", async () => {
  const [one, other] = [await replica(), await replica()];
  const [wide, narrow] = [bucket(10, "wide"), bucket(2, "narrow")];
  const both = [...draw(wide), ...draw(narrow, 2)];
  expect((await one.take(both)).refused).toBeUndefined();
  expect((await other.take(both)).refused).toMatchObject({ at: 1 });
  // What it had taken of the first goes back, so that nine are left for whoever comes.
  let left = 0;
  await until(async () => {
    if ((await one.take(draw(wide))).refused === undefined) left++;
    return left >= 9;
  });
  one.adjust(draw(narrow, -2));
  await until(async () => (await other.take(draw(narrow))).refused === undefined);
});

test("a debt is made up for by those that follow, at whichever replica; a clock that was set back locks nobody out", async () => {
  const [one, other] = [await replica(), await replica()];
  await one.take(draw(bucket(10)));
  one.adjust(draw(bucket(10), 19));
  await until(async () => ((await other.take(draw(bucket(10)))).refused?.waitMs ?? 0) > 50_000);
  const third = await replica();
  await databases[0]!.batch([{ sql: "UPDATE buckets SET full_at = full_at + 3456000000000" }]);
  const { refused } = await third.take(draw(bucket(10)));
  expect(refused!.waitMs).toBeLessThanOrEqual(6001);
});

describe("what is held until it is given back", () => {
  test("is counted over replicas, and free again when it is", async () => {
    const [one, other] = [await replica(), await replica()];
    const drawn = await Promise.all(Array.from({ length: 8 }, (_, i) => [one, other][i % 2]!.take(draw(streams))));
    expect(granted(drawn)).toBe(3);
    const holder = drawn.findIndex(({ refused }) => refused === undefined) % 2;
    const [giver, taker] = holder === 0 ? [one, other] : [other, one];
    giver.adjust(draw(streams, -1));
    await until(async () => (await taker.take(draw(streams))).refused === undefined);
    expect((await taker.take(draw(streams))).refused).toBeDefined();
  });

  test("is free again after a replica has died", async () => {
    const [one, other] = [await replica({ leaseMs: 1500 }), await replica({ leaseMs: 1500 })];
    for (let i = 0; i < 3; i++) await one.take(draw(streams));
    expect((await other.take(draw(streams))).refused).toBeDefined();
    one.close();
    await until(async () => (await other.take(draw(streams))).refused === undefined);
  });
});

test("while the database is gone each keeps them by itself, and shares them again when it is back", async () => {
  const one = await replica();
  await one.take(draw(bucket(5)));
  await postgres.stop();
  const drawn: Drawn[] = [];
  for (let i = 0; i < 8; i++) drawn.push(await one.take(draw(bucket(5))));
  expect(granted(drawn)).toBe(5);
  expect([one.isShared, complaints.length]).toEqual([false, 1]);
  await postgres.start();
  await until(async () => {
    await one.take(draw(bucket(5, "another")));
    return one.isShared;
  });
  expect(complaints).toHaveLength(1);
});

test("while the database is gone each of several has its share by itself", async () => {
  const one = await replica();
  await databases[0]!.batch(
    ["a", "b", "gone"].map((id) => ({
      sql: "INSERT INTO replicas (id, seen_at) VALUES (?, ?)",
      values: [id, id === "gone" ? 0 : Date.now()],
    })),
  );
  await one.take(draw(bucket(10)));
  await (one as unknown as { keep(): Promise<void> }).keep();
  await postgres.stop();
  const drawn: Drawn[] = [];
  for (let i = 0; i < 12; i++) drawn.push(await one.take(draw(bucket(10))));
  expect(granted(drawn)).toBe(5);
  expect(complaints.map(({ message }) => message)).toEqual([
    "the database does not keep limits: each replica grants 1/2 of them by itself",
  ]);
  await postgres.start();
});

test("two gateways let in as many as the key may, between them", async () => {
  const secret = "a-secret-of-the-operator-for-all-replicas";
  const config = { database: { url }, secret, rate_limits: { per_key: { requests_per_minute: 6 } } };
  for (let i = 0; i < 2; i++) running.push(await startGateway({ config }));
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }] };
    const response = await running[i % 2]!.post("/v1/chat/completions", body);
    await response.text();
    statuses.push(response.status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
});

test("two gateways that have found no Redis since they began have their shares all the same", async () => {
  const secret = "a-secret-of-the-operator-for-all-replicas";
  const limits = { rate_limits: { per_key: { requests_per_minute: 6 } } };
  const config = { database: { url }, secret, redis: { url: `redis://127.0.0.1:${freePort()}` }, ...limits };
  for (let i = 0; i < 2; i++) running.push(await startGateway({ config }));
  const granted = [0, 0];
  for (let i = 0; i < 12; i++) {
    const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }] };
    const response = await running[i % 2]!.post("/v1/chat/completions", body);
    await response.text();
    if (response.status === 200) granted[i % 2]!++;
  }
  expect(granted).toEqual([3, 3]);
  for (const { complaints } of running) {
    const told = complaints.splice(0).map((one) => (one as Error).message);
    expect(told.filter((one) => one.includes("limits"))).toEqual([
      expect.stringContaining("each replica grants 1/2 of them by itself"),
    ]);
  }
});
