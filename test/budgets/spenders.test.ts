import { afterAll, beforeAll, expect, test } from "bun:test";
import type { BudgetAccountPage } from "../../src/admin/contract.ts";
import { ask, chat, made, post, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(() => gateway.stop());

const budget = async (told: object) =>
  (await jsonOf(await ask(gateway, "POST", "/admin/budgets", { limit_usd: 1, period: "monthly", ...told }))).id;
const spenders = async (id: string, question = ""): Promise<BudgetAccountPage> =>
  jsonOf(await ask(gateway, "GET", `/admin/budgets/${id}/accounts${question}`));

test("of a budget that each has, all are told who have spent of it, the most first; who has one of its own is not", async () => {
  const id = await budget({ scope: "user", scope_id: "*" });
  await budget({ scope: "user", scope_id: "own" });
  const { key } = await made(gateway);
  for (const [user, tokens] of [
    ["bob", 5],
    ["ada", 50],
    ["own", 99],
  ] as const)
    await post(gateway, key, chat("openai/gpt-5", { user }, `[sim tokens=${tokens}] Hi`));
  const { data, has_more } = await spenders(id);
  expect([data.map(({ scope_id }) => scope_id), has_more]).toEqual([["ada", "bob"], false]);
  const [ada] = data;
  expect(ada).toMatchObject({ name: null, byok_spent_usd: 0, reserved_usd: 0 });
  expect(ada!.spent_usd).toBeGreaterThan(0);
  expect(ada!.remaining_usd).toBeCloseTo(1 - ada!.spent_usd, 9);
  const first = await spenders(id, "?limit=1");
  expect([first.data.map(({ scope_id }) => scope_id), first.has_more]).toEqual([["ada"], true]);
});

test("of keys with what they are called, and of one's own that one", async () => {
  const each = await budget({ scope: "key", scope_id: "*" });
  const { id, key } = await made(gateway, { name: "ci" });
  await post(gateway, key);
  expect((await spenders(each)).data.find(({ scope_id }) => scope_id === id)).toMatchObject({ name: "ci" });
  const own = await budget({ scope: "tag", scope_id: "blue" });
  expect((await spenders(own)).data).toEqual([
    { scope_id: "blue", name: null, spent_usd: 0, byok_spent_usd: 0, reserved_usd: 0, remaining_usd: 1 },
  ]);
});

test("of none that there is, or by a question that is none, it is refused", async () => {
  expect((await ask(gateway, "GET", "/admin/budgets/budget_none/accounts")).status).toBe(404);
  const id = await budget({ scope: "tag", scope_id: "red" });
  expect((await ask(gateway, "GET", `/admin/budgets/${id}/accounts?limit=0`)).status).toBe(400);
  expect((await ask(gateway, "GET", `/admin/budgets/${id}/accounts?q=x`)).status).toBe(400);
});
