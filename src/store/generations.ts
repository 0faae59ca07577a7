import type { Database as File, Statement } from "bun:sqlite";
import { CHARGE, type Charge, chargeValues, drawnOf, summed } from "./accounts.ts";
import { Checkpoint } from "./checkpoint.ts";
import { after, type Database, type Soon, type Value } from "./database.ts";
import { latePaces } from "./late-paces.ts";
import { returned } from "./loans-sql.ts";
import { Presence } from "./presence.ts";
import { ROLLUPS, SUMMED_TALLY } from "./rollups.ts";
import { rowValues } from "./row-values.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { Sums } from "./sums.ts";
import type { Tally } from "./tally.ts";
import { lateTotals } from "./totals.ts";

/** One client request with everything that was tried for it. `null` is "not told", which is not zero. */
export interface GenerationRow {
  id: string;
  /** Unix milliseconds. */
  createdAt: number;
  keyId: string;
  operation: string;
  wire: string;
  requested: string;
  model: string | null;
  provider: string | null;
  byok: boolean;
  mode: "relay" | "transcode" | null;
  streamed: boolean;
  finish: string | null;
  /** The code of the error that the client got, or would have got had it stayed. */
  error: string | null;
  input: number | null;
  cacheRead: number | null;
  cacheWrite: number | null;
  output: number | null;
  reasoning: number | null;
  searches: number | null;
  estimated: boolean;
  /** Nanodollars; `null` where the model has no price. */
  cost: number | null;
  firstContentMs: number | null;
  durationMs: number;
  appUrl: string | null;
  appTitle: string | null;
  user: string | null;
  /** JSON list, or `null`. */
  tags: string | null;
  /** JSON list, or `null`. */
  dropped: string | null;
  /** JSON, or `null` where the attempts say it all. */
  plan: string | null;
  /** JSON list. */
  attempts: string;
  /** Of the client's own trace, or `null`: the id of the generation is one as well. */
  traceId: string | null;
  team: string | null;
  /** `quotaEntityId` */
  entity: string | null;
  zdr: boolean;
  /** Nanodollars that the provider itself says, or `null`. */
  providerCost: number | null;
  /** Nanodollars that budgets were charged beyond the cost: what has no price is counted at a ceiling. `null` where there are none. */
  reckoned: number | null;
  /** Nanodollars of the cost that attempts in vain were on the other kind of account: the operator's, where `byok` says the client's. `null` for none. */
  apart: number | null;
}

/** A row, and whose budgets what it cost is spent from. */
export interface LedgerEntry {
  readonly row: GenerationRow;
  readonly charges: readonly Charge[];
  /** The replica from whose loan they are spent, where it is not the one that writes. */
  readonly lender?: string;
}

/** Member of the row → column. Everything below is built from this table. */
export const COLUMNS = {
  id: "id",
  createdAt: "created_at",
  keyId: "key_id",
  operation: "operation",
  wire: "wire",
  requested: "requested",
  model: "model",
  provider: "provider",
  byok: "byok",
  mode: "mode",
  streamed: "streamed",
  finish: "finish",
  error: "error",
  input: "input",
  cacheRead: "cache_read",
  cacheWrite: "cache_write",
  output: "output",
  reasoning: "reasoning",
  searches: "searches",
  estimated: "estimated",
  cost: "cost",
  firstContentMs: "first_content_ms",
  durationMs: "duration_ms",
  appUrl: "app_url",
  appTitle: "app_title",
  user: '"user"',
  tags: "tags",
  dropped: "dropped",
  plan: "plan",
  attempts: "attempts",
  traceId: "trace_id",
  team: "team",
  entity: "entity",
  zdr: "zdr",
  providerCost: "provider_cost",
  reckoned: "reckoned",
  apart: "apart",
} as const satisfies Record<keyof GenerationRow, string>;

const MEMBERS = Object.keys(COLUMNS) as (keyof GenerationRow)[];
const NAMES = Object.values(COLUMNS).join(", ");
const PLACES = `(${MEMBERS.map(() => "?").join(", ")})`;
const INSERT = `INSERT INTO generations (${NAMES}) VALUES`;
export const SELECT = `SELECT ${MEMBERS.map((member) => `${COLUMNS[member]} AS "${member}"`).join(", ")} FROM generations`;
const FLAGS: ReadonlySet<string> = new Set(["byok", "streamed", "estimated", "zdr"] satisfies (keyof GenerationRow)[]);

/** Where rows go. */
export interface RowSink {
  /** Writes all of them, with what they add to accounts and sums, or nothing. @throws whatever the engine says */
  insert(entries: readonly LedgerEntry[]): Soon<void>;
}

export class GenerationStore implements RowSink {
  private readonly database: Database;
  private readonly sink: RowSink;

  /** @param lender by which name this process borrows what it spends, where others spend as well */
  constructor(database: Database, lender?: string) {
    this.database = database;
    this.sink = database instanceof SqliteDatabase ? new PreparedSink(database) : new BatchSink(database, lender);
  }

  insert(entries: readonly LedgerEntry[]): Soon<void> {
    return this.sink.insert(entries);
  }

  /** The generation with this id, where this key made it. */
  find(id: string, keyId: string): Soon<GenerationRow | undefined> {
    return after(
      this.database.all<Record<string, Value>>(`${SELECT} WHERE id = ? AND key_id = ?`, [id, keyId]),
      ([row]) => (row === undefined ? undefined : fromColumns(row)),
    );
  }

