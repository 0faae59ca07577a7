import type { Database } from "bun:sqlite";

/** What of routing is made while the gateway runs: `rule` or `virtual_model`. */
export type DirectionKind = "rule" | "virtual_model";

/** A routing rule or a virtual model, as it is kept. */
export interface DirectionRow {
  kind: DirectionKind;
  id: string;
  /** JSON, as the configuration would have it. */
  value: string;
  /** Unix milliseconds. */
  createdAt: number;
}

/** Routing rules and virtual models that were made while the gateway ran. */
export class DirectionStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** In the order in which they were made. */
  all(): DirectionRow[] {
    return this.database
      .query<{ kind: DirectionKind; id: string; value: string; created_at: bigint }, []>(
        "SELECT kind, id, value, created_at FROM directions ORDER BY position",
      )
      .all()
      .map(({ created_at, ...row }) => ({ ...row, createdAt: Number(created_at) }));
  }

  /** Makes it, or changes it in its place. */
  put({ kind, id, value, createdAt }: DirectionRow): void {
    this.database
      .query(
        "INSERT INTO directions (kind, id, value, created_at) VALUES ($kind, $id, $value, $createdAt) ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value",
      )
      .run({ kind, id, value, createdAt });
  }

  remove(kind: DirectionKind, id: string): void {
    this.database.query("DELETE FROM directions WHERE kind = ? AND id = ?").run(kind, id);
  }
}
