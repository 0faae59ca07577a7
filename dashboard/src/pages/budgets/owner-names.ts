import { useQuery } from "@tanstack/react-query";
import type { ListedBudget } from "../../../../src/admin/contract.ts";
import { keysQuery, teamsQuery } from "../../api/control.ts";
import { EACH, SCOPES } from "../../ui/budget-words.ts";

/** What a budget's owner is called: the name of a team or key where that is known. */
export function useOwnerName(): (budget: Pick<ListedBudget, "scope" | "scope_id">) => string {
  const { data: teams } = useQuery(teamsQuery);
  const { data: keys } = useQuery(keysQuery);
  return ({ scope, scope_id: id }) => {
    if (scope === "gateway") return "All requests";
    if (id === EACH) return SCOPES[scope].each;
    const known = scope === "team" ? teams?.data : scope === "key" ? keys?.data : undefined;
    return known?.find((one) => one.id === id)?.name ?? (id === "key_environment" ? "environment" : id);
  };
}
