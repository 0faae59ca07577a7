import { after, type Database, type Soon, type Statement } from "./database.ts";

const HOUR_MS = 3_600_000;
/** How long a name is known. */
export const NAME_KNOWN_MS = 24 * HOUR_MS;
/** Longer than any request takes: whoever served it is gone, and has told nobody of an answer. */
const LOST_MS = HOUR_MS;
/** Once in so many claims those that are past are thrown away, twice as many at the most: there are never many. */
const PRUNED_EVERY = 200;

/** A request that has a name of its client's. */
export interface NamedRequest {
  readonly keyId: string;
  readonly name: string;
  readonly digest: string;
  readonly generationId: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** The request that has a name already. */
export interface NameHolder {
  readonly digest: string;
  readonly generationId: string;
  /** Its row is written. */
  readonly isDone: boolean;
}

/** What a generation's row says of whether anything was paid for. */
const HAS_COST = "COALESCE(g.cost, 0) + COALESCE(g.input, 0) + COALESCE(g.output, 0) > 0";

/**
 * The names that clients gave their requests. Whether one was answered, and whether it has cost anything, its generation's row says: a
 * name is claimed, and nothing more need be written.
 */
export class IdempotencyStore {
  private readonly database: Database;
  private claims = 0;

  constructor(database: Database) {
    this.database = database;
  }

  /** Claims a name. @returns who has it, where that is another: it is being served, or has cost something, and within a day */
  claim(request: NamedRequest): Soon<NameHolder | undefined> {
    const { keyId, name, digest, generationId, atMs } = request;
    const free = `DELETE FROM idempotency WHERE key_id = ? AND name = ? AND (claimed_at <= ?
      OR (claimed_at <= ? AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.id = idempotency.generation_id))
      OR EXISTS (SELECT 1 FROM generations g WHERE g.id = idempotency.generation_id AND NOT (${HAS_COST})))`;
    const claim = `INSERT INTO idempotency (key_id, name, digest, generation_id, claimed_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (key_id, name) DO NOTHING`;
    const statements: Statement[] = [
      { sql: free, values: [keyId, name, atMs - NAME_KNOWN_MS, atMs - LOST_MS] },
      { sql: claim, values: [keyId, name, digest, generationId, atMs] },
    ];
    if (this.claims++ % PRUNED_EVERY === 0) statements.push(pastBefore(atMs - NAME_KNOWN_MS));
    return after(this.database.batch(statements), ([, claimed]) =>
      claimed === 1 ? undefined : this.holderOf(request),
    );
  }

  /** Lets go of a name whose request was not served. */
  release(keyId: string, name: string, generationId: string): Soon<void> {
    const sql = "DELETE FROM idempotency WHERE key_id = ? AND name = ? AND generation_id = ?";
    return after(this.database.batch([{ sql, values: [keyId, name, generationId] }]), () => undefined);
  }

  private holderOf({ keyId, name, digest, generationId }: NamedRequest): Soon<NameHolder> {
    const sql = `SELECT i.digest, i.generation_id AS "generationId", CASE WHEN g.id IS NULL THEN 0 ELSE 1 END AS done
      FROM idempotency i LEFT JOIN generations g ON g.id = i.generation_id WHERE i.key_id = ? AND i.name = ?`;
    return after(this.database.all<Omit<NameHolder, "isDone"> & { done: number }>(sql, [keyId, name]), ([row]) => {
      // Let go of in this very moment: whoever comes again will have it.
      if (row === undefined) return { digest, generationId, isDone: false };
      return { digest: row.digest, generationId: row.generationId, isDone: row.done === 1 };
    });
  }
}

function pastBefore(ms: number): Statement {
  const past = "SELECT key_id, name FROM idempotency WHERE claimed_at <= ? ORDER BY claimed_at, key_id, name LIMIT ?";
  return { sql: `DELETE FROM idempotency WHERE (key_id, name) IN (${past})`, values: [ms, 2 * PRUNED_EVERY] };
}
