import type { Statement } from "./database.ts";
import type { GenerationRow } from "./generations.ts";

const HOUR_MS = 3_600_000;

/** By what rows are summed up, beside the time; empty for what a row does not say. */
export const DIMENSIONS = ["key_id", "team", "model", "provider", "byok", "zdr", '"user"', "tags"] as const;
export const SUMS = [
  "requests",
  "errors",
  "cost",
  "input",
  "cache_read",
  "cache_write",
  "output",
  "reasoning",
] as const;

/** Sums by a stretch of time: the table that they stand in, its column for when, and how long it is in milliseconds. */
export interface Rollup {
  readonly table: "rollups" | "rollup_days";
  readonly column: "hour" | "day";
  readonly ms: number;
  /** Adds to them the values of {@link rolledUp}. */
  readonly add: string;
}

function rollup(table: Rollup["table"], column: Rollup["column"], ms: number): Rollup {
  const key = [column, ...DIMENSIONS];
  const columns = [...key, ...SUMS];
  const add = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${SUMS.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(", ")}`;
  return { table, column, ms, add };
}

/** By hour, and by day: reports over months are made from days, a twentieth of the rows (`docs/decisions/reports-from-sums.md`). */
export const HOURS = rollup("rollups", "hour", HOUR_MS);
export const DAYS = rollup("rollup_days", "day", 24 * HOUR_MS);
export const ROLLUPS: readonly Rollup[] = [HOURS, DAYS];

type Values = (string | number)[];

/** What of a row its sums go by. */
export type Dimensioned = Pick<
  GenerationRow,
  "createdAt" | "keyId" | "team" | "model" | "provider" | "byok" | "zdr" | "user" | "tags"
>;

function dimensionsOf({ keyId, team, model, provider, byok, zdr, user, tags }: Dimensioned): Values {
  return [keyId, team ?? "", model ?? "", provider ?? "", Number(byok), Number(zdr), user ?? "", tags ?? ""];
}

function sumsOf({ error, cost, input, cacheRead, cacheWrite, output, reasoning }: GenerationRow): number[] {
  return [
    1,
    error === null ? 0 : 1,
    cost ?? 0,
    input ?? 0,
    cacheRead ?? 0,
    cacheWrite ?? 0,
    output ?? 0,
    reasoning ?? 0,
  ];
}

/** What a group of rows adds to the sums of their hours, or of their days: values of its `add`, in one order. */
export function rolledUp(rows: readonly GenerationRow[], { ms }: Rollup): Values[] {
  const [only] = rows;
  if (only !== undefined && rows.length === 1) return [[at(only, ms), ...dimensionsOf(only), ...sumsOf(only)]];
  const all = new Map<string, { dimensions: Values; sums: number[] }>();
  for (const row of rows) {
    const dimensions = [at(row, ms), ...dimensionsOf(row)];
    const key = dimensions.join("\n");
    const known = all.get(key);
    if (known === undefined) all.set(key, { dimensions, sums: sumsOf(row) });
    else for (const [i, value] of sumsOf(row).entries()) known.sums[i]! += value;
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { dimensions, sums }]) => [...dimensions, ...sums]);
}

/** Adds to the sums of a row what was found to be wrong with its cost. @param nanodollars may be negative */
export function correctedSums(row: Dimensioned, nanodollars: number): Statement[] {
  const sums = SUMS.map((sum) => (sum === "cost" ? nanodollars : 0));
  return ROLLUPS.map(({ add, ms }) => ({ sql: add, values: [at(row, ms), ...dimensionsOf(row), ...sums] }));
}

function at({ createdAt }: Dimensioned, ms: number): number {
  return Math.floor(createdAt / ms);
}
