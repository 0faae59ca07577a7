import type { Value } from "./database.ts";
import { COLUMNS, type GenerationRow } from "./generations.ts";

/** Which generations are wanted. What is absent is not asked about. */
export interface PageQuery {
  /** Only those with an id from here on, and before there: ids sort by time. */
  readonly from?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  /** What a row must be, or one of several; an empty text stands for what was not told, as in reports. */
  readonly only: Readonly<Partial<Record<PageFilter, Wanted | readonly Wanted[]>>>;
  /** Any of these among its tags; an empty text stands for those without one. */
  readonly tagged?: readonly string[] | undefined;
  /** Nanodollars, and milliseconds, that it has at least. */
  readonly minCost?: number | undefined;
  readonly minDurationMs?: number | undefined;
  /** Only those that failed, or only others. */
  readonly failed?: boolean | undefined;
  /** With this in one of their names; letters from A to Z in whatever case, all others as they stand: no engine knows more of case by itself. */
  readonly containing?: string | undefined;
}

type Wanted = string | number;

/** What is told of an app is its name, or its address where it tells none. */
export type PageFilter =
  | keyof Pick<
      GenerationRow,
      | "keyId"
      | "team"
      | "model"
      | "requested"
      | "provider"
      | "user"
      | "entity"
      | "error"
      | "operation"
      | "finish"
      | "byok"
      | "streamed"
    >
  | "app";

/** Whether something is asked for that few may have, or none. */
export function isNarrow({ only, tagged, minCost, minDurationMs, failed, containing }: PageQuery): boolean {
  const others = [tagged, minCost, minDurationMs, failed, containing];
  return Object.keys(only).length > 0 || others.some((one) => one !== undefined);
}

const SEARCHED = [
  "id",
  "requested",
  "model",
  "user",
  "appTitle",
  "error",
] as const satisfies readonly (keyof GenerationRow)[];

/** The conditions of a page, and their values. */
export function conditionsOf(query: PageQuery): { where: string; values: Value[] } {
  const { from, before, only, tagged, minCost, minDurationMs, failed, containing } = query;
  const all: string[] = [];
  const values: Value[] = [];
  const must = (condition: string, ...told: Value[]) => {
    all.push(condition);
    values.push(...told);
  };
  if (from !== undefined) must("id >= ?", from);
  if (before !== undefined) must("id < ?", before);
  for (const [member, value] of Object.entries(only) as [PageFilter, Wanted | readonly Wanted[]][]) {
    const any = typeof value === "object" ? value : [value];
    const column = member === "app" ? "COALESCE(app_title, app_url)" : COLUMNS[member];
    const isOne = any.length === 1 ? `${column} = ?` : `${column} IN (${any.map(() => "?").join(", ")})`;
    must(any.includes("") ? `(${isOne} OR ${column} IS NULL)` : isOne, ...any);
  }
  // A list in JSON is another without a text that stands in it: so all engines tell small letters from large ones. What stands between two texts
  // is taken for a tag that is a comma alone.
  if (tagged !== undefined) {
    const named = tagged.filter((tag) => tag !== "");
    const each = [
      ...named.map(() => "REPLACE(tags, ?, '') <> tags"),
      ...(named.length < tagged.length ? ["tags IS NULL OR tags = '[]'"] : []),
    ];
    must(`(${each.join(" OR ")})`, ...named.map((tag) => JSON.stringify(tag)));
  }
  if (minCost !== undefined) must("cost >= ?", minCost);
  if (minDurationMs !== undefined) must("duration_ms >= ?", minDurationMs);
  if (failed !== undefined) must(failed ? "error IS NOT NULL" : "error IS NULL");
  if (containing !== undefined) {
    const like = `%${containing.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\\%_]/g, "\\$&")}%`;
    const each = SEARCHED.map((member) => `LOWER(${COLUMNS[member]}) LIKE ? ESCAPE '\\'`);
    must(`(${each.join(" OR ")})`, ...SEARCHED.map(() => like));
  }
  return { where: all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`, values };
}
