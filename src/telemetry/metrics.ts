import type { ErrorCode } from "../core/error.ts";
import { METERS, type Usage } from "../core/usage.ts";
import type { Attempt } from "../ledger/attempt.ts";
import { Counter, Histogram } from "./instruments.ts";

/** Seconds. Models that think take minutes. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** Tokens a second. */
const SPEEDS = [5, 10, 20, 40, 60, 80, 100, 150, 200, 400, 1000];

/** What is told of a generation that is over. */
export interface Ended {
  /** The wire of the client. */
  readonly door: string;
  readonly streamed: boolean;
  readonly attempts: readonly Attempt[];
  /** The attempt that answered, or would have. */
  readonly attempt: Attempt | undefined;
  readonly failed: boolean;
  readonly usage: Usage | undefined;
  /** Nanodollars that the operator pays. */
  readonly cost: number;
  readonly durationMs: number;
}

/** What the gateway counts of itself since it began: 0.2 µs a generation (2026-11). Nothing of what clients say is in it, nor who they are. */
export class Metrics {
  /** By door and status. */
  readonly requests = new Counter();
  /** By code. */
  readonly errors = new Counter();
  /** By provider and outcome: `ok`, or the code of the error. */
  readonly attempts = new Counter();
  /** Requests that were sent once more, as a kept connection broke behind them: by provider. */
  readonly resends = new Counter();
  /** By what came of it. */
  readonly fallbacks = new Counter();
  /** By provider, model and meter. */
  readonly tokens = new Counter();
  /** Nanodollars, by provider and model. */
  readonly cost = new Counter();
  /** By door. */
  readonly durations = new Histogram(SECONDS);
  /** From the beginning of an attempt, of streams, by provider. */
  readonly firstTokens = new Histogram(SECONDS);
  /** Of streams, by provider. */
  readonly speeds = new Histogram(SPEEDS);
  /** Streams that are not over. */
  streamsOpen = 0;

  /** A reply has begun. */
  replied(door: string, status: number): void {
    this.requests.add(1, door, status);
  }

  /** A client is told of an error, with the status or in band. */
  failed(code: ErrorCode): void {
    this.errors.add(1, code);
  }

  /** A generation begins. `ended` must follow. */
  began(streamed: boolean): void {
    if (streamed) this.streamsOpen++;
  }

  ended({ door, streamed, attempts, attempt, failed, usage, cost, durationMs }: Ended): void {
    if (streamed) this.streamsOpen--;
    this.durations.observe(durationMs / 1000, door);
    for (const { leg, error, askedTwice } of attempts) {
      this.attempts.add(1, leg.provider, error?.code ?? "ok");
      if (askedTwice) this.resends.add(1, leg.provider);
    }
    if (attempt === undefined) return;
    const { provider, endpoint } = attempt.leg;
    if (attempts.length > 1 && fellBack(attempts)) this.fallbacks.add(1, failed ? "failed" : "answered");
    if (streamed) this.spoken(attempt, provider, usage);
    if (usage === undefined) return;
    // What clients call models of their own is theirs to say, and without an end.
    const model = endpoint.unlisted === true ? "unlisted" : endpoint.model;
    for (const meter of METERS) {
      const told = usage[meter];
      if (told !== undefined && told > 0) this.tokens.add(told, provider, model, meter);
    }
    if (cost > 0) this.cost.add(cost, provider, model);
  }

  private spoken({ startedAt, firstContentAt, endedAt }: Attempt, provider: string, usage: Usage | undefined): void {
    if (firstContentAt === undefined) return;
    this.firstTokens.observe((firstContentAt - startedAt) / 1000, provider);
    const seconds = ((endedAt ?? firstContentAt) - firstContentAt) / 1000;
    const output = usage?.output ?? 0;
    // The first token came at the beginning of that time.
    if (seconds > 0 && output > 1) this.speeds.observe((output - 1) / seconds, provider);
  }
}

/** Whether another endpoint stood in for the first. Who was asked beside one and let go has not failed, nor stood in for anybody. */
function fellBack(attempts: readonly Attempt[]): boolean {
  const [first, ...rest] = attempts.filter(({ error }) => error?.code !== "outrun");
  return rest.some(({ leg }) => leg.endpoint !== first!.leg.endpoint);
}
