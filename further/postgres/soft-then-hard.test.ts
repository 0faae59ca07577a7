import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Bank, openBank } from "../../test/budgets/support.ts";
import { ask } from "./asked.ts";
import { Postgres } from "./server.ts";

const postgres = new Postgres();
let bank: Bank;
beforeAll(async () => {
  await postgres.start();
  const config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  bank = await openBank({ config });
}, 30_000);
afterAll(async () => {
  await bank.stop();
  await postgres.remove();
});

test("of a budget that was soft all that is left is there once it is hard, and not a cent more", async () => {
  const { admin } = bank;
  const told = { name: "k", budget: { limit_usd: 0.1, soft: true } };
  const { key, budget } = (await admin("POST", "/admin/keys", told)).body;
  for (let n = 0; n < 4; n++) expect(await ask(bank, key)).toBe(200);
  expect((await admin("PATCH", `/admin/budgets/${budget.id}`, { soft: false })).status).toBe(200);
  expect([await ask(bank, key), await ask(bank, key)]).toEqual([200, 402]);
  expect(await bank.state(budget.id)).toMatchObject({ spent_usd: 0.1 });
}, 30_000);
