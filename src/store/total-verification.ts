import { generationFloor } from "../core/id.ts";
import type { AccountDifference } from "./account-verification.ts";
import { BudgetHistory } from "./budget-history.ts";
import type { BudgetRow } from "./budgets.ts";
import type { Database } from "./database.ts";
import { COST, DAY_MS, EACH, GRACE_MS, OWNERS, ownersIn } from "./owners.ts";

/** A budget of which nobody can tell what should be spent of it, and why not. */
export interface Untold {
  readonly scope: string;
  readonly scopeId: string;
  readonly why: string;
}

export interface ComparedTotals {
  readonly differences: readonly AccountDifference[];
  /** How many budgets were compared. */
  readonly compared: number;
  readonly untold: readonly Untold[];
}

/** From when on what is asked for is known. Unix milliseconds. */
export interface Known {
  /** All rows, and everything that was done to budgets. */
  readonly sinceMs: number;
  /** Whether that is as long as there have been keys. */
  readonly isAll: boolean;
}

type Total = Pick<BudgetRow, "id" | "scope" | "scopeId" | "createdAt">;
type Nano = number | bigint;
interface Bounds {
  low: bigint;
  high: bigint;
}

/** No request is under way for as long. */
const LONGEST_MS = DAY_MS;

// Of a key that was made with its budget, or after it, all is held to it from the first request on.
const IS_SURE = (owner: string) => `CASE WHEN generations.created_at >= budgets.created_at + CASE WHEN EXISTS
  (SELECT 1 FROM keys WHERE keys.id = ${owner} AND keys.created_at >= budgets.created_at) THEN 0 ELSE ${GRACE_MS} END THEN 1 ELSE 0 END`;
const HELD = `budgets.scope = ? AND budgets.period = 'total' AND budgets.archived = 0
  AND generations.id >= ? AND generations.created_at >= budgets.created_at - ${LONGEST_MS}`;

/** What must have been spent of each, and what may have been. */
function bounds(owner: string, whose: string): string {
  const costs = (nano: string, from: string) => `SELECT budgets.id AS budget, ${owner} AS owner, ${nano} AS nano,
    ${IS_SURE(owner)} AS sure FROM ${from} JOIN budgets ON ${whose} WHERE ${HELD}`;
  const told = costs(COST, "generations");
  const corrected = costs(
    "corrections.cost",
    "corrections JOIN generations ON generations.id = corrections.generation_id",
  );
  return `SELECT budget, owner, CAST(SUM(CASE WHEN sure = 1 OR nano < 0 THEN nano ELSE 0 END) AS BIGINT) AS low,
    CAST(SUM(CASE WHEN sure = 1 OR nano > 0 THEN nano ELSE 0 END) AS BIGINT) AS high FROM (${told}
    UNION ALL ${corrected}
  ) AS costs WHERE owner IS NOT NULL GROUP BY budget, owner`;
}

const SPENT = `SELECT '' AS budget, scope_id AS owner, spent + byok_spent AS low, 0 AS high FROM accounts
  WHERE scope = ? AND period = 'total'`;

/**
 * Whether what was spent of budgets without an end is what the rows since they were made say. Requests that were under way as one was
 * made, or came while replicas may not have known of it, may be among it or not.
 */
export class TotalVerification {
  private readonly database: Database;
  private readonly known: Known;

  constructor(database: Database, known: Known) {
    this.database = database;
    this.known = known;
  }

  async compare(): Promise<ComparedTotals> {
    const budgets = await this.database.all<Total>(
      `SELECT id, scope, scope_id AS "scopeId", created_at AS "createdAt" FROM budgets
        WHERE archived = 0 AND period = 'total' ORDER BY id`,
    );
    if (budgets.length === 0) return { differences: [], compared: 0, untold: [] };
    const history = await BudgetHistory.read(this.database);
    const differences: AccountDifference[] = [];
    const untold: Untold[] = [];
    for (const [scope, all] of Map.groupBy(budgets, (one) => one.scope)) {
      const told = all.filter((one) => {
        const why = this.whyNot(one, history);
        if (why !== undefined) untold.push({ scope, scopeId: one.scopeId, why });
        return why === undefined;
      });
      if (told.length > 0 && OWNERS[scope] !== undefined)
        differences.push(...(await this.differences(scope, told, history)));
    }
    return { differences, compared: budgets.length - untold.length, untold };
  }

  private whyNot(budget: Total, history: BudgetHistory): string | undefined {
    const { sinceMs, isAll } = this.known;
    const { id, scope, scopeId, createdAt } = budget;
    if (createdAt - LONGEST_MS < sinceMs) return "not all is kept that was asked since it was made";
    const making = history.making(id);
    if (making === undefined) return "the audit log does not tell how it was made";
    if (history.wasArchived(id)) return "it was archived for a while";
    const isFirst = scopeId === EACH ? isAll && !history.hadTotals(scope, making) : making.spent === 0;
    return isFirst ? undefined : "there was, or may have been, another before it";
  }

  private async differences(
    scope: string,
    told: readonly Total[],
    history: BudgetHistory,
  ): Promise<AccountDifference[]> {
    const { accounts, rows } = await this.sides(scope, told);
    const each = told.find(({ scopeId }) => scopeId === EACH);
    // Who has, or had, some of their own was not held to that of each all the time.
    const isOfEach = (owner: string) => each !== undefined && !history.hasOwn(scope, owner);
    const all = new Map(
      told.filter((one) => one !== each).map(({ id, scopeId }) => [scopeId, rows.get(id)?.get(scopeId)]),
    );
    for (const owner of [...accounts.keys(), ...(rows.get(each?.id ?? "")?.keys() ?? [])])
      if (isOfEach(owner)) all.set(owner, rows.get(each!.id)?.get(owner));
    return [...all].flatMap(([scopeId, { low, high } = { low: 0n, high: 0n }]) => {
      const spent = accounts.get(scopeId) ?? 0n;
      if (spent >= low && spent <= high) return [];
      return [{ scope, scopeId, period: "total", startedAt: 0, rows: spent < low ? low : high, spent }];
    });
  }

  /** By owner what was spent, and by budget and owner what the rows say. In one question, so that no row comes in between. */
  private async sides(scope: string, told: readonly Total[]) {
    const owner = OWNERS[scope]!;
    const isOwn = scope === "tag" ? "1 = 1" : `budgets.scope_id = ${owner}`;
    const whose = [isOwn, ...(scope === "tag" ? [] : [`budgets.scope_id = '${EACH}'`])];
    const floor = generationFloor(Math.max(0, Math.min(...told.map((one) => one.createdAt)) - LONGEST_MS));
    const found = await this.database.all<{ budget: string; owner: string; low: Nano; high: Nano }>(
      [...whose.map((one) => bounds(owner, one)), SPENT].join(" UNION ALL "),
      [...whose.flatMap(() => [scope, floor, scope, floor]), scope],
    );
    const accounts = new Map<string, bigint>();
    const rows = new Map<string, Map<string, Bounds>>();
    for (const { budget, owner, low, high } of found) {
      if (budget === "") {
        accounts.set(owner, BigInt(low));
        continue;
      }
      const of = rows.get(budget) ?? new Map<string, Bounds>();
      rows.set(budget, of);
      for (const one of ownersIn(scope, owner)) {
        const known = of.get(one) ?? { low: 0n, high: 0n };
        of.set(one, { low: known.low + BigInt(low), high: known.high + BigInt(high) });
      }
    }
    return { accounts, rows };
  }
}
