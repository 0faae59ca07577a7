import { isObject, type JsonObject, objectAt, parseJson } from "../core/json.ts";
import type { Database } from "./database.ts";

/** What was done to budgets, as the audit log tells it. */
export class BudgetHistory {
  private readonly changes: readonly Change[];
  private readonly makings = new Map<string, Change>();
  private readonly archived = new Set<string>();
  private readonly own = new Set<string>();

  static async read(database: Database): Promise<BudgetHistory> {
    const rows = await database.all<{ target: string; detail: string | null }>(
      "SELECT target, detail FROM audit WHERE action LIKE 'budget.%' ORDER BY id",
    );
    return new BudgetHistory(rows.map(({ target, detail }, at) => changeOf(target, detail, at)));
  }

  private constructor(changes: readonly Change[]) {
    this.changes = changes;
    for (const one of changes) {
      if (one.isMaking) this.makings.set(one.id, one);
      if (one.turnsArchived) this.archived.add(one.id);
      this.own.add(`${one.scope}\n${one.scopeId}`);
    }
  }

  /** How a budget was made, where that is told. */
  making(id: string): Change | undefined {
    return this.makings.get(id);
  }

  /** Whether it was archived, or was so no more, at any time after it was made. */
  wasArchived(id: string): boolean {
    return this.archived.has(id);
  }

  /** Whether before a change anything was done to budgets of the scope that have no end. */
  hadTotals(scope: string, { at }: Change): boolean {
    return this.changes.some((one) => one.at < at && one.scope === scope && one.period === "total");
  }

  /** Whether somebody has, or had, a budget of their own. */
  hasOwn(scope: string, scopeId: string): boolean {
    return this.own.has(`${scope}\n${scopeId}`);
  }
}

export interface Change {
  readonly id: string;
  readonly scope: unknown;
  readonly scopeId: unknown;
  readonly period: unknown;
  readonly isMaking: boolean;
  readonly turnsArchived: boolean;
  /** Dollars that were on its account already, by whomever; 0 where none are told. */
  readonly spent: number;
  /** Its place in the log. */
  readonly at: number;
}

function changeOf(id: string, text: string | null, at: number): Change {
  const told = text === null ? {} : parseJson(text);
  const detail: JsonObject = isObject(told) ? told : {};
  const [before, after] = [objectAt(detail.before), objectAt(detail.after)];
  const { scope, scope_id: scopeId, period } = after ?? detail;
  const isMaking = after !== undefined && before === undefined;
  const turnsArchived = before !== undefined && after !== undefined && before.archived !== after.archived;
  const spent = Number(after?.spent_usd ?? 0) + Number(after?.byok_spent_usd ?? 0);
  return { id, scope, scopeId, period, isMaking, turnsArchived, spent, at };
}
