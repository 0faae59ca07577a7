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
 * @throws Error when another process has it open, or it comes from a newer version
 */
export function openDatabase({ data, sync }: StoreOptions): Database {
  const memory = data === ":memory:";
  if (!memory) mkdirSync(data, { recursive: true, mode: 0o700 });
  const database = new Database(memory ? ":memory:" : join(data, "headgate.db"), {
    create: true,
    strict: true,
    safeIntegers: true,
  });
  try {
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("PRAGMA journal_mode = WAL");
    database.run(sync === "full" ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    database.run("PRAGMA foreign_keys = ON");
    // Long before this, `Checkpoint` has moved the log; so many pages (64 MB) are read back in 20 ms after a crash.
    database.run("PRAGMA wal_autocheckpoint = 16000");
    migrate(database);
  } catch (thrown) {
    database.close();
    if ((thrown as { code?: string }).code === "SQLITE_BUSY")
      throw new Error(`another gateway is using the data folder ${data}; stop it, or choose another with --data`);
    throw thrown;
  }
  return database;
}

function migrate(database: Database): void {
  const row = database.query<{ user_version: bigint }, []>("PRAGMA user_version").get();
  const version = Number(row?.user_version ?? 0n);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `the database is of version ${version}, this program knows ${MIGRATIONS.length}: it was used by a newer one`,
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
