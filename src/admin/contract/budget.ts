/** Money over time, as `/admin/budgets` takes and tells it. */

/** A limit, and what is used of it. Dollars. */
export interface ListedBudget {
  readonly id: string;
  readonly object: "budget";
  readonly scope: "gateway" | "team" | "key" | "user" | "entity" | "tag";
  /** Whose it is; `*`: each's that has none of its own, and then no figures are told. */
  readonly scope_id: string;
  readonly period: "daily" | "weekly" | "monthly" | "total";
  readonly limit_usd: number;
  /** By the operator's accounts, and by those of clients. */
  readonly spent_usd?: number;
  readonly byok_spent_usd?: number;
  /** By requests that are under way. */
  readonly reserved_usd?: number;
  readonly remaining_usd?: number;
  /** Nobody is refused by it. */
  readonly soft: boolean;
  readonly includes_byok: boolean;
  /** Percent at which the operator is told. */
  readonly thresholds: readonly number[];
  readonly archived: boolean;
  /** ISO 8601; `null` for `total`. */
  readonly starts_at: string | null;
  readonly resets_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What one of those has used who share a budget, as `GET /admin/budgets/{budget}/accounts` tells it, the most first. Dollars, in the period of now. */
export interface BudgetAccount {
  readonly scope_id: string;
  /** Of a key; `null` of others. */
  readonly name: string | null;
  readonly spent_usd: number;
  readonly byok_spent_usd: number;
  readonly reserved_usd: number;
  readonly remaining_usd: number;
}

export interface BudgetAccountPage {
  readonly object: "list";
  readonly data: readonly BudgetAccount[];
  /** There are more than `limit` (50, at most 500): of those nothing is told. */
  readonly has_more: boolean;
  readonly next: null;
}

export interface BudgetPage {
  readonly object: "list";
  readonly data: readonly ListedBudget[];
  readonly has_more: boolean;
  /** For `after`, to have the next page. */
  readonly next: string | null;
}

/** What `POST /admin/budgets` takes, and `PATCH` without whose it is. */
export interface ToldBudget {
  readonly scope?: ListedBudget["scope"];
  readonly scope_id?: string;
  /** Dollars, with nine decimals at most. */
  readonly limit_usd?: number | string;
  readonly period?: ListedBudget["period"];
  readonly soft?: boolean;
  readonly includes_byok?: boolean;
  readonly thresholds?: readonly number[];
  readonly archived?: boolean;
}
