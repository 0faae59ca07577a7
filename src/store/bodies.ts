import { after, type Database, type Soon } from "./database.ts";

/** What was asked and answered. */
export interface BodyRow {
  readonly generationId: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly asked: string | null;
  readonly answered: string | null;
  /** JSON: header fields of the question, and of each answer of a provider; `null` for what was kept before these were. */
  readonly askedFields: string | null;
  readonly answeredFields: string | null;
}

export class BodyStore {
  private readonly database: Database;
  private readonly pending = new Set<Promise<void>>();

  constructor(database: Database) {
    this.database = database;
  }

  /** Keeps it when this turn of the event loop is over. Nobody waits for it but {@link close}; `failed` hears why it could not be kept. */
  addLater(make: () => BodyRow, failed: (cause: unknown) => void): void {
    const kept = new Promise(setImmediate)
      .then(() => this.add(make()))
      .catch(failed)
      .then(() => void this.pending.delete(kept));
    this.pending.add(kept);
  }

  /** Resolves when everything is kept that was to be. */
  async close(): Promise<void> {
    await Promise.all(this.pending);
  }

  add(row: BodyRow): Soon<void> {
    const { generationId, createdAt, asked, answered, askedFields, answeredFields } = row;
    const sql = `INSERT INTO bodies (generation_id, created_at, asked, answered, asked_fields, answered_fields) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (generation_id) DO NOTHING`;
    const values = [generationId, createdAt, asked, answered, askedFields, answeredFields];
    const added = this.database.batch([{ sql, values }]);
    return after(added, () => undefined);
  }

  /** Whether anything is kept of it. */
  has(generationId: string): Soon<boolean> {
    const rows = this.database.all("SELECT 1 AS one FROM bodies WHERE generation_id = ?", [generationId]);
    return after(rows, ({ length }) => length > 0);
  }

  find(generationId: string): Soon<BodyRow | undefined> {
    const rows = this.database.all<BodyRow>(
      `SELECT generation_id AS "generationId", created_at AS "createdAt", asked, answered, asked_fields AS "askedFields",
        answered_fields AS "answeredFields" FROM bodies WHERE generation_id = ?`,
      [generationId],
    );
    return after(rows, ([row]) => row);
  }
}
