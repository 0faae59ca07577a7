import { queryOptions } from "@tanstack/react-query";
import type { ListedTeam, UsageGroup, UsageReport } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** Requests that have it, of the last weeks; absent where that is not known. */
  readonly requests?: number;
}

const DAY = 86_400_000;

/** Filter → what usage is grouped by, the members of a group that are its value and its name, and of how many days. */
const SOURCES: Readonly<
  Record<string, { groupBy: string; value: keyof UsageGroup; label?: keyof UsageGroup; days: number }>
> = {
  model: { groupBy: "model", value: "model", days: 30 },
  provider: { groupBy: "provider", value: "provider", days: 30 },
  api_key_id: { groupBy: "api_key_id,api_key_name", value: "api_key_id", label: "api_key_name", days: 30 },
  team: { groupBy: "team", value: "team", days: 30 },
  // There may be very many of them.
  user_id: { groupBy: "user", value: "user", days: 7 },
  tag: { groupBy: "tag", value: "tag", days: 30 },
  app: { groupBy: "app", value: "app", days: 30 },
  error: { groupBy: "error", value: "error", days: 30 },
};

/** What can be chosen of a filter, that of most requests first; nothing for one that is not counted by. */
export function suggestionsQuery(filter: string) {
  const source = SOURCES[filter];
  return queryOptions({
    queryKey: ["usage", "suggestions", filter],
    enabled: source !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const { groupBy, days, ...members } = source!;
      const now = Date.now();
      const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
      const asked = { start_date: dayOf(now - days * DAY), end_date: dayOf(now), group_by: groupBy };
      const { results } = await ask<UsageReport>(`/usage${search(asked)}`, { signal });
      return choicesOf(results, members);
    },
  });
}

export function choicesOf(
  groups: readonly UsageGroup[],
  { value, label = value }: { value: keyof UsageGroup; label?: keyof UsageGroup | undefined },
): Choice[] {
  const choices: Choice[] = [];
  for (const group of groups) {
    const id = group[value];
    if (typeof id === "string" && id !== "")
      choices.push({ value: id, label: String(group[label] ?? id), requests: group.request_count });
  }
  return choices.sort((a, b) => b.requests! - a.requests!);
}

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: ({ signal }) => ask<{ data: readonly ListedTeam[] }>("/teams", { signal }),
  staleTime: 60_000,
});
