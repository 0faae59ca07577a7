import { expect, test } from "bun:test";
import type { ListedBudget } from "../../../src/admin/contract.ts";
import { budgetForm, NEW_BUDGET, shareOf, spentOf, toldBudget } from "./budget-words.ts";
import { faultAt } from "./faults.ts";

const BUDGET: ListedBudget = {
  id: "budget_1",
  object: "budget",
  scope: "key",
  scope_id: "key_1",
  period: "weekly",
  limit_usd: 0.0000001,
  soft: true,
  includes_byok: false,
  thresholds: [80, 100],
  archived: false,
  starts_at: null,
  resets_at: null,
  created_at: "2026-11-01T00:00:00.000Z",
  updated_at: "2026-11-01T00:00:00.000Z",
};

function faultOf(form: Parameters<typeof toldBudget>[0], param: string, at?: string): string | undefined {
  try {
    toldBudget(form, at);
  } catch (thrown) {
    return faultAt(thrown, param);
  }
  return undefined;
}

test("a budget is filled in with what it is, and told as it was", () => {
  expect(budgetForm(BUDGET).limit).toBe("0.0000001");
  expect(toldBudget(budgetForm(BUDGET))).toEqual({
    limit_usd: "0.0000001",
    period: "weekly",
    soft: true,
    includes_byok: false,
    thresholds: [80, 100],
  });
  expect(budgetForm({ ...BUDGET, limit_usd: 1200 }).limit).toBe("1200");
});

test("dollars are taken as people write them", () => {
  for (const [limit, told] of [
    ["$1,200.50", "1200.50"],
    [" .5 ", ".5"],
  ] as const)
    expect(toldBudget({ ...NEW_BUDGET, limit }).limit_usd).toBe(told);
});

test("what is no amount and no percentage is told at its field", () => {
  for (const limit of ["", "abc", "-1", ".", "1e3"])
    expect(faultOf({ ...NEW_BUDGET, limit }, "limit_usd")).toBeString();
  expect(faultOf({ ...NEW_BUDGET, limit: "" }, "budget.limit_usd", "budget.")).toBeString();
  expect(faultOf({ ...NEW_BUDGET, limit: "1", thresholds: ["half"] }, "thresholds")).toBeString();
});

test("clients' own accounts count where a budget includes them; a limit of nothing is used up", () => {
  const spent = { ...BUDGET, limit_usd: 10, spent_usd: 2, byok_spent_usd: 3, reserved_usd: 1 };
  expect(spentOf(spent)).toBe(2);
  expect(spentOf({ ...spent, includes_byok: true })).toBe(5);
  expect(shareOf(spent)).toBe(0.3);
  expect(shareOf({ ...spent, limit_usd: 0 })).toBe(Number.POSITIVE_INFINITY);
});
