import type { Database as File } from "bun:sqlite";
import { type Database, plain, type Statement, Unmoved, type Value } from "./database.ts";
import { isOutage, unavailable } from "./outage.ts";
import { Tally } from "./tally.ts";

/** A SQLite file, as the stores see it. Everything is answered at once, in the one thread, and whoever asks finds sums whole. */
export class SqliteDatabase implements Database {
  readonly engine = "sqlite";
  /** For the rows of the ledger, which are written a thousand times as often as everything else. */
  readonly file: File;
  private made: Tally | undefined;

  constructor(file: File) {
    this.file = file;
  }

  /** What these rows are summed up in. Made where there are any. */
  get tally(): Tally {
    this.made ??= new Tally(this.file);
    return this.made;
  }

  /** Writes the sums of all rows that are there, for who reads by another connection. */
  settle(): void {
    this.made?.settle();
  }

  all<Row extends object>(sql: string, values: readonly Value[] = []): Row[] {
    this.settle();
    return answered(() =>
      this.file
        .query<Row, Value[]>(sql)
        .all(...values)
        .map(plain),
    );
  }

  batch(statements: readonly Statement[]): number[] {
    this.settle();
    const all = this.file.transaction(() =>
      statements.map(({ sql, values = [], must }) => {
        const { changes } = this.file.query<unknown, Value[]>(sql).run(...values);
        if (must && changes === 0) throw new Unmoved();
        return changes;
      }),
    );
    try {
      return answered(all);
    } catch (thrown) {
      if (thrown instanceof Unmoved) return statements.map(() => 0);
      throw thrown;
    }
  }

  close(): void {
    this.settle();
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
