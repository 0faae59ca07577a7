import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";
import { endOf, type Page, pageOf } from "./stretch.ts";

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
  /** And none before this one. */
  readonly from?: string | undefined;
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

  /** A page, and where it goes on: what is asked for may be nowhere, and is looked for in one stretch at a time. */
  search(query: AuditQuery): Soon<Page<AuditRow>> {
    const { limit } = query;
    return after(endOf(this.database, "audit", query), (end) =>
      after(this.page({ ...query, from: end, limit: limit + 1 }), (found) => pageOf(found, limit, end)),
    );
  }

  /** The latest first. */
  page({ limit, before, from, actor, action, target }: AuditQuery): Soon<AuditRow[]> {
    const conditions: [sql: string, value: Value][] = [];
    if (before !== undefined) conditions.push(["id < ?", before]);
    if (from !== undefined) conditions.push(["id >= ?", from]);
    if (actor !== undefined) conditions.push(["actor = ?", actor]);
    if (action !== undefined) conditions.push(["action = ?", action]);
    if (target !== undefined) conditions.push(["target = ?", target]);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
    const sql = `${SELECT} ${where} ORDER BY id DESC LIMIT ?`;
    const values = [...conditions.map(([, value]) => value), limit];
    return this.database.all<AuditRow>(sql, values);
  }
}
