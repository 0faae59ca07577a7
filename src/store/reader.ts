import { GatewayError } from "../core/error.ts";
import type { Database, Value } from "./database.ts";
import type { Asked, Said } from "./reader-thread.ts";
import type { Reader } from "./reports.ts";
import { SqliteDatabase } from "./sqlite.ts";

/** A thread that nobody asks anything costs 10 MB for nothing. */
const IDLE_MS = 30_000;
/** More questions do not wait at once: one client with many would fill memory. */
const MOST_WAITING = 200;
/** Longer than this nobody waits for a report. */
const LONGEST_MS = 60_000;
/** Put together to one program, it lies below that as it does among the sources. */
const PLACE = import.meta.url.endsWith("/reader.ts") ? "./reader-thread.ts" : "./store/reader-thread.js";

/**
 * Where reports are read: PostgreSQL is elsewhere anyway; a SQLite file is read on another thread, one in memory where it is.
 * @param file its path, if it is one
 */
export function readerOf(database: Database, file: string | undefined): Reader {
  if (file !== undefined && database instanceof SqliteDatabase) return new ThreadReader(file, () => database.settle());
  if (database.engine === "postgres") return new SharedReader(database);
  return { all: (sql, values) => database.all(sql, values), close: () => undefined };
}

/** Of the connections to a server; the rest is for those who write. */
const AT_ONCE = 3;

/** Reads from a database by connections that others need as well: a few questions at once, the others wait for their turn. */
export class SharedReader implements Reader {
  private readonly database: Pick<Database, "all">;
  private readonly waiting: (() => void)[] = [];
  private asking = 0;

  constructor(database: Pick<Database, "all">) {
    this.database = database;
  }

  /** The rows of one query. @throws GatewayError where too many wait; whatever the database says */
  async all<Row extends object>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    if (this.waiting.length >= MOST_WAITING) throw tooMany();
    if (this.asking < AT_ONCE) this.asking++;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      return await this.database.all<Row>(sql, values);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.asking--;
      else next();
    }
  }

  close(): void {}
}

function tooMany(): GatewayError {
  return new GatewayError("database_unavailable", "Too many reports are being made. Try again in a moment.");
}

interface Waiting {
  readonly rows: object[];
  resolve(rows: object[]): void;
  reject(cause: Error): void;
}

/** Reads from a SQLite file on another thread, while the one that answers requests goes on. The thread is begun when it is asked. */
export class ThreadReader implements Reader {
  private readonly file: string;
  private readonly settle: () => void;
  private thread: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private timer: Timer | undefined;

  /** @param file the path of the database @param settle has what is still to be written written, before it is read */
  constructor(file: string, settle: () => void = () => {}) {
    this.file = file;
    this.settle = settle;
  }

  /** The rows of one query. @throws GatewayError where too many wait; Error what SQLite says, or that it took too long */
  async all<Row extends object>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    if (this.waiting.size >= MOST_WAITING) throw tooMany();
    this.settle();
    const thread = this.begun();
    const id = ++this.asked;
    const { promise, resolve, reject } = Promise.withResolvers<object[]>();
    this.waiting.set(id, { rows: [], resolve, reject });
    thread.postMessage({ id, sql, values } satisfies Asked);
    this.wait(LONGEST_MS);
    return promise as Promise<Row[]>;
  }

  close(): void {
    this.end(new Error("the gateway is closed"));
  }

  private begun(): Worker {
    if (this.thread !== undefined) return this.thread;
    const thread = new Worker(new URL(PLACE, import.meta.url).href, { ref: false });
    thread.onmessage = ({ data }: MessageEvent<Said>) => this.hear(data);
    thread.onerror = ({ message }) => {
      if (this.thread === thread) this.end(new Error(`reports cannot be read: ${message}`));
    };
    thread.postMessage(this.file);
    this.thread = thread;
    return thread;
  }

  private hear({ id, rows = [], more, error }: Said): void {
    const one = this.waiting.get(id);
    if (one === undefined) return;
    for (const row of rows) one.rows.push(row);
    if (more) return;
    this.waiting.delete(id);
    if (error === undefined) one.resolve(one.rows);
    else one.reject(new Error(error));
    this.wait(this.waiting.size > 0 ? LONGEST_MS : IDLE_MS);
  }

  /** Ends the thread after so long without a word. */
  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(new Error("reading took too long: ask for less")), ms);
    this.timer.unref();
  }

  private end(cause: Error): void {
    clearTimeout(this.timer);
    this.thread?.terminate();
    this.thread = undefined;
    for (const { reject } of this.waiting.values()) reject(cause);
    this.waiting.clear();
  }
}
