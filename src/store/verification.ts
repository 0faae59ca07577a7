import { generationFloor } from "../core/id.ts";
import { after, type Database, type Soon, type Statement } from "./database.ts";
import { TOTALED, totalsAnew, UNTIL } from "./hour-totals.ts";
import { DAYS, DIMENSIONS, HOURS, ROLLUPS, type Rollup, SUMS } from "./rollups.ts";
import { SUMMED_TALLY } from "./tally.ts";

/** From when on there are rows: those before were pruned, and of them only sums are left. Unix milliseconds. */
export const PRUNED_UNTIL = "ledger_pruned_until";
/** From when on there are sums, which may be kept for a shorter time. Unix milliseconds. */
export const SUMS_PRUNED_UNTIL = "ledger_sums_pruned_until";

/** Sums that are not those of their rows. */
export interface Difference {
  readonly table: Rollup["table"] | "hour_totals";
  /** Unix hour or day. */
  readonly at: number;
  readonly key_id: string;
  readonly model: string;
  readonly provider: string;
  readonly user: string;
  /** What the rows say beyond the sums; nanodollars. */
  readonly requests: number;
  readonly cost: number;
}

/** What is looked at, or added up, at once: it is done within the time that a database may take. */
const DAY_MS = DAYS.ms;
/** As many are told. */
const MOST = 20;

/** A row as what it adds to its sums. */
const OF_ROW = `key_id, COALESCE(team, '') AS team, COALESCE(model, '') AS model, COALESCE(provider, '') AS provider, byok, zdr,
  COALESCE("user", '') AS "user", COALESCE(tags, '') AS tags`;
const SUMS_OF_ROW = `1 AS requests, CASE WHEN error IS NULL THEN 0 ELSE 1 END AS errors, COALESCE(cost, 0) AS cost, COALESCE(input, 0) AS input,
  COALESCE(cache_read, 0) AS cache_read, COALESCE(cache_write, 0) AS cache_write, COALESCE(output, 0) AS output, COALESCE(reasoning, 0) AS reasoning`;
const SUMS_OF_CORRECTION = SUMS.map((sum) => (sum === "cost" ? "corrections.cost" : `0 AS ${sum}`)).join(", ");

/** A row whose sums are still to be written is none of theirs. */
const IS_SUMMED = `(tally IS NULL OR tally <= (SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${SUMMED_TALLY}'))`;

/** Everything that was ever added up, as it stands in the rows. Wants the first id and the one behind the last, twice: ids sort by time. */
function addends({ ms }: Rollup): string {
  return `SELECT created_at / ${ms} AS at, ${OF_ROW}, ${SUMS_OF_ROW} FROM generations WHERE id >= ? AND id < ? AND ${IS_SUMMED}
    UNION ALL SELECT generations.created_at / ${ms} AS at, ${OF_ROW}, ${SUMS_OF_CORRECTION}
    FROM corrections JOIN generations ON generations.id = corrections.generation_id
    WHERE generations.id >= ? AND generations.id < ?`;
}

const KEY = ["at", ...DIMENSIONS].join(", ");
const summed = SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`).join(", ");

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
    let days = 0;
    for (let from = first; from <= last && differences.length < MOST; from += DAY_MS, days++) {
      for (const rollup of ROLLUPS) differences.push(...(await this.compare(rollup, from, from + DAY_MS)));
      differences.push(...(await this.compareTotals(from, from + DAY_MS)));
    }
    return { differences: differences.slice(0, MOST), days };
  }

  /** Adds up anew what there are rows of, day by day. In PostgreSQL writers wait for each. */
  async rebuild(): Promise<void> {
    const [first, last] = await this.bounds();
    for (let from = first; from <= last; from += DAY_MS) {
      const [begin, end] = whole(HOURS, from, from + DAY_MS);
      const totals = totalsAnew(begin / HOURS.ms, end / HOURS.ms - 1);
      const statements = [...ROLLUPS.flatMap((rollup) => this.anew(rollup, from, from + DAY_MS)), ...totals];
      await this.database.batch(this.database.engine === "postgres" ? [LOCK, ...statements] : statements);
    }
  }

  private anew(rollup: Rollup, from: number, to: number): Statement[] {
    const { table, column, ms } = rollup;
    const [begin, end] = whole(rollup, from, to);
    const bounds = [generationFloor(begin), generationFloor(end)];
    const sql = `INSERT INTO ${table} (${[column, ...DIMENSIONS, ...SUMS].join(", ")})
      SELECT ${KEY}, ${summed} FROM (${addends(rollup)}) AS added GROUP BY ${KEY}`;
    return [
      { sql: `DELETE FROM ${table} WHERE ${column} >= ? AND ${column} < ?`, values: [begin / ms, end / ms] },
      { sql, values: [...bounds, ...bounds] },
    ];
  }

  private compare(rollup: Rollup, from: number, to: number): Soon<Difference[]> {
    const { table, column, ms } = rollup;
    const [begin, end] = whole(rollup, from, to);
    const unlike = SUMS.map((sum) => `SUM(${sum}) <> 0`).join(" OR ");
    const negative = SUMS.map((sum) => `-${sum}`).join(", ");
    const sql = `SELECT ${KEY}, ${summed} FROM (${addends(rollup)}
      UNION ALL SELECT ${column}, ${DIMENSIONS.join(", ")}, ${negative} FROM ${table} WHERE ${column} >= ? AND ${column} < ?) AS added
      GROUP BY ${KEY} HAVING ${unlike} LIMIT ${MOST}`;
    const bounds = [generationFloor(begin), generationFloor(end)];
    const values = [...bounds, ...bounds, begin / ms, end / ms];
    return after(this.database.all<Omit<Difference, "table">>(sql, values), (rows) =>
      rows.map((row) => ({ ...row, table })),
    );
  }

  /** With the sums of hours that they are made from. */
  private compareTotals(from: number, to: number): Soon<Difference[]> {
    const [begin, end] = whole(HOURS, from, to);
    const [own, negative] = [SUMS.join(", "), SUMS.map((sum) => `-${sum}`).join(", ")];
    const sql = `SELECT hour AS at, ${TOTALED.join(", ")}, '' AS "user", ${summed} FROM (
      SELECT hour, ${TOTALED.join(", ")}, ${own} FROM rollups WHERE hour >= ? AND hour < ? AND hour < ${UNTIL}
      UNION ALL SELECT hour, ${TOTALED.join(", ")}, ${negative} FROM hour_totals WHERE hour >= ? AND hour < ?) AS added
      GROUP BY hour, ${TOTALED.join(", ")} HAVING ${SUMS.map((sum) => `SUM(${sum}) <> 0`).join(" OR ")} LIMIT ${MOST}`;
    const bounds = [begin / HOURS.ms, end / HOURS.ms];
    const found = this.database.all<Omit<Difference, "table">>(sql, [...bounds, ...bounds]);
    return after(found, (rows) => rows.map((row) => ({ ...row, table: "hour_totals" })));
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
  sql: "LOCK TABLE corrections, generations, rollups, rollup_days IN SHARE ROW EXCLUSIVE MODE",
};
