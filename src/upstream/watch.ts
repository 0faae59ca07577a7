import { coarseNow, Deadline } from "../clock/deadline.ts";
import { type ErrorCode, GatewayError } from "../core/error.ts";

/** How long to wait for what, in milliseconds. All but `idle` count from the beginning of the attempt. */
export interface Clocks {
  /** Name resolution, TCP and TLS. */
  readonly connect: number;
  /** The head of the answer. */
  readonly firstByte: number;
  /** The first content; pings are none. */
  readonly firstContent: number;
  /** Between two pieces of the answer. */
  readonly idle: number;
  /** All of it. */
  readonly total: number;
}

type Phase = keyof Omit<Clocks, "total">;

const WAITED_FOR: Record<Phase, string> = {
  connect: "No connection to the provider",
  firstByte: "No answer from the provider",
  firstContent: "No content from the provider",
  idle: "Silence from the provider",
};

/** Runs the clock that matters now: connecting, then waiting for the head, then for content, then for the next piece. */
export class Watch {
  private readonly clocks: Clocks;
  private readonly startedAt = performance.now();
  private readonly deadline: Deadline;
  private phase: Phase = "connect";
  /** The body streams, so content is a thing of its own to wait for. */
  private readonly stream: boolean;

  constructor(clocks: Clocks, stream: boolean, expired: (error: GatewayError) => void) {
    this.clocks = clocks;
    this.stream = stream;
    this.deadline = new Deadline(this.startedAt + Math.min(clocks.connect, clocks.total), () => expired(this.error()));
  }

  /** The request begins to be sent. */
  sent(): void {
    this.phase = "firstByte";
    this.runUntil(this.startedAt + this.clocks.firstByte);
  }

  /** It is sent again, on a connection that must be made first. */
  again(): void {
    this.phase = "connect";
    this.runUntil(performance.now() + this.clocks.connect);
  }

  /** The head has come. */
  answered(): void {
    this.phase = this.stream ? "firstContent" : "idle";
    this.progressed();
  }

  /** Content has begun. */
  spoke(): void {
    this.phase = "idle";
    this.progressed();
  }

  /** A piece of the body has come. */
  progressed(): void {
    const silence = coarseNow() + this.clocks.idle;
    this.runUntil(this.phase === "idle" ? silence : Math.min(silence, this.startedAt + this.clocks.firstContent));
  }

  /** We stopped reading, so the provider's silence is ours. */
  suspended(): void {
    this.runUntil(Number.POSITIVE_INFINITY);
  }

  /** What is still to come may take so long, whatever comes. */
  endIn(ms: number): void {
    this.deadline.move(performance.now() + ms);
  }

  over(): void {
    this.deadline.clear();
  }

  private runUntil(at: number): void {
    this.deadline.move(Math.min(at, this.startedAt + this.clocks.total));
  }

  private error(): GatewayError {
    const ran = performance.now() - this.startedAt;
    // Before anything was sent, somebody else may safely try.
    const code: ErrorCode = this.phase === "connect" ? "upstream_connect_timeout" : "upstream_timeout";
    if (ran >= this.clocks.total)
      return new GatewayError(code, `The answer took more than ${this.clocks.total} ms (clock: total).`);
    const silent = this.phase === "firstContent" && ran < this.clocks.firstContent;
    const clock = silent ? "idle" : this.phase;
    return new GatewayError(code, `${WAITED_FOR[clock]} for ${this.clocks[clock]} ms (clock: ${clock}).`);
  }
}
