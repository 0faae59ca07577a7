import type { JsonObject } from "../core/json.ts";
import { usd } from "../core/money.ts";
import { type Account, leftOf, usedOf } from "./accounts.ts";
import type { Budget } from "./budget.ts";
import type { Till } from "./till.ts";

export interface AlertParts {
  readonly till: Till;
  /** Tells the operator's own address, some time soon. */
  tell(event: JsonObject): void;
  /** Writes down what must not go unseen. */
  raise(kind: string, target: string, detail: JsonObject): void;
  complain(cause: unknown): void;
  newId(): string;
  /** Unix milliseconds. */
  now(): number;
}

interface Mark {
  readonly percent: number;
  /** Nanodollars. */
  readonly at: number;
}

/** What is noted of an account, in the place of a share, of which more was spent than there was. */
const OVERSPENT = 101;

/** Tells of shares of a budget that are spent, each once in a period, and of what was spent beyond it. Nobody waits for it. */
export class Alerts {
  private readonly parts: AlertParts;
  private readonly marks = new WeakMap<Budget, readonly Mark[]>();

  constructor(parts: AlertParts) {
    this.parts = parts;
  }

  /** Something was spent from this account. */
  settled(account: Account): void {
    const used = usedOf(account);
    // There is more again, since the limit was raised.
    if (account.alerted === OVERSPENT && leftOf(account) >= 0) account.alerted = OVERSPENT - 1;
    const before = account.alerted;
    const reached = this.marksOf(account.budget).filter(({ percent, at }) => percent > before && used >= at);
    const isOver = leftOf(account) < 0 && !account.budget.soft && before < OVERSPENT;
    if (used <= 0 || (reached.length === 0 && !isOver)) return;
    account.alerted = isOver ? OVERSPENT : reached.at(-1)!.percent;
    // What is spent has a row first.
    setImmediate(() => void this.raise(account, reached, isOver, before));
  }

  private async raise(account: Account, marks: readonly Mark[], isOver: boolean, before: number): Promise<void> {
    let last = before;
    try {
      for (const { percent } of marks) {
        const isFirst = await this.parts.till.alert(account.name, percent);
        last = percent;
        if (isFirst) this.parts.tell(this.event("budget.threshold", { threshold: percent, ...this.figures(account) }));
      }
      // What never begins anew may be overspent again, years from now.
      const isForEver = account.endsAt === undefined;
      if (isOver && (isForEver || (await this.parts.till.alert(account.name, OVERSPENT)))) this.overspent(account);
    } catch (cause) {
      this.parts.complain(cause);
      if (isOver) this.overspent(account);
      // The next that is spent tells of it, if that is to be.
      else account.alerted = Math.min(account.alerted, last);
    }
  }

  private overspent(account: Account): void {
    const detail = this.figures(account);
    this.parts.raise("budget.overspent", account.budget.id, detail);
    this.parts.tell(this.event("budget.overspent", detail));
  }

  private event(type: string, data: JsonObject): JsonObject {
    const { newId, now } = this.parts;
    return { id: newId(), type, created_at: new Date(now()).toISOString(), data };
  }

  private figures(account: Account): JsonObject {
    const { name, budget, endsAt } = account;
    return {
      budget: budget.id,
      scope: name.scope,
      scope_id: name.scopeId,
      period: name.period,
      spent_usd: usd(usedOf(account)),
      limit_usd: usd(budget.limit),
      resets_at: endsAt === undefined ? null : new Date(endsAt).toISOString(),
    };
  }

  private marksOf(budget: Budget): readonly Mark[] {
    const known = this.marks.get(budget);
    if (known !== undefined) return known;
    const made = budget.thresholds.map((percent) => ({
      percent,
      at: Number((BigInt(budget.limit) * BigInt(percent) + 99n) / 100n),
    }));
    this.marks.set(budget, made);
    return made;
  }
}
