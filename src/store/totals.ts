import type { Database, Soon, Statement } from "./database.ts";
import { after } from "./database.ts";
import { APP_HOURS, chosen, DAYS, type Dimensioned, dimensionsOf, HOURS, type Rollup, SUMS } from "./rollups.ts";
import type { Sums } from "./sums.ts";

/**
 * Sums of hours and days that are over, by less than {@link HOURS} and {@link DAYS} go by: a tenth of those, or a fiftieth. They are made
 * from those once that time has been over for a while, so that no request pays for them; what comes later still is added to both.
 */
export interface Totals {
  readonly table:
    | "hour_totals"
    | "model_hours"
    | "key_hours"
    | "tag_hours"
    | "tag_key_hours"
    | "user_hours"
    | "day_totals"
    | "app_hour_totals";
  readonly of: Rollup;
  /** In the order of its key, behind the time. */
  readonly dimensions: readonly string[];
  /** The setting with the first Unix hour, or day, that is not among them. */
  readonly setting: string;
}

const TOTALS_UNTIL = "ledger_totals_until";
/** Those that came with a version that found hours of which the others were made. */
const MORE_UNTIL = "ledger_more_totals_until";
const TAGS_UNTIL = "ledger_tag_totals_until";
const USERS_UNTIL = "ledger_user_totals_until";
const DAYS_UNTIL = "ledger_day_totals_until";
const APPS_UNTIL = "ledger_app_totals_until";

const OF_KEYS = ["key_id", "team", "byok", "zdr"] as const;
const OF_MODELS = ["model", "provider"] as const;

/** The shortest first: of those that have what is asked for, the first is read. */
export const TOTALS: readonly Totals[] = [
  { table: "model_hours", of: HOURS, dimensions: [...OF_MODELS, "byok", "zdr"], setting: MORE_UNTIL },
  { table: "key_hours", of: HOURS, dimensions: OF_KEYS, setting: MORE_UNTIL },
  { table: "tag_hours", of: HOURS, dimensions: ["tags", ...OF_MODELS, "byok", "zdr"], setting: TAGS_UNTIL },
  { table: "tag_key_hours", of: HOURS, dimensions: ["tags", ...OF_KEYS], setting: TAGS_UNTIL },
  { table: "hour_totals", of: HOURS, dimensions: [...OF_MODELS, ...OF_KEYS], setting: TOTALS_UNTIL },
  { table: "user_hours", of: HOURS, dimensions: ['"user"', ...OF_MODELS, ...OF_KEYS], setting: USERS_UNTIL },
  { table: "day_totals", of: DAYS, dimensions: [...OF_MODELS, ...OF_KEYS], setting: DAYS_UNTIL },
  { table: "app_hour_totals", of: APP_HOURS, dimensions: ["app", "byok", "zdr"], setting: APPS_UNTIL },
];

/** Those that are made at once. */
const TOGETHER = [...Map.groupBy(TOTALS, ({ setting }) => setting).values()];

/** The first Unix hour, or day, of which there are none, in SQL; 0 where there are none at all. */
export function untilOf({ setting }: Pick<Totals, "setting">): string {
  return `COALESCE((SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${setting}'), 0)`;
}

/**
 * The first Unix hour, or day, that is among none of them and of what is asked for, in SQL, where `?` stands for the first that is asked for. It is one value on
 * purpose: of two lower bounds SQLite looks up one, and goes by all that is between.
 */
export function behindOf(totals: Pick<Totals, "setting">): string {
  return `(SELECT MAX(at) FROM (SELECT CAST(? AS BIGINT) AS at UNION ALL SELECT ${untilOf(totals)}) AS begins)`;
}

/** So long a time is over before it is made: requests that took longer, and clocks that differ, are few. */
export const OVER_MS = 6 * HOURS.ms;
/** A clock that made what was over for less than this was set back since: what comes now would be taken for too young to be of it. */
export const LEAST_OVER_MS = 4 * HOURS.ms;
/** Rows that began so long ago may be of a time that is made. Clocks of replicas may differ by the rest. */
export const LATE_MS = 2 * HOURS.ms;

const TEXTS = ["key_id", "team", "model", "provider", '"user"', "tags", "app"];
const BEGIN = "INSERT INTO settings (name, value) VALUES (?, '0') ON CONFLICT (name) DO NOTHING";
/** Replicas make them one after the other: who comes second finds it done, or that it was taken back. */
const MOVE = "UPDATE settings SET value = ? WHERE name = ? AND CAST(value AS BIGINT) = ?";
const MOVE_BACK = "UPDATE settings SET value = ? WHERE name = ? AND CAST(value AS BIGINT) > ?";
/** Whoever adds to an hour or a day adds to this first: that comes before, and is in it, or after, and finds it made. */
const LOCK: Statement = { sql: `LOCK TABLE ${HOURS.table} IN SHARE ROW EXCLUSIVE MODE` };

interface Sql {
  readonly add: string;
  readonly clear: string;
  readonly make: string;
  readonly makeAnew: string;
  readonly forget: string;
}

const SQL: ReadonlyMap<Totals, Sql> = new Map(TOTALS.map((totals) => [totals, sqlOf(totals)]));

