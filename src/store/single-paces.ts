import type { Soon, Value } from "./database.ts";
import { bucketSql, MEASURES, measuredSql } from "./pace.ts";
import { DIMENSIONS } from "./report-sources.ts";
import type { Reader, ReportQuestion } from "./reports.ts";
import { idsOf, MINUTE_MS } from "./stretch.ts";

/** Of whom no counts are kept, since there may be very many: single requests tell how fast these were answered. */
export type SingleDimension = "key" | "user" | "tags" | "app";

export interface SinglePaceQuestion extends Pick<ReportQuestion, "unit" | "from" | "to" | "dated" | "limit"> {
  readonly by: readonly (SingleDimension | "model" | "provider")[];
  /** Any of these; an empty text stands for what was not told. */
  readonly only: Readonly<Partial<Record<Exclude<SingleDimension, "tags"> | "model" | "provider", readonly string[]>>>;
  /** Whose tags may be such that any of these is among them. */
  readonly tagged?: readonly string[] | undefined;
  /** None before this Unix minute. */
  readonly since?: number | undefined;
}

/** One measure of requests that are alike in what they are asked by. */
export interface SinglePaceRow extends Readonly<Partial<Record<SingleDimension | "model" | "provider", string>>> {
  /** Unix minute, hour or day; 0 where it goes by no time. */
  readonly at: number;
  readonly measure: (typeof MEASURES)[number];
  /** Each bucket with how many are in it: `120:3,132:1`. */
  readonly counts: string;
}

const UNIT_MINUTES = { minute: 1, hour: 60, day: 1440 } as const;

/** In no order. Rows are read once, for all measures: what else stands in them is most of the work. */
export function singlePacesIn(reader: Reader, question: SinglePaceQuestion): Soon<SinglePaceRow[]> {
  const { unit, from, to, dated, by, only, tagged, since = 0, limit } = question;
  const minutes = UNIT_MINUTES[unit];
  const where: string[] = [];
  const values: Value[] = idsOf(Math.max(from * minutes, since), (to + 1) * minutes);
  for (const [name, wanted] of Object.entries(only) as [keyof typeof only, readonly string[]][]) {
    where.push(`${OF_ROW[name]} IN (${wanted.map(() => "?").join(", ")})`);
    values.push(...wanted);
  }
  if (tagged !== undefined) {
    where.push(`(${tagged.map(() => "REPLACE(tags, ?, '') <> tags").join(" OR ")})`);
    values.push(...tagged.map((tag) => JSON.stringify(tag)));
  }
  const names = by.map((one) => `${OF_ROW[one]} AS ${DIMENSIONS[one]}`);
  const groups = ["at", ...by.map((one) => DIMENSIONS[one])].join(", ");
  const told = ["at", ...by.map((one) => `${DIMENSIONS[one]} AS "${one}"`)].join(", ");
  const at = dated ? `created_at / ${minutes * MINUTE_MS}` : "0";
  const latest = measuredSql([`${at} AS at`, ...names], ["id >= ? AND id < ?", ...where].join(" AND "));
  const parts = MEASURES.map((measure) => {
    const [named, bucket] = [`'${measure}' AS measure`, bucketSql(`"${measure}"`)];
    return `SELECT ${told}, ${named}, string_agg(bucket || ':' || n, ',') AS counts
      FROM (SELECT ${groups}, bucket, COUNT(*) AS n
        FROM (SELECT ${groups}, ${bucket} AS bucket FROM latest WHERE "${measure}" IS NOT NULL) AS measured
        GROUP BY ${groups}, bucket) AS counted GROUP BY ${groups}`;
  });
  const all = parts.join("\nUNION ALL ");
  const sql = `WITH latest AS MATERIALIZED (${latest}) ${all} LIMIT ?`;
  return reader.all<SinglePaceRow>(sql, [...values, limit]);
}

/** What stands in a row, in SQL. */
const OF_ROW = {
  key: "key_id",
  user: `COALESCE("user", '')`,
  tags: "COALESCE(tags, '')",
  app: "COALESCE(app_title, app_url, '')",
  model: "model",
  provider: "provider",
} as const;