  /** Which of these have their row. */
  existing(ids: readonly string[]): Soon<ReadonlySet<string>> {
    const sql = `SELECT id FROM generations WHERE id IN (${ids.map(() => "?").join(", ")})`;
    return after(this.database.all<{ id: string }>(sql, ids, COMMIT_MS), (rows) => new Set(rows.map(({ id }) => id)));
  }

  count(): Soon<number> {
    return after(this.database.all<{ n: number }>("SELECT count(*) AS n FROM generations"), ([row]) => row?.n ?? 0);
  }
}

/** A statement that takes its values as one list, as the runtime does: one by one they are made into a list again (0.1 µs). */
interface AtOnce {
  run(values: readonly Value[]): unknown;
}

/** SQLite, by statements that are made once: a row costs some 4 µs. Sums follow a moment later, those of many rows at once. */
class PreparedSink implements RowSink {
  private readonly file: File;
  private readonly tally: Tally;
  private readonly insertOne: AtOnce;
  private readonly charge: Statement<unknown, Value[]>;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly checkpoint: Checkpoint;
  private readonly presence: Presence;

  constructor({ file, tally }: SqliteDatabase) {
    this.file = file;
    this.tally = tally;
    this.insertOne = file.query<unknown, Value[]>(
      `INSERT INTO generations (${NAMES}, tally) VALUES (${MEMBERS.map(() => "?").join(", ")}, ?)`,
    ) as object as AtOnce;
    this.charge = file.query(CHARGE);
    this.begin = file.query("BEGIN IMMEDIATE");
    this.commit = file.query("COMMIT");
    this.checkpoint = new Checkpoint(file);
    this.presence = new Presence(file.filename);
  }

  insert(entries: readonly LedgerEntry[]): void {
    this.presence.mustHold();
    const rows = entries.map(({ row }) => row);
    this.begin.run();
    try {
      // In the order of the table, so that neighbours go onto one page.
      const number = this.tally.begin(rows);
      for (const row of rows.length < 2 ? rows : rows.toSorted(byTime)) {
        const values = rowValues(row);
        values.push(number);
        this.insertOne.run(values);
      }
      const charges: Charge[] = [];
      for (const entry of entries) for (const charge of entry.charges) charges.push(charge);
      for (const charge of charges.length < 2 ? charges : summed(charges)) this.charge.run(...chargeValues(charge));
      this.commit.run();
    } catch (thrown) {
      if (this.file.inTransaction) this.file.run("ROLLBACK");
      // A page that could not be understood is to be read anew next time: it may have been mended.
      if ((thrown as { code?: string }).code?.startsWith("SQLITE_CORRUPT")) this.file.run("PRAGMA shrink_memory");
      throw thrown;
    }
    this.tally.add(rows);
    this.checkpoint.wrote(entries.length);
  }
}

/** Any engine, by one batch. */
class BatchSink implements RowSink {
  private readonly database: Database;
  private readonly lender: string | undefined;

  constructor(database: Database, lender: string | undefined) {
    this.database = database;
    this.lender = lender;
  }

  async insert(entries: readonly LedgerEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map(({ row }) => row);
    const nowMs = Date.now();
    const sums = new Sums();
    for (const row of rows) sums.add(row);
    const statements = [
      ...grouped(rows.map(rowValues), (size) => `${INSERT} ${Array(size).fill(PLACES).join(", ")}`),
      ...SUMMED_AT_ONCE.flatMap((rollup) => [...grouped(sums.of(rollup), (size) => rollup.add(size))]),
      ...lateTotals(sums, nowMs),
      ...this.charges(entries),
      ...latePaces(rows, nowMs),
    ];
    await this.database.batch(statements, COMMIT_MS);
  }

  private *charges(entries: readonly LedgerEntry[]) {
    const charges = entries.flatMap(({ charges, lender = this.lender }) => charges.map((one) => ({ lender, ...one })));
    for (const [lender, group] of Map.groupBy(charges, ({ lender }) => lender)) {
      for (const charge of summed(group)) {
        yield { sql: CHARGE, values: chargeValues(charge) };
        if (lender !== undefined) yield* returned(lender, charge, drawnOf(charge));
      }
    }
  }
}

const SUMMED_AT_ONCE = ROLLUPS.filter(({ summed }) => summed === SUMMED_TALLY);

/** So long a reply waits for its row at the most. */
const COMMIT_MS = 5000;

/** Rows of one statement at the most: PostgreSQL takes 65,535 values. */
const LARGEST = 128;

/** Statements that write so many at once. Their sizes are few, so that each is prepared once. @param values of each row */
function* grouped(values: readonly (readonly Value[])[], sql: (size: number) => string) {
  for (let at = 0, size = LARGEST; at < values.length; at += size) {
    while (size > values.length - at) size /= 2;
    yield { sql: sql(size), values: values.slice(at, at + size).flat() };
  }
}

function byTime(a: GenerationRow, b: GenerationRow): number {
  return a.createdAt - b.createdAt;
}

/** One of before there were all of its members: what it does not have is not told. */
export function wholeRow(row: Partial<GenerationRow>): GenerationRow {
  const nothing = MEMBERS.map((member) => [member, FLAGS.has(member) ? false : null]);
  return { ...Object.fromEntries(nothing), ...row } as GenerationRow;
}

/** A row of {@link SELECT}. */
export function fromColumns(columns: Record<string, Value>): GenerationRow {
  const row = MEMBERS.map((member) => [member, FLAGS.has(member) ? columns[member] === 1 : columns[member]]);
  return Object.fromEntries(row) as GenerationRow;
}
