import { expect, test } from "bun:test";
import type { BudgetAccount, ListedBudget } from "../../../../src/admin/contract.ts";
import { entitiesOf } from "./entities.ts";

const budget = (id: string, scopeId: string, more: Partial<ListedBudget> = {}): ListedBudget => ({
  id,
  object: "budget",
  scope: "entity",
  scope_id: scopeId,
  period: "monthly",
  limit_usd: 10,
  soft: false,
  includes_byok: false,
  thresholds: [],
  archived: false,
  starts_at: "2026-11-01T00:00:00.000Z",
  resets_at: "2026-12-01T00:00:00.000Z",
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
  ...more,
});
const account = (id: string, spent: number): BudgetAccount => ({
  scope_id: id,
  name: null,
  spent_usd: spent,
  byok_spent_usd: 0,
  reserved_usd: 0,
  remaining_usd: 10 - spent,
});

test("those with a budget of their own and those that have spent of each's, who spent the most first", () => {
  const budgets = [
    budget("own", "acme", { spent_usd: 2 }),
    budget("daily", "acme", { spent_usd: 1, limit_usd: 1, period: "daily" }),
    budget("gone", "left", { archived: true, spent_usd: 9 }),
    budget("each", "*"),
  ];
  const entities = entitiesOf(budgets, (id) => (id === "each" ? [account("bolt", 3), account("cog", 0.5)] : []));
  expect(
    entities.map(({ id, budget: { id: of, spent_usd: spent, scope_id: whose }, isOwn }) => [
      id,
      of,
      spent,
      whose,
      isOwn,
    ]),
  ).toEqual([
    ["bolt", "each", 3, "bolt", false],
    ["acme", "daily", 1, "acme", true],
    ["cog", "each", 0.5, "cog", false],
  ]);
});
