import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Bank, chat, openBank } from "../../test/budgets/support.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let banks: [Bank, Bank];
beforeAll(async () => {
  await postgres.start();
  const config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  banks = [await openBank({ config }), await openBank({ config })];
  await banks[0].budget({ scope: "entity", scope_id: "*", period: "total", limit_usd: 0.08 });
  // It has heard of it as soon as it refuses by it.
  await until(async () => (await spend(banks[1], "somebody", 9)).status === 402);
}, 60_000);
afterAll(async () => {
  for (const bank of banks) await bank.stop();
  await postgres.remove();
});

/** Cents that are spent by an entity. @returns the status, and whose generation it was */
async function spend(at: Bank, entity: string, cents: number) {
  const asked = chat(100 * cents, { providerOptions: { gateway: { quotaEntityId: entity } } });
  const reply = await at.gateway.post("/v1/chat/completions", asked);
  await reply.arrayBuffer();
  return { status: reply.status, id: reply.headers.get("x-request-id")! };
}

async function correct(at: Bank, id: string, dollars: string) {
  const told = { adjustment_usd: dollars, reason: "the invoice says so" };
  expect((await at.admin("POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
}

test("a correction counts once with the replica that makes it, also where its account is read before it is heard that it is kept", async () => {
  const [one, other] = banks;
  const first = await spend(other, "early", 1);
  const { corrections } = one.gateway.headgate.gateway;
  const add = corrections.add.bind(corrections);
  let status = 0;
  corrections.add = async (...told) => {
    const isAdded = await add(...told);
    ({ status } = await spend(one, "early", 1));
    return isAdded;
  };
  await correct(one, first.id, "0.03");
  corrections.add = add;
  expect(status).toBe(200);
  // Five of eight are spent.
  expect((await spend(one, "early", 2)).status).toBe(200);
  expect((await spend(one, "early", 2)).status).toBe(402);
}, 60_000);

test("what is taken off an account by another replica may be spent at once, by who was refused before", async () => {
  const [one, other] = banks;
  const first = await spend(one, "whole", 8);
  expect((await spend(one, "whole", 1)).status).toBe(402);
  await correct(other, first.id, "-0.05");
  // Looked at once a second.
  await until(async () => (await spend(one, "whole", 1)).status === 200);
  const rest = [(await spend(one, "whole", 5)).status, (await spend(other, "whole", 4)).status];
  expect(rest).toEqual([402, 200]);
}, 60_000);
