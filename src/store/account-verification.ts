import { generationFloor } from "../core/id.ts";
import { type Period, spanAt } from "../core/period.ts";
import { CHARGE, chargeValues } from "./accounts.ts";
import type { Database } from "./database.ts";
import { COST, DAY_MS, EACH, GRACE_MS, OWNERS, ownersIn } from "./owners.ts";
import { type ComparedTotals, TotalVerification } from "./total-verification.ts";
import { PRUNED_UNTIL } from "./verification.ts";

/** An account that is not what its rows cost. Nanodollars. */
export interface AccountDifference {
  readonly scope: string;
  readonly scopeId: string;
  readonly period: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** What the rows and their corrections say, and what was spent by the account. */
  readonly rows: bigint;
  readonly spent: bigint;
}

/** Since when rows tell what they were charged beyond their cost; absent where all do. Unix milliseconds. */
const RECKONED_SINCE = "reckoned_since";
/** As many are told. */
const MOST = 20;

// In one question, so that no row comes in between.
const SIDES = (owner: string) => `SELECT 'rows' AS side, owner, CAST(SUM(cost) AS BIGINT) AS nano FROM (
    SELECT ${owner} AS owner, ${COST} AS cost FROM generations WHERE id >= ? AND id < ?
    UNION ALL SELECT ${owner} AS owner, corrections.cost FROM corrections
    JOIN generations ON generations.id = corrections.generation_id WHERE generations.id >= ? AND generations.id < ?
  ) AS costs WHERE owner IS NOT NULL GROUP BY owner
  UNION ALL SELECT 'account' AS side, scope_id AS owner, spent + byok_spent AS nano FROM accounts
  WHERE scope = ? AND period = ? AND started_at = ?`;

type Nano = number | bigint;

export interface AccountVerificationParts {
  readonly database: Database;
  /** How long rows and accounts are kept. */
  readonly keepDays: number;
  /** What has no price is counted as well. */
  readonly hasCeiling: boolean;
  /** Unix milliseconds, here as below. */
  readonly nowMs: number;
}

/**
 * Whether what was spent against budgets is what the rows say. That can be told of periods that began after the last change of any
 * budget, and of which all rows are kept: nobody knows what was in force before.
 */
export class AccountVerification {
  private readonly database: Database;
  private readonly keptSinceMs: number;
  private readonly hasCeiling: boolean;

  constructor({ database, keepDays, hasCeiling, nowMs }: AccountVerificationParts) {
    this.database = database;
    this.keptSinceMs = nowMs - keepDays * DAY_MS;
    this.hasCeiling = hasCeiling;
  }

  /** Those of budgets without an end. */
  async totals(): Promise<ComparedTotals> {
    const [first] = await this.database.all<{ at: number | null }>("SELECT MIN(created_at) AS at FROM keys");
    const sinceMs = await this.rowsSince();
    const isAll = first?.at != null && first.at >= sinceMs;
    return new TotalVerification(this.database, { sinceMs, isAll }).compare();
  }

  /** The first that are found, and of how many periods. */
  async differences(nowMs: number): Promise<{ differences: AccountDifference[]; periods: number }> {
    const differences: AccountDifference[] = [];
    const since = await this.since();
    const budgets = await this.database.all<{ scope: string; scopeId: string; period: Period }>(
      'SELECT scope, scope_id AS "scopeId", period FROM budgets WHERE archived = 0 ORDER BY id',
    );
    let periods = 0;
    for (const [scope, all] of Map.groupBy(budgets, (one) => one.scope)) {
      for (const period of new Set(all.map((one) => one.period))) {
        if (period === "total" || OWNERS[scope] === undefined) continue;
        const own = Map.groupBy(all, (one) => one.scopeId);
        const isInForce = (owner: string) =>
          (own.get(owner) ?? own.get(EACH) ?? []).some((one) => one.period === period);
        for (let at = spanAt(period, nowMs); at.startedAt >= since; at = spanAt(period, at.startedAt - 1)) {
          if (differences.length >= MOST) return { differences: differences.slice(0, MOST), periods };
          periods++;
          const [from, to] = [at.startedAt, at.endsAt ?? nowMs];
          const found = await this.compare(scope, period, { from, to }, isInForce);
          differences.push(...found.map((one) => ({ scope, period, startedAt: from, ...one })));
        }
      }
    }
    return { differences: differences.slice(0, MOST), periods };
  }

  /** Has accounts say what their rows do. What clients spend on accounts of their own stays as it is. */
  async mend(differences: readonly AccountDifference[]): Promise<void> {
    const statements = differences.map(({ rows, spent, ...name }) => ({
      sql: CHARGE,
      values: chargeValues({ ...name, spent: Number(rows - spent), byokSpent: 0 }),
    }));
    await this.database.batch(statements);
  }

  private async compare(
    scope: string,
    period: Period,
    { from, to }: { from: number; to: number },
    isInForce: (owner: string) => boolean,
  ): Promise<Pick<AccountDifference, "scopeId" | "rows" | "spent">[]> {
    const bounds = [generationFloor(from), generationFloor(to)];
    const sides = await this.database.all<{ side: "rows" | "account"; owner: string; nano: Nano }>(
      SIDES(OWNERS[scope]!),
      [...bounds, ...bounds, scope, period, from],
    );
    const all = new Map<string, { rows: bigint; spent: bigint }>();
    const of = (owner: string) => {
      const known = all.get(owner) ?? { rows: 0n, spent: 0n };
      all.set(owner, known);
      return known;
    };
    for (const { side, owner, nano } of sides) {
      if (side === "account") of(owner).spent += BigInt(nano);
      else for (const one of ownersIn(scope, owner)) if (isInForce(one)) of(one).rows += BigInt(nano);
    }
    return [...all].flatMap(([scopeId, { rows, spent }]) => (rows === spent ? [] : [{ scopeId, rows, spent }]));
  }

  /** Since when everything that bears on an account is known. */
  private async since(): Promise<number> {
    const [row] = await this.database.all<{ at: number | null }>(
      `SELECT MAX(at) AS at FROM (SELECT MAX(updated_at) AS at FROM budgets
        UNION ALL SELECT MAX(created_at) AS at FROM audit WHERE action LIKE 'budget.%') AS changes`,
    );
    return Math.max(await this.rowsSince(), (row?.at ?? 0) + GRACE_MS);
  }

  /** Since when all rows are there, and tell all that is asked of them. */
  private async rowsSince(): Promise<number> {
    const names = [PRUNED_UNTIL, ...(this.hasCeiling ? [RECKONED_SINCE] : [])];
    const [row] = await this.database.all<{ at: number | null }>(
      `SELECT MAX(CAST(value AS BIGINT)) AS at FROM settings WHERE name IN (${names.map(() => "?").join(", ")})`,
      names,
    );
    return Math.max(this.keptSinceMs, row?.at ?? 0);
  }
}
