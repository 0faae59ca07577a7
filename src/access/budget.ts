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
  /** In force, by scope and, in it, by scope id. A list is never changed, so that who looks has one. */
  private readonly byOwner = new Map<Scope, Map<string, readonly Budget[]>>();
  /** How often any was put in or removed. */
  changes = 0;

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
    this.changes++;
    const known = this.byId.get(id);
    if (known === undefined) return;
    this.byId.delete(id);
    if (!known.archived) this.enforce(known, (others) => others.filter((one) => one !== known));
  }

  /** Those of one of a scope, or those that each of it has. */
  of(scope: Scope, scopeId: string | undefined): readonly Budget[] {
    const owners = this.byOwner.get(scope);
    if (scopeId === undefined || owners === undefined) return NONE;
    return owners.get(scopeId) ?? owners.get(EACH) ?? NONE;
  }

  private enforce({ scope, scopeId }: Budget, change: (others: readonly Budget[]) => readonly Budget[]): void {
    const owners = this.byOwner.get(scope) ?? new Map<string, readonly Budget[]>();
    const now = change(owners.get(scopeId) ?? NONE);
    if (now.length === 0) owners.delete(scopeId);
    else owners.set(scopeId, now);
    if (owners.size === 0) this.byOwner.delete(scope);
    else this.byOwner.set(scope, owners);
  }
}

const NONE: readonly Budget[] = [];
