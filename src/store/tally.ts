import type { Database as File, Statement } from "bun:sqlite";
import type { GenerationRow } from "./generations.ts";
import { lateUnpacked } from "./pace-packs.ts";
import { ROLLUPS, type Rollup, SUMMED_PACES, SUMMED_TALLY } from "./rollups.ts";
import { Sums } from "./sums.ts";
import { lateTotals } from "./totals.ts";

/** Since when there may be rows that are not in all sums, Unix milliseconds. */
export const UNSUMMED_SINCE = "ledger_unsummed_since";

/** So long after its row a sum is written at the latest, and after so many that are unlike: memory is bounded. */
const WITHIN_MS = 250;
const MOST = 5000;
/**
 * How fast answers were is written only every so many times: of each model and provider there are some eighty buckets, and nobody minds that they
 * are two seconds old. Each time would cost a request 5 µs where there are thirty of them, in place of one.
 */
const PACES_EVERY = 8;
/** Requests that began so long before they ended are few: for each that was longer a setting is written. */
const USUAL_MS = 5000;

export const SET =
  "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/**
 * What rows of a SQLite file add to the sums that reports are made from. With each row its sums would change two more pages, half as
 * much again as the row costs; so they are added up here, and written together a moment later. Every row has the number of the writing
 * that is to come: what a crash has left out is known by it, and is added when the file is opened.
 */
export class Tally {
  private readonly file: File;
  private readonly adds: readonly (readonly [rollup: Rollup, add: Statement<unknown, (string | number)[]>])[];
  private readonly set: Statement<unknown, [string, string]>;
  private readonly sums = new Sums();
  private number: number;
  /** Nothing that is older is left to be added: as it is on disk, and as it will be when what is being written is. */
  private since: number;
  private next: number;
  /** What was to be written could not be. */
  private isDue = false;
  /** How often something was written since paces were. */
  private times = 0;
  private timer: Timer | undefined;

  constructor(file: File) {
    this.file = file;
    this.adds = ROLLUPS.map((rollup) => [rollup, file.query(rollup.add())]);
    this.set = file.query(SET);
    this.number = setting(file, SUMMED_TALLY) + 1;
    this.since = setting(file, UNSUMMED_SINCE);
    this.next = this.since;
  }

  /** Within the transaction of rows that are to be added. @returns the number that they bear */
  begin(rows: readonly GenerationRow[]): number {
    if (this.isDue) this.write(true);
    else this.next = this.since;
    const earliest = rows.reduce((least, { createdAt }) => Math.min(least, createdAt), this.next);
    if (earliest < this.next) {
      this.next = earliest - USUAL_MS;
      this.set.run(UNSUMMED_SINCE, String(this.next));
    }
    return this.isDue ? this.number + 1 : this.number;
  }

  /** Rows that are committed. */
  add(rows: readonly GenerationRow[]): void {
    if (this.isDue) this.written(true);
    this.since = this.next;
    for (const row of rows) this.sums.add(row);
    if (this.sums.size >= MOST) this.settle(false);
    this.wait();
  }

  /**
   * Writes what there is. Where that cannot be written, it is tried again with the next row, which cannot be written then either.
   * @param isWhole with paces
   */
  settle(isWhole = true): void {
    if (this.sums.size === 0 && !(isWhole && this.sums.hasPaces)) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    try {
      this.file.transaction(() => this.write(isWhole))();
    } catch {
      this.isDue = true;
      return;
    }
    this.written(isWhole);
  }

  private wait(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.settle(++this.times >= PACES_EVERY);
      if (this.sums.hasPaces && !this.isDue) this.wait();
    }, WITHIN_MS);
    this.timer.unref();
  }

  private write(isWhole: boolean): void {
    for (const [rollup, add] of this.adds)
      if (isWhole || rollup.summed === SUMMED_TALLY) for (const values of this.sums.of(rollup)) add.run(...values);
    for (const { sql, values = [] } of lateTotals(this.sums, Date.now())) this.file.query(sql).run(...values);
    this.set.run(SUMMED_TALLY, String(this.number));
    if (!isWhole) return;
    for (const { sql, values = [] } of lateUnpacked(this.sums.pacesSince, Date.now()))
      this.file.query(sql).run(...values);
    this.set.run(SUMMED_PACES, String(this.number));
    this.next = Date.now() - USUAL_MS;
    this.set.run(UNSUMMED_SINCE, String(this.next));
  }

  private written(isWhole: boolean): void {
    this.sums.clear(isWhole ? undefined : SUMMED_TALLY);
    if (isWhole) this.times = 0;
    this.number++;
    this.since = this.next;
    this.isDue = false;
  }
}

/** A number that the file remembers; 0 for none. */
export function setting(file: File, name: string): number {
  return Number(
    file.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?").get(name)?.value ?? 0,
  );
}
