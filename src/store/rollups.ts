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
  /** Adds to them what {@link Sums} has of each. */
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

/** In the order of {@link DIMENSIONS}. */
export function dimensionsOf({ keyId, team, model, provider, byok, zdr, user, tags }: Dimensioned): Values {
  return [keyId, team ?? "", model ?? "", provider ?? "", Number(byok), Number(zdr), user ?? "", tags ?? ""];
}

/** Rows that are alike but for what is summed up. */
interface Alike {
  at: number;
  readonly dimensions: Values;
  readonly sums: number[];
}

/** What rows add to the sums of their hours and days. */
export class Sums {
  private readonly hours = new Map<string, Alike>();

  /** How many of an hour there are. */
  get size(): number {
    return this.hours.size;
  }

  add(row: GenerationRow): void {
    const { createdAt, keyId, team, model, provider, byok, zdr, user, tags } = row;
    const at = Math.floor(createdAt / HOUR_MS);
    const key = `${at}\n${keyId}\n${team}\n${model}\n${provider}\n${byok}${zdr}\n${user}\n${tags}`;
    let alike = this.hours.get(key);
    if (alike === undefined) {
      alike = { at, dimensions: dimensionsOf(row), sums: SUMS.map(() => 0) };
      this.hours.set(key, alike);
    }
    const { sums } = alike;
    sums[0]! += 1;
    sums[1]! += row.error === null ? 0 : 1;
    sums[2]! += row.cost ?? 0;
    sums[3]! += row.input ?? 0;
    sums[4]! += row.cacheRead ?? 0;
    sums[5]! += row.cacheWrite ?? 0;
    sums[6]! += row.output ?? 0;
    sums[7]! += row.reasoning ?? 0;
  }

  /** Values of the `add` of one, in an order that is the same for all who write. */
  of({ ms }: Rollup): Values[] {
    return together([...this.hours.values()], ms / HOUR_MS).map(({ at, dimensions, sums }) => [
      at,
      ...dimensions,
      ...sums,
    ]);
  }

  /** Of the hours before a moment: the hour, the first of the dimensions, and the sums. @param end Unix hours */
  before(end: number, dimensions: number): Values[] {
    const values: Values[] = [];
    for (const one of this.hours.values())
      if (one.at < end) values.push([one.at, ...one.dimensions.slice(0, dimensions), ...one.sums]);
    return values;
  }

  clear(): void {
    this.hours.clear();
  }
}

/** Those of so many hours as one. */
function together(all: readonly Alike[], hours: number): Alike[] {
  const known = new Map<string, Alike>();
  for (const { at: hour, dimensions, sums } of all) {
    const at = Math.floor(hour / hours);
    const key = [at, ...dimensions].join("\n");
    const alike = known.get(key);
    if (alike === undefined) known.set(key, { at, dimensions, sums: [...sums] });
    else for (const [i, value] of sums.entries()) alike.sums[i]! += value;
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, alike]) => alike);
}

/** Adds to the sums of a row what was found to be wrong with its cost. @param nanodollars may be negative */
export function correctedSums(row: Dimensioned, nanodollars: number): Statement[] {
  const sums = SUMS.map((sum) => (sum === "cost" ? nanodollars : 0));
  return ROLLUPS.map(({ add, ms }) => ({
    sql: add,
    values: [Math.floor(row.createdAt / ms), ...dimensionsOf(row), ...sums],
  }));
}
