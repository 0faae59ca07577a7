import { after, type Soon } from "./database.ts";
import type { Reader } from "./reports.ts";
import { DAYS, HOURS } from "./rollups.ts";

/** When one of several last asked for something. */
interface Last {
  readonly id: string;
  readonly at: number;
}

/**
 * The last hour in which each of these keys asked for something, as far back as sums are kept, in Unix hours; those that never did are absent.
 * The day first, of which there is a twentieth: then one of its hours.
 * @param keyIds a hundred at the most: there is a part of the query for each day
 */
export function lastHoursIn(reader: Reader, keyIds: readonly string[]): Soon<ReadonlyMap<string, number>> {
  if (keyIds.length === 0) return new Map();
  const days = reader.all<Last>(
    `SELECT key_id AS id, MAX(${DAYS.column}) AS at FROM ${DAYS.table} WHERE key_id IN (${placesOf(keyIds)}) GROUP BY key_id`,
    keyIds,
  );
  return after(days, (all) => {
    const byDay = Map.groupBy(all, ({ at }) => at);
    if (byDay.size === 0) return new Map();
    const parts = [...byDay].map(([day, those]) => {
      // Hours by their names: each is looked up with each key, and what lies between is not read.
      const hours = Array.from({ length: 24 }, (_, i) => day * 24 + i).join(", ");
      return `SELECT key_id AS id, MAX(${HOURS.column}) AS at FROM ${HOURS.table}
        WHERE ${HOURS.column} IN (${hours}) AND key_id IN (${placesOf(those)}) GROUP BY key_id`;
    });
    const values = [...byDay.values()].flatMap((those) => those.map(({ id }) => id));
    return after(
      reader.all<Last>(parts.join("\nUNION ALL "), values),
      (found) => new Map(found.map(({ id, at }) => [id, at])),
    );
  });
}

function placesOf(all: readonly unknown[]): string {
  return all.map(() => "?").join(", ");
}
