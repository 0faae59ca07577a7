/** In hundredths of a hedge. */
const HEDGE = 100;
/** What may be saved up. */
const CAP = 10 * HEDGE;

/**
 * Whose first content is asked of a second endpoint as well when the first one is late, and how often that may be: of a
 * hundred requests that want it so many have it, since what loses is paid for.
 */
export class Hedging {
  private readonly percent: number;
  private readonly models: ReadonlySet<string>;
  private left = HEDGE;

  /** @param models that are hedged unless a request says otherwise */
  constructor(percent: number, models: readonly string[]) {
    this.percent = percent;
    this.models = new Set(models);
  }

  /** Whether a request for this model shall be hedged; if so, it is counted. @param asked what its client says, if anything */
  wanted(model: string, asked: boolean | undefined): boolean {
    if (this.percent === 0 || !(asked ?? this.models.has(model))) return false;
    this.left = Math.min(this.left + this.percent, CAP);
    return true;
  }

  /** Whether it might be, without counting it. */
  may(model: string, asked: boolean | undefined): boolean {
    return this.percent !== 0 && (asked ?? this.models.has(model));
  }

  /** @returns whether there is a hedge left, which is then spent */
  spend(): boolean {
    if (this.left < HEDGE) return false;
    this.left -= HEDGE;
    return true;
  }
}
