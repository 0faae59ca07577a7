import type { Statement } from "./database.ts";
import type { GenerationRow } from "./generations.ts";
import { MEASURES, pacesSql } from "./pace.ts";

export const HOUR_MS = 3_600_000;

/** By what rows are summed up, beside the time; empty for what a row does not say. */
export const DIMENSIONS = ["key_id", "team", "model", "provider", "byok", "zdr", '"user"', "tags"] as const;
export const SUMS = [
  "requests",
  "errors",
  "cost",
  "input",
  "cache_read",
  "cache_write",
  "output",
  "reasoning",
] as const;

/** And by what only some sums go. */
const ALL_DIMENSIONS = [...DIMENSIONS, "app", "error"] as const;
type Dimension = (typeof ALL_DIMENSIONS)[number];

/** Sums by a stretch of time: the table that they stand in, its column for when, and how long it is in milliseconds. */
export interface Rollup {
  readonly table:
    | "rollups"
    | "rollup_days"
    | "app_hours"
    | "app_days"
    | "error_hours"
    | "latency_hours"
    | "latency_days";
  readonly column: "hour" | "day";
  readonly ms: number;
  /** What each of its rows is for, beside the time; and what it has of that. */
  readonly dimensions: readonly string[];
  readonly sums: readonly string[];
  /** Of requests that failed, and of no others. */
  readonly ofErrors: boolean;
  /** The setting with the last number of which every row is in them, where rows bear such (`tally.ts`). */
  readonly summed: typeof SUMMED_TALLY | typeof SUMMED_PACES;
  /** Settings with a moment before which there may be none of them though there are rows. */
  readonly since: readonly string[];
  /** Adds to them what {@link Sums} has of so many. */
  add(rows?: number): string;
  /** What rows add to them, as a query, and how often that wants what `where` wants. @param where of `generations` */
  addends(where: string): { readonly sql: string; readonly times: number };
}

type Place = Pick<Rollup, "table" | "column" | "ms">;

function adding({ table, column }: Place, dimensions: readonly string[], sums: readonly string[]): Rollup["add"] {
  const key = [column, ...dimensions];
  const columns = [...key, ...sums];
  const places = `(${columns.map(() => "?").join(", ")})`;
  const begin = `INSERT INTO ${table} (${columns.join(", ")}) VALUES `;
  const end = ` ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${sums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(", ")}`;
  const made = new Map<number, string>();
  return (rows = 1) => {
    const known = made.get(rows) ?? `${begin}${Array(rows).fill(places).join(", ")}${end}`;
    made.set(rows, known);
    return known;
  };
}

/** What stands in a row, in SQL. */
export const OF_ROW: Readonly<Record<Dimension, string>> = {
  key_id: "key_id",
  team: "COALESCE(team, '')",
  model: "COALESCE(model, '')",
  provider: "COALESCE(provider, '')",
  byok: "byok",
  zdr: "zdr",
  '"user"': `COALESCE("user", '')`,
  tags: "COALESCE(tags, '')",
  app: "COALESCE(app_title, app_url, '')",
  error: "COALESCE(error, '')",
};
const SUMS_OF_ROW = `1 AS requests, CASE WHEN error IS NULL THEN 0 ELSE 1 END AS errors, COALESCE(cost, 0) - COALESCE(apart, 0) AS cost,
  COALESCE(input, 0) AS input, COALESCE(cache_read, 0) AS cache_read, COALESCE(cache_write, 0) AS cache_write, COALESCE(output, 0) AS output,
  COALESCE(reasoning, 0) AS reasoning`;
const onlyCost = (cost: string) => SUMS.map((sum) => `${sum === "cost" ? cost : 0} AS ${sum}`).join(", ");
const SUMS_OF_CORRECTION = onlyCost("corrections.cost");
/** What attempts in vain cost on the other kind of account. */
const SUMS_APART = onlyCost("apart");

/** What rows add to sums, as a query: with what was spent on the other kind of account, which is no request of its own. @param at of a row, with its name */
export function ofRows(at: string, dimensions: readonly Dimension[], where: string): string {
  const all = (other: boolean) =>
    dimensions.map((one) => `${other && one === "byok" ? "1 - byok" : OF_ROW[one]} AS ${one}`).join(", ");
  return `SELECT ${at}, ${all(false)}, ${SUMS_OF_ROW} FROM generations WHERE ${where}
    UNION ALL SELECT ${at}, ${all(true)}, ${SUMS_APART} FROM generations WHERE ${where} AND apart IS NOT NULL`;
}

function rollup(place: Place, dimensions: readonly Dimension[], more: Partial<Rollup> = {}): Rollup {
  const { ofErrors = false } = more;
  const names = dimensions.map((one) => `${OF_ROW[one]} AS ${one}`).join(", ");
  const at = `generations.created_at / ${place.ms} AS at`;
  const only = ofErrors ? " AND error IS NOT NULL" : "";
  return {
    ...place,
    dimensions,
    sums: SUMS,
    ofErrors,
    summed: SUMMED_TALLY,
    since: [],
    ...more,
    add: adding(place, dimensions, SUMS),
    addends: (where) => ({
      sql: `${ofRows(at, dimensions, where + only)}
        UNION ALL SELECT ${at}, ${names}, ${SUMS_OF_CORRECTION}
        FROM corrections JOIN generations ON generations.id = corrections.generation_id WHERE ${where}${only}`,
      times: 3,
    }),
  };
}

