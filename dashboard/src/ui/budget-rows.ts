import type { ListedBudget } from "../../../src/admin/contract.ts";
import { EACH } from "./budget-words.ts";

/** Scope → filter of the list of requests. */
const FILTERS = {
  team: "team",
  key: "api_key_id",
  user: "user_id",
  entity: "quota_entity_id",
  tag: "tag",
} as const satisfies Partial<Record<ListedBudget["scope"], string>>;

/**
 * What finds the requests that a budget was spent by, from when its period began, or it was made in that.
 * @param scopeId of one that each has, who of them
 * @returns the address of their list; nothing of what each has by itself
 */
export function rowsBehind(
  budget: Pick<ListedBudget, "scope" | "scope_id" | "starts_at" | "created_at" | "includes_byok">,
  scopeId = budget.scope_id,
): Readonly<Record<string, string>> | undefined {
  const { scope, starts_at: start, created_at: made, includes_byok: withByok } = budget;
  if (scopeId === EACH) return undefined;
  return {
    from: start !== null && start > made ? start : made,
    ...(scope === "gateway" ? {} : { [FILTERS[scope]]: scopeId }),
    // What clients spend on accounts of their own is none of it.
    ...(withByok ? {} : { credential_type: "system" }),
  };
}
