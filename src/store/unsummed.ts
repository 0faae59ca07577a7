import type { Database as File } from "bun:sqlite";
import { generationFloor } from "../core/id.ts";
import { plain } from "./database.ts";
import { fromColumns, SELECT } from "./generations.ts";
import { lateUnpacked } from "./pace-packs.ts";
import { ROLLUPS, type Rollup, SUMMED_PACES, SUMMED_TALLY } from "./rollups.ts";
import { Sums } from "./sums.ts";
import { SET, setting, UNSUMMED_SINCE } from "./tally.ts";
import { lateTotals } from "./totals.ts";

/** Adds what a process before has written of rows, but not of sums. */
export function addUnsummed(file: File): void {
  const number = setting(file, SUMMED_TALLY) + 1;
  for (const summed of [SUMMED_TALLY, SUMMED_PACES] as const) {
    const sums = missing(file, summed);
    if (sums === undefined) continue;
    file.transaction(() => {
      for (const rollup of ROLLUPS.filter((one) => one.summed === summed))
        for (const values of sums.of(rollup)) file.query(rollup.add()).run(...values);
      const late = summed === SUMMED_TALLY ? lateTotals(sums, Date.now()) : lateUnpacked(sums.pacesSince, Date.now());
      for (const { sql, values = [] } of late) file.query(sql).run(...values);
      // Up to where rows are in other sums: the next to come bear the number behind that.
      file.query(SET).run(summed, String(summed === SUMMED_TALLY ? number : setting(file, SUMMED_TALLY)));
    })();
  }
}

/** What those rows add that are not in sums of which this setting tells. */
function missing(file: File, summed: Rollup["summed"]): Sums | undefined {
  const since = generationFloor(Math.max(0, setting(file, UNSUMMED_SINCE)));
  const rows = file.query<Record<string, never>, [string, number]>(`${SELECT} WHERE id >= ? AND tally > ?`);
  const sums = new Sums();
  for (const row of rows.iterate(since, setting(file, summed))) sums.add(fromColumns(plain(row)));
  return sums.size === 0 ? undefined : sums;
}
