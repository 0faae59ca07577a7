import { generationFloor } from "../core/id.ts";
import { LOG_BYTES } from "./checkpoint.ts";
import type { Database, Soon, Statement } from "./database.ts";
import { nextPaces } from "./late-paces.ts";
import { nextPacks, PACKS } from "./pace-packs.ts";
import { PACE_HOURS, PACES_PRUNED_UNTIL, ROLLUPS } from "./rollups.ts";
import { nextTotals, TOTALS } from "./totals.ts";
import { PRUNED_UNTIL, SUMS_PRUNED_UNTIL } from "./verification.ts";

/** What is kept, and how long. */
export interface Keeping {
  /** Days that single requests are kept, and what belongs to them. */
  readonly days: number;
  /** Bytes that all of it may have; the earliest requests go first. */
  readonly bytes?: number | undefined;
  /** Days that questions and answers are kept. */
  readonly bodyDays: number;
  /** Days that sums are kept. */
  readonly sumDays: number;
}

/** As the configuration has it. */
export interface ToldKeeping {
  readonly ledger: {
    readonly keep_days: number;
    readonly keep_megabytes?: number | undefined;
    readonly keep_bodies_days: number;
    readonly keep_sums_days: number;
  };
  /** Where it is no SQLite file. */
  readonly database?: unknown;
}

/** The log of writes beside a SQLite file is taken from what the file may have. */
export function keepingOf({ ledger, database }: ToldKeeping): Keeping {
  const { keep_days: days, keep_megabytes: megabytes, keep_bodies_days: bodyDays, keep_sums_days: sumDays } = ledger;
  const beside = database === undefined ? LOG_BYTES : 0;
  return { days, bytes: megabytes === undefined ? undefined : megabytes * 1024 * 1024 - beside, bodyDays, sumDays };
}

/** Rows of one step: whoever wants to write waits for it, a few milliseconds. */
const STEP = 200;
const PAUSE_MS = 20;
const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** Days that it is known by the hour how fast requests were answered, which has a row for each bucket: who asks about more asks by the day. */
const PACE_HOURS_DAYS = 35;
/** Accounts of periods that may still go on are never touched: no period is longer, but for those without an end. */
const LONGEST_PERIOD_DAYS = 31;

/** What has rows of an hour or a day each. */
const SUMS_OF_TIME = [...ROLLUPS.map((of) => ({ table: of.table, of })), ...TOTALS, ...PACKS];

/** Why each table that grows does not grow for ever; and why others need nothing. A table of the schema that is not here fails a test. */
export const TABLES: Readonly<Record<string, "pruned" | `kept: ${string}`>> = {
  generations: "pruned",
  corrections: "pruned",
  bodies: "pruned",
  alarms: "pruned",
  audit: "pruned",
  accounts: "pruned",
  rollups: "pruned",
  rollup_days: "pruned",
  hour_totals: "pruned",
  model_hours: "pruned",
  key_hours: "pruned",
  tag_hours: "pruned",
  tag_key_hours: "pruned",
  user_hours: "pruned",
  day_totals: "pruned",
  app_hour_totals: "pruned",
  app_hours: "pruned",
  app_days: "pruned",
  error_hours: "pruned",
  latency_hours: "pruned",
  latency_days: "pruned",
  latency_hour_packs: "pruned",
  latency_day_packs: "pruned",
  sessions: "pruned",
  sign_in_links: "pruned",
  keys: "kept: as many as operators make",
  teams: "kept: as many as operators make",
  budgets: "kept: as many as operators make, 100,000 at most",
  credentials: "kept: as many as operators make",
  directions: "kept: as many as operators make",
  settings: "kept: names that the program has",
  idempotency: "kept: whoever writes one takes away what is over",
  buckets: "kept: whoever writes one takes away what is full again",
  replicas: "kept: those that are gone are taken away by the others",
  leases: "kept: those of replicas that are gone are taken back by the others",
};

const NOTE_PRUNED = `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
  WHERE CAST(settings.value AS BIGINT) < CAST(excluded.value AS BIGINT)`;
const ORPHANS = `DELETE FROM corrections WHERE id IN (SELECT corrections.id FROM corrections
  LEFT JOIN generations ON generations.id = corrections.generation_id WHERE generations.id IS NULL LIMIT ${STEP})`;
