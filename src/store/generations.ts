import type { Database, Statement } from "bun:sqlite";
import { Checkpoint } from "./checkpoint.ts";

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
}

/** Member of the row → column. Everything below is built from this table. */
const COLUMNS = {
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
  user: "user",
  tags: "tags",
  dropped: "dropped",
  plan: "plan",
  attempts: "attempts",
  traceId: "trace_id",
} as const satisfies Record<keyof GenerationRow, string>;

const MEMBERS = Object.keys(COLUMNS) as (keyof GenerationRow)[];
const NAMES = Object.values(COLUMNS).join(", ");
const FLAGS: ReadonlySet<string> = new Set(["byok", "streamed", "estimated"] satisfies (keyof GenerationRow)[]);

type Value = string | number | bigint | null;

export class GenerationStore {
  private readonly database: Database;
  private readonly insertOne: Statement<unknown, Value[]>;
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly checkpoint: Checkpoint;

  constructor(database: Database) {
    this.database = database;
    this.insertOne = database.query(`INSERT INTO generations (${NAMES}) VALUES (${MEMBERS.map(() => "?").join(", ")})`);
    this.begin = database.query("BEGIN IMMEDIATE");
    this.commit = database.query("COMMIT");
    this.checkpoint = new Checkpoint(database);
  }

  /** Writes all rows, or none. @throws whatever SQLite says */
  insert(rows: readonly GenerationRow[]): void {
    this.insertAll(rows);
    this.checkpoint.wrote(rows.length);
  }

  private insertAll(rows: readonly GenerationRow[]): void {
    const [only] = rows;
    if (only !== undefined && rows.length === 1) {
      this.insertOne.run(...columnsOf(only));
      return;
    }
    this.begin.run();
    try {
      // In the order of the table, so that neighbours go onto one page.
      for (const row of rows.toSorted(byId)) this.insertOne.run(...columnsOf(row));
      this.commit.run();
    } catch (thrown) {
      if (this.database.inTransaction) this.database.run("ROLLBACK");
      throw thrown;
    }
  }

  /** The generation with this id, where this key made it. */
  find(id: string, keyId: string): GenerationRow | undefined {
    const row = this.database
      .query<Record<string, Value>, [string, string]>(`SELECT ${NAMES} FROM generations WHERE id = ? AND key_id = ?`)
      .get(id, keyId);
    return row === null ? undefined : fromColumns(row);
  }

  count(): number {
    return Number(this.database.query<{ n: bigint }, []>("SELECT count(*) AS n FROM generations").get()?.n ?? 0n);
  }
}

function byId(a: GenerationRow, b: GenerationRow): number {
  return a.id < b.id ? -1 : 1;
}

function columnsOf(row: GenerationRow): Value[] {
  return MEMBERS.map((member) => {
    const value = row[member];
    return typeof value === "boolean" ? Number(value) : value;
  });
}

function fromColumns(columns: Record<string, Value>): GenerationRow {
  const row = MEMBERS.map((member) => {
    const value = columns[COLUMNS[member]] ?? null;
    return [member, FLAGS.has(member) ? value === 1n : typeof value === "bigint" ? Number(value) : value];
  });
  return Object.fromEntries(row) as GenerationRow;
}
