import { after, type Database, type Soon } from "./database.ts";

/** Something that somebody should look into. */
export interface AlarmRow {
  /** Sorts by time. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** What it is: `usage` for counts of a provider's that are none. */
  readonly kind: string;
  /** What it is about: the id of a generation. */
  readonly target: string;
  /** JSON. */
  readonly detail: string;
}

export class AlarmStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  add({ id, createdAt, kind, target, detail }: AlarmRow): Soon<void> {
    const sql = "INSERT INTO alarms (id, created_at, kind, target, detail) VALUES (?, ?, ?, ?, ?)";
    return after(this.database.batch([{ sql, values: [id, createdAt, kind, target, detail] }]), () => undefined);
  }
}
