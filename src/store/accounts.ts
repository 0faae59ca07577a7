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

/** A charge that others of its account are added to. */
interface Sum extends Charge {
  spent: number;
  byokSpent: number;
  drawn: number;
}

/** The same budgets' charges together, in one order: two processes that write the same accounts never wait for one another in a circle. */
export function summed(charges: readonly Charge[]): Charge[] {
  // Few have the same id: they are compared, since to put a name of all its parts together costs more.
  const byId = new Map<string, Sum[]>();
  for (const charge of charges) {
    const of = byId.get(charge.scopeId);
    const sum = of?.find(
      ({ scope, period, startedAt }) =>
        startedAt === charge.startedAt && scope === charge.scope && period === charge.period,
    );
    if (sum !== undefined) {
      sum.spent += charge.spent;
      sum.byokSpent += charge.byokSpent;
      sum.drawn += drawnOf(charge);
    } else if (of === undefined) byId.set(charge.scopeId, [{ ...charge, drawn: drawnOf(charge) }]);
    else of.push({ ...charge, drawn: drawnOf(charge) });
  }
  const all = [...byId.values()].flat();
  return all.length < 2 ? all : all.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ scope, scopeId, period, startedAt }: Charge): string {
  return `${scope}\n${scopeId}\n${period}\n${startedAt}`;
}

export const CHARGE = `INSERT INTO accounts (scope, scope_id, period, started_at, spent, byok_spent) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (scope, scope_id, period, started_at)
  DO UPDATE SET spent = accounts.spent + excluded.spent, byok_spent = accounts.byok_spent + excluded.byok_spent`;

export function chargeValues({ scope, scopeId, period, startedAt, spent, byokSpent }: Charge) {
  return [scope, scopeId, period, startedAt, spent, byokSpent];
}
