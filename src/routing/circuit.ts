import { type ErrorCode, GatewayError } from "../core/error.ts";

/** `closed`: requests flow; `open`: none do; `half-open`: one is finding out whether they may again. */
export type CircuitState = "closed" | "open" | "half-open";

/** How soon what is asked although it fails is asked again, at the most. */
const PACE_MS = 250;
/** A provider that asks for more than this is not taken at its word: nobody would notice that it had recovered. */
const LONGEST_TOLD_MS = 3_600_000;

/** By so much longer, at the most, others leave alone what one found out, in parts of its time: they would all ask at the same moment. */
const LATER = 0.25;

/** What one gateway finds out and others may know: milliseconds from now, and on the clock that attempts are timed by here. */
export type Notice =
  | { readonly state: "open"; readonly forMs: number; readonly told: boolean; readonly code: ErrorCode }
  /** It works, as an attempt shows that began then. */
  | { readonly state: "closed"; readonly startedAt: number };

/** How one circuit opens, and for how long. */
export interface CircuitRules {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly cooldownMs: number;
  readonly longestCooldownMs: number;
  /** From 0 to 1: spreads what would else happen at once in all replicas. */
  random(): number;
}

/**
 * What failed over and over is left alone for a while, then one request finds out whether it works again. Of attempts that
 * began before it opened nothing is learned: they tell of an earlier time. Times are milliseconds of one clock.
 */
export class Circuit {
  private readonly rules: CircuitRules;
  private readonly tell: ((notice: Notice) => void) | undefined;
  /** In a row. */
  private failed = 0;
  /** In a row, without two successes between them. */
  private opened = 0;
  private since = 0;
  /** When the next may try; `undefined` while it is closed. */
  private until: number | undefined;
  private told = false;
  /** When what has nowhere else to go may try all the same. */
  private paced = 0;
  private probe: Probe | undefined;
  private cause: GatewayError | undefined;

  /** @param tell hears when it opens, is to stay open for longer, and closes, for what was found out here */
  constructor(rules: CircuitRules, tell?: (notice: Notice) => void) {
    this.rules = rules;
    this.tell = tell;
  }

  state(now: number): CircuitState {
    if (this.until === undefined) return "closed";
    return this.probe !== undefined || now >= this.until ? "half-open" : "open";
  }

  /** Nothing has failed since something worked. */
  get sound(): boolean {
    return this.failed === 0 && this.until === undefined;
  }

  /** Whether a request may pass. @param desperate it has nowhere else to go: the provider's own word alone holds it up */
  lets(now: number, desperate: boolean): boolean {
    if (this.until === undefined) return true;
    if (this.probe !== undefined) return false;
    return now >= this.until || (desperate && !this.told && now >= this.paced);
  }

  /** A request passes: where the circuit is not closed it is the one that finds out. */
  pass(now: number): void {
    if (this.until !== undefined) this.probe = new Probe(now);
  }

  /** Why nobody may pass, until when at the earliest, and whether the provider itself said so. */
  get shut(): { cause: GatewayError; until: number; told: boolean; probe: Probe | undefined } | undefined {
    const { cause, until, told, probe, paced } = this;
    if (until === undefined || cause === undefined) return undefined;
    return { cause, until: told ? until : Math.min(until, paced), told, probe };
  }

  /** It begins to answer: that is enough for others to try again, and no answer yet. @param startedAt of that attempt */
  spoke(startedAt: number): void {
    if (this.until !== undefined) this.worked(startedAt);
  }

  /** It works. @param startedAt when the attempt began that shows it */
  worked(startedAt: number): void {
    if (this.until === undefined) {
      this.failed = 0;
      this.opened = 0;
      return;
    }
    if (startedAt < this.since) return;
    this.close();
    this.tell?.({ state: "closed", startedAt });
  }

  /** Another gateway found it out. It is not told on. */
  learn(now: number, notice: Notice): void {
    if (notice.state === "closed") {
      if (this.until !== undefined && notice.startedAt >= this.since) this.close();
      return;
    }
    const { forMs, told } = notice;
    // Who found it out finds out first whether it is over, and what comes of that is told here.
    const wait = told ? forMs : forMs * (1 + LATER * this.rules.random());
    const until = now + Math.min(Math.round(wait), LONGEST_TOLD_MS);
    // Who finds out here learns more than was found out there, unless the provider itself said for how long.
    if (this.until !== undefined && ((this.probe !== undefined && !notice.told) || until <= this.until)) return;
    if (this.until === undefined) {
      this.since = now;
      this.paced = now + PACE_MS;
      this.opened = Math.max(this.opened, 1);
      this.told = false;
    }
    this.until = until;
    this.told ||= notice.told;
    this.cause = new GatewayError(notice.code, "Another gateway beside this one was refused lately.");
  }

  /**
   * It failed.
   * @param cooldownMs where it opens at once, for so long at first
   */
  broke(now: number, startedAt: number, cause: GatewayError, cooldownMs?: number): void {
    const wait = cause.details.retryAfterMs;
    const probed = this.until !== undefined;
    if (probed && (this.probe === undefined || startedAt < this.probe.since)) {
      // Of several who were told to wait, the one who was told to wait longest is right.
      if (wait !== undefined && this.hold(now, wait)) this.report(now);
      return;
    }
    this.failed++;
    this.cause = cause;
    if (!probed && wait === undefined && cooldownMs === undefined && this.failed < this.rules.failures) return;
    const { longestCooldownMs, random } = this.rules;
    const cooldown = Math.min((cooldownMs ?? this.rules.cooldownMs) * 2 ** this.opened, longestCooldownMs);
    this.opened = Math.min(this.opened + 1, 16);
    this.since = now;
    this.paced = now + PACE_MS;
    this.told = false;
    this.until = now + Math.round(cooldown * (0.8 + 0.4 * random()));
    if (wait !== undefined) this.hold(now, wait);
    this.end(false);
    this.report(now);
  }

  /** The attempt that began then came to nothing that could be learned from. */
  left(startedAt: number): void {
    if (this.probe !== undefined && startedAt >= this.probe.since) this.end(undefined);
  }

  /** @returns whether it is longer than it was */
  private hold(now: number, waitMs: number): boolean {
    const until = now + Math.min(waitMs, LONGEST_TOLD_MS);
    if (this.told && until <= this.until!) return false;
    this.told = true;
    this.until = until;
    return true;
  }

  private report(now: number): void {
    const { until, told, cause } = this;
    if (until === undefined || cause === undefined) return;
    this.tell?.({ state: "open", forMs: until - now, told, code: cause.code });
  }

  private close(): void {
    this.until = undefined;
    // The next failure opens it at once.
    this.failed = this.rules.failures - 1;
    this.end(true);
  }

  private end(works: boolean | undefined): void {
    const { probe } = this;
    this.probe = undefined;
    probe?.end(works);
  }
}

/** One request that finds out whether a circuit may close. */
export class Probe {
  readonly since: number;
  /** Whether it works; `undefined` where it did not find out. */
  readonly fate: Promise<boolean | undefined>;
  readonly end: (works: boolean | undefined) => void;

  constructor(since: number) {
    this.since = since;
    const { promise, resolve } = Promise.withResolvers<boolean | undefined>();
    this.fate = promise;
    this.end = resolve;
  }
}
