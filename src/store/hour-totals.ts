import type { Database, Statement, Value } from "./database.ts";
import { type Dimensioned, dimensionsOf, HOURS, SUMS } from "./rollups.ts";
import type { Sums } from "./sums.ts";

/**
 * Sums of hours that are over, without users and tags: a tenth of what {@link HOURS} has, for reports by the hour over months. They are
 * made from those once an hour has been over for a while, so that no request pays for them; what comes later still is added to both.
 */
export const TOTALS_UNTIL = "ledger_totals_until";

/** By what they go, beside the hour: the first of `DIMENSIONS`. */
export const TOTALED = ["key_id", "team", "model", "provider", "byok", "zdr"] as const;

/** The first Unix hour that is not among them; 0 where none is. */
export const UNTIL = `COALESCE((SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${TOTALS_UNTIL}'), 0)`;

/** So many hours an hour is over before it is made: requests that took longer, and clocks that differ, are few. */
const OVER_HOURS = 6;
/** A clock that made hours and was ahead by more than this was set back since: what comes now would be taken for too young to be of them. */
const AHEAD_HOURS = 2;
/** Rows that began so long ago may be of an hour that is made. Clocks of replicas may differ by the rest. */
const LATE_MS = 2 * HOURS.ms;

const COLUMNS = ["hour", ...TOTALED, ...SUMS];
const ADD = `INSERT INTO hour_totals (${COLUMNS.join(", ")})
  SELECT ${COLUMNS.map((name) => `CAST(? AS ${isText(name) ? "TEXT" : "BIGINT"})`).join(", ")} WHERE CAST(? AS BIGINT) < ${UNTIL}
  ON CONFLICT (hour, model, provider, key_id, team, byok, zdr)
  DO UPDATE SET ${SUMS.map((sum) => `${sum} = hour_totals.${sum} + excluded.${sum}`).join(", ")}`;
const CLEAR = "DELETE FROM hour_totals WHERE hour >= ? AND hour <= ?";
const MAKE = `INSERT INTO hour_totals (${COLUMNS.join(", ")})
  SELECT hour, ${TOTALED.join(", ")}, ${SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT)`).join(", ")}
  FROM rollups WHERE hour >= ? AND hour <= ? GROUP BY hour, ${TOTALED.join(", ")}`;
const MOVE = `INSERT INTO settings (name, value) VALUES ('${TOTALS_UNTIL}', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
  WHERE CAST(settings.value AS BIGINT) < CAST(excluded.value AS BIGINT)`;
const FORGET = "DELETE FROM hour_totals WHERE hour >= ?";
const MOVE_BACK = `UPDATE settings SET value = ? WHERE name = '${TOTALS_UNTIL}' AND CAST(value AS BIGINT) > ?`;
/** Whoever adds to an hour comes before, and is in it, or after, and finds it made. */
const LOCK: Statement = { sql: "LOCK TABLE rollups IN SHARE ROW EXCLUSIVE MODE" };

/** Adds to an hour where that is made already. Comes behind what adds to its {@link HOURS}. */
function late(values: readonly Value[]): Statement {
  return { sql: ADD, values: [...values, values[0]!] };
}

/** What is to be added of rows that came so late that their hours may be made. @param nowMs Unix milliseconds */
export function lateTotals(sums: Sums, nowMs: number): Statement[] {
  return sums.before((nowMs - LATE_MS) / HOURS.ms, TOTALED.length).map(late);
}

/** What is to be added of a correction. */
export function correctedTotals(row: Dimensioned, nanodollars: number): Statement {
  const sums = SUMS.map((sum) => (sum === "cost" ? nanodollars : 0));
  return late([Math.floor(row.createdAt / HOURS.ms), ...dimensionsOf(row).slice(0, TOTALED.length), ...sums]);
}

/** Makes those of some hours anew that are made. */
export function totalsAnew(from: number, to: number): Statement[] {
  return [
    { sql: CLEAR, values: [from, to] },
    { sql: MAKE.replace("GROUP BY", `AND hour < ${UNTIL} GROUP BY`), values: [from, to] },
  ];
}

/** Makes those of the next hour that is over. @returns whether there may be another */
export async function nextTotals(database: Database, nowMs: number): Promise<boolean> {
  const end = Math.floor(nowMs / HOURS.ms) - OVER_HOURS;
  const [row] = await database.all<{ until: number; hour: number | null }>(
    `SELECT ${UNTIL} AS until, MIN(hour) AS hour FROM rollups WHERE hour >= ${UNTIL}`,
  );
  const until = row?.until ?? 0;
  const change = (statements: Statement[]) =>
    database.batch(database.engine === "postgres" ? [LOCK, ...statements] : statements);
  if (until > end + AHEAD_HOURS) {
    await change([
      { sql: FORGET, values: [end] },
      { sql: MOVE_BACK, values: [String(end), end] },
    ]);
    return true;
  }
  const hour = Math.min(row?.hour ?? end, end - 1);
  if (hour < until) return false;
  await change([
    { sql: CLEAR, values: [until, hour] },
    { sql: MAKE, values: [until, hour] },
    { sql: MOVE, values: [String(hour + 1)] },
  ]);
  return hour < end - 1;
}

function isText(column: string): boolean {
  return column === "key_id" || column === "team" || column === "model" || column === "provider";
}
