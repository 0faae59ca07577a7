import type { Database, Statement } from "./database.ts";
import { PACE_DAYS, PACE_HOURS, PACED_UNTIL, type Rollup } from "./rollups.ts";
import { LATE_MS, moved, movedBack, overAt, reached, untilOf } from "./totals.ts";

/**
 * How fast answers were of hours and days that are over, each measure as one text, where `latency_hours` and `latency_days` have some fifty rows: nine
 * tenths of what a report took was to put them together. They are made from those as totals are; what comes later still has them made anew.
 */
export interface Pack {
  readonly table: "latency_hour_packs" | "latency_day_packs";
  readonly of: Rollup;
  readonly setting: string;
}

export const HOUR_PACKS: Pack = { table: "latency_hour_packs", of: PACE_HOURS, setting: "ledger_hour_packs_until" };
export const DAY_PACKS: Pack = { table: "latency_day_packs", of: PACE_DAYS, setting: "ledger_day_packs_until" };
export const PACKS = [HOUR_PACKS, DAY_PACKS];

/** Each measure as one text, of rows of `of` that are chosen: each bucket with how many are in it, `120:3,132:1`. */
export function packedOf({ of }: Pack, where: string): string {
  const key = `${of.column}, model, provider, measure`;
  return `SELECT ${key}, string_agg(bucket || ':' || n, ',') AS counts FROM ${of.table} WHERE ${where} GROUP BY ${key}`;
}

/** Whoever adds to what was made comes before, and is in it, or after, and finds it made. */
const LOCK: Statement = { sql: `LOCK TABLE ${PACE_HOURS.table} IN SHARE ROW EXCLUSIVE MODE` };

function forgotten({ table, of }: Pack, from: number): Statement {
  return { sql: `DELETE FROM ${table} WHERE ${of.column} >= ?`, values: [from] };
}

/** Has those made anew of a moment and what comes behind. The setting goes first: others that do the same wait there. @param fromMs Unix milliseconds */
export function unpacked(fromMs: number): Statement[] {
  return PACKS.flatMap((pack) => {
    const from = Math.floor(fromMs / pack.of.ms);
    return [movedBack(pack.setting, from), forgotten(pack, from)];
  });
}

/** What is to be done where rows come so late that those of their hours may be made. @param firstMs when the first of them began @param nowMs Unix milliseconds, both */
export function lateUnpacked(firstMs: number, nowMs: number): Statement[] {
  return firstMs < nowMs - LATE_MS ? unpacked(firstMs) : [];
}

/** Makes those of the next hour, and day, that is over. @returns whether there may be another */
export async function nextPacks(database: Database, nowMs: number): Promise<boolean> {
  const isShared = database.engine === "postgres";
  const known = untilOf({ setting: PACED_UNTIL });
  const [paced] = isShared ? await database.all<{ until: number }>(`SELECT ${known} AS until`) : [];
  for (const pack of PACKS) {
    const { of, setting } = pack;
    const { until, first } = await reached(database, pack);
    const over = overAt(nowMs, of.ms);
    const change = (statements: Statement[]) => database.batch(isShared ? [LOCK, ...statements] : statements);
    if (until > over.atLeast) {
      await change([movedBack(setting, over.end), forgotten(pack, over.end)]);
      return true;
    }
    // What is not looked at yet adds to them as if it were in time.
    const end = paced === undefined ? over.end : Math.min(over.end, Math.floor(paced.until / of.ms));
    const at = Math.min(first ?? end, end - 1);
    if (at < until) continue;
    const key = `${of.column}, model, provider, measure, counts`;
    const packed = packedOf(pack, `${of.column} >= ? AND ${of.column} <= ?`);
    await change([
      ...moved(setting, until, at + 1),
      forgotten(pack, until),
      { sql: `INSERT INTO ${pack.table} (${key}) ${packed}`, values: [until, at] },
    ]);
    return true;
  }
  return false;
}

/** One measure of an hour or a day that does not say what it is made of. */
export type UnlikePack = Readonly<Record<"model" | "provider" | "measure", string>> & {
  readonly at: number;
  readonly table: Pack["table"];
};

/**
 * What does not say what stands in the table that it is made of, of some hours or days, all looked at in one moment.
 * @param from Unix hour or day, as `end`, which is none of them
 */
export async function unlikePacks(database: Database, pack: Pack, from: number, end: number): Promise<UnlikePack[]> {
  const { table, of } = pack;
  const bounds = `${of.column} >= ? AND ${of.column} < ?`;
  const made = packedOf(pack, `${bounds} AND ${of.column} < ${untilOf(pack)}`);
  const sql = `SELECT ${of.column} AS at, model, provider, measure, counts, 1 AS sign FROM ${table} WHERE ${bounds}
    UNION ALL SELECT ${of.column} AS at, model, provider, measure, counts, -1 AS sign FROM (${made}) AS made`;
  const rows = await database.all<UnlikePack & { counts: string; sign: number }>(sql, [from, end, from, end]);
  const groups = new Map<string, { one: UnlikePack; counts: Map<string, number> }>();
  for (const { at, model, provider, measure, counts, sign } of rows) {
    const name = JSON.stringify([at, model, provider, measure]);
    const group = groups.get(name) ?? { one: { table, at, model, provider, measure }, counts: new Map() };
    groups.set(name, group);
    for (const part of counts.split(",")) {
      const [bucket, n] = part.split(":") as [string, string];
      group.counts.set(bucket, (group.counts.get(bucket) ?? 0) + sign * Number(n));
    }
  }
  const unlike = [...groups.values()].filter(({ counts }) => [...counts.values()].some((n) => n !== 0));
  return unlike.map(({ one }) => one);
}
