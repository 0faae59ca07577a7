import { type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { alone, type Draw, type WithBudgets } from "./beside.ts";
import { readBudget, type ToldBudget } from "./budget-told.ts";
import type { Budgets } from "./budgets.ts";
import { invalid } from "./key-told.ts";
import type { AdminCall } from "./routes.ts";

/** The budget of a key as it is told with the key: absent where nothing is said of it, `null` where it shall have none. */
export type KeyBudget = ToldBudget | null | undefined;

const ownerOf = (id: string) => ({ scope: "key", scopeId: id }) as const;

/** @throws GatewayError `invalid_request` that names the member */
export function readKeyBudget(told: JsonValue | undefined): KeyBudget {
  if (told === undefined || told === null) return told;
  const members = objectAt(told);
  if (members === undefined) throw invalid("budget", '"budget" must be an object, such as {"limit_usd": 5}.');
  return readBudget(members, "budget.");
}

/** @throws GatewayError `invalid_request` for a first budget without a limit */
export async function mustHaveLimit(budgets: Budgets, id: string | undefined, told: KeyBudget, atMs: number) {
  if (told === undefined || told === null || told.limit !== undefined) return;
  if (id !== undefined && (await budgetsOf(budgets, id, atMs)).length > 0) return;
  throw invalid("budget.limit_usd", '"budget.limit_usd" is missing.');
}

/**
 * Changes a key, and gives it the budget that was told in the place of all that it has, or does neither. @param change makes its own change with what is drawn
 * @returns what that gives, and the budgets of the key: once it is changed nothing is read that could keep it from being told
 */
export async function withBudget<T>(
  { admin, atMs, log }: AdminCall,
  id: string,
  told: KeyBudget,
  change: (draw: Draw) => Promise<T>,
): Promise<WithBudgets<T>> {
  if (told !== undefined) return admin.budgets.along(ownerOf(id), told, atMs, log, change);
  const budgets = await budgetsOf(admin.budgets, id, atMs);
  return { done: await change(alone), budgets };
}

/** Of one key. */
export function budgetsOf(budgets: Budgets, id: string, atMs: number): Promise<JsonObject[]> {
  return budgets.list(ownerOf(id), atMs);
}

/** As a key has them told with it. `budget` is the one that it has, where it is one. */
export function shownBudgets(all: readonly JsonObject[] = []): JsonObject {
  return { budget: all.length === 1 ? all[0]! : null, budgets: [...all] };
}
