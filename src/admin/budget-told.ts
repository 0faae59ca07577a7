import { EACH, SCOPES, type Scope, THRESHOLDS } from "../access/budget.ts";
import { GatewayError } from "../core/error.ts";
import { ulid } from "../core/id.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { usdNumber } from "../core/money.ts";
import { nearest } from "../core/near.ts";
import { PERIODS, type Period, spanAt } from "../core/period.ts";
import { MOST_USD, nanodollarsOf } from "../core/usd.ts";
import type { BudgetRow } from "../store/budgets.ts";

/** What somebody says of a budget, checked. Absent: nothing was said. */
export interface ToldBudget {
  readonly limit?: number;
  readonly period?: Period;
  readonly soft?: boolean;
  readonly includesByok?: boolean;
  readonly thresholds?: readonly number[];
  readonly archived?: boolean;
}

const MEMBERS = ["limit_usd", "period", "soft", "includes_byok", "thresholds", "archived"] as const;

/** @param at path of the object, where it is a part of another @throws GatewayError `invalid_request` that names the member */
export function readBudget(told: JsonObject, at = ""): ToldBudget {
  const wrong = (name: string, wants: string) => invalid(at + name, `${JSON.stringify(at + name)} must be ${wants}.`);
  for (const name in told) {
    if ((MEMBERS as readonly string[]).includes(name)) continue;
    const near = nearest(name, MEMBERS);
    const hint = near === undefined ? "" : ` Did you mean ${JSON.stringify(at + near)}?`;
    throw invalid(at + name, `There is no ${JSON.stringify((at + name).slice(0, 80))} in a budget.${hint}`);
  }
  const flag = (name: "soft" | "includes_byok" | "archived") => {
    const value = told[name];
    if (value !== undefined && typeof value !== "boolean") throw wrong(name, "true or false");
    return value;
  };
  const { limit_usd: amount, period, thresholds } = told;
  const limit = amount === undefined ? undefined : nanodollarsOf(amount);
  if (amount !== undefined && limit === undefined)
    throw wrong("limit_usd", `an amount from 0 to ${MOST_USD}, with nine decimals at the most`);
  if (period !== undefined && !isPeriod(period)) throw wrong("period", `one of ${PERIODS.join(", ")}`);
  if (thresholds !== undefined && !isThresholds(thresholds))
    throw wrong("thresholds", "a list of at most ten different whole percentages from 1 to 100");
  const [soft, includesByok, archived] = [flag("soft"), flag("includes_byok"), flag("archived")];
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(period === undefined ? {} : { period }),
    ...(soft === undefined ? {} : { soft }),
    ...(includesByok === undefined ? {} : { includesByok }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(archived === undefined ? {} : { archived }),
  };
}

/** @throws GatewayError `invalid_request` */
export function readOwner({ scope, scope_id: id }: JsonObject): { scope: Scope; scopeId: string } {
  if (!(SCOPES as readonly JsonValue[]).includes(scope ?? null))
    throw invalid("scope", `"scope" must be one of ${SCOPES.join(", ")}.`);
  if (scope === "gateway") {
    if (id !== undefined && id !== "gateway") throw invalid("scope_id", 'There is one gateway: leave "scope_id" out.');
    return { scope, scopeId: "gateway" };
  }
  if (typeof id !== "string" || id === "" || id.length > 256 || /\p{Cc}/u.test(id))
    throw invalid("scope_id", `"scope_id" must say whose it is, in at most 256 characters; ${EACH} means each.`);
  return { scope: scope as Scope, scopeId: id };
}

/** What is missing of a budget that is made. @throws GatewayError `invalid_request` where it has no limit */
export function budgetRow(
  owner: { scope: Scope; scopeId: string },
  told: ToldBudget,
  atMs: number,
  at = "",
): BudgetRow {
  if (told.limit === undefined) throw invalid(`${at}limit_usd`, `${JSON.stringify(`${at}limit_usd`)} is missing.`);
  return {
    id: `budget_${ulid(atMs)}`,
    ...owner,
    period: told.period ?? "total",
    limit: told.limit,
    soft: told.soft ?? false,
    includesByok: told.includesByok ?? false,
    thresholds: JSON.stringify(told.thresholds ?? THRESHOLDS),
    archived: told.archived ?? false,
    createdAt: atMs,
    updatedAt: atMs,
  };
}

/** The row with what was told of it. */
export function changed(row: BudgetRow, told: ToldBudget, atMs: number): BudgetRow {
  return {
    ...row,
    limit: told.limit ?? row.limit,
    soft: told.soft ?? row.soft,
    includesByok: told.includesByok ?? row.includesByok,
    thresholds: told.thresholds === undefined ? row.thresholds : JSON.stringify(told.thresholds),
    archived: told.archived ?? row.archived,
    // Two changes of one moment are two.
    updatedAt: Math.max(atMs, row.updatedAt + 1),
  };
}

/** What one of another period has of the budget in whose place it is, where nobody says otherwise. It counts, whether that did or not. */
export function inherited({ limit, soft, includesByok, thresholds }: BudgetRow): ToldBudget {
  return { limit, soft, includesByok, thresholds: JSON.parse(thresholds) as number[] };
}

/** What was spent by now, nanodollars. */
export interface Spending {
  readonly spent: number;
  readonly byokSpent: number;
  readonly reserved: number;
}

/** A budget as the admin API tells it. @param spending absent for one that is each's */
export function shownBudget(row: BudgetRow, spending: Spending | undefined, atMs: number): JsonObject {
  const { startedAt, endsAt } = spanAt(row.period as Period, atMs);
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    id: row.id,
    object: "budget",
    scope: row.scope,
    scope_id: row.scopeId,
    period: row.period,
    limit_usd: usdNumber(row.limit),
    ...(spending === undefined ? {} : figures(row, spending)),
    soft: row.soft,
    includes_byok: row.includesByok,
    thresholds: JSON.parse(row.thresholds) as number[],
    archived: row.archived,
    starts_at: endsAt === undefined ? null : iso(startedAt),
    resets_at: endsAt === undefined ? null : iso(endsAt),
    created_at: iso(row.createdAt),
    updated_at: iso(row.updatedAt),
  };
}

/** What of a budget one of those has used who share it. */
export function figures(row: BudgetRow, { spent, byokSpent, reserved }: Spending): JsonObject {
  const used = row.includesByok ? spent + byokSpent : spent;
  return {
    spent_usd: usdNumber(spent),
    byok_spent_usd: usdNumber(byokSpent),
    reserved_usd: usdNumber(reserved),
    remaining_usd: usdNumber(Math.max(0, row.limit - used - reserved)),
  };
}

function isPeriod(value: JsonValue): value is Period {
  return (PERIODS as readonly JsonValue[]).includes(value);
}

function isThresholds(value: JsonValue): value is number[] {
  if (!Array.isArray(value) || value.length > 10 || new Set(value).size !== value.length) return false;
  return value.every((one) => typeof one === "number" && Number.isInteger(one) && one >= 1 && one <= 100);
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