// Each may be 128 KB.
const OLD_BODIES = `DELETE FROM bodies WHERE generation_id IN
  (SELECT generation_id FROM bodies WHERE generation_id < ? ORDER BY generation_id LIMIT ${STEP / 10})`;
const OLD_ACCOUNTS = `DELETE FROM accounts WHERE (scope, scope_id, period, started_at) IN
  (SELECT scope, scope_id, period, started_at FROM accounts WHERE period <> 'total' AND started_at < ? LIMIT ${STEP})`;

const FILE_SIZE = `SELECT (page_count - freelist_count) * page_size AS bytes
  FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`;
/** Bytes of a row beside what stands in its columns: its head, its place on the page, and its line in the index of ids. */
const BESIDE = 80;
/** What all tables have on disk, and all but those of requests and of what was said in them. */
const SERVER_SIZE = `SELECT CAST(SUM(pg_total_relation_size(relid)) AS BIGINT) AS disk,
  CAST(SUM(CASE WHEN relname IN ('generations', 'bodies') THEN 0 ELSE pg_total_relation_size(relid) END) AS BIGINT) AS others
  FROM pg_stat_user_tables WHERE schemaname = current_schema()`;
/**
 * How many requests there are, what one has, by the latest, and what was said in all of them. They are counted: what the server believes of a
 * table may be twice what there is, where it was written and analysed in one moment, and all of them would go.
 */
const SERVER_ROWS = `SELECT (SELECT COUNT(*) FROM generations) AS "rows",
  (SELECT CAST(COALESCE(AVG(pg_column_size(latest.*)), 0) AS BIGINT) + ${BESIDE}
    FROM (SELECT * FROM generations ORDER BY id DESC LIMIT 1000) AS latest) AS "row",
  (SELECT CAST(COALESCE(SUM(COALESCE(pg_column_size(asked), 0) + COALESCE(pg_column_size(answered), 0)
    + COALESCE(pg_column_size(asked_fields), 0) + COALESCE(pg_column_size(answered_fields), 0) + ${BESIDE}), 0) AS BIGINT) FROM bodies) AS said`;
/** Looking for what is too much takes a server this part of its time at the most. */
const LOOKING_PART = 100;

/** Takes away what has been kept for long enough, in small steps. */
export class Housekeeping {
  private readonly database: Database;
  private readonly keeping: Keeping;
  private readonly complain: (cause: unknown) => void;
  private readonly pauseMs: number;
  private timer: Timer | undefined;
  private closed = false;
  /** By `performance.now()`. */
  private lookAfter = 0;

  /** @param pauseMs what others have between two steps */
  constructor(database: Database, keeping: Keeping, complain: (cause: unknown) => void, pauseMs = PAUSE_MS) {
    this.pauseMs = pauseMs;
    this.database = database;
    this.keeping = keeping;
    this.complain = complain;
  }

