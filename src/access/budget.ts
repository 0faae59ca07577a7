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

/** The budgets that are in force, by whose they are. */
export class BudgetBook {
  private readonly byId = new Map<string, Budget>();
  /** By scope and scope id. Changed as a whole, so that who looks has one list. */
  private readonly byOwner = new Map<string, readonly Budget[]>();
  private readonly scopes = new Set<Scope>();

  constructor(budgets: readonly Budget[] = []) {
    for (const budget of budgets) this.put(budget);
  }

  /** Whether nobody has any. */
  get isEmpty(): boolean {
    return this.scopes.size === 0;
  }

  all(): Budget[] {
    return [...this.byId.values()];
  }

  get(id: string): Budget | undefined {
    return this.byId.get(id);
  }

  put(budget: Budget): void {
    this.byId.set(budget.id, budget);
    this.compile();
  }

  remove(id: string): void {
    this.byId.delete(id);
    this.compile();
  }

  /** Those of one of a scope, or those that each of it has. */
  of(scope: Scope, scopeId: string | undefined): readonly Budget[] {
    if (scopeId === undefined || !this.scopes.has(scope)) return NONE;
    return this.byOwner.get(`${scope}\n${scopeId}`) ?? this.byOwner.get(`${scope}\n${EACH}`) ?? NONE;
  }

  /** The one with this scope, name and period, archived or not. */
  find(scope: Scope, scopeId: string, period: Period): Budget | undefined {
    return this.all().find((one) => one.scope === scope && one.scopeId === scopeId && one.period === period);
  }

  private compile(): void {
    this.byOwner.clear();
    this.scopes.clear();
    for (const budget of this.byId.values()) {
      if (budget.archived) continue;
      const owner = `${budget.scope}\n${budget.scopeId}`;
      this.byOwner.set(owner, [...(this.byOwner.get(owner) ?? []), budget]);
      this.scopes.add(budget.scope);
    }
  }
}

const NONE: readonly Budget[] = [];
