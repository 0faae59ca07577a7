import { SQL } from "bun";
import { CHANGED, watchTables } from "./changes.ts";
import { type Database, plain, type Statement, type Value } from "./database.ts";
import { forPostgres, MIGRATIONS } from "./migrations.ts";

/** Connections of one process. */
const MOST_CONNECTIONS = 10;
const CONNECT_SECONDS = 5;
/** So long the server works on one statement at the most. */
const STATEMENT_MS = 30_000;
/** Of the advisory lock under which the schema is brought up to date: "headgate" as a number. */
const MIGRATION_LOCK = 7_234_309_800_000_101n;

/** A PostgreSQL database, as the stores see it. */
export class PostgresDatabase implements Database {
  readonly engine = "postgres";
  private readonly sql: SQL;

  constructor(sql: SQL) {
    this.sql = sql;
  }

  async all<Row extends object>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    const rows: Row[] = await this.sql.unsafe(numbered(sql), values.map(held));
    return rows.map(plain);
  }

  async batch(statements: readonly Statement[]): Promise<number[]> {
    const [only] = statements;
    if (only !== undefined && statements.length === 1) return [await changes(this.sql, only)];
    // On one connection they are carried out in the order in which they are sent, and none waits for the answer to another.
    return this.sql.begin((within) => Promise.all(statements.map((one) => changes(within, one))));
  }

  async listen(look: () => void): Promise<() => Promise<void>> {
    const heard = await this.sql.listen(CHANGED, look, look);
    return () => heard.unlisten();
  }

  async close(): Promise<void> {
    await this.sql.close();
  }
}

async function changes(sql: SQL, { sql: text, values = [] }: Statement): Promise<number> {
  const result: { count: number } = await sql.unsafe(numbered(text), values.map(held));
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
 * @throws Error when it cannot be reached, or comes from a newer version
 */
export async function openPostgres(url: string): Promise<PostgresDatabase> {
  const sql = new SQL(url, {
    max: MOST_CONNECTIONS,
    connectionTimeout: CONNECT_SECONDS,
    bigint: true,
    connection: { statement_timeout: STATEMENT_MS, application_name: "headgate" },
  });
  try {
    await migrate(sql);
    return new PostgresDatabase(sql);
  } catch (thrown) {
    await sql.close();
    if (!(thrown instanceof SQL.PostgresError)) throw thrown;
    const { host, pathname } = new URL(url);
    throw new Error(`the PostgreSQL database ${host}${pathname} cannot be used (${thrown.message})`, { cause: thrown });
  }
}

async function migrate(sql: SQL): Promise<void> {
  await using held = await sql.reserve();
  // A step may take as long as it takes, and so may whoever takes it before us.
  await held.unsafe("SET statement_timeout = 0");
  await held.unsafe("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  try {
    await held.unsafe("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
    const [row]: { version: bigint | null }[] = await held.unsafe("SELECT MAX(version) AS version FROM schema_version");
    const version = Number(row?.version ?? 0n);
    if (version > MIGRATIONS.length)
      throw new Error(
        `the database is of version ${version}, this program knows ${MIGRATIONS.length}: it was used by a newer one`,
      );
    for (const [i, statements] of MIGRATIONS.entries()) {
      if (i < version) continue;
      await held.unsafe("BEGIN");
      try {
        for (const statement of statements) await held.unsafe(forPostgres(statement));
        await held.unsafe("INSERT INTO schema_version (version) VALUES ($1)", [BigInt(i + 1)]);
        await held.unsafe("COMMIT");
      } catch (thrown) {
        await held.unsafe("ROLLBACK");
        throw thrown;
      }
    }
    await watchTables(held);
  } finally {
    await held.unsafe("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    await held.unsafe("RESET statement_timeout");
  }
}
