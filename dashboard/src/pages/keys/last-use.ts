import { queryOptions } from "@tanstack/react-query";
import type { KeyUses } from "../../../../src/admin/contract.ts";
import { ask, search } from "../../api/client.ts";

const HOUR_MS = 3_600_000;
/** As many are asked for at once. */
const AT_ONCE = 100;

/** The hour in which each of these keys was last used, as in `2026-01-31T13`; `null` for one that was not. */
export function lastUsesQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ["usage", "last-uses", ...ids],
    staleTime: 30_000,
    enabled: ids.length > 0,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, string | null>> => {
      const told = new Map<string, string | null>();
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const asked = search({ id: ids.slice(at, at + AT_ONCE) });
        const { data } = await ask<KeyUses>(`/key-uses${asked}`, { signal });
        for (const { id, last_hour: hour } of data) told.set(id, hour);
      }
      return told;
    },
  });
}

/** Both ends of an hour, ISO 8601. */
export function endsOf(hour: string): { readonly from: string; readonly to: string } {
  const from = Date.parse(`${hour}:00:00Z`);
  return { from: new Date(from).toISOString(), to: new Date(from + HOUR_MS).toISOString() };
}
