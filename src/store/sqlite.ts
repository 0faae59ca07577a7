import type { Database as File } from "bun:sqlite";
import { type Database, plain, type Statement, type Value } from "./database.ts";
import { isOutage, unavailable } from "./outage.ts";

/** A SQLite file, as the stores see it. Everything is answered at once, in the one thread. */
export class SqliteDatabase implements Database {
  readonly engine = "sqlite";
  /** For the rows of the ledger, which are written a thousand times as often as everything else. */
  readonly file: File;

  constructor(file: File) {
    this.file = file;
  }

  all<Row extends object>(sql: string, values: readonly Value[] = []): Row[] {
    return answered(() =>
      this.file
        .query<Row, Value[]>(sql)
        .all(...values)
        .map(plain),
    );
  }

  batch(statements: readonly Statement[]): number[] {
    return answered(
      this.file.transaction(() =>
        statements.map(({ sql, values = [] }) => this.file.query<unknown, Value[]>(sql).run(...values).changes),
      ),
    );
  }

  close(): void {
    this.file.close();
  }
}

/** @throws GatewayError `database_unavailable` where the file is the reason, and not what was asked for */
function answered<T>(ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    const isMistaken = (thrown as { code?: string }).code === "SQLITE_ERROR";
    throw isOutage(thrown) && !isMistaken ? unavailable(thrown) : thrown;
  }
}
