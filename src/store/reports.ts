import { spanAt } from "../core/period.ts";
import type { AlarmRow } from "./alarms.ts";
import { after, type Database, type Soon, type Value } from "./database.ts";
import { conditionsOf, isNarrow, type PageQuery } from "./generation-pages.ts";
import { fromColumns, type GenerationRow, SELECT } from "./generations.ts";
import { lastHoursIn } from "./last-hours.ts";
import { type PaceQuestion, type PaceRow, pacesIn } from "./pace-report.ts";
import { DIMENSIONS, type Dimension, sourcesOf, summedOf } from "./report-sources.ts";
import { type SinglePaceQuestion, type SinglePaceRow, singlePacesIn } from "./single-paces.ts";
import { endOf, idsOf, MINUTE_MS, type Page, pageOf } from "./stretch.ts";

/** Where reports read: a database, or another thread that has it open. */
export interface Reader extends Pick<Database, "all"> {
  close(): Soon<void>;
}

export type { Dimension } from "./report-sources.ts";

export interface ReportQuestion {
  readonly unit: "minute" | "hour" | "day";
  /** Unix minutes, hours or days, the last one included. */
  readonly from: number;
  readonly to: number;
  /** By when as well. */
  readonly dated: boolean;
  /** By `error`, or with one: of requests that failed, and no others. By the minute of whatever they go; by `app` of neither `user` nor `tags`. */
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
  /** Unix minute, hour or day, where it goes by that. */
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

export interface SpenderQuestion {
  readonly scope: string;
  readonly period: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Those come first who have spent the most with accounts of their own. */
  readonly withByok: boolean;
  readonly limit: number;
}

/** What one of many has spent. */
export interface SpenderRow {
  readonly scopeId: string;
  readonly spent: number;
  readonly byokSpent: number;
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

/** What a list in JSON is like that has this text among others. */
function within(tag: string): string {
  return `%${JSON.stringify(tag).replace(/[\\%_]/g, "\\$&")}%`;
}

/** Single requests that a report is made of: a fifth of a second. */
const MOST_OF_MINUTES = 100_000;

/** With more names than this all are read. */
const MOST_NAMED = 500;

/** What is told of many requests together, from the sums that the ledger keeps. */
export class ReportStore {
  private readonly reader: Reader;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  /** Groups in no order; some come in several parts. */
  sums(question: ReportQuestion): Soon<ReportRow[]> {
    const { dated, by, only, tagged, limit } = question;
    const filters = Object.entries(only) as [Dimension, string | number][];
    const where = filters.map(([one]) => `${DIMENSIONS[one]} = ?`);
    const tags = tagged?.tags ?? [];
    if (tags.length > 0)
      where.push(`(${tags.map(() => "tags LIKE ? ESCAPE '\\'").join(tagged?.every ? " AND " : " OR ")})`);
    const wanted: Value[] = [...filters.map(([, value]) => value), ...tags.map(within)];
    const columns = by.map((one) => DIMENSIONS[one]);
    const named = by.map((one) => `${DIMENSIONS[one]} AS "${one}"`);
    const sources = sourcesOf(question);
    // A group that is in several is told several times. To have the engine put them together would have it sort all that they are made of.
    const parts = sources.map((source) =>
      summedOf(source, {
        groups: [...(dated ? [source.at] : []), ...columns],
        named: [...(dated ? [`${source.at} AS at`] : []), ...named],
        where,
      }),
    );
    const values = sources.flatMap((source) => [...source.values, ...wanted]);
    return this.reader.all<ReportRow>(`${parts.join("\nUNION ALL ")} LIMIT ?`, [...values, limit]);
  }

  /** How fast requests were answered that worked. */
  paces(question: PaceQuestion): Soon<PaceRow[]> {
    return pacesIn(this.reader, question);
  }

  /** The same, of whom no counts are kept: of single requests. */
  singlePaces(question: SinglePaceQuestion): Soon<SinglePaceRow[]> {
    return singlePacesIn(this.reader, question);
  }

  /** Since which minute there are no more than so many requests, of some that go on to another; `undefined` where there are not. */
  since(fromMinute: number, toMinute: number, most = MOST_OF_MINUTES): Soon<number | undefined> {
    const sql = "SELECT created_at AS at FROM generations WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?";
    const rows = this.reader.all<{ at: number }>(sql, [...idsOf(fromMinute, toMinute + 1), most]);
    return after(rows, ([row]) => (row === undefined ? undefined : Math.floor(row.at / MINUTE_MS) + 1));
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
    const { limit } = query;
    return after(isNarrow(query) ? endOf(this.reader, "generations", query) : undefined, (end) =>
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

  /** Who has spent of what each of a scope has in a period that began then, and has no budget of its own: the most first. Nanodollars. */
  spenders({ scope, period, startedAt, withByok, limit }: SpenderQuestion): Soon<SpenderRow[]> {
    const sql = `SELECT scope_id AS "scopeId", spent, byok_spent AS "byokSpent" FROM accounts
      WHERE scope = ? AND period = ? AND started_at = ? AND NOT EXISTS (SELECT 1 FROM budgets
      WHERE budgets.scope = accounts.scope AND budgets.scope_id = accounts.scope_id AND archived = 0)
      ORDER BY spent + CASE WHEN ? = 1 THEN byok_spent ELSE 0 END DESC, scope_id LIMIT ?`;
    return this.reader.all<SpenderRow>(sql, [scope, period, startedAt, Number(withByok), limit]);
  }

  /** The last hour in which each of these keys asked for something: Unix hours. @param ids a hundred at the most */
  lastHours(ids: readonly string[]): Soon<ReadonlyMap<string, number>> {
    return lastHoursIn(this.reader, ids);
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
