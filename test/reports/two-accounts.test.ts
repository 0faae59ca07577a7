import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteReader } from "../../src/store/sqlite-file.ts";
import { Verification } from "../../src/store/verification.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const admin = { authorization: `Bearer ${TOKEN}` };
/** Ten thousand tokens: a cent. */
const LONG = "word ".repeat(8000);

/** Answers all but those who show a secret that says so: they wait in vain. */
function startProvider() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    idleTimeout: 0,
    async fetch(request) {
      await request.text();
      if (request.headers.get("authorization")!.endsWith("in-vain")) return new Promise<Response>(() => {});
      const usage = { prompt_tokens: 20_000, completion_tokens: 0, total_tokens: 20_000 };
      const choices = [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }];
      return Response.json({ id: "c1", object: "chat.completion", created: 1, model: "m", choices, usage });
    },
  });
}

const data = mkdtempSync(join(tmpdir(), "headgate-two-accounts-"));
const provider = startProvider();
let gateway: RunningGateway;
beforeAll(async () => {
  const entries = [
    ["one", "sk-one"],
    ["two", "sk-two-in-vain"],
  ].map(([name, api_key]) => {
    const models = [{ id: `${name}/model`, price: { input: 1, output: 1 } }];
    return [name, { wire: "openai-chat", base_url: `http://127.0.0.1:${provider.port}/v1`, api_key, models }];
  });
  gateway = await startGateway({ config: { data, admin_token: TOKEN, providers: Object.fromEntries(entries) } });
});
afterAll(() => {
  provider.stop(true);
  rmSync(data, { recursive: true });
});

const told = async (path: string) => jsonOf(await gateway.get(path, admin));
const nano = (usd: number) => Math.round(usd * 1e9);
const minute = () => `${new Date().toISOString().slice(0, 16)}Z`;

/** Asks for somebody who has a budget. @returns the reply, and what is told of it elsewhere */
async function asked(user: string, model: string, options: object) {
  const budget = { scope: "user", scope_id: user, limit_usd: 1 };
  const { id } = await jsonOf(await gateway.post("/admin/budgets", budget, admin));
  const since = minute();
  const body = { model, messages: [{ role: "user", content: LONG }], user, providerOptions: { gateway: options } };
  const reply = await gateway.post("/v1/chat/completions", body);
  const sums = async (more: string) => {
    const { results } = await told(`/admin/usage?user_id=${user}&${more}`);
    return Object.fromEntries(results.map((one: { credential_type: string }) => [one.credential_type, one]));
  };
  const days = `start_date=${since.slice(0, 10)}&end_date=${minute().slice(0, 10)}`;
  return {
    answer: await jsonOf(reply),
    budget: await told(`/admin/budgets/${id}`),
    groups: await sums(`${days}&group_by=credential_type`),
    minutes: await sums(`start_date=${since}&end_date=${minute()}&date_part=minute&group_by=credential_type`),
    errors: await sums(`${days}&group_by=credential_type,error`),
    one: await told(`/admin/generations/${reply.headers.get("x-request-id")}`),
  };
}

const WHOLE = 20_000_000;

describe("what an attempt in vain cost on another account than the answer's", () => {
  test("is the client's where the operator's stands in for its own", async () => {
    const options = { byok: { one: [{ apiKey: "own-in-vain" }] }, providerTimeouts: { byok: { one: 1000 } } };
    const { answer, budget, groups, minutes, one } = await asked("ann", "one/model", options);
    const own = nano(budget.byok_spent_usd);
    expect([nano(budget.spent_usd), own > 9_000_000]).toEqual([WHOLE, true]);
    const market = (WHOLE + own) / 1e9;
    expect(answer.usage).toMatchObject({ is_byok: false, cost: 0.02, market_cost: market });
    const { gateway } = answer.choices[0].message.provider_metadata;
    expect(gateway).toMatchObject({ cost: "0.02", gatewayCost: "0.02", marketCost: String(market) });
    expect(one).toMatchObject({
      is_byok: false,
      total_cost: 0.02,
      market_cost: market,
      upstream_inference_cost: own / 1e9,
    });
    for (const told of [groups, minutes]) {
      expect(told.system).toMatchObject({
        total_cost: 0.02,
        market_cost: 0.02,
        request_count: 1,
        input_tokens: 20_000,
      });
      expect(told.byok).toMatchObject({ total_cost: 0, market_cost: own / 1e9, request_count: 0, input_tokens: 0 });
    }
  });

  test("is the operator's where the client's own account answers in its place", async () => {
    const byok = { one: [{ apiKey: "own" }] };
    const options = { models: ["one/model"], byok, providerTimeouts: { two: 1000 } };
    const { answer, budget, groups, one } = await asked("bob", "two/model", options);
    const paid = nano(budget.spent_usd);
    expect([nano(budget.byok_spent_usd), paid > 9_000_000]).toEqual([WHOLE, true]);
    expect(answer.usage).toMatchObject({ is_byok: true, cost: paid / 1e9, market_cost: (WHOLE + paid) / 1e9 });
    expect(one).toMatchObject({ is_byok: true, total_cost: paid / 1e9, upstream_inference_cost: 0.02 });
    expect(one.charged).toMatchObject([{ amount_usd: paid / 1e9 }]);
    expect(groups.system).toMatchObject({ total_cost: paid / 1e9, request_count: 0 });
    expect(groups.byok).toMatchObject({ total_cost: 0, market_cost: 0.02, request_count: 1 });
  });

  test("is told apart where nobody answers", async () => {
    const options = { byok: { two: [{ apiKey: "own-in-vain" }] }, providerTimeouts: { two: 1000 } };
    const { budget, groups, errors } = await asked("eve", "two/model", options);
    const [paid, own] = [nano(budget.spent_usd), nano(budget.byok_spent_usd)];
    expect([paid > 9_000_000, own]).toEqual([true, paid]);
    for (const told of [groups, errors]) {
      expect(told.system).toMatchObject({ total_cost: paid / 1e9, market_cost: paid / 1e9, error_count: 1 });
      expect(told.byok).toMatchObject({ total_cost: 0, market_cost: own / 1e9, request_count: 0, error_count: 0 });
    }
  });

  test("and what is paid in all is what budgets say, and sums are what their rows say", async () => {
    const { total_used: used } = await told("/v1/credits");
    const { data: budgets } = await told("/admin/budgets?scope=user");
    expect(budgets).toHaveLength(3);
    expect(nano(used)).toBe(budgets.reduce((sum: number, one: { spent_usd: number }) => sum + nano(one.spent_usd), 0));
    await gateway.stop();
    const database = new SqliteDatabase(openSqliteReader(data));
    expect((await new Verification(database).differences()).differences).toEqual([]);
    database.close();
  });
});
