import type { Value } from "./database.ts";
import { COLUMNS, type GenerationRow } from "./generations.ts";

/** Which generations are wanted. What is absent is not asked about. */
export interface PageQuery {
  /** Only those with an id from here on, and before there: ids sort by time. */
  readonly from?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  readonly only: Readonly<Partial<Record<PageFilter, string | number>>>;
  /** Only those that failed, or only others. */
  readonly failed?: boolean | undefined;
  /** With this in one of their names; letters from A to Z in whatever case, all others as they stand: no engine knows more of case by itself. */
  readonly containing?: string | undefined;
}

export type PageFilter = keyof Pick<
  GenerationRow,
  "keyId" | "team" | "model" | "provider" | "user" | "error" | "operation" | "byok"
>;

const SEARCHED = [
  "id",
  "requested",
  "model",
  "user",
  "appTitle",
  "error",
] as const satisfies readonly (keyof GenerationRow)[];

/** The conditions of a page, and their values. */
export function conditionsOf({ from, before, only, failed, containing }: PageQuery): {
  where: string;
  values: Value[];
} {
  const all: string[] = [];
  const values: Value[] = [];
  const must = (condition: string, ...told: Value[]) => {
    all.push(condition);
    values.push(...told);
  };
  if (from !== undefined) must("id >= ?", from);
  if (before !== undefined) must("id < ?", before);
  for (const [member, value] of Object.entries(only) as [PageFilter, string | number][])
    must(`${COLUMNS[member]} = ?`, value);
  if (failed !== undefined) must(failed ? "error IS NOT NULL" : "error IS NULL");
  if (containing !== undefined) {
    const like = `%${containing.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\\%_]/g, "\\$&")}%`;
    const each = SEARCHED.map((member) => `LOWER(${COLUMNS[member]}) LIKE ? ESCAPE '\\'`);
    must(`(${each.join(" OR ")})`, ...SEARCHED.map(() => like));
  }
  return { where: all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`, values };
}
