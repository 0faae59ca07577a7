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
    const reached = this.marksOf(account.budget).filter(({ percent, at }) => percent > account.alerted && used >= at);
    if (reached.length > 0 && used > 0) {
      const before = account.alerted;
      account.alerted = reached.at(-1)!.percent;
      // What is spent has a row first.
      setImmediate(() => void this.raise(account, reached, before));
    }
    if (leftOf(account) >= 0 || account.budget.soft || account.alarmed) return;
    account.alarmed = true;
    const detail = this.figures(account);
    this.parts.raise("budget.overspent", account.budget.id, detail);
    this.parts.tell(this.event("budget.overspent", detail));
  }

  private async raise(account: Account, marks: readonly Mark[], before: number): Promise<void> {
    let last = before;
    for (const { percent } of marks) {
      try {
        const isFirst = await this.parts.till.alert(account.name, percent);
        last = percent;
        if (!isFirst) continue;
        this.parts.tell(this.event("budget.threshold", { threshold: percent, ...this.figures(account) }));
      } catch (cause) {
        // The next that is spent tells of it, if that is to be.
        account.alerted = Math.min(account.alerted, last);
        this.parts.complain(cause);
        return;
      }
    }
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
