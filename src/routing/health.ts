import type { Endpoint } from "../catalog/endpoint.ts";
import { Circuit, type CircuitRules, type CircuitState, type Notice } from "./circuit.ts";
import type { Candidate, Rank, Standing } from "./standing.ts";
import { Vitals } from "./vitals.ts";
import { percentile } from "./window.ts";

export interface HealthParts extends CircuitRules {
  /** Milliseconds on a clock that never goes back: the one that attempts are timed by. */
  now(): number;
}

/** Hears what was found out here, of one endpoint or of all that a credential is for. */
export type Tell = (credential: object, endpoint: Endpoint | undefined, notice: Notice) => void;

/** The middle of a measurement, and what 19 of 20 stay below. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** How an endpoint did, by all of its credentials: percents, milliseconds until the first content, output tokens a second. */
export interface EndpointFigures {
  readonly uptime15m: number;
  readonly uptime1h: number;
  readonly uptime1d: number;
  readonly latency: Percentiles | undefined;
  readonly throughput: Percentiles | undefined;
  /** The best of them. */
  readonly circuit: CircuitState;
}

const DAY_MINUTES = 24 * 60;

/**
 * What the gateway has learned of who serves: by endpoint and credential, since this process began. Grows with their number
 * alone. Whoever brings a credential of its own is not judged by it, nor does it judge.
 */
export class Health implements Standing {
  private readonly parts: HealthParts;
  private readonly vitals = new Map<Endpoint, Map<object, Vitals>>();
  private readonly accounts = new Map<object, Circuit>();
  /** Set where others shall know. */
  tell: Tell | undefined;

  constructor(parts: HealthParts) {
    this.parts = parts;
  }

  now(): number {
    return this.parts.now();
  }

  /** What is known of one way to serve, to read and to add to; `undefined` for a client's own credential. */
  of({ endpoint, credential }: Candidate): Vitals | undefined {
    if (credential.kind === "byok") return undefined;
    const known = this.vitals.get(endpoint)?.get(credential);
    if (known !== undefined) return known;
    const account = this.account(credential);
    const vitals = new Vitals(this.parts, account, (notice) => this.tell?.(credential, endpoint, notice));
    const beside = this.vitals.get(endpoint);
    if (beside === undefined) this.vitals.set(endpoint, new Map([[credential, vitals]]));
    else beside.set(credential, vitals);
    return vitals;
  }

  /** Another gateway found it out: of one endpoint, or of all that the credential is for. */
  learn(credential: Candidate["credential"], endpoint: Endpoint | undefined, notice: Notice): void {
    if (endpoint === undefined) this.account(credential).learn(this.now(), notice);
    else this.of({ endpoint, credential })?.learn(notice);
  }

  rank({ endpoint, credential }: Candidate): Rank {
    const vitals = this.vitals.get(endpoint)?.get(credential);
    if (vitals !== undefined) return vitals.rank(this.parts.now());
    // Never asked here, but others by the same credential may know better.
    const account = this.accounts.get(credential);
    return account === undefined || account.lets(this.parts.now(), false) ? "up" : "down";
  }

  ttftMs({ endpoint, credential }: Candidate): number | undefined {
    return this.vitals.get(endpoint)?.get(credential)?.ttft.told;
  }

  tokensPerSecond({ endpoint, credential }: Candidate): number | undefined {
    return this.vitals.get(endpoint)?.get(credential)?.speed.told;
  }

  /**
   * How an endpoint did. Where nothing is known it is up (contract 9.1), and nothing was measured.
   * @param credentials by which it is asked: the circuit is that of the best of them, of one that it was never asked by that of its account
   */
  figures(endpoint: Endpoint, credentials: readonly Candidate["credential"][]): EndpointFigures {
    const now = this.parts.now();
    const known = this.vitals.get(endpoint);
    const states = credentials.map((one) => (known?.get(one) ?? this.accounts.get(one))?.state(now) ?? "closed");
    return { ...figuresOf([...(known?.values() ?? [])], now), circuit: bestOf(states) };
  }

  /** The state of every circuit that there is. */
  *states(): Generator<{ endpoint: Endpoint; credential: object; state: CircuitState }> {
    const now = this.parts.now();
    for (const [endpoint, beside] of this.vitals)
      for (const [credential, vitals] of beside) yield { endpoint, credential, state: vitals.state(now) };
  }

  /** What is known of every way to serve that was asked. */
  *ways(): Generator<{ endpoint: Endpoint; credential: object; vitals: Vitals }> {
    for (const [endpoint, beside] of this.vitals)
      for (const [credential, vitals] of beside) yield { endpoint, credential, vitals };
  }

  private account(credential: object): Circuit {
    const known = this.accounts.get(credential);
    if (known !== undefined) return known;
    const account = new Circuit(this.parts, (notice) => this.tell?.(credential, undefined, notice));
    this.accounts.set(credential, account);
    return account;
  }

  /** Forgets all of it: nobody has failed yet, and nothing was measured. */
  forget(): void {
    this.vitals.clear();
    this.accounts.clear();
  }
}

/** How these did together. */
export function figuresOf(all: readonly Vitals[], now: number): Omit<EndpointFigures, "circuit"> {
  return {
    uptime15m: uptime(all, now, 15),
    uptime1h: uptime(all, now, 60),
    uptime1d: uptime(all, now, DAY_MINUTES),
    latency: percentiles(all.map(({ ttft }) => ttft.spread.buckets(now))),
    throughput: percentiles(all.map(({ speed }) => speed.spread.buckets(now))),
  };
}

function bestOf(states: readonly CircuitState[]): CircuitState {
  return (["closed", "half-open", "open"] as const).find((state) => states.includes(state)) ?? "closed";
}

function uptime(all: readonly Vitals[], now: number, minutes: number): number {
  const told = all.map(({ uptime }) => uptime.last(now, minutes));
  const worked = told.reduce((sum, one) => sum + one.worked, 0);
  const failed = told.reduce((sum, one) => sum + one.failed, 0);
  return failed === 0 ? 100 : Math.round((10_000 * worked) / (worked + failed)) / 100;
}

function percentiles(all: readonly (readonly number[])[]): Percentiles | undefined {
  const [first, ...rest] = all;
  const sums = first?.map((count, i) => rest.reduce((sum, one) => sum + one[i]!, count)) ?? [];
  const p50 = percentile(sums, 0.5);
  const p95 = percentile(sums, 0.95);
  return p50 === undefined || p95 === undefined ? undefined : { p50, p95 };
}
