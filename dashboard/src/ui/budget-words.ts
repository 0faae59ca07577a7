import type { ListedBudget, ToldBudget } from "../../../src/admin/contract.ts";
import { ownFault } from "./faults.ts";

/** How budgets are spoken of, and how they are filled in. */

export type Scope = ListedBudget["scope"];

/** Each that has no budget of its own. */
export const EACH = "*";

export const SCOPES = {
  gateway: { one: "Gateway", each: "Gateway" },
  team: { one: "Team", each: "Each team" },
  key: { one: "Key", each: "Each key" },
  user: { one: "End user", each: "Each end user" },
  entity: { one: "Entity", each: "Each entity" },
  tag: { one: "Tag", each: "Each tag" },
} as const satisfies Record<Scope, { one: string; each: string }>;

export const PERIODS = {
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
  total: "in all",
} as const satisfies Record<ListedBudget["period"], string>;

export const PERIOD_TITLES = {
  daily: "Daily",
  weekly: "Weekly, from Monday",
  monthly: "Monthly",
  total: "Once, never reset",
} as const satisfies Record<ListedBudget["period"], string>;

/** Dollars that count for it: spent, those of clients' own accounts where it includes them. */
export function spentOf(budget: ListedBudget): number {
  return (budget.spent_usd ?? 0) + (budget.includes_byok ? (budget.byok_spent_usd ?? 0) : 0);
}

/** How much of it is gone or spoken for: 1 is all. */
export function shareOf(budget: ListedBudget): number {
  const used = spentOf(budget) + (budget.reserved_usd ?? 0);
  return budget.limit_usd === 0 ? Number.POSITIVE_INFINITY : used / budget.limit_usd;
}

/** A budget as it is filled in. */
export interface BudgetForm {
  readonly limit: string;
  readonly period: ListedBudget["period"];
  readonly soft: boolean;
  readonly includesByok: boolean;
  readonly thresholds: readonly string[];
}

export const NEW_BUDGET: BudgetForm = {
  limit: "",
  period: "monthly",
  soft: false,
  includesByok: false,
  thresholds: ["50", "75", "100"],
};

export function budgetForm(budget: ListedBudget): BudgetForm {
  return {
    // As people write it: never 1e-7.
    limit: plainUsd(budget.limit_usd),
    period: budget.period,
    soft: budget.soft,
    includesByok: budget.includes_byok,
    thresholds: budget.thresholds.map(String),
  };
}

/** @param at path of the object, where it is a part of another @throws ApiError that names the member */
export function toldBudget(form: BudgetForm, at = ""): ToldBudget {
  const limit = form.limit.trim().replace(/^\$/, "").replaceAll(",", "");
  if (limit === "") throw ownFault(`${at}limit_usd`, "Say how many dollars.");
  if (!/^\d*\.?\d*$/.test(limit) || !/\d/.test(limit))
    throw ownFault(`${at}limit_usd`, "This must be dollars, such as 20 or 0.50.");
  return {
    limit_usd: limit,
    period: form.period,
    soft: form.soft,
    includes_byok: form.includesByok,
    thresholds: form.thresholds.map((text) => {
      const percent = Number(text.replace("%", "").trim());
      if (!Number.isInteger(percent)) throw ownFault(`${at}thresholds`, `"${text}" is no whole percentage.`);
      return percent;
    }),
  };
}

function plainUsd(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, "");
}
