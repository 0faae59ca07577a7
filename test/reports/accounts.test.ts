import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCOPES } from "../../src/access/budget.ts";
import { AccountVerification } from "../../src/store/account-verification.ts";
import { BudgetStore } from "../../src/store/budgets.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile, openSqliteReader } from "../../src/store/sqlite-file.ts";
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
  const { differences, periods } = await new AccountVerification(database, 40, now).differences(now);
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
