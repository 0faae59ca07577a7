import { queryOptions } from "@tanstack/react-query";
import type {
  BudgetAccountPage,
  BudgetPage,
  KeyPage,
  ListedBudget,
  ListedKey,
  ListedTeam,
} from "../../../src/admin/contract.ts";
import { ask, search } from "./client.ts";

/** Who may ask for what, as several pages ask for it. */

/** Of a list that goes on: as many as are read at most. */
const MOST = 2000;
const PAGE = 500;

export interface Gathered<One> {
  readonly data: readonly One[];
  /** Whether these are all. */
  readonly isWhole: boolean;
}

/** Page after page. @param next the member by which the next page is asked for */
async function gathered<One>(
  path: string,
  next: "after" | "before",
  members: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Gathered<One>> {
  const data: One[] = [];
  let place: string | null = null;
  do {
    const asked: string = search({ ...members, limit: PAGE, [next]: place });
    const page: { data: readonly One[]; next: string | null } = await ask(`${path}${asked}`, { signal });
    data.push(...page.data);
    place = page.next;
  } while (place !== null && data.length < MOST);
  return { data, isWhole: place === null };
}

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: ({ signal }) => ask<{ data: readonly ListedTeam[] }>("/teams", { signal }),
  staleTime: 60_000,
});

/** @param scope of one kind; all without it */
export function budgetsQuery(scope?: ListedBudget["scope"]) {
  return queryOptions({
    queryKey: ["budgets", "all", scope],
    queryFn: ({ signal }) => gathered<BudgetPage["data"][number]>("/budgets", "after", { scope }, signal),
    refetchInterval: 30_000,
  });
}

/** Those of one owner. */
export function budgetsOfQuery(scope: ListedBudget["scope"], scopeId: string) {
  return queryOptions({
    queryKey: ["budgets", "of", scope, scopeId],
    queryFn: ({ signal }) => ask<BudgetPage>(`/budgets${search({ scope, scope_id: scopeId })}`, { signal }),
  });
}

/** Who has used how much of a budget that each has, the most first: as many as are told. */
export function accountsQuery(budgetId: string) {
  return queryOptions({
    queryKey: ["budgets", "accounts", budgetId],
    queryFn: ({ signal }) =>
      ask<BudgetAccountPage>(`/budgets/${encodeURIComponent(budgetId)}/accounts?limit=500`, { signal }),
    refetchInterval: 30_000,
  });
}

/** The latest, for choosing among them and for their names. */
export const keysQuery = queryOptions({
  queryKey: ["keys", "all"],
  queryFn: ({ signal }) => gathered<KeyPage["data"][number]>("/keys", "before", {}, signal),
  staleTime: 60_000,
});

export function keyQuery(id: string) {
  return queryOptions({
    queryKey: ["keys", "one", id],
    queryFn: ({ signal }) => ask<ListedKey>(`/keys/${encodeURIComponent(id)}`, { signal }),
  });
}