  /** Now and then from now on, until it is closed. */
  begin(): void {
    this.timer = setTimeout(async () => {
      try {
        await this.run(Date.now());
      } catch (thrown) {
        if (!this.closed) this.complain(thrown);
      }
      if (!this.closed) this.begin();
    }, EVERY_MS);
    this.timer.unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** All that is to go by now. @param nowMs Unix milliseconds */
  async run(nowMs: number): Promise<void> {
    const until = nowMs - this.keeping.days * DAY_MS;
    await this.steps(() => this.generationsUntil(until));
    await this.steps(await this.overflow(nowMs));
    await this.steps(() => nextTotals(this.database, nowMs));
    await this.steps(() => nextPaces(this.database, nowMs));
    await this.steps(() => nextPacks(this.database, nowMs));
    const ulids = (table: "alarms" | "audit") =>
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? ORDER BY id LIMIT ${STEP})`;
    const floor = generationFloor(Math.max(0, until)).slice("gen_".length);
    const sums = nowMs - this.keeping.sumDays * DAY_MS;
    const ended = Math.min(until, nowMs - LONGEST_PERIOD_DAYS * DAY_MS);
    // Whole days, so that it is written once a day.
    const summedFrom = Math.ceil(sums / DAY_MS) * DAY_MS;
    if (summedFrom > 0)
      await this.database.batch([{ sql: NOTE_PRUNED, values: [SUMS_PRUNED_UNTIL, String(summedFrom)] }]);
    const paces = Math.floor((nowMs - PACE_HOURS_DAYS * DAY_MS) / DAY_MS) * DAY_MS;
    if (paces > 0) await this.database.batch([{ sql: NOTE_PRUNED, values: [PACES_PRUNED_UNTIL, String(paces)] }]);
    const rules: Statement[] = [
      { sql: ORPHANS },
      { sql: OLD_BODIES, values: [generationFloor(Math.max(0, nowMs - this.keeping.bodyDays * DAY_MS))] },
      { sql: ulids("alarms"), values: [`alarm_${floor}`] },
      { sql: ulids("audit"), values: [`audit_${floor}`] },
      { sql: OLD_ACCOUNTS, values: [ended] },
      ...["sessions", "sign_in_links"].map((table) => ({
        sql: `DELETE FROM ${table} WHERE expires_at <= ?`,
        values: [nowMs],
      })),
      ...SUMS_OF_TIME.map(({ table, of }) => ({
        // One hour or day at a time.
        sql: `DELETE FROM ${table} WHERE ${of.column} = (SELECT MIN(${of.column}) FROM ${table}) AND ${of.column} < ?`,
        values: [Math.floor((of === PACE_HOURS ? Math.max(paces, sums) : sums) / of.ms)],
      })),
    ];
    for (const rule of rules) await this.steps(async () => ((await this.database.batch([rule]))[0] ?? 0) > 0);
  }

  /** As many as it takes, with time for others between. @param step whether there may be more */
  private async steps(step: () => Soon<boolean>): Promise<void> {
    while (!this.closed && (await step())) await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
  }

  /** The earliest of those before a moment. */
  private async generationsUntil(limitMs: number): Promise<boolean> {
    const [earliest, next] = [await this.createdAt(0), await this.createdAt(STEP)];
    if (earliest === undefined || earliest >= limitMs) return false;
    // Never less than a millisecond's, however many they are.
    const until = Math.max(earliest + 1, Math.min(limitMs, next ?? limitMs));
    const floor = generationFloor(until);
    const [rows] = await this.database.batch([
      { sql: "DELETE FROM generations WHERE id < ?", values: [floor] },
      { sql: "DELETE FROM bodies WHERE generation_id < ?", values: [floor] },
      { sql: NOTE_PRUNED, values: [PRUNED_UNTIL, String(until)] },
    ]);
    return (rows ?? 0) > 0;
  }

  /**
   * The earliest, where there is too much. SQLite is asked after each step. PostgreSQL is asked once: what is taken away gives its
   * place to what comes next and not back to the disk. @returns one step
   */
  private async overflow(nowMs: number): Promise<() => Soon<boolean>> {
    const { bytes } = this.keeping;
    if (bytes === undefined) return () => false;
    if (this.database.engine === "sqlite") {
      return async () => {
        const [size] = await this.database.all<{ bytes: number }>(FILE_SIZE);
        return (size?.bytes ?? 0) > bytes && (await this.generationsUntil(nowMs));
      };
    }
    const began = performance.now();
    if (began < this.lookAfter) return () => false;
    const until = await this.tooMuchUntil(bytes, nowMs);
    const now = performance.now();
    this.lookAfter = now + LOOKING_PART * (now - began);
    return () => until !== undefined && this.generationsUntil(until);
  }

  /** Replicas that look at the same time find the same: what another takes away between the count and the look is not taken away once more. */
  private tooMuchUntil(bytes: number, nowMs: number): Promise<number | undefined> {
    return this.database.still!(async (still) => {
      const [size] = await still.all<Record<"disk" | "others", number>>(SERVER_SIZE);
      if (size === undefined || size.disk <= bytes) return undefined;
      const [held] = await still.all<Record<"rows" | "row" | "said", number>>(SERVER_ROWS);
      if (held === undefined || held.rows === 0) return undefined;
      const { rows, row, said } = held;
      const over = Math.ceil((size.others + rows * row + said - bytes) / (row + said / rows));
      if (over <= 0) return undefined;
      return Math.min((await this.createdAt(over, still)) ?? nowMs, nowMs);
    });
  }

  /** When the one behind so many of the earliest was made; absent where there are not so many. */
  private async createdAt(behind: number, database = this.database): Promise<number | undefined> {
    const sql = `SELECT created_at AS at FROM generations ORDER BY id LIMIT 1 OFFSET ?`;
    const [row] = await database.all<{ at: number }>(sql, [behind]);
    return row?.at;
  }
}
