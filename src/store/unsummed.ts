import type { Database as File } from "bun:sqlite";
import { generationFloor } from "../core/id.ts";
import { plain } from "./database.ts";
import { fromColumns, SELECT } from "./generations.ts";
import { lateTotals } from "./hour-totals.ts";
import { ROLLUPS, Sums } from "./rollups.ts";
import { SET, SUMMED_TALLY, setting, UNSUMMED_SINCE } from "./tally.ts";

/** Adds what a process before has written of rows, but not of sums. */
export function addUnsummed(file: File): void {
  const summed = setting(file, SUMMED_TALLY);
  const since = generationFloor(Math.max(0, setting(file, UNSUMMED_SINCE)));
  const rows = file.query<Record<string, never>, [string, number]>(`${SELECT} WHERE id >= ? AND tally > ?`);
  const sums = new Sums();
  for (const row of rows.iterate(since, summed)) sums.add(fromColumns(plain(row)));
  if (sums.size === 0) return;
  file.transaction(() => {
    for (const rollup of ROLLUPS) for (const values of sums.of(rollup)) file.query(rollup.add()).run(...values);
    for (const { sql, values = [] } of lateTotals(sums, Date.now())) file.query(sql).run(...values);
    file.query(SET).run(SUMMED_TALLY, String(summed + 1));
  })();
}
