import { generationFloor } from "../core/id.ts";
import { after, type Database, type Soon, type Statement } from "./database.ts";
import { nextPaces, UNTIL_MS } from "./late-paces.ts";
import { PACKS, type Pack, unlikePacks, unpacked } from "./pace-packs.ts";
import { DAYS, HOURS, MORE_SINCE, ROLLUPS, type Rollup, SUMMED_PACES, SUMMED_TALLY, SUMS } from "./rollups.ts";
import { SET } from "./tally.ts";
import { TOTALS, type Totals, totalsAnew, untilOf } from "./totals.ts";

/** From when on there are rows: those before were pruned, and of them only sums are left. Unix milliseconds. */
export const PRUNED_UNTIL = "ledger_pruned_until";
/** From when on there are sums, which may be kept for a shorter time. Unix milliseconds. */
export const SUMS_PRUNED_UNTIL = "ledger_sums_pruned_until";

/** What the rows say beyond their sums, by name of the sum (money in nanodollars), and what of a row these go by. */
interface Found {
  /** Unix hour or day. */
  readonly at: number;
  readonly [name: string]: string | number;
}

/** Sums that are not those of their rows. */
export interface Difference extends Found {
  readonly table: Rollup["table"] | Totals["table"] | Pack["table"];
}

/** What is looked at, or added up, at once: it is done within the time that a database may take. */
const DAY_MS = DAYS.ms;
/** As many are told. */
const MOST = 20;

/** How far sums are written, by the setting that tells. */
const LAST = {
  [SUMMED_TALLY]: `SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${SUMMED_TALLY}'`,
  [SUMMED_PACES]: `SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${SUMMED_PACES}'`,
} satisfies Record<Rollup["summed"], string>;

/** Rows from one id to another. One whose sums are still to be written is none of theirs. */
function within({ summed }: Rollup, engine: Database["engine"]): string {
  const made = engine === "postgres" && summed === SUMMED_PACES ? `generations.created_at < ${UNTIL_MS} AND ` : "";
  return `generations.id >= ? AND generations.id < ? AND ${made}(tally IS NULL OR tally <= (${LAST[summed]}))`;
}

/** Everything that was ever added up, as it stands in the rows from one id to another: ids sort by time. */
function addends(
  rollup: Rollup,
  engine: Database["engine"],
  from: string,
  to: string,
): { sql: string; values: string[] } {
  const { sql, times } = rollup.addends(within(rollup, engine));
  return { sql, values: Array(times).fill([from, to]).flat() as string[] };
}

function keyOf({ dimensions }: Rollup): string {
  return ["at", ...dimensions].join(", ");
}

