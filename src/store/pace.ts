import { bucketOf, LEAST, SPEED_PARTS } from "../core/spread.ts";
import type { GenerationRow } from "./generations.ts";

/**
 * What is measured of requests that worked: milliseconds until the first content, and until the end; and output tokens behind the first content, in ten
 * seconds. The first and the last of streams.
 */
export const MEASURES = ["first", "whole", "speed"] as const;
export type Measure = (typeof MEASURES)[number];

/** With fewer tokens there is nothing to be told of how fast they came (`routing/vitals.ts` goes by as many). */
const FEWEST_TOKENS = 16;
/** Nobody writes more; ten thousand times that is still a whole number. */
const MOST_TOKENS = 1_000_000_000;

/** How requests of one stretch of time, model and provider were spread. */
export class Pace {
  /** Measure and bucket as one number → how many. */
  private readonly counts = new Map<number, number>();

  add({ firstContentMs, durationMs, output, streamed }: GenerationRow): void {
    this.count(1, durationMs);
    if (!streamed || firstContentMs === null) return;
    this.count(0, firstContentMs);
    const ms = durationMs - firstContentMs;
    if (output !== null && output >= FEWEST_TOKENS && ms > 0)
      this.count(2, Math.floor((Math.min(output, MOST_TOKENS) * 1000 * SPEED_PARTS) / ms));
  }

  /** Of each measure and bucket how many. */
  *all(): Generator<[measure: Measure, bucket: number, n: number]> {
    for (const [at, n] of this.counts) yield [MEASURES[at % 4]!, Math.floor(at / 4), n];
  }

  private count(measure: number, value: number): void {
    const at = bucketOf(value) * 4 + measure;
    this.counts.set(at, (this.counts.get(at) ?? 0) + 1);
  }
}

/** Whether a row is measured at all. */
export function isMeasured({ error, model, provider }: GenerationRow): boolean {
  return error === null && model !== null && provider !== null;
}

/** {@link bucketOf} in SQL. @param value a column with a whole number */
export function bucketSql(value: string, low = 0, high = LEAST.length - 1): string {
  if (low === high) return String(LEAST[low]);
  const middle = (low + high + 1) >> 1;
  return `CASE WHEN ${value} < ${LEAST[middle]} THEN ${bucketSql(value, low, middle - 1)} ELSE ${bucketSql(value, middle, high)} END`;
}

const BUCKET = bucketSql("value");
const STREAMED = "streamed = 1 AND first_content_ms IS NOT NULL";
const SPOKEN_MS = "duration_ms - first_content_ms";
const TOKENS = `CASE WHEN output > ${MOST_TOKENS} THEN ${MOST_TOKENS} ELSE output END`;
const SPEED = `(${TOKENS}) * ${1000 * SPEED_PARTS} / (${SPOKEN_MS})`;

/** Rows that are measured, each with every measure that it has, by the name of that. @param names columns, as they are told @param where which rows */
export function measuredSql(names: readonly string[], where: string): string {
  const first = `CASE WHEN ${STREAMED} THEN first_content_ms END AS "first"`;
  const speed = `CASE WHEN ${STREAMED} AND output >= ${FEWEST_TOKENS} AND ${SPOKEN_MS} > 0 THEN ${SPEED} END AS "speed"`;
  const told = [...names, first, 'duration_ms AS "whole"', speed].join(", ");
  return `SELECT ${told} FROM generations
    WHERE ${where} AND error IS NULL AND model IS NOT NULL AND provider IS NOT NULL`;
}

/**
 * The same of rows that are in a table, as one query.
 * @param at what tells when @param where which rows: it stands there once for each of {@link MEASURES}
 */
export function pacesSql(at: string, where: string): string {
  const of = `${at} AS at, model, provider`;
  const rows = `FROM generations WHERE ${where} AND error IS NULL AND model IS NOT NULL AND provider IS NOT NULL`;
  return `SELECT at, model, provider, measure, ${BUCKET} AS bucket, 1 AS n FROM (
    SELECT ${of}, 'first' AS measure, first_content_ms AS value ${rows} AND ${STREAMED} UNION ALL
    SELECT ${of}, 'whole' AS measure, duration_ms AS value ${rows} UNION ALL
    SELECT ${of}, 'speed' AS measure, ${SPEED} AS value ${rows} AND ${STREAMED}
      AND output >= ${FEWEST_TOKENS} AND ${SPOKEN_MS} > 0) AS measured`;
}
