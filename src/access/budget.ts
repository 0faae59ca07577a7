import type { Period } from "../core/period.ts";

/** Of whom money is counted. */
export const SCOPES = ["gateway", "team", "key", "user", "tag", "entity"] as const;
export type Scope = (typeof SCOPES)[number];

/** Stands for each of a scope that has none of its own. */
export const EACH = "*";

/** Shares of a limit that are told of, in percent. */
export const THRESHOLDS: readonly number[] = [50, 75, 100];

/** Money over time. */
export interface Budget {
  readonly id: string;
  readonly scope: Scope;
  /** Of whom; {@link EACH}: of each that has none of its own. The gateway is called `gateway`. */
  readonly scopeId: string;
  readonly period: Period;
  /** Nanodollars. */
  readonly limit: number;
  /** Nobody is refused: it is only counted, and told of. */
  readonly soft: boolean;
  /** What clients spend on accounts of their own counts as well. */
  readonly includesByok: boolean;
  /** In percent, ascending. */
  readonly thresholds: readonly number[];
  /** Counts no more. */
  readonly archived: boolean;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The budgets that there are, and those in force by whose they are. */
export class BudgetBook {
  private readonly byId = new Map<string, Budget>();
  /** In force, by scope and scope id. A list is never changed, so that who looks has one. */
  private readonly byOwner = new Map<string, readonly Budget[]>();
  /** How many are in force, by scope. */
  private readonly counts = new Map<Scope, number>();

  constructor(budgets: readonly Budget[] = []) {
    for (const budget of budgets) this.put(budget);
  }

  /** Whether none is in force. */
  get isEmpty(): boolean {
    return this.byOwner.size === 0;
  }

  all(): Budget[] {
    return [...this.byId.values()];
  }

  get(id: string): Budget | undefined {
    return this.byId.get(id);
  }

  put(budget: Budget): void {
    this.remove(budget.id);
    this.byId.set(budget.id, budget);
    if (!budget.archived) this.enforce(budget, (others) => [...others, budget]);
  }

  remove(id: string): void {
    const known = this.byId.get(id);
    if (known === undefined) return;
    this.byId.delete(id);
    if (!known.archived) this.enforce(known, (others) => others.filter((one) => one !== known));
  }

  /** Those of one of a scope, or those that each of it has. */
  of(scope: Scope, scopeId: string | undefined): readonly Budget[] {
    if (scopeId === undefined || !this.counts.has(scope)) return NONE;
    return this.byOwner.get(`${scope}\n${scopeId}`) ?? this.byOwner.get(`${scope}\n${EACH}`) ?? NONE;
  }

  private enforce({ scope, scopeId }: Budget, change: (others: readonly Budget[]) => readonly Budget[]): void {
    const owner = `${scope}\n${scopeId}`;
    const before = this.byOwner.get(owner) ?? NONE;
    const now = change(before);
    if (now.length === 0) this.byOwner.delete(owner);
    else this.byOwner.set(owner, now);
    const count = (this.counts.get(scope) ?? 0) + now.length - before.length;
    if (count === 0) this.counts.delete(scope);
    else this.counts.set(scope, count);
  }
}

const NONE: readonly Budget[] = [];
