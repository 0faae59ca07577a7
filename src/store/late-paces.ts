import { generationFloor } from "../core/id.ts";
import type { Database, Statement } from "./database.ts";
import type { GenerationRow } from "./generations.ts";
import { isMeasured } from "./pace.ts";
import { lateUnpacked } from "./pace-packs.ts";
import { MORE_SINCE, PACE_DAYS, PACE_HOURS, PACED_UNTIL, type Rollup } from "./rollups.ts";
import { untilOf } from "./totals.ts";

/** The first moment of which there are none yet; Unix milliseconds. */
export const UNTIL_MS = untilOf({ setting: PACED_UNTIL });

/** So old rows are when they are looked at; those that are older than this when they are written may be too late. Clocks may differ by the rest. */
const MADE_AT_MS = 60_000;
const LATE_MS = 30_000;
/**
 * What is looked at in one go, while late rows wait to be written, and with them their replies: at a thousand requests a second, two
 * seconds of the server's time. Ten minutes were five, after which a row is put aside (`store/refuge.ts`).
 */
const STEP_MS = 240_000;

/** Rows of one statement: each is told three times, and PostgreSQL takes 65,535 values. */
const LARGEST = 1024;

const PACES = [PACE_HOURS, PACE_DAYS];
/** Whoever writes a late row comes before, and is seen, or after, and sees how far it went. */
const LOCK_MAKER: Statement = { sql: `LOCK TABLE ${PACE_HOURS.table} IN SHARE ROW EXCLUSIVE MODE` };
const LOCK_LATE: Statement = { sql: `LOCK TABLE ${PACE_HOURS.table} IN ROW EXCLUSIVE MODE` };

/**
 * What is to be added of rows that came so late that they may not be looked at any more: from the rows themselves, behind which it comes.
 * @param nowMs Unix milliseconds
 */
export function latePaces(rows: readonly GenerationRow[], nowMs: number): Statement[] {
  const late = rows.filter((row) => row.createdAt < nowMs - LATE_MS && isMeasured(row));
  if (late.length === 0) return [];
  const ids = late.map(({ id }) => id);
  const first = late.reduce((least, { createdAt }) => Math.min(least, createdAt), nowMs);
  const parts = Array.from({ length: Math.ceil(ids.length / LARGEST) }, (_, i) =>
    ids.slice(i * LARGEST, (i + 1) * LARGEST),
  );
  return [LOCK_LATE, ...parts.flatMap(ofRows), ...lateUnpacked(first, nowMs)];
}

/** As many rows as make statements few, so that each is prepared once: one that is told twice is still one. */
function ofRows(ids: readonly string[]): Statement[] {
  const size = 2 ** Math.ceil(Math.log2(ids.length));
  const told = [...ids, ...Array<string>(size - ids.length).fill(ids[0]!)];
  const where = `id IN (${told.map(() => "?").join(", ")}) AND created_at < ${UNTIL_MS}`;
  return PACES.map((rollup) => madeOf(rollup, where, told));
}

/** @param values those that `where` wants */
function madeOf(rollup: Rollup, where: string, values: readonly string[]): Statement {
  const { table, column, dimensions } = rollup;
  const { sql, times } = rollup.addends(where);
  const [key, at] = [column, "at"].map((one) => [one, ...dimensions].join(", "));
  return {
    sql: `INSERT INTO ${table} (${key}, n) SELECT ${at}, CAST(SUM(n) AS BIGINT) FROM (${sql}) AS rows_of GROUP BY ${at}
      ON CONFLICT (${key}) DO UPDATE SET n = ${table}.n + excluded.n`,
    values: Array<readonly string[]>(times).fill(values).flat(),
  };
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
    ...PACES.map((rollup) => madeOf(rollup, "id >= ? AND id < ?", [generationFloor(until), generationFloor(to)])),
  ]);
  return to < end;
}

const BEGIN = `INSERT INTO settings (name, value) VALUES (?, COALESCE((SELECT value FROM settings WHERE name = ?), '0'))
  ON CONFLICT (name) DO NOTHING`;
/** Replicas do it one after the other: who comes second finds it done. */
const MOVE = "UPDATE settings SET value = ? WHERE name = ? AND value = ?";
