import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MIGRATIONS } from "./migrations.ts";

/** The SQLite file of a data folder, opened for this process alone. */
export interface StoreOptions {
  /** Folder that holds it; made where it is missing. `:memory:` keeps everything in memory. */
  data: string;
  /** `normal` survives a crash of the process, `full` also the loss of power. */
  sync: "normal" | "full";
}

/**
 * Opens the database and brings its schema up to date.
 * One process owns the file: the exclusive lock saves a third of every lone commit, and tells a second gateway on the same folder to stay away.
 * @throws Error when another process has it open, when it comes from a newer version, or when it is no database or cannot be written
 */
export function openDatabase({ data, sync }: StoreOptions): Database {
  const file = data === ":memory:" ? data : join(data, "headgate.db");
  let database: Database | undefined;
  try {
    if (file !== data) mkdirSync(data, { recursive: true, mode: 0o700 });
    database = new Database(file, { create: true, strict: true, safeIntegers: true });
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("PRAGMA journal_mode = WAL");
    database.run(sync === "full" ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    database.run("PRAGMA foreign_keys = ON");
    // Long before this, `Checkpoint` has moved the log; so many pages (64 MB) are read back in 20 ms after a crash.
    database.run("PRAGMA wal_autocheckpoint = 16000");
    migrate(database, file);
    return database;
  } catch (thrown) {
    database?.close();
    const { code, message } = thrown as { code?: string; message: string };
    if (code === "SQLITE_BUSY")
      throw new Error(`another gateway is using the data folder ${data}; stop it, or choose another with --data`);
    if (code === undefined) throw thrown;
    // SQLite does not say which file, nor whose.
    throw new Error(`${file} cannot be used (${message}); choose another folder with --data`, { cause: thrown });
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
