import type { Database } from "bun:sqlite";

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

interface Kept {
  kind: DirectionKind;
  id: string;
  value: string | null;
  place: bigint;
  created_at: bigint;
  version: bigint;
}

/** Routing rules and virtual models that were made while the gateway ran. */
export class DirectionStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** In their order, those that were taken away included. */
  all(): DirectionRow[] {
    return this.database
      .query<Kept, []>(
        "SELECT kind, id, value, place, created_at, version FROM directions ORDER BY place, created_at, id",
      )
      .all()
      .map(({ kind, id, value, place, created_at, version }) => ({
        kind,
        id,
        value,
        place: Number(place),
        createdAt: Number(created_at),
        version: Number(version),
      }));
  }

  /** Makes them, or says them anew: all or none. */
  put(rows: readonly DirectionRow[]): void {
    const statement = this.database.query(
      "INSERT OR REPLACE INTO directions (kind, id, value, place, created_at, version) VALUES ($kind, $id, $value, $place, $createdAt, $version)",
    );
    this.database.transaction(() => {
      for (const row of rows) statement.run({ ...row });
    })();
  }

  remove(kind: DirectionKind, id: string): void {
    this.database.query("DELETE FROM directions WHERE kind = ? AND id = ?").run(kind, id);
  }
}
