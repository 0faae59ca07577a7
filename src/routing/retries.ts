/** How often and how patiently the same is tried again. */
export interface Retries {
  /** Further attempts at an endpoint that refused in clear, where nobody else is left. */
  readonly sameEndpoint: number;
  /** Longest that one request waits in all, in milliseconds. */
  readonly waitMs: number;
  /** About the first wait, where the provider does not say; each further one is twice as long. */
  readonly backoffMs: number;
  /** Most attempts for one request, whatever comes of them. */
  readonly attempts: number;
  /** So long after a request has begun nobody else is asked, in milliseconds. */
  readonly untilMs: number;
  readonly budget: RetryBudget;
  /** The same for accounts that clients bring. */
  readonly ownBudget: RetryBudget;
  /** From 0 to 1. */
  random(): number;
}

/** How long to wait before the nth further attempt, from half to once and a half of what it would be without chance. */
export function backoff({ backoffMs, random }: Pick<Retries, "backoffMs" | "random">, nth: number): number {
  return backoffMs * 2 ** nth * (0.5 + random());
}

/** Counted in fifths of an attempt, so that what each request adds is a whole one. */
const ATTEMPT = 5;
const PER_REQUEST = 1;
const PER_SECOND = 10 * ATTEMPT;
/** What requests may save up. */
const CAP = 100 * ATTEMPT;

/**
 * How many further attempts the whole process may make at what has failed: 0.2 for each request and ten a second. When
 * everybody is down, retries must not be what keeps them there. Who is well is asked without it.
 */
export class RetryBudget {
  private readonly now: () => number;
  private left = PER_SECOND;
  private at: number;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.now = now;
    this.at = now();
  }

  /** A request has come. */
  earn(): void {
    this.left = Math.min(this.left + PER_REQUEST, CAP);
  }

  /** @returns whether there is one further attempt left, which is then spent */
  spend(): boolean {
    const now = this.now();
    const more = ((now - this.at) / 1000) * PER_SECOND;
    this.at = now;
    // Time alone saves up no more than one second of itself.
    if (this.left < PER_SECOND) this.left = Math.min(this.left + more, PER_SECOND);
    if (this.left < ATTEMPT) return false;
    this.left -= ATTEMPT;
    return true;
  }
}
