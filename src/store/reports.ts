import { spanAt } from "../core/period.ts";
import type { AlarmRow } from "./alarms.ts";
import { after, type Database, type Soon, type Value } from "./database.ts";
import { conditionsOf, type PageQuery } from "./generation-pages.ts";
import { fromColumns, type GenerationRow, SELECT } from "./generations.ts";
import { UNTIL } from "./hour-totals.ts";
import { DAYS, HOURS, SUMS } from "./rollups.ts";
import { endOf, type Page, pageOf } from "./stretch.ts";

/** Where reports read: a database, or another thread that has it open. */
export interface Reader extends Pick<Database, "all"> {
  close(): Soon<void>;
}

/** Member of a report → column of the sums. */
const DIMENSIONS = {
  key: "key_id",
  team: "team",
  model: "model",
  provider: "provider",
  byok: "byok",
  zdr: "zdr",
  user: '"user"',
  tags: "tags",
} as const;

export type Dimension = keyof typeof DIMENSIONS;

export interface ReportQuestion {
  readonly unit: "hour" | "day";
  /** Unix hours or days, the last one included. */
  readonly from: number;
  readonly to: number;
  /** By when as well. */
  readonly dated: boolean;
  readonly by: readonly Dimension[];
  /** What a row must be: an empty text stands for what was not told, flags are 0 and 1. */
  readonly only: Readonly<Partial<Record<Dimension, string | number>>>;
  /** Whose tags may be such that any of these is among them, or each; whether it is, their text alone does not say for sure. */
  readonly tagged?: { readonly tags: readonly string[]; readonly every: boolean };
  /** So many groups at the most. */
  readonly limit: number;
}

/** Sums of one group. What was spent on accounts of clients' own is apart: nanodollars, both. */
export interface ReportRow extends Readonly<Partial<Record<Dimension, string | number>>> {
  /** Unix hour or day, where it goes by that. */
  readonly at?: number;
  readonly requests: number;
  readonly errors: number;
  /** Nanodollars, which many together have more of than a double counts. What all of it costs at the market; and what of it the operator pays. */
  readonly cost: number | bigint;
  readonly charged: number | bigint;
  readonly input: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly output: number;
  readonly reasoning: number;
}

/** A budget with what is used of it, in nanodollars. */
export interface LimitRow {
  readonly scope: string;
  /** `*` for each that has none of its own. */
  readonly scopeId: string;
  readonly limit: number;
  /** 1 where nobody is refused by it. */
  readonly soft: number;
  readonly used: number | bigint;
}

const SUMMED = [
  ...SUMS.map((sum) => `CAST(SUM(${sum}) AS BIGINT) AS ${sum}`),
  "CAST(SUM(CASE WHEN byok = 0 THEN cost ELSE 0 END) AS BIGINT) AS charged",
];

/** Whether sums without users and tags will do. */
function isTotaled(dimension: string): boolean {
  return dimension !== "user" && dimension !== "tags";
}

/** What a list in JSON is like that has this text among others. */
function within(tag: string): string {
  return `%${JSON.stringify(tag).replace(/[\\%_]/g, "\\$&")}%`;
}

/** With more names than this all are read. */
const MOST_NAMED = 500;

/** What is told of many requests together, from the sums that the ledger keeps. */
export class ReportStore {
  private readonly reader: Reader;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  /** Groups in no order. */
  sums({ unit, from, to, dated, by, only, tagged, limit }: ReportQuestion): Soon<ReportRow[]> {
    const { table, column } = unit === "hour" ? HOURS : DAYS;
    const isTotal = unit === "hour" && tagged === undefined && [...by, ...Object.keys(only)].every(isTotaled);
    const filters = Object.entries(only) as [Dimension, string | number][];
    const groups = [...(dated ? [column] : []), ...by.map((one) => DIMENSIONS[one])];
    const named = [...(dated ? [`${column} AS at`] : []), ...by.map((one) => `${DIMENSIONS[one]} AS "${one}"`)];
    const where = [`${column} >= ?`, `${column} <= ?`, ...filters.map(([one]) => `${DIMENSIONS[one]} = ?`)];
    const tags = tagged?.tags ?? [];
    if (tags.length > 0)
      where.push(`(${tags.map(() => "tags LIKE ? ESCAPE '\\'").join(tagged?.every ? " AND " : " OR ")})`);
    // Without groups there would be one row of nothing, where there is nothing.
    const grouped = groups.length > 0 ? `GROUP BY ${groups.join(", ")}` : "HAVING COUNT(*) > 0";
    const chosen = `WHERE ${where.join(" AND ")}`;
    const values: Value[] = [from, to, ...filters.map(([, value]) => value), ...tags.map(within)];
    const columns = [...new Set([column, "byok", ...groups, ...SUMS])].join(", ");
    const source = isTotal
      ? `(SELECT ${columns} FROM hour_totals ${chosen} AND hour < ${UNTIL}
        UNION ALL SELECT ${columns} FROM rollups ${chosen} AND hour >= ${UNTIL}) AS hours`
      : `${table} ${chosen}`;
    const sql = `SELECT ${[...named, ...SUMMED].join(", ")} FROM ${source} ${grouped} LIMIT ?`;
    return this.reader.all<ReportRow>(sql, [...values, ...(isTotal ? values : []), limit]);
  }

