import { generationFloor } from "../core/id.ts";
import type { Database, Statement, Value } from "./database.ts";
import type { GenerationRow } from "./generations.ts";
import { isMeasured } from "./pace.ts";
import { MORE_SINCE, PACE_DAYS, PACE_HOURS, type Rollup, Sums } from "./rollups.ts";

/**
 * Where several processes write, how fast answers were is made of rows that are a minute old, by whoever keeps house, and not by who writes them: all
 * of them would add to the same buckets, with each commit. Rows that come later than that add themselves.
 */
export const PACED_UNTIL = "ledger_paced_until";

/** The first moment of which there are none yet; Unix milliseconds. */
export const UNTIL_MS = `COALESCE((SELECT CAST(value AS BIGINT) FROM settings WHERE name = '${PACED_UNTIL}'), 0)`;

/** So old rows are when they are looked at; those that are older than this when they are written may be too late. Clocks may differ by the rest. */
const MADE_AT_MS = 60_000;
const LATE_MS = 30_000;
/** What is looked at in one go: at a thousand requests a second, some seconds of the server's time. */
const STEP_MS = 600_000;

const PACES = [PACE_HOURS, PACE_DAYS];
/** Whoever writes a late row comes before, and is seen, or after, and sees how far it went. */
const LOCK_MAKER: Statement = { sql: `LOCK TABLE ${PACE_HOURS.table} IN SHARE ROW EXCLUSIVE MODE` };
const LOCK_LATE: Statement = { sql: `LOCK TABLE ${PACE_HOURS.table} IN ROW EXCLUSIVE MODE` };

/** What is to be added of rows that came so late that they may not be looked at any more. Comes behind the rows. @param nowMs Unix milliseconds */
export function latePaces(rows: readonly GenerationRow[], nowMs: number): Statement[] {
  const late = rows.filter((row) => row.createdAt < nowMs - LATE_MS && isMeasured(row));
  const statements = late.flatMap((row) => {
    const sums = new Sums();
    sums.add(row);
    return PACES.flatMap((rollup) => sums.of(rollup).map((values) => lateOne(rollup, values, row.createdAt)));
  });
  return statements.length === 0 ? [] : [LOCK_LATE, ...statements];
}

function lateOne(rollup: Rollup, values: readonly Value[], createdAt: number): Statement {
  const places = values.map((value) => `CAST(? AS ${typeof value === "string" ? "TEXT" : "BIGINT"})`);
  const chosen = `SELECT ${places.join(", ")} WHERE CAST(? AS BIGINT) < ${UNTIL_MS}`;
  return { sql: added(rollup, chosen), values: [...values, createdAt] };
}

function added({ table, column, dimensions }: Rollup, chosen: string): string {
  const key = [column, ...dimensions].join(", ");
  return `INSERT INTO ${table} (${key}, n) ${chosen} ON CONFLICT (${key}) DO UPDATE SET n = ${table}.n + excluded.n`;
}

/** Adds those of the next rows that are old enough. @returns whether there may be others */
export async function nextPaces(database: Database, nowMs: number): Promise<boolean> {
  if (database.engine !== "postgres") return false;
  const end = nowMs - MADE_AT_MS;
  const [known] = await database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", [PACED_UNTIL]);
  if (known === undefined) {
    await database.batch([{ sql: BEGIN, values: [PACED_UNTIL, MORE_SINCE] }]);
    return true;
  }
  const until = Number(known.value);
  const [row] = await database.all<{ at: number }>(
    "SELECT created_at AS at FROM generations WHERE id >= ? ORDER BY id LIMIT 1",
    [generationFloor(until)],
  );
  const to = row === undefined ? end : Math.min(end, Math.max(until, row.at) + STEP_MS);
  if (to <= until) return false;
  await database.batch([
    LOCK_MAKER,
    { sql: MOVE, values: [String(to), PACED_UNTIL, known.value], must: true },
    ...PACES.map((rollup) => made(rollup, until, to)),
  ]);
  return to < end;
}

const BEGIN = `INSERT INTO settings (name, value) VALUES (?, COALESCE((SELECT value FROM settings WHERE name = ?), '0'))
  ON CONFLICT (name) DO NOTHING`;
/** Replicas do it one after the other: who comes second finds it done. */
const MOVE = "UPDATE settings SET value = ? WHERE name = ? AND value = ?";

function made(rollup: Rollup, from: number, to: number): Statement {
  const key = ["at", ...rollup.dimensions].join(", ");
  const { sql, times } = rollup.addends("id >= ? AND id < ?");
  const chosen = `SELECT ${key}, CAST(SUM(n) AS BIGINT) FROM (${sql}) AS rows_of GROUP BY ${key}`;
  const bounds = [generationFloor(from), generationFloor(to)];
  return { sql: added(rollup, chosen), values: Array(times).fill(bounds).flat() as string[] };
}
