import type { Soon, Value } from "./database.ts";
import { MEASURES, type Measure, pacesSql } from "./pace.ts";
import { DAY_PACKS, HOUR_PACKS, type Pack, packedOf } from "./pace-packs.ts";
import type { Reader, ReportQuestion } from "./reports.ts";
import { idsOf, MINUTE_MS } from "./stretch.ts";
import { behindOf, untilOf } from "./totals.ts";

/** What is told of how fast requests were answered. */
export interface PaceQuestion extends Pick<ReportQuestion, "unit" | "from" | "to" | "limit"> {
  readonly only: Readonly<Partial<Record<"model" | "provider", string>>>;
  /** It goes by no time. */
  readonly undated?: boolean;
}

/** One measure of requests of one time, model and provider. */
export interface PaceRow {
  /** Unix minute, hour or day; where it goes by no time, any of them. */
  readonly at: number;
  readonly model: string;
  readonly provider: string;
  readonly measure: Measure;
  /** Each bucket with how many are in it: `120:3,132:1`. */
  readonly counts: string;
}

/**
 * In no order. They are read as they lie in tables, and put together by who tells of them: to have that done by the engine, which sorts
 * them by what is asked for, takes three times as long.
 */
export function pacesIn(reader: Reader, question: PaceQuestion): Soon<PaceRow[]> {
  const { unit, from, to, only, limit } = question;
  const filters = Object.entries(only);
  const chosen = filters.map(([name]) => `${name} = ?`);
  const wanted = filters.map(([, value]) => value);
  if (unit === "minute") {
    const where = chosen.length === 0 ? "" : `WHERE ${chosen.join(" AND ")}`;
    const sql = `SELECT at, model, provider, measure, string_agg(bucket || ':' || n, ',') AS counts
      FROM (${MINUTES}) AS latest ${where} GROUP BY at, model, provider, measure LIMIT ?`;
    const ids = MEASURES.flatMap(() => idsOf(from, to + 1));
    return reader.all<PaceRow>(sql, [...ids, ...wanted, limit]);
  }
  const parts = spansOf(question).map(({ pack, from, to }) => {
    const at = pack.of.column;
    const where = [`${at} <= ?`, ...chosen].join(" AND ");
    const behind = packedOf(pack, `${at} >= ${behindOf(pack)} AND ${where}`);
    const sql = `SELECT ${at} AS at, model, provider, measure, counts FROM ${pack.table}
      WHERE ${at} >= ? AND ${where} AND ${at} < ${untilOf(pack)}
      UNION ALL ${behind}`;
    const values: Value[] = [from, to, ...wanted];
    return { sql, values: [...values, ...values] };
  });
  const sql = `${parts.map((part) => part.sql).join("\nUNION ALL ")} LIMIT ?`;
  return reader.all<PaceRow>(sql, [...parts.flatMap(({ values }) => values), limit]);
}

/** Of what it is told: hours, or days; by no time whole days, and the hours beside them. */
function spansOf({ unit, from, to, undated }: PaceQuestion): { pack: Pack; from: number; to: number }[] {
  if (unit === "day") return [{ pack: DAY_PACKS, from, to }];
  const [begin, end] = [Math.ceil(from / 24), Math.floor((to + 1) / 24)];
  if (undated !== true || begin >= end) return [{ pack: HOUR_PACKS, from, to }];
  return [
    { pack: DAY_PACKS, from: begin, to: end - 1 },
    ...(from < begin * 24 ? [{ pack: HOUR_PACKS, from, to: begin * 24 - 1 }] : []),
    ...(end * 24 <= to ? [{ pack: HOUR_PACKS, from: end * 24, to }] : []),
  ];
}

const SINGLE = pacesSql(`created_at / ${MINUTE_MS}`, "id >= ? AND id < ?");
const MINUTES = `SELECT at, model, provider, measure, bucket, CAST(SUM(n) AS BIGINT) AS n
  FROM (${SINGLE}) AS single GROUP BY at, model, provider, measure, bucket`;