function summed(sums: readonly string[]): string {
  return sums.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`).join(", ");
}

/** Whether what the ledger has added up is what its rows say; and adds it up anew. */
export class Verification {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** The first that are found. Each day is looked at in one moment, so that it may be done while rows come in. */
  async differences(): Promise<{ differences: Difference[]; days: number }> {
    const differences: Difference[] = [];
    const [first, last] = await this.bounds();
    const since = await this.since();
    let days = 0;
    for (let from = first; from <= last && differences.length < MOST; from += DAY_MS, days++) {
      const begin = ({ since: names }: Rollup) => Math.max(from, ...names.map((name) => since.get(name) ?? 0));
      for (const rollup of ROLLUPS) differences.push(...(await this.compare(rollup, begin(rollup), from + DAY_MS)));
      for (const totals of TOTALS) differences.push(...(await this.compareTotals(totals, from, from + DAY_MS)));
      for (const pack of PACKS) {
        const [first, end] = whole(pack.of, begin(pack.of), from + DAY_MS).map((ms) => ms / pack.of.ms) as [
          number,
          number,
        ];
        differences.push(...(await unlikePacks(this.database, pack, first, end)));
      }
    }
    return { differences: differences.slice(0, MOST), days };
  }

  /** Adds up anew what there are rows of, day by day. In PostgreSQL writers wait for each. */
  async rebuild(): Promise<void> {
    // From where on paces are made of rows must be known: what is before is added up here.
    await nextPaces(this.database, Date.now());
    const [first, last] = await this.bounds();
    for (let from = first; from <= last; from += DAY_MS) {
      const anew = ROLLUPS.flatMap((rollup) => this.anew(rollup, from, from + DAY_MS));
      const statements = [...anew, ...totalsAnew(from, from + DAY_MS), ...unpacked(from)];
      await this.database.batch(this.database.engine === "postgres" ? [LOCK, ...statements] : statements);
    }
    if (((await this.since()).get(MORE_SINCE) ?? 0) > first)
      await this.database.batch([{ sql: SET, values: [MORE_SINCE, String(first)] }]);
  }

  private anew(rollup: Rollup, from: number, to: number): Statement[] {
    const { table, column, ms, dimensions, sums } = rollup;
    const [begin, end] = whole(rollup, from, to);
    const key = keyOf(rollup);
    const added = addends(rollup, this.database.engine, generationFloor(begin), generationFloor(end));
    const sql = `INSERT INTO ${table} (${[column, ...dimensions, ...sums].join(", ")})
      SELECT ${key}, ${summed(sums)} FROM (${added.sql}) AS added GROUP BY ${key}`;
    return [
      { sql: `DELETE FROM ${table} WHERE ${column} >= ? AND ${column} < ?`, values: [begin / ms, end / ms] },
      { sql, values: added.values },
    ];
  }

  private compare(rollup: Rollup, from: number, to: number): Soon<Difference[]> {
    const { table, column, ms, dimensions, sums } = rollup;
    const [begin, end] = whole(rollup, from, to);
    if (begin >= end) return [];
    const key = keyOf(rollup);
    const unlike = sums.map((sum) => `SUM(${sum}) <> 0`).join(" OR ");
    const negative = sums.map((sum) => `-${sum}`).join(", ");
    const added = addends(rollup, this.database.engine, generationFloor(begin), generationFloor(end));
    const sql = `SELECT ${key}, ${summed(sums)} FROM (${added.sql}
      UNION ALL SELECT ${column}, ${dimensions.join(", ")}, ${negative} FROM ${table} WHERE ${column} >= ? AND ${column} < ?) AS added
      GROUP BY ${key} HAVING ${unlike} LIMIT ${MOST}`;
    const values = [...added.values, begin / ms, end / ms];
    return after(this.database.all<Found>(sql, values), (rows) => rows.map((row): Difference => ({ ...row, table })));
  }

  /** With the sums that they are made from. */
  private compareTotals(totals: Totals, from: number, to: number): Soon<Difference[]> {
    const { table, of, dimensions } = totals;
    const [begin, end] = whole(of, from, to);
    if (begin >= end) return [];
    const key = [of.column, ...dimensions].join(", ");
    const negative = SUMS.map((sum) => `-${sum}`).join(", ");
    const bounds = `${of.column} >= ? AND ${of.column} < ?`;
    const sql = `SELECT ${of.column} AS at, ${dimensions.join(", ")}, ${summed(SUMS)} FROM (
      SELECT ${key}, ${SUMS.join(", ")} FROM ${of.table} WHERE ${bounds} AND ${of.column} < ${untilOf(totals)}
      UNION ALL SELECT ${key}, ${negative} FROM ${table} WHERE ${bounds}) AS added
      GROUP BY ${key} HAVING ${SUMS.map((sum) => `SUM(${sum}) <> 0`).join(" OR ")} LIMIT ${MOST}`;
    const values = [begin / of.ms, end / of.ms];
    const found = this.database.all<Found>(sql, [...values, ...values]);
    return after(found, (rows) => rows.map((row): Difference => ({ ...row, table })));
  }

  /** Before when there may be no sums of some, by the name of the setting; Unix milliseconds. */
  private async since(): Promise<ReadonlyMap<string, number>> {
    const names = [...new Set(ROLLUPS.flatMap(({ since }) => since))];
    const sql = `SELECT name, CAST(value AS BIGINT) AS ms FROM settings WHERE name IN (${names.map(() => "?").join(", ")})`;
    const rows = await this.database.all<{ name: string; ms: number }>(sql, names);
    return new Map(rows.map(({ name, ms }) => [name, ms]));
  }

  /** From when to when there is anything; whole days, but where something was pruned. */
  private async bounds(): Promise<readonly [first: number, last: number]> {
    const [row] = await this.database.all<Record<"first" | "last", number | null>>(
      `SELECT MIN(at) AS first, MAX(at) AS last FROM (SELECT MIN(hour) * ${HOURS.ms} AS at FROM rollups
        UNION ALL SELECT MAX(hour) * ${HOURS.ms} AS at FROM rollups
        UNION ALL SELECT created_at AS at FROM generations WHERE id = (SELECT MIN(id) FROM generations)
        UNION ALL SELECT created_at AS at FROM generations WHERE id = (SELECT MAX(id) FROM generations)) AS ends`,
    );
    const [pruned] = await this.database.all<{ until: number | null }>(
      "SELECT MAX(CAST(value AS BIGINT)) AS until FROM settings WHERE name IN (?, ?)",
      [PRUNED_UNTIL, SUMS_PRUNED_UNTIL],
    );
    const from = pruned?.until ?? 0;
    const first = Math.floor((row?.first ?? 0) / DAY_MS) * DAY_MS;
    return [Math.max(first, from), row?.last ?? -1];
  }
}

/** The hours or days that begin in a stretch of time: of one that was pruned in part, sums say more than rows. */
function whole({ ms }: Rollup, from: number, to: number): readonly [begin: number, end: number] {
  return [Math.ceil(from / ms) * ms, Math.ceil(to / ms) * ms];
}

/** In the order in which those lock them who write. */
const LOCK: Statement = {
  sql: `LOCK TABLE corrections, generations, ${ROLLUPS.map(({ table }) => table).join(", ")} IN SHARE ROW EXCLUSIVE MODE`,
};
