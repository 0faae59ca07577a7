import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";

/** Something that was done by way of the admin API. */
export interface AuditRow {
  /** Sorts by time. */
  id: string;
  /** Unix milliseconds. */
  createdAt: number;
  /** Who did it. */
  actor: string;
  action: string;
  /** What it was done to. */
  target: string;
  /** JSON, without secrets. */
  detail: string | null;
}

/** Which rows are wanted. Texts are compared as they stand. */
export interface AuditQuery {
  readonly limit: number;
  /** Only rows before this one. */
  readonly before?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

const INSERT = "INSERT INTO audit (id, created_at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)";
const SELECT = 'SELECT id, created_at AS "createdAt", actor, action, target, detail FROM audit';

export class AuditStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** All or none. Rows are never changed. */
  add(rows: readonly AuditRow[]): Soon<void> {
    return after(this.database.batch(rows.map((row) => this.line(row))), () => undefined);
  }

  /** What writes one down along with what it tells of. */
  line({ id, createdAt, actor, action, target, detail }: AuditRow): Statement {
    return { sql: INSERT, values: [id, createdAt, actor, action, target, detail] };
  }

  /** The latest first. */
  page({ limit, before, actor, action, target }: AuditQuery): Soon<AuditRow[]> {
    const wanted = [before, actor, action, target].map((text) => text ?? null);
    const sql = `${SELECT}
      WHERE (CAST(? AS TEXT) IS NULL OR id < ?) AND (CAST(? AS TEXT) IS NULL OR actor = ?)
      AND (CAST(? AS TEXT) IS NULL OR action = ?) AND (CAST(? AS TEXT) IS NULL OR target = ?)
      ORDER BY id DESC LIMIT ?`;
    const values: Value[] = [...wanted.flatMap((one) => [one, one]), limit];
    return this.database.all<AuditRow>(sql, values);
  }
}
