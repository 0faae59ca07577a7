import { queryOptions } from "@tanstack/react-query";
import type { ListedRule, ListedVirtualModel } from "../../../../src/admin/contract.ts";
import { ask } from "../../api/client.ts";

export const rulesQuery = queryOptions({
  queryKey: ["routing-rules"],
  queryFn: ({ signal }) => ask<{ data: readonly ListedRule[] }>("/routing-rules", { signal }),
});

export const virtualModelsQuery = queryOptions({
  queryKey: ["virtual-models"],
  queryFn: ({ signal }) => ask<{ data: readonly ListedVirtualModel[] }>("/virtual-models", { signal }),
});

/** The words of queries that a change of either touches. */
export const TOUCHED = ["routing-rules", "virtual-models", "models", "preview"] as const;

/** What was told of one, as it is sent again: without what the gateway says of it. */
export function toldMembers(one: ListedRule | ListedVirtualModel): Record<string, unknown> {
  const { source: _source, read_only: _isFixed, created_at: _at, problem: _problem, ...told } = one;
  return told;
}
