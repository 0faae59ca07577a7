import type { GatewayError } from "../core/error.ts";
import { Circuit, type CircuitRules, type CircuitState, type Notice, type Probe } from "./circuit.ts";
import { held, type Rank } from "./standing.ts";
import { percentile, Spread, Uptime } from "./window.ts";

/** What is looked at of an attempt. Times are milliseconds of the clock that `Vitals` was made with. */
export interface Seen {
  readonly startedAt: number;
  readonly firstContentAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly error: GatewayError | undefined;
}

/** Why somebody may not be asked just now. */
export interface Shut {
  readonly cause: GatewayError;
  /** When it may be asked at the earliest. */
  readonly until: number;
  /** The provider itself said so. */
  readonly told: boolean;
  /** The request that is finding out. */
  readonly probe: Probe | undefined;
}

/** How much one more measurement counts. */
const WEIGHT = 0.1;
/** Below this share of successes somebody is degraded (contract 9.1), as long as the last failure is fresh. */
const SOUND_SHARE = 0.75;
const FRESH_MS = 60_000;
/** Fewer tokens than these tell nothing of speed: they came in one piece. */
const FEWEST_TOKENS = 16;
/** Of fewer streams nobody knows what is late. */
const FEWEST_STREAMS = 20;

/** How long a whole account is left alone at first. */
const AUTH_MS = 30_000;
const QUOTA_MS = 60_000;

/** One measurement: where it stands now, and how it was spread over the last hour. */
class Gauge {
  readonly spread = new Spread();
  /** Steady, so that the order of who is asked does not flap; `undefined` before the first. */
  told: number | undefined;
  private mean: number | undefined;

  add(now: number, value: number): void {
    this.spread.add(now, value);
    this.mean = this.mean === undefined ? value : this.mean + WEIGHT * (value - this.mean);
    this.told = held(this.told, this.mean);
  }
}

/** How one endpoint does by one credential: whether it may be asked, and what was measured. */
export class Vitals {
  readonly uptime = new Uptime();
  readonly ttft = new Gauge();
  readonly speed = new Gauge();
  /** Of the endpoint, and of the credential at all its endpoints. */
  private readonly own: Circuit;
  private readonly account: Circuit;
  private readonly now: () => number;
  /** Share of successes, the last ones counting most. */
  private share = 1;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: CircuitRules & { now(): number }, account: Circuit, tell?: (notice: Notice) => void) {
    this.now = parts.now;
    this.account = account;
    this.own = new Circuit(parts, tell);
  }

  /** Another gateway found it out of this endpoint. */
  learn(notice: Notice): void {
    this.own.learn(this.now(), notice);
  }

  state(now: number): CircuitState {
    const account = this.account.state(now);
    return account === "closed" ? this.own.state(now) : account;
  }

  rank(now: number): Rank {
    if (!this.account.lets(now, false) || !this.own.lets(now, false)) return "down";
    return this.share < SOUND_SHARE && now - this.failedAt < FRESH_MS ? "degraded" : "up";
  }

  /** Nothing has failed since something worked. */
  get sound(): boolean {
    return this.account.sound && this.own.sound;
  }

  /** Whether it may be asked now. @param desperate there is nobody else to ask */
  lets(desperate: boolean): boolean {
    const now = this.now();
    return this.account.lets(now, desperate) && this.own.lets(now, desperate);
  }

  /** It is asked: where it was left alone until now, to find out whether it works. */
  pass(): void {
    const now = this.now();
    this.account.pass(now);
    this.own.pass(now);
  }

  /** Whether it may be asked by somebody from whom nothing shall be learned. */
  get isClosed(): boolean {
    return this.state(this.now()) === "closed";
  }

  /** Milliseconds after which its first content is late: 19 of 20 were sooner. `undefined` where too few were measured. */
  get lateMs(): number | undefined {
    const buckets = this.ttft.spread.buckets(this.now());
    if (buckets.reduce((sum, count) => sum + count, 0) < FEWEST_STREAMS) return undefined;
    return percentile(buckets, 0.95);
  }

  /** Why it may not be asked, where it may not. */
  get shut(): Shut | undefined {
    const { shut: account } = this.account;
    const { shut: own } = this.own;
    if (account === undefined || own === undefined) return account ?? own;
    return account.until > own.until || account.probe !== undefined ? account : own;
  }

  /** Its stream has begun to speak. */
  spoke({ startedAt }: Seen): void {
    this.account.spoke(startedAt);
    this.own.spoke(startedAt);
  }

  /** @param output tokens of a stream that were told; the time until its first content counts with them */
  ended(seen: Seen, stream?: { output: number | undefined }): void {
    const { startedAt, firstContentAt, error } = seen;
    const now = this.now();
    if (error === undefined) {
      this.measure(seen, stream);
      this.count(now, true);
      this.well(startedAt);
      return;
    }
    switch (blameOf(error)) {
      case "own":
        this.count(now, false);
        this.own.broke(now, startedAt, error);
        this.account.left(startedAt);
        return;
      case "account":
        this.count(now, false);
        this.account.broke(now, startedAt, error, ACCOUNT_MS[error.code]);
        this.own.left(startedAt);
        return;
      case "nobody":
        // What refuses a request for what it says is well.
        if (error.details.upstream !== undefined || firstContentAt !== undefined) this.well(startedAt);
        this.own.left(startedAt);
        this.account.left(startedAt);
    }
  }

  private well(startedAt: number): void {
    this.account.worked(startedAt);
    this.own.worked(startedAt);
  }

  private count(now: number, worked: boolean): void {
    this.uptime.add(now, worked);
    this.share += WEIGHT * ((worked ? 1 : 0) - this.share);
    if (!worked) this.failedAt = now;
  }

  private measure(
    { startedAt, firstContentAt, endedAt }: Seen,
    stream: { output: number | undefined } | undefined,
  ): void {
    if (stream === undefined || firstContentAt === undefined || endedAt === undefined) return;
    this.ttft.add(endedAt, firstContentAt - startedAt);
    const { output = 0 } = stream;
    const spoken = endedAt - firstContentAt;
    if (output >= FEWEST_TOKENS && spoken >= 1) this.speed.add(endedAt, (output * 1000) / spoken);
  }
}

/** Where the whole account is refused at once. A limit without a word for how long passes as soon as an endpoint would. */
const ACCOUNT_MS: Partial<Record<GatewayError["code"], number>> = {
  upstream_auth: AUTH_MS,
  upstream_quota: QUOTA_MS,
  upstream_rate_limited: 1000,
};

/** Whom a failure speaks against: the endpoint, all that the credential is for, or neither. */
function blameOf({ code, retry, details }: GatewayError): "own" | "account" | "nobody" {
  if (retry === "never" || code === "upstream_seal_refused" || code === "upstream_own_limit") return "nobody";
  // One model of many may be forbidden, or one request.
  if (code === "upstream_auth" && details.upstream?.status === 403 && details.upstream.account !== true) return "own";
  return code in ACCOUNT_MS ? "account" : "own";
}
