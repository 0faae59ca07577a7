import type { Value } from "./database.ts";
import type { ReportQuestion } from "./reports.ts";
import { APP_DAYS, APP_HOURS, DAYS, ERROR_HOURS, HOURS, ofRows, type Rollup, SUMS } from "./rollups.ts";
import { idsOf, MINUTE_MS } from "./stretch.ts";
import { behindOf, TOTALS, untilOf } from "./totals.ts";

/** Member of a report → column of the sums. */
export const DIMENSIONS = {
  key: "key_id",
  team: "team",
  model: "model",
  provider: "provider",
  byok: "byok",
  zdr: "zdr",
  user: '"user"',
  tags: "tags",
  app: "app",
  error: "error",
} as const;

export type Dimension = keyof typeof DIMENSIONS;

/** Where a report reads, and how it tells when there. */
export interface Source {
  readonly from: string;
  readonly at: string;
  readonly bounds: readonly string[];
  /** Those that `from` and `bounds` want. */
  readonly values: readonly Value[];
}

/** All that a report is made of: one place, or several that have nothing in common. */
export function sourcesOf(question: ReportQuestion): Source[] {
  const { unit, from, to, by, only, dated, tagged } = question;
  const goesBy = (one: Dimension) => by.includes(one) || only[one] !== undefined;
  const isOfErrors = goesBy("error");
  if (unit === "minute") {
    const bounds = isOfErrors ? ["error <> ''"] : [];
    const ids = idsOf(from, to + 1);
    return [{ from: single(by, only), at: "minute", bounds, values: [...ids, ...ids] }];
  }
  if (isOfErrors) return [span(ERROR_HOURS, unit === "day" ? 24 : 1, from, to)];
  const isOfApps = goesBy("app");
  const wanted = [...by, ...(Object.keys(only) as Dimension[]), ...(tagged === undefined ? [] : ["tags" as const])];
  const columns = wanted.map((one) => DIMENSIONS[one]);
  const hours = (first: number, last: number) => shortest(isOfApps ? APP_HOURS : HOURS, columns, first, last);
  const days = (first: number, last: number) => shortest(isOfApps ? APP_DAYS : DAYS, columns, first, last);
  if (unit === "day") return days(from, to);
  const [begin, end] = [Math.ceil(from / 24), Math.floor((to + 1) / 24)];
  if (dated || begin >= end) return hours(from, to);
  // Days are a twentieth of their hours: of these only what is beside.
  return [
    ...days(begin, end - 1),
    ...(from < begin * 24 ? hours(from, begin * 24 - 1) : []),
    ...(end * 24 <= to ? hours(end * 24, to) : []),
  ];
}

/** Totals where there are some that have all of these columns, and what they are made of behind them. */
function shortest(rollup: Rollup, columns: readonly string[], from: number, to: number): Source[] {
  const all = span(rollup, 1, from, to);
  const totals = TOTALS.find(({ of, dimensions }) => of === rollup && columns.every((one) => isAmong(dimensions, one)));
  if (totals === undefined) return [all];
  return [
    { ...all, from: totals.table, bounds: [...all.bounds, `${rollup.column} < ${untilOf(totals)}`] },
    { ...all, bounds: [`${rollup.column} >= ${behindOf(totals)}`, `${rollup.column} <= ?`] },
  ];
}

function isAmong(all: readonly string[], one: string): boolean {
  return all.includes(one);
}

/** @param parts of which each has so many of the column's @param from where they begin, and end, the last one included */
function span({ table, column }: Rollup, parts: number, from: number, to: number): Source {
  const at = parts === 1 ? column : `${column} / ${parts}`;
  const bounds = [`${column} >= ?`, `${column} <= ?`];
  return { from: table, at, bounds, values: [from * parts, (to + 1) * parts - 1] };
}

/** Single requests, as sums have them. */
function single(by: ReportQuestion["by"], only: ReportQuestion["only"]): string {
  const all = new Set([...by, ...(Object.keys(only) as Dimension[]), "byok", "error"] as const);
  const names = [...all].map((one) => DIMENSIONS[one]);
  return `(${ofRows(`created_at / ${MINUTE_MS} AS minute`, names, "id >= ? AND id < ?")}) AS latest`;
}

const SUMMED = [
  ...SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`),
  "CAST(SUM(CASE WHEN byok = 0 THEN cost ELSE 0 END) AS BIGINT) AS charged",
];

/** The query of one source. */
export function summedOf(
  { from, bounds }: Source,
  { groups, named, where }: Readonly<Record<"groups" | "named" | "where", readonly string[]>>,
): string {
  // Without groups there would be one row of nothing, where there is nothing.
  const grouped = groups.length > 0 ? `GROUP BY ${groups.join(", ")}` : "HAVING COUNT(*) > 0";
  const all = [...bounds, ...where];
  const chosen = all.length === 0 ? from : `${from} WHERE ${all.join(" AND ")}`;
  return `SELECT ${[...named, ...SUMMED].join(", ")} FROM ${chosen} ${grouped}`;
}
