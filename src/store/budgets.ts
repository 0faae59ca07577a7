import { after, type Database, type Soon, type Statement, type Value } from "./database.ts";

export interface BudgetRow {
  id: string;
  scope: string;
  scopeId: string;
  period: string;
  /** Nanodollars. */
  limit: number;
  soft: boolean;
  includesByok: boolean;
  /** JSON list of percentages. */
  thresholds: string;
  archived: boolean;
  /** Unix milliseconds. */
  createdAt: number;
  updatedAt: number;
}

/** What is on an account. Nanodollars. */
export interface AccountRow {
  scope: string;
  scopeId: string;
  period: string;
  startedAt: number;
  spent: number;
  byokSpent: number;
  alerted: number;
}

/** Which are wanted. */
export interface BudgetPage {
  readonly scope?: string | undefined;
  readonly scopeId?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

type Flag = "soft" | "includesByok" | "archived";
type Columns = Omit<BudgetRow, Flag> & Record<Flag, number>;
type Named = Pick<AccountRow, "scope" | "scopeId" | "period" | "startedAt">;

const SELECT = `SELECT id, scope, scope_id AS "scopeId", period, limit_nano AS "limit", soft, includes_byok AS "includesByok",
  thresholds, archived, created_at AS "createdAt", updated_at AS "updatedAt" FROM budgets`;
const INSERT = `INSERT INTO budgets
  (id, scope, scope_id, period, limit_nano, soft, includes_byok, thresholds, archived, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const CHANGE = `UPDATE budgets SET limit_nano = ?, soft = ?, includes_byok = ?, thresholds = ?, archived = ?, updated_at = ?
  WHERE id = ? AND updated_at = ?`;
const LOAD = `SELECT spent, byok_spent AS "byokSpent", alerted FROM accounts
  WHERE scope = ? AND scope_id = ? AND period = ? AND started_at = ?`;
// The first who notes a share tells of it.
const ALERT = `INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent, alerted) VALUES (?, ?, ?, ?, 0, 0, ?)
  ON CONFLICT (scope, scope_id, period, started_at) DO UPDATE SET alerted = excluded.alerted WHERE accounts.alerted < excluded.alerted`;

/** Budgets, and what is spent against them. */
export class BudgetStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  all(): Soon<BudgetRow[]> {
    return this.rows("");
  }

  find(id: string): Soon<BudgetRow | undefined> {
    return after(this.rows("WHERE id = ?", [id]), ([row]) => row);
  }

  /** Those of one. */
  of(scope: string, scopeId: string): Soon<BudgetRow[]> {
    return this.rows("WHERE scope = ? AND scope_id = ?", [scope, scopeId]);
  }

  /** The oldest first. Absent: whatever it is. @param after the last that is known already */
  page({ scope, scopeId, after: last, limit }: BudgetPage): Soon<BudgetRow[]> {
    const where = `WHERE (CAST(? AS TEXT) IS NULL OR scope = ?) AND (CAST(? AS TEXT) IS NULL OR scope_id = ?)
      AND (CAST(? AS TEXT) IS NULL OR id > ?)`;
    const wanted = [scope, scopeId, last].map((text) => text ?? null);
    return this.rows(
      where,
      wanted.flatMap((one) => [one, one]),
      limit,
    );
  }

  count(): Soon<number> {
    return after(this.database.all<{ n: number }>("SELECT count(*) AS n FROM budgets"), ([row]) => row?.n ?? 0);
  }

  /** @param along is done in the same breath, here as below @returns whether it has no other of its period */
  insert(row: BudgetRow, along: readonly Statement[] = []): Soon<boolean> {
    return this.write([this.insertion(row), ...along]);
  }

  /** Whose it is and its period stay. @param beforeMs when it was changed last: where that is otherwise by now, nothing happens. @returns whether it did */
  change(row: BudgetRow, beforeMs: number, along: readonly Statement[] = []): Soon<boolean> {
    return this.write([this.alteration(row, beforeMs), ...along]);
  }

  /** What was spent stays. */
  remove(id: string, along: readonly Statement[] = []): Soon<boolean> {
    return this.write([this.removal(id), ...along]);
  }

  /** @param statements the first of which must change something, as those below do @returns whether they hold */
  write(statements: readonly Statement[]): Soon<boolean> {
    return after(this.database.batch(statements), ([first]) => first === 1);
  }

  /** What `insert` does, along with something else; and so of the others. */
  insertion(row: BudgetRow): Statement {
    return { sql: INSERT, values: valuesOf(row), must: true };
  }

  alteration(row: BudgetRow, beforeMs: number): Statement {
    const { id, limit, soft, includesByok, thresholds, archived, updatedAt } = row;
    const values = [limit, Number(soft), Number(includesByok), thresholds, Number(archived), updatedAt, id, beforeMs];
    return { sql: CHANGE, values, must: true };
  }

  removal(id: string): Statement {
    return { sql: "DELETE FROM budgets WHERE id = ?", values: [id], must: true };
  }

  /** What is on an account; nothing, where nobody has spent any. */
  load({ scope, scopeId, period, startedAt }: Named): Soon<Pick<AccountRow, "spent" | "byokSpent" | "alerted">> {
    const rows = this.database.all<Record<"spent" | "byokSpent" | "alerted", number | bigint>>(LOAD, [
      scope,
      scopeId,
      period,
      startedAt,
    ]);
    return after(rows, ([row]) => ({
      spent: Number(row?.spent ?? 0),
      byokSpent: Number(row?.byokSpent ?? 0),
      alerted: Number(row?.alerted ?? 0),
    }));
  }

  /** Notes that a share of the limit was reached. @returns whether nobody had noted it, or a higher one */
  alert({ scope, scopeId, period, startedAt }: Named, percent: number): Soon<boolean> {
    const noted = this.database.batch([{ sql: ALERT, values: [scope, scopeId, period, startedAt, percent] }]);
    return after(noted, ([changed]) => changed === 1);
  }

  private rows(where: string, values: readonly Value[] = [], limit?: number): Soon<BudgetRow[]> {
    const most = limit === undefined ? [] : [limit];
    const sql = `${SELECT} ${where} ORDER BY id${limit === undefined ? "" : " LIMIT ?"}`;
    return after(this.database.all<Columns>(sql, [...values, ...most]), (all) =>
      all.map((row) => ({
        ...row,
        soft: Number(row.soft) === 1,
        includesByok: Number(row.includesByok) === 1,
        archived: Number(row.archived) === 1,
      })),
    );
  }
}

function valuesOf(row: BudgetRow): Value[] {
  const { id, scope, scopeId, period, limit, thresholds, createdAt, updatedAt } = row;
  const [soft, includesByok, archived] = [row.soft, row.includesByok, row.archived].map(Number) as [
    number,
    number,
    number,
  ];
  return [id, scope, scopeId, period, limit, soft, includesByok, thresholds, archived, createdAt, updatedAt];
}