  /** Nanodollars that the operator has paid in all, or for one key. */
  charged(keyId?: string): Soon<number | bigint> {
    const only = keyId === undefined ? {} : { key: keyId };
    const all = { unit: "day", from: 0, to: Number.MAX_SAFE_INTEGER, dated: false, by: [], only, limit: 1 } as const;
    return after(this.sums(all), ([row]) => row?.charged ?? 0);
  }

  /** The latest first. */
  page(query: PageQuery): Soon<GenerationRow[]> {
    const { where, values } = conditionsOf(query);
    const rows = this.reader.all<Record<string, Value>>(`${SELECT} ${where} ORDER BY id DESC LIMIT ?`, [
      ...values,
      query.limit,
    ]);
    return after(rows, (all) => all.map(fromColumns));
  }

  /**
   * A page, and where it goes on. Where something is asked for that may be nowhere, a page is what one {@link STRETCH} has of it: it may
   * have fewer than its limit, or none, and yet go on.
   */
  search(query: PageQuery): Soon<Page<GenerationRow>> {
    const { limit, only, failed, containing } = query;
    const isNarrow = Object.keys(only).length > 0 || failed !== undefined || containing !== undefined;
    return after(isNarrow ? endOf(this.reader, "generations", query) : undefined, (end) =>
      after(this.page({ ...query, from: end ?? query.from, limit: limit + 1 }), (found) => pageOf(found, limit, end)),
    );
  }

  /** By how much the cost of each of these was corrected, in nanodollars; those that were not are absent. @param rows of one page */
  corrections(rows: readonly Pick<GenerationRow, "id">[]): Soon<ReadonlyMap<string, number>> {
    const [latest, earliest] = [rows[0]?.id, rows.at(-1)?.id];
    if (latest === undefined || earliest === undefined) return new Map();
    const sql = `SELECT generation_id AS id, CAST(SUM(cost) AS BIGINT) AS cost FROM corrections
      WHERE generation_id >= ? AND generation_id <= ? GROUP BY generation_id`;
    const found = this.reader.all<{ id: string; cost: number }>(sql, [earliest, latest]);
    return after(found, (all) => new Map(all.map(({ id, cost }) => [id, cost])));
  }

  /** Whoever made it. */
  find(id: string): Soon<GenerationRow | undefined> {
    const rows = this.reader.all<Record<string, Value>>(`${SELECT} WHERE id = ?`, [id]);
    return after(rows, ([row]) => (row === undefined ? undefined : fromColumns(row)));
  }

  /** What somebody should look into, the latest first. @param before only those with an id before this one */
  alarms(limit: number, before: string | undefined): Soon<AlarmRow[]> {
    const where = before === undefined ? "" : "WHERE id < ?";
    return this.reader.all<AlarmRow>(
      `SELECT id, created_at AS "createdAt", kind, target, detail FROM alarms ${where} ORDER BY id DESC LIMIT ?`,
      before === undefined ? [limit] : [before, limit],
    );
  }

  /** What may be spent in the periods of now, by the budgets of a key or the gateway's alone, and what was. */
  limits(key: { readonly id: string; readonly team?: string | undefined } | undefined, atMs: number): Soon<LimitRow[]> {
    const [daily, weekly, monthly] = (["daily", "weekly", "monthly"] as const).map(
      (period) => spanAt(period, atMs).startedAt,
    );
    const id = key?.id ?? "";
    const team = key?.team ?? "";
    const sql = `SELECT budgets.scope, budgets.scope_id AS "scopeId", limit_nano AS "limit", soft,
      COALESCE(spent, 0) + CASE WHEN includes_byok = 1 THEN COALESCE(byok_spent, 0) ELSE 0 END AS used
      FROM budgets LEFT JOIN accounts ON accounts.scope = budgets.scope AND accounts.period = budgets.period
      AND accounts.scope_id = CASE budgets.scope WHEN 'key' THEN ? WHEN 'team' THEN ? ELSE budgets.scope_id END
      AND started_at = CASE budgets.period WHEN 'daily' THEN ? WHEN 'weekly' THEN ? WHEN 'monthly' THEN ? ELSE 0 END
      WHERE archived = 0 AND (budgets.scope = 'gateway'
      OR budgets.scope = 'key' AND ? <> '' AND budgets.scope_id IN (?, '*')
      OR budgets.scope = 'team' AND ? <> '' AND budgets.scope_id IN (?, '*'))`;
    return this.reader.all<LimitRow>(sql, [id, team, daily!, weekly!, monthly!, id, id, team, team]);
  }

  /** What these keys are called, by their id. */
  keyNames(ids: Iterable<string>): Soon<ReadonlyMap<string, string>> {
    const wanted = [...new Set(ids)];
    const places = wanted.length > MOST_NAMED ? "" : `WHERE id IN (${wanted.map(() => "?").join(", ")})`;
    if (wanted.length === 0) return new Map();
    const rows = this.reader.all<{ id: string; name: string }>(
      `SELECT id, name FROM keys ${places}`,
      places === "" ? [] : wanted,
    );
    return after(rows, (all) => new Map(all.map(({ id, name }) => [id, name])));
  }

  close(): Soon<void> {
    return this.reader.close();
  }
}
