import { Database } from "bun:sqlite";
import { plain, type Value } from "./database.ts";

/** Runs on a thread of its own: reads from a SQLite file what it is asked, one question after the other. Begun by `reader.ts`. */

/** What it is asked. The first message is the file's path alone. */
export interface Asked {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly Value[];
}

/** What it says. */
export interface Said {
  readonly id: number;
  readonly rows?: readonly object[];
  /** There are others behind them. */
  readonly more?: boolean;
  readonly error?: string;
}

/** Rows of one message: whoever takes it does nothing else for that time, a few milliseconds. */
const AT_ONCE = 1000;

declare const self: Worker;
let file = "";
let database: Database | undefined;

self.onmessage = ({ data }: MessageEvent<string | Asked>) => {
  if (typeof data === "string") {
    file = data;
    return;
  }
  const { id, sql, values } = data;
  try {
    database ??= opened(file);
    const rows = database.query<object, Value[]>(sql).all(...values);
    let at = 0;
    do {
      const some = rows.slice(at, at + AT_ONCE).map(plain);
      at += AT_ONCE;
      self.postMessage({ id, rows: some, more: at < rows.length } satisfies Said);
    } while (at < rows.length);
  } catch (thrown) {
    self.postMessage({ id, error: (thrown as Error).message } satisfies Said);
  }
};

/** What is sorted for a report fits into memory: SQLite would write it to a file of its own. Nobody else pays for it: the thread ends when it is not asked. */
function opened(path: string): Database {
  const opening = new Database(path, { readonly: true, strict: true, safeIntegers: true });
  opening.run("PRAGMA cache_size = -65536");
  opening.run("PRAGMA temp_store = MEMORY");
  return opening;
}
