import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCOPES } from "../../src/access/budget.ts";
import { AccountVerification } from "../../src/store/account-verification.ts";
import { BudgetStore } from "../../src/store/budgets.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile, openSqliteReader } from "../../src/store/sqlite-file.ts";
import { CENT, chat, openBank, UNPRICED } from "../budgets/support.ts";
import { startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";

/** A folder in which every scope has had budgets for long. */
function folderWithBudgets(): string {
  const data = mkdtempSync(join(tmpdir(), "headgate-accounts-"));
  const database = new SqliteDatabase(openSqliteFile({ data, sync: "normal" }));
  const budgets = new BudgetStore(database);
  for (const scope of SCOPES)
    for (const period of ["daily", "weekly", "monthly", "total"] as const)
      budgets.insert({
        id: `budget_${scope}_${period}`,
        scope,
        scopeId: scope === "gateway" ? "gateway" : "*",
        period,
        limit: 1_000_000_000_000,
        soft: period === "weekly",
        includesByok: period === "daily",
        thresholds: "[]",
        archived: false,
        createdAt: 1,
        updatedAt: 1,
      });
  database.close();
  return data;
}

test("whatever is asked and however it ends, what is spent of all budgets is what the rows cost", async () => {
  const data = folderWithBudgets();
  const gateway = await startGateway({ config: { data, admin_token: TOKEN } });
  const ask = async (text: string, more: object = {}, options: object = {}) => {
    const body = {
      model: "openai/gpt-5",
      messages: [{ role: "user", content: text }],
      providerOptions: { gateway: { user: "ann", tags: ["a", "b,c"], quotaEntityId: "project-1", ...options } },
      ...more,
    };
    const reply = await gateway.post("/v1/chat/completions", body);
    const id = reply.headers.get("x-request-id")!;
    await reply.text();
    return id;
  };
  const own = { byok: { openai: [{ apiKey: "sk-own-0123456789" }] } };
  const first = await ask("[sim tokens=50 every=0]");
  await Promise.all([
    ask("[sim tokens=50 every=0]", { stream: true }),
    ask("[sim tokens=50 every=0]", { user: undefined }, { user: undefined, tags: [] }),
    ask("[sim status=400]"),
    ask("[sim status=500]", { stream: true }),
    ask("[sim cut=3 every=0]", { stream: true }),
    ask("[sim tokens=20 every=0]", {}, own),
    ask("[sim tokens=20 every=0]", { model: "anthropic/claude-sonnet-4.5", stream: true }),
    ask("[sim status=503]", { models: ["anthropic/claude-sonnet-4.5"] }),
  ]);
  const correction = { adjustment_usd: "0.25", reason: "the invoice says so" };
  await gateway.post(`/admin/generations/${first}/corrections`, correction, { authorization: `Bearer ${TOKEN}` });
  await gateway.stop();

  const database = new SqliteDatabase(openSqliteReader(data));
  const now = Date.now();
  const verification = new AccountVerification({ database, keepDays: 40, hasCeiling: false, nowMs: now });
  const { differences, periods } = await verification.differences(now);
  expect(differences).toEqual([]);
  expect(periods).toBeGreaterThan(100);
  const [spent] = database.all<{ scopes: number; least: number }>(
    "SELECT COUNT(DISTINCT scope) AS scopes, MIN(spent + byok_spent) AS least FROM accounts",
  );
  expect(spent!.scopes).toBe(SCOPES.length - 1);
  expect(spent!.least).toBeGreaterThan(0);
  database.close();
  rmSync(data, { recursive: true });
});

test("of budgets without an end too, with a ceiling for what has no price, a half price and corrections", async () => {
  const data = mkdtempSync(join(tmpdir(), "headgate-totals-"));
  const HALF = "lab/half";
  const bank = await openBank({
    config: { data, budgets: { ceiling_price: { input: 3, output: 200 } } },
    models: [{ id: CENT, price: { input: 0, output: 100 } }, { id: UNPRICED }, { id: HALF, price: { input: 5 } }],
  });
  const budget = { limit_usd: 1000, period: "total" };
  const { body: key } = await bank.admin("POST", "/admin/keys", { name: "ci", budget });
  const { body: bare } = await bank.admin("POST", "/admin/keys", { name: "bare" });
  // Of the same millisecond, they were made together.
  for (const madeAt = Date.now(); Date.now() === madeAt; ) await new Promise((resolve) => setImmediate(resolve));
  const { id: spare } = await bank.budget({ ...budget, scope: "key", scope_id: bare.id });
  for (const scope of ["user", "tag", "entity", "team"]) await bank.budget({ ...budget, scope, scope_id: "*" });
  await bank.budget({ ...budget, scope: "gateway" });
  await bank.budget({ ...budget, scope: "tag", scope_id: "a", period: "daily" });
  const ask = async (secret: string, model: string, text: string, more: object = {}) => {
    const providerOptions = { gateway: { user: "ann", tags: ["a", "b"], quotaEntityId: "project-1" } };
    const body = { model, messages: [{ role: "user", content: text }], providerOptions, ...more };
    const reply = await bank.gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${secret}` });
    await reply.text();
    return reply.headers.get("x-request-id")!;
  };
  const unpriced = await ask(key.key, UNPRICED, "[sim tokens=50 every=0]");
  await Promise.all(
    [key.key, bare.key].flatMap((secret) => [
      ask(secret, UNPRICED, "[sim tokens=20 every=0]", { stream: true }),
      ask(secret, HALF, "[sim tokens=20 every=0]"),
      ask(secret, CENT, "[sim tokens=50 every=0]"),
      ask(secret, UNPRICED, "[sim status=503]", { models: [CENT] }),
      ask(secret, CENT, "[sim cut=3 every=0]", { stream: true }),
    ]),
  );
  const correction = { adjustment_usd: "0.25", reason: "the invoice says so" };
  await bank.admin("POST", `/admin/generations/${unpriced}/corrections`, correction);
  await bank.stop();

  const totals = (hasCeiling: boolean) => {
    const database = new SqliteDatabase(openSqliteReader(data));
    const verification = new AccountVerification({ database, keepDays: 40, hasCeiling, nowMs: Date.now() });
    return verification.totals().finally(() => database.close());
  };
  const reader = new SqliteDatabase(openSqliteReader(data));
  const counts = reader.all<{ reckoned: number; all: number }>(
    `SELECT COUNT(reckoned) AS reckoned, COUNT(*) AS "all" FROM generations`,
  );
  expect(counts).toEqual([{ reckoned: 5, all: 11 }]);
  reader.close();
  expect(await totals(true)).toEqual({ differences: [], compared: 7, untold: [] });
  const change = (sql: string) => {
    const file = openSqliteFile({ data, sync: "normal" });
    file.run(sql);
    file.close();
  };
  change("UPDATE accounts SET spent = spent + 1 WHERE period = 'total' AND scope_id <> 'gateway'");
  // Requests just after a budget was made may be held to it or not: what has no price is among them, and what is beyond them is found.
  expect((await totals(true)).differences.map(({ scope, scopeId }) => `${scope} ${scopeId}`).toSorted()).toEqual(
    ["entity project-1", `key ${bare.id}`, `key ${key.id}`, "tag b", "user ann"].toSorted(),
  );
  change("UPDATE accounts SET spent = spent - 2 WHERE period = 'total' AND scope_id <> 'gateway'");
  expect((await totals(true)).differences.map(({ scopeId }) => scopeId)).toEqual([key.id]);
  change(`UPDATE budgets SET created_at = created_at - 900000 WHERE id = '${spare}'`);
  expect((await totals(true)).differences.map(({ scopeId }) => scopeId)).toEqual([key.id, bare.id]);
  rmSync(data, { recursive: true });
});

test("of budgets of each too, where nobody has asked but by the key of the environment, and by its own name alone", async () => {
  const data = mkdtempSync(join(tmpdir(), "headgate-environment-"));
  const bank = await openBank({ config: { data } });
  for (const scope of ["key", "user", "tag", "entity"])
    await bank.budget({ scope, scope_id: "*", limit_usd: 1000, period: "total" });
  const options = { user: "ann", tags: ["a"], quotaEntityId: "project-1" };
  for (let n = 0; n < 3; n++) {
    const reply = await bank.gateway.post("/v1/chat/completions", chat(50, { providerOptions: { gateway: options } }));
    await reply.text();
  }
  await bank.stop();
  const change = (sql: string) => {
    const file = openSqliteFile({ data, sync: "normal" });
    file.run(sql);
    file.close();
  };
  const totals = () => {
    const database = new SqliteDatabase(openSqliteReader(data));
    const verification = new AccountVerification({ database, keepDays: 40, hasCeiling: false, nowMs: Date.now() });
    return verification.totals().finally(() => database.close());
  };
  // Longer ago than anybody may not have known of it.
  change("UPDATE budgets SET created_at = created_at - 900000");
  expect(await totals()).toEqual({ differences: [], compared: 4, untold: [] });
  change("UPDATE accounts SET spent = spent - 1 WHERE period = 'total'");
  const { differences, compared } = await totals();
  expect(differences.map(({ scope, scopeId, rows, spent }) => `${scope} ${scopeId} ${rows - spent}`).sort()).toEqual([
    "entity project-1 1",
    "key key_environment 1",
    "tag a 1",
    "user ann 1",
  ]);
  expect(compared).toBe(4);
  rmSync(data, { recursive: true });
});
