import { join } from "node:path";
import type { Database, Soon } from "./database.ts";
import { openPostgres } from "./postgres.ts";
import { SqliteDatabase } from "./sqlite.ts";
import { openSqliteFile } from "./sqlite-file.ts";

/** Where the database is, as the configuration says it. */
export interface ToldDatabase {
  /** The folder of a SQLite file; `:memory:` for none. */
  readonly data: string;
  /** PostgreSQL. */
  readonly database?: { readonly url: string; readonly connections: number } | undefined;
  readonly ledger: { readonly sync: "normal" | "full" };
}

/** The SQLite file, where there is one. */
export function fileOf({ data, database }: Omit<ToldDatabase, "ledger">): string | undefined {
  return database === undefined && data !== ":memory:" ? join(data, "headgate.db") : undefined;
}

/** The one that the configuration names, with its schema up to date. @throws Error where it cannot be used */
export function openDatabase({ data, database, ledger: { sync } }: ToldDatabase): Soon<Database> {
  if (database === undefined) return new SqliteDatabase(openSqliteFile({ data, sync }));
  return openPostgres(database.url, database.connections);
}
