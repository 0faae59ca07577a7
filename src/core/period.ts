/** How often a budget begins anew, by UTC; `total`: never. */
export const PERIODS = ["daily", "weekly", "monthly", "total"] as const;
export type Period = (typeof PERIODS)[number];

/** One period of money. */
export interface Span {
  /** Unix milliseconds. 0 for what has no beginning. */
  readonly startedAt: number;
  /** The first moment of the next one; absent where there is none. */
  readonly endsAt?: number;
}

const DAY = 86_400_000;
/** The first of January 1970 was a Thursday. */
const MONDAY = 4 * DAY;
const WEEK = 7 * DAY;

/** The period that a moment belongs to. Weeks begin on Monday. @param atMs Unix milliseconds */
export function spanAt(period: Period, atMs: number): Span {
  switch (period) {
    case "daily":
      return from(floor(atMs, DAY), DAY);
    case "weekly":
      return from(floor(atMs - MONDAY, WEEK) + MONDAY, WEEK);
    case "monthly": {
      const at = new Date(atMs);
      const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
      return { startedAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
    }
    case "total":
      return { startedAt: 0 };
  }
}

function from(startedAt: number, length: number): Span {
  return { startedAt, endsAt: startedAt + length };
}

function floor(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
