import type { Soon } from "../core/soon.ts";

// SQLite is in this process and answers at once.
export { after, type Soon } from "../core/soon.ts";

/** What stands in a column. Whole numbers beyond 2^53 come back as `bigint`; flags are 0 and 1. */
export type Value = string | number | bigint | null;

/** SQL that both engines understand, with `?` for each value: no value ever stands in its text, nor a `?` that is none. */
export interface Statement {
  readonly sql: string;
  readonly values?: readonly Value[];
  /** Where it changes no row, nothing of its batch holds. */
  readonly must?: true;
  /** Hears the rows that it reads, whether or not the batch holds in the end. PostgreSQL's. */
  readonly heard?: (rows: readonly object[]) => void;
}

/** Why a batch was taken back: one of its statements had to change something, and did not. */
export class Unmoved extends Error {}

/**
 * What the stores are written over: one set of queries for both engines. There is no transaction that anything could be waited for in:
 * what depends on what was read says so in its own `WHERE`, and looks at how many rows it changed. Sums are written
 * `CAST(SUM(x) AS BIGINT)`: PostgreSQL would make them decimals.
 */
export interface Database {
  readonly engine: "sqlite" | "postgres";
  /** The rows of one query. @throws GatewayError `database_unavailable`, here as in `batch`, where it cannot be asked */
  all<Row extends object>(sql: string, values?: readonly Value[], withinMs?: number): Soon<Row[]>;
  /**
   * All of them, in their order, or none. @returns how many rows each has changed; nothing but 0 where one that must change something did not
   * @param withinMs after which a server that has not answered is taken for one that cannot be asked
   */
  batch(statements: readonly Statement[], withinMs?: number): Soon<number[]>;
  /**
   * Where other processes write here too: all that is read by the database that `read` is given is as it was at one moment. Nothing is written by it.
   * @throws GatewayError `database_unavailable`, and what `read` throws
   */
  still?<T>(read: (still: Database) => Promise<T>): Promise<T>;
  /**
   * Where other processes write here too: `look` whenever one of the watched tables has changed, and whenever that can be heard (again).
   * @returns how to stop it
   */
  listen?(look: () => void): Promise<() => Promise<void>>;
  /** For how many milliseconds a server has not answered; `undefined` when it does, and where there is none. */
  readonly downMs?: number | undefined;
  close(): Soon<void>;
}

/** The same row, with whole numbers as numbers where these can hold them. */
export function plain<Row extends object>(row: Row): Row {
  const values = row as Record<string, unknown>;
  for (const name in values) {
    const value = values[name];
    if (typeof value === "bigint" && BigInt.asIntN(54, value) === value) values[name] = Number(value);
  }
  return row;
}