export const SUMMED_TALLY = "ledger_summed_tally";
export const SUMMED_PACES = "ledger_summed_paces";

/**
 * Where several processes write, how fast answers were is made of rows that are a minute old, by whoever keeps house, and not by who writes them: all
 * of them would add to the same buckets, with each commit. Rows that come later than that add themselves (`late-paces.ts`).
 */
export const PACED_UNTIL = "ledger_paced_until";

const DAY_MS = 24 * HOUR_MS;
/** When sums began that were not always kept; of those of the past nobody knows until all is added up anew. Unix milliseconds, both. */
export const MORE_SINCE = "ledger_more_sums_since";
/** From when on there are paces by the hour. */
export const PACES_PRUNED_UNTIL = "ledger_paces_pruned_until";

/** By hour, and by day: reports over months are made from days, a twentieth of the rows (`docs/decisions/reports-from-sums.md`). */
export const HOURS = rollup({ table: "rollups", column: "hour", ms: HOUR_MS }, DIMENSIONS);
export const DAYS = rollup({ table: "rollup_days", column: "day", ms: DAY_MS }, DIMENSIONS);

/** By the app that asked, as a list tells it. An app has a key or two: with users and tags there would be as many as of those. */
const OF_APPS = ["app", "model", "provider", "key_id", "team", "byok", "zdr"] as const;
export const APP_HOURS = rollup({ table: "app_hours", column: "hour", ms: HOUR_MS }, OF_APPS, { since: [MORE_SINCE] });
export const APP_DAYS = rollup({ table: "app_days", column: "day", ms: DAY_MS }, OF_APPS, { since: [MORE_SINCE] });

/** Of requests that failed, by everything: they are few. */
const OF_ERRORS = ["error", "model", "provider", "key_id", "team", "byok", "zdr", "app", '"user"', "tags"] as const;
export const ERROR_HOURS = rollup({ table: "error_hours", column: "hour", ms: HOUR_MS }, OF_ERRORS, {
  ofErrors: true,
  since: [MORE_SINCE],
});

/** How fast requests were answered that worked (`pace.ts`). */
export const OF_PACES = ["model", "provider", "measure", "bucket"];
function paces(place: Place, since: readonly string[]): Rollup {
  const sums = ["n"];
  return {
    ...place,
    dimensions: OF_PACES,
    sums,
    ofErrors: false,
    summed: SUMMED_PACES,
    since,
    add: adding(place, OF_PACES, sums),
    addends: (where) => ({ sql: pacesSql(`created_at / ${place.ms}`, where), times: MEASURES.length }),
  };
}
export const PACE_HOURS = paces({ table: "latency_hours", column: "hour", ms: HOUR_MS }, [
  MORE_SINCE,
  PACES_PRUNED_UNTIL,
]);
export const PACE_DAYS = paces({ table: "latency_days", column: "day", ms: DAY_MS }, [MORE_SINCE]);

/** In the order in which whoever writes holds them: those that many have in common come last. */
export const ROLLUPS: readonly Rollup[] = [HOURS, DAYS, APP_HOURS, APP_DAYS, ERROR_HOURS, PACE_HOURS, PACE_DAYS];

export type Values = (string | number)[];

/** What of a row its sums go by. */
export type Dimensioned = Pick<
  GenerationRow,
  | "createdAt"
  | "keyId"
  | "team"
  | "model"
  | "provider"
  | "byok"
  | "zdr"
  | "user"
  | "tags"
  | "appTitle"
  | "appUrl"
  | "error"
>;

/** In the order of {@link ALL_DIMENSIONS}, those of {@link DIMENSIONS} first. */
export function dimensionsOf(row: Dimensioned): Values {
  const { keyId, team, model, provider, byok, zdr, user, tags, appTitle, appUrl, error } = row;
  const names = [keyId, team ?? "", model ?? "", provider ?? "", Number(byok), Number(zdr), user ?? "", tags ?? ""];
  return [...names, appTitle ?? appUrl ?? "", error ?? ""];
}

/** Those of some sums, of all that {@link dimensionsOf} has. */
export function chosen({ dimensions }: Pick<Rollup, "dimensions">, all: Values): Values {
  return dimensions.map((one) => all[ALL_DIMENSIONS.indexOf(one as Dimension)]!);
}

/** Adds to the sums of a row what was found to be wrong with its cost. @param nanodollars may be negative */
export function correctedSums(row: Dimensioned, nanodollars: number): Statement[] {
  const sums = SUMS.map((sum) => (sum === "cost" ? nanodollars : 0));
  const priced = ROLLUPS.filter((one) => one.sums === SUMS && (!one.ofErrors || row.error !== null));
  return priced.map((one) => ({
    sql: one.add(),
    values: [Math.floor(row.createdAt / one.ms), ...chosen(one, dimensionsOf(row)), ...sums],
  }));
}