function sqlOf(totals: Totals): Sql {
  const { table, of, dimensions } = totals;
  const at = of.column;
  const key = [at, ...dimensions].join(", ");
  const columns = [at, ...dimensions, ...SUMS];
  const places = columns.map((name) => `CAST(? AS ${TEXTS.includes(name) ? "TEXT" : "BIGINT"})`).join(", ");
  const begin = `INSERT INTO ${table} (${columns.join(", ")})`;
  const made = `${begin} SELECT ${key}, ${SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT)`).join(", ")}
    FROM ${of.table} WHERE ${at} >= ? AND ${at} <= ?`;
  return {
    add: `${begin} SELECT ${places} WHERE CAST(? AS BIGINT) < ${untilOf(totals)}
      ON CONFLICT (${key}) DO UPDATE SET ${SUMS.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(", ")}`,
    clear: `DELETE FROM ${table} WHERE ${at} >= ? AND ${at} <= ?`,
    make: `${made} GROUP BY ${key}`,
    makeAnew: `${made} AND ${at} < ${untilOf(totals)} GROUP BY ${key}`,
    forget: `DELETE FROM ${table} WHERE ${at} >= ?`,
  };
}

/** What is to be added of rows that came so late that their hours may be made. Comes behind what adds to {@link HOURS}. @param nowMs Unix milliseconds */
export function lateTotals(sums: Sums, nowMs: number): Statement[] {
  const late = sums.before(nowMs - LATE_MS);
  if (late === undefined) return [];
  return TOTALS.flatMap((totals) =>
    late(totals, totals.of.ms).map((values) => ({ sql: SQL.get(totals)!.add, values: [...values, values[0]!] })),
  );
}

/** What is to be added of a correction. */
export function correctedTotals(row: Dimensioned, nanodollars: number): Statement[] {
  const sums = SUMS.map((sum) => (sum === "cost" ? nanodollars : 0));
  return TOTALS.map((totals) => {
    const at = Math.floor(row.createdAt / totals.of.ms);
    return { sql: SQL.get(totals)!.add, values: [at, ...chosen(totals, dimensionsOf(row)), ...sums, at] };
  });
}

/** Makes those anew that are made of a stretch of time. @param from Unix milliseconds, as `to`; whole hours or days of it */
export function totalsAnew(from: number, to: number): Statement[] {
  return TOTALS.flatMap((totals) => {
    const { ms } = totals.of;
    const values = [Math.ceil(from / ms), Math.ceil(to / ms) - 1];
    const { clear, makeAnew } = SQL.get(totals)!;
    return [
      { sql: clear, values },
      { sql: makeAnew, values },
    ];
  });
}

/** Makes those of the next hour, and day, that is over. @returns whether there may be another */
export async function nextTotals(database: Database, nowMs: number): Promise<boolean> {
  // One at a time: whoever wants to write waits for it.
  for (const totals of TOGETHER) if (await next(database, totals, nowMs)) return true;
  return false;
}

/** @param totals of the same setting @returns whether there was anything to be made */
async function next(database: Database, totals: readonly Totals[], nowMs: number): Promise<boolean> {
  const { of, setting } = totals[0]!;
  const over = overAt(nowMs, of.ms);
  const { until, first } = await reached(database, totals[0]!);
  const change = (statements: Statement[]) =>
    database.batch(database.engine === "postgres" ? [LOCK, ...statements] : statements);
  if (until > over.atLeast) {
    const forgotten = totals.map((one) => ({ sql: SQL.get(one)!.forget, values: [over.end] }));
    await change([...forgotten, movedBack(setting, over.end)]);
    return true;
  }
  const at = Math.min(first ?? over.end, over.end - 1);
  if (at < until) return false;
  const made = totals.flatMap((one) => {
    const { clear, make } = SQL.get(one)!;
    return [
      { sql: clear, values: [until, at] },
      { sql: make, values: [until, at] },
    ];
  });
  await change([...moved(setting, until, at + 1), ...made]);
  return true;
}

/** How far what is made goes, and where what it is made of goes on behind that. */
export function reached(
  database: Database,
  one: Pick<Totals, "of" | "setting">,
): Soon<{ until: number; first: number | null }> {
  const { table, column } = one.of;
  const until = untilOf(one);
  const sql = `SELECT ${until} AS until, MIN(${column}) AS first FROM ${table} WHERE ${column} >= ${until}`;
  return after(database.all<{ until: number; first: number | null }>(sql), ([row]) => row!);
}

/** The first that is not over for so long that it is made, and the first that no clock can have made; Unix hours, or days. */
export function overAt(nowMs: number, ms: number): { readonly end: number; readonly atLeast: number } {
  return { end: Math.floor((nowMs - OVER_MS) / ms), atLeast: Math.floor((nowMs - LEAST_OVER_MS) / ms) };
}

/** So that nothing of a batch holds where it had got somewhere else meanwhile. */
export function moved(setting: string, from: number, until: number): Statement[] {
  return [
    { sql: BEGIN, values: [setting] },
    { sql: MOVE, values: [String(until), setting, from], must: true },
  ];
}

export function movedBack(setting: string, until: number): Statement {
  return { sql: MOVE_BACK, values: [String(until), setting, until] };
}
