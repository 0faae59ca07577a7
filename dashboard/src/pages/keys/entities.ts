import type { BudgetAccount, ListedBudget } from "../../../../src/admin/contract.ts";
import { EACH, shareOf, spentOf } from "../../ui/budget-words.ts";

/** Somebody whom requests name in `quotaEntityId`. */
export interface Entity {
  readonly id: string;
  /** The one of its budgets that is nearest to its limit: one of its own, or what each has, with what it has used of that. */
  readonly budget: ListedBudget;
  readonly isOwn: boolean;
}

/**
 * Those that have a budget of their own, and those that have spent of what each has: who spent the most first. No sums are kept of others.
 * @param accounts of a budget that each has
 */
export function entitiesOf(
  budgets: readonly ListedBudget[],
  accounts: (budgetId: string) => readonly BudgetAccount[],
): readonly Entity[] {
  const known = new Map<string, Entity>();
  const put = (id: string, budget: ListedBudget, isOwn: boolean) => {
    const before = known.get(id)?.budget;
    if (before === undefined || shareOf(budget) > shareOf(before)) known.set(id, { id, budget, isOwn });
  };
  const inForce = budgets.filter(({ archived }) => !archived);
  for (const budget of inForce) if (budget.scope_id !== EACH) put(budget.scope_id, budget, true);
  for (const budget of inForce.filter(({ scope_id: id }) => id === EACH))
    for (const { scope_id: id, name: _, ...figures } of accounts(budget.id))
      put(id, { ...budget, ...figures, scope_id: id }, false);
  return [...known.values()].sort((a, b) => spentOf(b.budget) - spentOf(a.budget) || (a.id < b.id ? -1 : 1));
}
