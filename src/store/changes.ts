import type { SQL } from "bun";
import { after, type Database, type Statement } from "./database.ts";

/** Tables of which every replica holds in memory, or shows somebody, what stands there. */
export const WATCHED = ["keys", "teams", "budgets", "directions", "credentials", "corrections"] as const;

/** What is only ever added to, and taken away with what is old, of which nobody is to hear. */
const GROWING: readonly string[] = ["corrections"];

/** The channel on which PostgreSQL says which of them has changed. */
export const CHANGED = "headgate_changed";

/** How often each of them has changed: whoever missed a word sees it by this. */
export const REVISIONS = "SELECT topic, revision FROM revisions";

/** A row of {@link REVISIONS}. */
export interface Revision {
  readonly topic: string;
  readonly revision: number;
}

/** How often each table has changed, by its name: those that never have are not in it. */
export type Revisions = ReadonlyMap<string, number>;

export function revisionsOf(rows: readonly Revision[]): Revisions {
  return new Map(rows.map(({ topic, revision }) => [topic, revision]));
}

/** Hears how often each has changed, with what stands before it in the same batch: every other change has another number. */
export function marking(hear: (revisions: Revisions) => void): Statement {
  return { sql: REVISIONS, heard: (rows) => hear(revisionsOf(rows as readonly Revision[])) };
}

/**
 * Lets PostgreSQL itself notice and tell each change, whoever makes it: a replica, a tool of ours, or an operator by hand.
 * SQLite has one process to write it, which knows. Under the lock of migrations.
 */
export async function watchTables(held: SQL): Promise<void> {
  const missing: string[] = [];
  for (const table of WATCHED) {
    const found: unknown[] = await held.unsafe(
      `SELECT 1 FROM pg_trigger WHERE tgname = '${CHANGED}' AND tgrelid = to_regclass($1)`,
      [table],
    );
    if (found.length === 0) missing.push(table);
  }
  if (missing.length === 0) return;
  await held.unsafe(
    `CREATE TABLE IF NOT EXISTS revisions (topic TEXT COLLATE "C" PRIMARY KEY, revision BIGINT NOT NULL)`,
  );
  await held.unsafe(`CREATE OR REPLACE FUNCTION ${CHANGED}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO revisions AS kept (topic, revision) VALUES (TG_TABLE_NAME, 1)
        ON CONFLICT (topic) DO UPDATE SET revision = kept.revision + 1;
      PERFORM pg_notify('${CHANGED}', TG_TABLE_NAME);
      RETURN NULL;
    END $$`);
  for (const table of missing)
    await held.unsafe(`CREATE TRIGGER ${CHANGED}
      AFTER INSERT${GROWING.includes(table) ? "" : " OR UPDATE OR DELETE OR TRUNCATE"} ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${CHANGED}()`);
}

/** The same database. Says to which of the watched tables it has written, once that holds. */
export function telling(database: Database, tell: (table: string) => void): Database {
  const known = new Map<string, string | undefined>();
  const tableOf = (sql: string) => {
    if (known.has(sql)) return known.get(sql);
    const name = /^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)/i.exec(sql)?.[1];
    const table = WATCHED.find((one) => one === name);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(sql, table);
    return table;
  };
  return {
    engine: database.engine,
    all: (...told) => database.all(...told),
    batch: (statements, ...more) =>
      after(database.batch(statements, ...more), (counts) => {
        for (const table of new Set(statements.map(({ sql }) => tableOf(sql)))) if (table !== undefined) tell(table);
        return counts;
      }),
    get downMs() {
      return database.downMs;
    },
    ...(database.still === undefined ? {} : { still: (read) => database.still!(read) }),
    ...(database.listen === undefined ? {} : { listen: (look) => database.listen!(look) }),
    close: () => database.close(),
  };
}

const MOST_REMEMBERED = 1000;
