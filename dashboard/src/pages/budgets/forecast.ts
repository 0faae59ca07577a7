import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { shareOf, spentOf } from "../../ui/budget-words.ts";

/** What has gone on for less says nothing of how it goes on. */
const SHORTEST_MS = 10 * 60_000;
/** What is never reset is looked ahead for so long. */
const AHEAD_MS = 30 * 86_400_000;

/**
 * When a budget is used up, if what was spent of it since its period began is spent on as fast.
 * @param now Unix milliseconds @returns Unix milliseconds, `now` where it is used up; nothing where it lasts until it is reset, or 30 days where it is not, and where nobody can say
 */
export function usedUpAt(budget: ListedBudget, now: number): number | undefined {
  if (budget.archived || budget.spent_usd === undefined) return undefined;
  if (shareOf(budget) >= 1) return now;
  const begun = Math.max(Date.parse(budget.created_at), budget.starts_at === null ? 0 : Date.parse(budget.starts_at));
  const spent = spentOf(budget);
  const ms = now - begun;
  if (ms < SHORTEST_MS || spent <= 0) return undefined;
  const at = now + ((budget.limit_usd - spent) / spent) * ms;
  const end = budget.resets_at === null ? now + AHEAD_MS : Date.parse(budget.resets_at);
  return at < end ? at : undefined;
}

export interface Forecast {
  readonly budget: ListedBudget;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Those that are used up before they are reset, as it goes on now; the first first, of those that are used up the most overspent. */
export function forecasts(budgets: readonly ListedBudget[], now: number): readonly Forecast[] {
  return budgets
    .flatMap((budget) => {
      const at = usedUpAt(budget, now);
      return at === undefined ? [] : [{ budget, at }];
    })
    .sort((a, b) => a.at - b.at || shareOf(b.budget) - shareOf(a.budget) || (a.budget.id < b.budget.id ? -1 : 1));
}
