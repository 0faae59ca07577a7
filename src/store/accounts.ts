/** Money that was spent against a budget, in one of its periods. */
export interface Charge {
  readonly scope: string;
  readonly scopeId: string;
  readonly period: string;
  /** When that period began, Unix milliseconds. */
  readonly startedAt: number;
  /** Nanodollars that the operator pays; and those that were spent on an account of the client's own. */
  readonly spent: number;
  readonly byokSpent: number;
  /** What of it counts against the limit, and comes out of what was lent. @default spent */
  readonly drawn?: number;
  /** By whose loan, where not all who wait to be written have the same. */
  readonly lender?: string | undefined;
}

/** What of a charge comes out of what was lent. */
export function drawnOf({ spent, drawn = spent }: Charge): number {
  return drawn;
}

/** The same budgets' charges together, in one order: two processes that write the same accounts never wait for one another in a circle. */
export function summed(charges: readonly Charge[]): Charge[] {
  const sums = new Map<string, Charge>();
  for (const charge of charges) {
    const key = `${charge.scope}\n${charge.scopeId}\n${charge.period}\n${charge.startedAt}`;
    const known = sums.get(key);
    sums.set(
      key,
      known === undefined
        ? charge
        : {
            ...charge,
            spent: known.spent + charge.spent,
            byokSpent: known.byokSpent + charge.byokSpent,
            drawn: drawnOf(known) + drawnOf(charge),
          },
    );
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, charge]) => charge);
}

export const CHARGE = `INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (scope, scope_id, period, started_at)
  DO UPDATE SET spent = accounts.spent + excluded.spent, byok_spent = accounts.byok_spent + excluded.byok_spent`;

export function chargeValues({ scope, scopeId, period, startedAt, spent, byokSpent }: Charge) {
  return [scope, scopeId, period, startedAt, spent, byokSpent];
}
