import type { Soon, Value } from "./database.ts";
import { type Measure, pacesSql } from "./pace.ts";
import type { Reader, ReportQuestion } from "./reports.ts";
import { PACE_DAYS, PACE_HOURS } from "./rollups.ts";
import { idsOf, MINUTE_MS } from "./stretch.ts";

/** What is told of how fast requests were answered. */
export interface PaceQuestion extends Pick<ReportQuestion, "unit" | "from" | "to" | "limit"> {
  readonly only: Readonly<Partial<Record<"model" | "provider", string>>>;
}

/** One measure of requests of one time, model and provider. */
export interface PaceRow {
  /** Unix minute, hour or day. */
  readonly at: number;
  readonly model: string;
  readonly provider: string;
  readonly measure: Measure;
  /** Each bucket with how many are in it: `120:3,132:1`. */
  readonly counts: string;
}

/**
 * In no order. They are read as they lie in the table, and put together by who tells of them: to have that done by the engine, which sorts
 * them by what is asked for, takes three times as long.
 */
export function pacesIn(reader: Reader, { unit, from, to, only, limit }: PaceQuestion): Soon<PaceRow[]> {
  const { table, column } = unit === "day" ? PACE_DAYS : PACE_HOURS;
  const filters = Object.entries(only);
  const isMinutes = unit === "minute";
  const source = isMinutes ? `(${MINUTES}) AS latest` : table;
  const at = isMinutes ? "at" : column;
  const bounds: Value[] = isMinutes
    ? Array(3)
        .fill(idsOf(from, to + 1))
        .flat()
    : [from, to];
  const where = [...(isMinutes ? [] : [`${at} >= ?`, `${at} <= ?`]), ...filters.map(([name]) => `${name} = ?`)];
  const chosen = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
  const sql = `SELECT ${at} AS at, model, provider, measure, string_agg(bucket || ':' || n, ',') AS counts
    FROM ${source} ${chosen} GROUP BY ${at}, model, provider, measure LIMIT ?`;
  return reader.all<PaceRow>(sql, [...bounds, ...filters.map(([, value]) => value), limit]);
}

const SINGLE = pacesSql(`created_at / ${MINUTE_MS}`, "id >= ? AND id < ?");
const MINUTES = `SELECT at, model, provider, measure, bucket, CAST(SUM(n) AS BIGINT) AS n
  FROM (${SINGLE}) AS single GROUP BY at, model, provider, measure, bucket`;
