import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";

/** A provider's credential that was entered while the gateway ran. */
export interface CredentialRow {
  id: string;
  provider: string;
  /** Its provider has no other of that name. */
  name: string;
  /** JSON: whatever of it is no secret. */
  settings: string;
  /** The secret, sealed; `null` where it was dropped. */
  sealed: string | null;
  /** The last characters, for people to tell credentials apart. */
  hint: string;
  /** Unix milliseconds. */
  createdAt: number;
  updatedAt: number;
}

const SELECT = `SELECT id, provider, name, settings, sealed, hint, created_at AS "createdAt", updated_at AS "updatedAt"
  FROM credentials ORDER BY created_at, id`;
const INSERT = `INSERT INTO credentials (id, provider, name, settings, sealed, hint, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (provider, name) DO NOTHING`;
const UPDATE = `UPDATE credentials SET name = ?, settings = ?, sealed = ?, hint = ?, updated_at = ? WHERE id = ? AND updated_at = ?
  AND NOT EXISTS (SELECT 1 FROM credentials AS other WHERE other.provider = ? AND other.name = ? AND other.id <> ?)`;
const DELETE = "DELETE FROM credentials WHERE id = ?";

export class CredentialStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** In the order in which they were entered. */
  all(): Soon<CredentialRow[]> {
    return this.database.all<CredentialRow>(SELECT);
  }

  /** @param along is done in the same breath, here as below @returns whether its name was free */
  insert(row: CredentialRow, along: readonly Statement[] = []): Soon<boolean> {
    const { id, provider, name, settings, sealed, hint, createdAt, updatedAt } = row;
    return this.changed(INSERT, [id, provider, name, settings, sealed, hint, createdAt, updatedAt], along);
  }

  /** @param beforeMs when it was changed last: where that is otherwise by now, or another has its name, nothing happens. @returns whether it did */
  update(row: CredentialRow, beforeMs: number, along: readonly Statement[] = []): Soon<boolean> {
    const { id, provider, name, settings, sealed, hint, updatedAt } = row;
    const values = [name, settings, sealed, hint, updatedAt, id, beforeMs, provider, name, id];
    return this.changed(UPDATE, values, along);
  }

  /** @returns whether there was one */
  remove(id: string, along: readonly Statement[] = []): Soon<boolean> {
    return this.changed(DELETE, [id], along);
  }

  private changed(sql: string, values: readonly Value[], along: readonly Statement[]): Soon<boolean> {
    return after(this.database.batch([{ sql, values, must: true }, ...along]), ([rows]) => rows === 1);
  }
}
