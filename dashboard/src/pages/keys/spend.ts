import { queryOptions } from "@tanstack/react-query";
import type { UsageGroup, UsageReport } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;

/** What was spent in the last 30 days by each key, team, end user or tag. */
export function spendQuery(by: "api_key_id" | "team" | "user" | "tag") {
  return queryOptions({
    queryKey: ["usage", "spend", by],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, UsageGroup>> => {
      const now = Date.now();
      const asked = { start_date: firstDay(now), end_date: dayOf(now), group_by: by };
      const { results } = await ask<UsageReport>(`/usage${search(asked)}`, { signal });
      return spendBy(by, results);
    },
  });
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Days are those of UTC, as sums are kept. */
function firstDay(now: number): string {
  return dayOf(now - (DAYS - 1) * DAY_MS);
}

/** What finds the requests of these days. @param now Unix milliseconds */
export function sinceFirstDay(now: number): { readonly from: string } {
  return { from: `${firstDay(now)}T00:00:00.000Z` };
}

/** Of requests that tell none there is no owner to show. */
export function spendBy(by: keyof UsageGroup, groups: readonly UsageGroup[]): ReadonlyMap<string, UsageGroup> {
  const told = new Map<string, UsageGroup>();
  for (const group of groups) {
    const id = group[by];
    if (typeof id === "string" && id !== "") told.set(id, group);
  }
  return told;
}
