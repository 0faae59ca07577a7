import { generationFloor } from "../core/id.ts";
import type { Database, Soon, Value } from "./database.ts";
import { after } from "./database.ts";

/**
 * So many rows are looked at for one question, the latest first: what is found nowhere would else go through the whole of a table, for
 * half a second where it has a million rows.
 */
export const STRETCH = 10_000;

/** Where a table is looked at: ids sort by time. */
export interface Range {
  readonly from?: string | undefined;
  readonly before?: string | undefined;
}

/** The id down to which one question goes; `undefined` where it goes to the end. */
export function endOf(
  database: Pick<Database, "all">,
  table: "generations" | "keys" | "audit",
  { from, before }: Range,
): Soon<string | undefined> {
  const bounds: [sql: string, value: Value][] = [];
  if (from !== undefined) bounds.push(["id >= ?", from]);
  if (before !== undefined) bounds.push(["id < ?", before]);
  const where = bounds.length === 0 ? "" : `WHERE ${bounds.map(([sql]) => sql).join(" AND ")}`;
  const sql = `SELECT id FROM ${table} ${where} ORDER BY id DESC LIMIT 1 OFFSET ?`;
  const values = [...bounds.map(([, value]) => value), STRETCH - 1];
  return after(database.all<{ id: string }>(sql, values), ([row]) => row?.id);
}

/** What one question finds. */
export interface Page<T> {
  readonly rows: T[];
  /** Before which it goes on, where it does. */
  readonly next?: string;
}

/** @param found one more than are wanted, where there are so many @param end as {@link endOf} has told it */
export function pageOf<T extends { id: string }>(found: readonly T[], limit: number, end: string | undefined): Page<T> {
  const rows = found.slice(0, limit);
  const next = found.length > limit ? rows.at(-1)!.id : end;
  return { rows, ...(next === undefined ? {} : { next }) };
}

export const MINUTE_MS = 60_000;

/** Between which ids requests of these minutes are, the second one behind them. */
export function idsOf(fromMinute: number, endMinute: number): string[] {
  return [generationFloor(fromMinute * MINUTE_MS), generationFloor(endMinute * MINUTE_MS)];
}
