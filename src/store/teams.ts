import { after, type Database, type Soon, type Statement } from "./database.ts";

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
const MEMBERS = "SELECT 1 FROM keys WHERE team = ? AND revoked_at IS NULL";

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

  /** Says it anew. @returns whether it was still as `before` says: else nothing is changed */
  change(row: TeamRow, before: TeamRow, along: readonly Statement[] = []): Soon<boolean> {
    const sql = "UPDATE teams SET name = ?, metadata = ? WHERE id = ? AND name = ? AND COALESCE(metadata, '') = ?";
    const values = [row.name, row.metadata, before.id, before.name, before.metadata ?? ""];
    return after(this.database.batch([{ sql, values, must: true }, ...along]), ([changed]) => changed === 1);
  }

  /** @param along is done in the same breath, here as in the others @throws where there is one of that id */
  insert({ id, name, metadata, createdAt }: TeamRow, along: readonly Statement[] = []): Soon<void> {
    const sql = "INSERT INTO teams (id, name, metadata, created_at) VALUES (?, ?, ?, ?)";
    const values = [id, name, metadata, createdAt];
    return after(this.database.batch([{ sql, values }, ...along]), () => undefined);
  }

  /** Whether a key belongs to it which is not revoked. */
  hasKeys(id: string): Soon<boolean> {
    return after(this.database.all(`${MEMBERS} LIMIT 1`, [id]), (found) => found.length > 0);
  }

  /** @returns whether it is gone: a team that has keys stays */
  remove(id: string, along: readonly Statement[] = []): Soon<boolean> {
    const sql = `DELETE FROM teams WHERE id = ? AND NOT EXISTS (${MEMBERS})`;
    const removal: Statement = { sql, values: [id, id], must: true };
    return after(this.database.batch([heldTeam(id), removal, ...along]), ([, removed]) => removed === 1);
  }
}

/** Keeps a team as it is until what stands behind is done: who takes it away waits, and who finds it gone does nothing. */
export function heldTeam(id: string): Statement {
  return { sql: "UPDATE teams SET name = name WHERE id = ?", values: [id], must: true };
}
