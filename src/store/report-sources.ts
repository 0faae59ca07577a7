import type { Value } from "./database.ts";
import { UNTIL } from "./hour-totals.ts";
import type { ReportQuestion } from "./reports.ts";
import { APP_DAYS, APP_HOURS, DAYS, ERROR_HOURS, HOURS, OF_ROW, type Rollup, SUMS, SUMS_OF_ROW } from "./rollups.ts";
import { idsOf, MINUTE_MS } from "./stretch.ts";

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
  /** By what it is grouped before it is by what is asked for. */
  readonly first?: readonly string[];
}

/** All that a report is made of: one place, or several that have nothing in common. @param isInOrder as a reader says */
export function sourcesOf(question: ReportQuestion, isInOrder: boolean): Source[] {
  const { unit, from, to, by, only, dated, tagged } = question;
  const goesBy = (one: Dimension) => by.includes(one) || only[one] !== undefined;
  const isOfErrors = goesBy("error");
  if (unit === "minute") {
    const bounds = isOfErrors ? ["error <> ''"] : [];
    return [{ from: single(by, only), at: "minute", bounds, values: idsOf(from, to + 1) }];
  }
  if (isOfErrors) return [span(ERROR_HOURS, unit === "day" ? 24 : 1, from, to)];
  const [hours, days] = goesBy("app") ? [APP_HOURS, APP_DAYS] : [HOURS, DAYS];
  if (unit === "day") return [span(days, 1, from, to)];
  const [begin, end] = [Math.ceil(from / 24), Math.floor((to + 1) / 24)];
  // Days are a twentieth of their hours: of these only what is beside.
  if (!dated && begin < end)
    return [
      span(days, 1, begin, end - 1),
      ...(from < begin * 24 ? [span(hours, 1, from, begin * 24 - 1)] : []),
      ...(end * 24 <= to ? [span(hours, 1, end * 24, to)] : []),
    ];
  const all = span(hours, 1, from, to);
  if (hours !== HOURS || tagged !== undefined || goesBy("user") || goesBy("tags")) return [all];
  const totals = { ...all, from: "hour_totals", bounds: [...all.bounds, `hour < ${UNTIL}`] };
  const groups = [...(dated ? ["hour"] : []), ...by.map((one) => DIMENSIONS[one])];
  const isBegun = groups.every((one, i) => one === BEGIN_OF_TOTALS[i]);
  const saves = isInOrder && !isBegun && groups.every((one) => BEGIN_OF_TOTALS.includes(one));
  return [
    saves ? { ...totals, first: BEGIN_OF_TOTALS } : totals,
    { ...all, bounds: [...all.bounds, `hour >= ${UNTIL}`] },
  ];
}

/** Of the key of `hour_totals`: behind it, each has a row for every key. In its order groups cost no sort. */
const BEGIN_OF_TOTALS = ["hour", "model", "provider"];

/** @param parts of which each has so many of the column's @param from where they begin, and end, the last one included */
function span({ table, column }: Rollup, parts: number, from: number, to: number): Source {
  const at = parts === 1 ? column : `${column} / ${parts}`;
  const bounds = [`${column} >= ?`, `${column} <= ?`];
  return { from: table, at, bounds, values: [from * parts, (to + 1) * parts - 1] };
}

/** Single requests, as sums have them. */
function single(by: ReportQuestion["by"], only: ReportQuestion["only"]): string {
  const all = new Set([...by, ...(Object.keys(only) as Dimension[]), "byok", "error"] as const);
  const names = [...all].map((one) => `${OF_ROW[DIMENSIONS[one]]} AS ${DIMENSIONS[one]}`).join(", ");
  return `(SELECT created_at / ${MINUTE_MS} AS minute, ${names}, ${SUMS_OF_ROW} FROM generations WHERE id >= ? AND id < ?) AS latest`;
}

const SUMMED = [
  ...SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`),
  "CAST(SUM(CASE WHEN byok = 0 THEN cost ELSE 0 END) AS BIGINT) AS charged",
];

const SUMMED_AGAIN = [...SUMS, "charged"].map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`);

/** The query of one source. */
export function summedOf(
  { from, bounds, first }: Source,
  { groups, named, where }: Readonly<Record<"groups" | "named" | "where", readonly string[]>>,
): string {
  // Without groups there would be one row of nothing, where there is nothing.
  const grouped = groups.length > 0 ? `GROUP BY ${groups.join(", ")}` : "HAVING COUNT(*) > 0";
  const all = [...bounds, ...where];
  const chosen = all.length === 0 ? from : `${from} WHERE ${all.join(" AND ")}`;
  if (first === undefined) return `SELECT ${[...named, ...SUMMED].join(", ")} FROM ${chosen} ${grouped}`;
  const parts = `SELECT ${[...first, ...SUMMED].join(", ")} FROM ${chosen} GROUP BY ${first.join(", ")}`;
  return `SELECT ${[...named, ...SUMMED_AGAIN].join(", ")} FROM (${parts}) AS parts ${grouped}`;
}
