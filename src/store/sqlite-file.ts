import { Database } from "bun:sqlite";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { LOG_BYTES } from "./checkpoint.ts";
import { MIGRATIONS } from "./migrations.ts";
import { addUnsummed } from "./unsummed.ts";

/** The SQLite file of a data folder, opened for this process alone. */
export interface StoreOptions {
  /** Folder that holds it; made where it is missing. `:memory:` keeps everything in memory. */
  data: string;
  /** `normal` survives a crash of the process, `full` also the loss of power. */
  sync: "normal" | "full";
}

/**
 * Milliseconds that a commit waits for another connection's, and all requests with it: what is pruned is pruned in small steps. Who
 * holds the file for longer is a tool of somebody's; until it is done, rows wait elsewhere.
 */
const BUSY_MS = 250;

/** A database file, and the lock by which its folder is ours: the kernel takes that back however this process ends. */
class OwnFile extends Database {
  private readonly lock: Database | undefined;

  constructor(file: string, lock: Database | undefined) {
    super(file, { create: true, strict: true, safeIntegers: true });
    this.lock = lock;
  }

  override close(throwOnError?: boolean): void {
    super.close(throwOnError);
    this.lock?.close();
  }
}

/**
 * Opens the database, and brings its schema and its sums up to date.
 * One process owns the folder, by a lock on a file beside the database: on the database itself it would keep reports away,
 * which read on another thread.
 * @throws Error when another process has it, when the database comes from a newer version, is none, or cannot be written
 */
export function openSqliteFile({ data, sync }: StoreOptions): Database {
  const file = data === ":memory:" ? data : join(data, "headgate.db");
  let lock: Database | undefined;
  let database: Database | undefined;
  try {
    if (file !== data) {
      mkdirSync(data, { recursive: true, mode: 0o700 });
      lock = new Database(join(data, "headgate.lock"), { create: true });
      lock.run("BEGIN EXCLUSIVE");
      // A folder that was there before may be open to others. What the engine puts beside the file is as the file is.
      if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
    }
    database = new OwnFile(file, lock);
    database.run("PRAGMA journal_mode = WAL");
    database.run(sync === "full" ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    database.run("PRAGMA foreign_keys = ON");
    // Long before this, `Checkpoint` has moved the log; so many pages (64 MB) are read back in 20 ms after a crash.
    database.run("PRAGMA wal_autocheckpoint = 16000");
    // What a moment of many writes has made it does not keep on the disk.
    database.run(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    migrate(database, file);
    addUnsummed(database);
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (thrown) {
    database?.close();
    lock?.close();
    const { code, message } = thrown as { code?: string; message: string };
    if (code?.startsWith("SQLITE_BUSY"))
      throw new Error(`another gateway is using the data folder ${data}; stop it, or choose another with --data`);
    if (code === undefined) throw thrown;
    // SQLite does not say which file, nor whose.
    throw new Error(`${file} cannot be used (${message}); choose another folder with --data`, { cause: thrown });
  }
}

/** The database of a data folder, to be read beside whoever owns it. @throws Error where there is none */
export function openSqliteReader(data: string): Database {
  const file = join(data, "headgate.db");
  try {
    return new Database(file, { readonly: true, strict: true, safeIntegers: true });
  } catch (thrown) {
    throw new Error(`${file} cannot be read (${(thrown as Error).message})`, { cause: thrown });
  }
}

function migrate(database: Database, file: string): void {
  const row = database.query<{ user_version: bigint }, []>("PRAGMA user_version").get();
  const version = Number(row?.user_version ?? 0n);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `${file} is of version ${version}, this program knows ${MIGRATIONS.length}: it was used by a newer one`,
    );
  }
  for (const [i, statements] of MIGRATIONS.entries()) {
    if (i < version) continue;
    database.transaction(() => {
      for (const statement of statements) database.run(statement);
      database.run(`PRAGMA user_version = ${i + 1}`);
    })();
  }
}
