import { after, type Database, type Soon } from "./database.ts";

/** A group of keys. */
export interface TeamRow {
  id: string;
  name: string;
  /** JSON */
  metadata: string | null;
  /** Unix milliseconds. */
  createdAt: number;
}

const SELECT = 'SELECT id, name, metadata, created_at AS "createdAt" FROM teams';

export class TeamStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** By age. */
  all(): Soon<TeamRow[]> {
    return this.database.all<TeamRow>(`${SELECT} ORDER BY id`);
  }

  find(id: string): Soon<TeamRow | undefined> {
    return after(this.database.all<TeamRow>(`${SELECT} WHERE id = ?`, [id]), ([row]) => row);
  }

  /** Makes it, or says all of it anew. */
  put({ id, name, metadata, createdAt }: TeamRow): Soon<void> {
    const sql = `INSERT INTO teams (id, name, metadata, created_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata`;
    return after(this.database.batch([{ sql, values: [id, name, metadata, createdAt] }]), () => undefined);
  }

  /** @returns whether it is gone: a team that a key belongs to which is not revoked stays */
  remove(id: string): Soon<boolean> {
    const sql =
      "DELETE FROM teams WHERE id = ? AND NOT EXISTS (SELECT 1 FROM keys WHERE team = ? AND revoked_at IS NULL)";
    return after(this.database.batch([{ sql, values: [id, id] }]), ([removed]) => removed === 1);
  }
}
