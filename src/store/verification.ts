import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";
import { DIMENSIONS, HOURS, ROLLUPS, type Rollup, SUMS } from "./rollups.ts";

/** From when on there are rows: those before were pruned, and of them only sums are left. Unix milliseconds. */
export const PRUNED_UNTIL = "ledger_pruned_until";

/** Sums that are not those of their rows. */
export interface Difference {
  readonly table: Rollup["table"];
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

const WEEK_MS = 7 * 24 * HOURS.ms;
/** As many are told. */
const MOST = 20;

/** A row as what it adds to its sums. */
const OF_ROW = `key_id, COALESCE(team, '') AS team, COALESCE(model, '') AS model, COALESCE(provider, '') AS provider, byok, zdr,
  COALESCE("user", '') AS "user", COALESCE(tags, '') AS tags`;
const SUMS_OF_ROW = `1 AS requests, CASE WHEN error IS NULL THEN 0 ELSE 1 END AS errors, COALESCE(cost, 0) AS cost, COALESCE(input, 0) AS input,
  COALESCE(cache_read, 0) AS cache_read, COALESCE(cache_write, 0) AS cache_write, COALESCE(output, 0) AS output, COALESCE(reasoning, 0) AS reasoning`;
const SUMS_OF_CORRECTION = SUMS.map((sum) => (sum === "cost" ? "corrections.cost" : `0 AS ${sum}`)).join(", ");

/** Everything that was ever added up, as it stands in the rows. Wants from and to twice. */
function addends({ ms }: Rollup): string {
  return `SELECT created_at / ${ms} AS at, ${OF_ROW}, ${SUMS_OF_ROW} FROM generations WHERE created_at >= ? AND created_at < ?
    UNION ALL SELECT generations.created_at / ${ms} AS at, ${OF_ROW}, ${SUMS_OF_CORRECTION}
    FROM corrections JOIN generations ON generations.id = corrections.generation_id
    WHERE generations.created_at >= ? AND generations.created_at < ?`;
}

const KEY = ["at", ...DIMENSIONS].join(", ");
const summed = SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`).join(", ");

/** Whether what the ledger has added up is what its rows say; and adds it up anew. */
export class Verification {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** The first that are found. Each week is looked at in one moment, so that it may be done while rows come in. */
  async differences(): Promise<{ differences: Difference[]; weeks: number }> {
    const differences: Difference[] = [];
    const [first, last] = await this.bounds();
    let weeks = 0;
    for (let from = first; from <= last && differences.length < MOST; from += WEEK_MS, weeks++)
      for (const rollup of ROLLUPS) differences.push(...(await this.compare(rollup, from, from + WEEK_MS)));
    return { differences: differences.slice(0, MOST), weeks };
  }

  /** Adds up anew what there are rows of. Nobody may write meanwhile: in PostgreSQL they wait. */
  async rebuild(): Promise<void> {
    const [first] = await this.bounds();
    const statements: Statement[] = ROLLUPS.flatMap((rollup) => {
      const from = Math.ceil(first / rollup.ms) * rollup.ms;
      const bounds: Value[] = [from, Number.MAX_SAFE_INTEGER];
      const { table, column, ms } = rollup;
      return [
        { sql: `DELETE FROM ${table} WHERE ${column} >= ?`, values: [from / ms] },
        {
          sql: `INSERT INTO ${table} (${[column, ...DIMENSIONS, ...SUMS].join(", ")})
            SELECT ${KEY}, ${summed} FROM (${addends(rollup)}) AS added GROUP BY ${KEY}`,
          values: [...bounds, ...bounds],
        },
      ];
    });
    const lock: Statement[] =
      this.database.engine === "postgres"
        ? [
            { sql: "SET LOCAL statement_timeout = 0" },
            { sql: "LOCK TABLE generations, rollups, rollup_days, corrections IN SHARE ROW EXCLUSIVE MODE" },
          ]
        : [];
    await this.database.batch([...lock, ...statements]);
  }

  private compare(rollup: Rollup, from: number, to: number): Soon<Difference[]> {
    const { table, column, ms } = rollup;
    // Of an hour or a day that is pruned in part, sums say more than rows.
    const [begin, end] = [from, to].map((at) => Math.ceil(at / ms) * ms) as [number, number];
    const unlike = SUMS.map((sum) => `SUM(${sum}) <> 0`).join(" OR ");
    const negative = SUMS.map((sum) => `-${sum}`).join(", ");
    const sql = `SELECT ${KEY}, ${summed} FROM (${addends(rollup)}
      UNION ALL SELECT ${column}, ${DIMENSIONS.join(", ")}, ${negative} FROM ${table} WHERE ${column} >= ? AND ${column} < ?) AS added
      GROUP BY ${KEY} HAVING ${unlike} LIMIT ${MOST}`;
    const values = [begin, end, begin, end, begin / ms, end / ms];
    return after(this.database.all<Omit<Difference, "table">>(sql, values), (rows) =>
      rows.map((row) => ({ ...row, table })),
    );
  }

  /** From when to when there is anything, whole weeks from a Thursday on. */
  private async bounds(): Promise<readonly [first: number, last: number]> {
    const [row] = await this.database.all<Record<"first" | "last", number | null>>(
      `SELECT MIN(at) AS first, MAX(at) AS last FROM (SELECT MIN(hour) * ${HOURS.ms} AS at FROM rollups
        UNION ALL SELECT MAX(hour) * ${HOURS.ms} AS at FROM rollups
        UNION ALL SELECT created_at AS at FROM generations WHERE id = (SELECT MIN(id) FROM generations)
        UNION ALL SELECT created_at AS at FROM generations WHERE id = (SELECT MAX(id) FROM generations)) AS ends`,
    );
    const [pruned] = await this.database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", [
      PRUNED_UNTIL,
    ]);
    const from = Number(pruned?.value ?? 0);
    const first = Math.floor((row?.first ?? 0) / WEEK_MS) * WEEK_MS;
    return [Math.max(first, from), row?.last ?? -1];
  }
}
