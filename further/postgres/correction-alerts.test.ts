import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Bank, chat, KEY_BUDGET, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
const banks: Bank[] = [];
beforeAll(() => postgres.start(), 60_000);
afterAll(async () => {
  for (const bank of banks) await bank.stop();
  await postgres.remove();
});

test("a correction that takes a budget past a share of it is told at once, and once, by whichever replica makes it", async () => {
  const told: { data: { threshold: number; spent_usd: string } }[] = [];
  const listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      told.push((await request.json()) as (typeof told)[number]);
      return new Response();
    },
  });
  const database = { url: await postgres.database() };
  const config = {
    database,
    secret: "a-secret-of-the-operator-for-all-replicas",
    budgets: { alerts: { url: `http://127.0.0.1:${listener.port}` } },
  };
  const [one, other] = [await openBank({ config }), await openBank({ config })];
  banks.push(one, other);
  await one.budget({ ...KEY_BUDGET, limit_usd: 0.1, thresholds: [20, 30, 50] });
  // It has heard of it as soon as it refuses by it.
  await until(async () => (await other.gateway.post("/v1/chat/completions", chat(1100))).status === 402);
  const reply = await one.gateway.post("/v1/chat/completions", chat(100));
  await reply.arrayBuffer();
  const correct = async (at: Bank, dollars: string) => {
    const path = `/admin/generations/${reply.headers.get("x-request-id")}/corrections`;
    expect((await at.admin("POST", path, { adjustment_usd: dollars, reason: "late" })).status).toBe(201);
  };
  // Nobody has spent anything there.
  await correct(other, "0.01");
  await until(() => told.length >= 1);
  // What the other has added is not known here.
  await correct(one, "0.01");
  await until(() => told.length >= 2);
  await correct(other, "0.025");
  await until(() => told.length >= 3);
  expect(told.map(({ data }) => [data.threshold, data.spent_usd])).toEqual([
    [20, "0.02"],
    [30, "0.03"],
    [50, "0.055"],
  ]);
  await listener.stop(true);
}, 60_000);
