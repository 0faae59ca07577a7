import type { SQL } from "bun";
import { CHANGED, watchTables } from "./changes.ts";
import { type Database, plain, type Statement, Unmoved, type Value } from "./database.ts";
import { forPostgres, MIGRATIONS } from "./migrations.ts";
import { explained, unsure } from "./outage.ts";
import { PostgresPool } from "./pool.ts";

const CONNECT_SECONDS = 3;
/** So long the server works on one statement at the most, and so long it is waited for where nobody says how long. */
const STATEMENT_MS = 30_000;
const ANSWER_MS = STATEMENT_MS + 1000;
/** Nobody waits for longer for what another has locked: whoever asked has gone by then, and the server would go on with it. */
const LOCK_MS = 6000;
/** Of the advisory lock under which the schema is brought up to date: "headgate" as a number. */
export const MIGRATION_LOCK = 7_234_309_800_000_101n;

/** A PostgreSQL database, as the stores see it. */
export class PostgresDatabase implements Database {
  readonly engine = "postgres";
  private readonly connect: (most: number) => SQL;
  private readonly pool: PostgresPool;
  /** What is listened on stays open, whatever becomes of the connections that are asked. */
  private ear: SQL | undefined;

  /** @param connect makes so many connections at the most, once they are needed. @param most what asks has so many */
  constructor(connect: (most: number) => SQL, most: number) {
    this.connect = connect;
    this.pool = new PostgresPool(() => connect(most));
  }

  get downMs(): number | undefined {
    return this.pool.downMs;
  }

  all<Row extends object>(sql: string, values: readonly Value[] = [], withinMs = ANSWER_MS): Promise<Row[]> {
    return this.pool.use((to) => rowsOf<Row>(to, sql, values), withinMs);
  }

  still<T>(read: (still: Database) => Promise<T>): Promise<T> {
    const { engine } = this;
    return this.pool.use(
      (to) =>
        to.begin("ISOLATION LEVEL REPEATABLE READ, READ ONLY", (within) =>
          read({
            engine,
            all: (sql, values = []) => rowsOf(within, sql, values),
            batch: () => Promise.reject(new TypeError("Nothing is written while it stands still")),
            close() {},
          }),
        ),
      ANSWER_MS,
    );
  }

  batch(statements: readonly Statement[], withinMs = ANSWER_MS): Promise<number[]> {
    return this.pool.use(
      async (to) => {
        const [only] = statements;
        if (only !== undefined && statements.length === 1) return [await changes(to, only)];
        // On one connection they are carried out in the order in which they are sent, and none waits for the answer to another.
        const done = to.begin(async (within) => {
          const counts = await Promise.all(statements.map((one) => changes(within, one)));
          if (statements.some(({ must }, i) => must && counts[i] === 0)) throw new Unmoved();
          return counts;
        });
        return done.catch((thrown: unknown) => {
          if (thrown instanceof Unmoved) return statements.map(() => 0);
          throw thrown;
        });
      },
      withinMs,
      unsure,
    );
  }

  async listen(look: () => void): Promise<() => Promise<void>> {
    this.ear ??= this.connect(1);
    const heard = await this.ear.listen(CHANGED, look, look);
    return () => heard.unlisten();
  }

  async close(): Promise<void> {
    await this.ear?.close({ timeout: 0 });
    await this.pool.close();
  }
}

async function rowsOf<Row extends object>(sql: SQL, text: string, values: readonly Value[]): Promise<Row[]> {
  const rows: Row[] = await sql.unsafe(numbered(text), values.map(held));
  return rows.map(plain);
}

async function changes(sql: SQL, { sql: text, values = [], heard }: Statement): Promise<number> {
  const result: object[] & { count: number } = await sql.unsafe(numbered(text), values.map(held));
  heard?.(result.map(plain));
  return result.count;
}

/** A value as it can stand there. @throws TypeError for a fraction: it would be cut off without a word, and nothing here has one */
function held(value: Value): Value {
  if (typeof value === "number" && !Number.isInteger(value)) throw new TypeError(`${value} is no INTEGER`);
  // The one character that its texts cannot hold.
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}

const MOST_REMEMBERED = 1000;
const remembered = new Map<string, string>();

/** With `$1`, `$2`, … for each `?`. */
function numbered(sql: string): string {
  const known = remembered.get(sql);
  if (known !== undefined) return known;
  let n = 0;
  const text = sql.replaceAll("?", () => `$${++n}`);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(sql, text);
  return text;
}

/**
 * Opens a PostgreSQL database and brings its schema up to date, one process at a time. A step that was interrupted was not taken.
 * @param url `postgres://…`
 * @param connections so many at the most, and one more that listens
 * @throws Error when it cannot be reached, or comes from a newer version
 */
export async function openPostgres(url: string, connections = 10): Promise<PostgresDatabase> {
  const connect = (max: number) =>
    new Bun.SQL(url, {
      max,
      connectionTimeout: CONNECT_SECONDS,
      bigint: true,
      connection: { statement_timeout: STATEMENT_MS, lock_timeout: LOCK_MS, application_name: "headgate" },
    });
  const sql = connect(1);
  try {
    while (await migrated(sql));
    await sql.close();
    return new PostgresDatabase(connect, connections);
  } catch (thrown) {
    await sql.close();
    if (!(thrown instanceof Bun.SQL.PostgresError)) throw thrown;
    const { host, pathname } = new URL(url);
    const { message } = explained(thrown);
    throw new Error(`the PostgreSQL database ${host}${pathname} cannot be used (${message})`, { cause: thrown });
  }
}

/**
 * Takes the next step of the schema, where there is one. The lock is the transaction's: where a pool stands before the server, one of a session may
 * stay with a connection that is somebody else's by then.
 * @returns whether there was one
 */
function migrated(sql: SQL): Promise<boolean> {
  return sql.begin(async (held) => {
    // A step may take as long as it takes, and so may whoever takes it before us.
    await held.unsafe("SET LOCAL statement_timeout = 0");
    await held.unsafe("SET LOCAL lock_timeout = 0");
    await held.unsafe("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await held.unsafe("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
    const [row]: { version: bigint | null }[] = await held.unsafe("SELECT MAX(version) AS version FROM schema_version");
    const version = Number(row?.version ?? 0n);
    if (version > MIGRATIONS.length)
      throw new Error(
        `the database is of version ${version}, this program knows ${MIGRATIONS.length}: it was used by a newer one`,
      );
    const step = MIGRATIONS[version];
    if (step === undefined) {
      await watchTables(held);
      return false;
    }
    for (const statement of step) await held.unsafe(forPostgres(statement));
    await held.unsafe("INSERT INTO schema_version (version) VALUES ($1)", [BigInt(version + 1)]);
    return true;
  });
}
