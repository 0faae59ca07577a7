import { after, type Database, type Soon, type Statement } from "./database.ts";

/** What of routing is made while the gateway runs: `rule` or `virtual_model`. */
export type DirectionKind = "rule" | "virtual_model";

/** A routing rule or a virtual model, as it is kept. */
export interface DirectionRow {
  kind: DirectionKind;
  id: string;
  /** JSON, as the configuration would have it; `null` for one that was taken away, where others may still have it. */
  value: string | null;
  /** Where it stands among the others. */
  place: number;
  /** Unix milliseconds. */
  createdAt: number;
  /** Grows with every change of any of them. */
  version: number;
}

/** Routing rules and virtual models that were made while the gateway ran. */
export class DirectionStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** In their order, those that were taken away included. */
  all(): Soon<DirectionRow[]> {
    return this.database.all<DirectionRow>(
      'SELECT kind, id, value, place, created_at AS "createdAt", version FROM directions ORDER BY place, created_at, id',
    );
  }

  /** Makes them, or says them anew: all or none. @param along is done in the same breath, here as below */
  put(rows: readonly DirectionRow[], along: readonly Statement[] = []): Soon<void> {
    const statements = rows.map(({ kind, id, value, place, createdAt, version }) => ({
      sql: `INSERT INTO directions (kind, id, value, place, created_at, version) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, place = excluded.place, created_at = excluded.created_at,
        version = excluded.version`,
      values: [kind, id, value, place, createdAt, version],
    }));
    return after(this.database.batch([...statements, ...along]), () => undefined);
  }

  remove(kind: DirectionKind, id: string, along: readonly Statement[] = []): Soon<void> {
    const sql = "DELETE FROM directions WHERE kind = ? AND id = ?";
    return after(this.database.batch([{ sql, values: [kind, id], must: true }, ...along]), () => undefined);
  }
}
