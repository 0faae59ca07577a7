import type { ListedBudget } from "../../../../src/admin/contract.ts";

/** Those that hold for somebody, the nearest to its limit first. What is for each of many has no figures of its own. */
export function nearest(budgets: readonly ListedBudget[]): ListedBudget[] {
  return budgets
    .filter(({ archived, spent_usd: spent }) => !archived && spent !== undefined)
    .sort((a, b) => usedOf(b) - usedOf(a) || (a.id < b.id ? -1 : 1));
}

/** How much of it is gone or spoken for: 1 is all. */
function usedOf({
  spent_usd: spent = 0,
  byok_spent_usd: byok = 0,
  reserved_usd: reserved = 0,
  ...budget
}: ListedBudget) {
  const used = spent + reserved + (budget.includes_byok ? byok : 0);
  return budget.limit_usd === 0 ? Number.POSITIVE_INFINITY : used / budget.limit_usd;
}
