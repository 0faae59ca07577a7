/**
 * One thing to do on a connection: bytes to send, a time to wait in milliseconds, or an end. A series of steps is what
 * the simulator does with one request; when it runs out, the connection is ready for the next.
 */
export type Step = string | Uint8Array | number | End;
/** `fin` closes, `reset` tears the connection, `hang` says nothing more and keeps it open. */
export type End = { readonly end: "fin" | "reset" | "hang" | "done" };

export const FIN: End = { end: "fin" };
export const RESET: End = { end: "reset" };
export const HANG: End = { end: "hang" };
const DONE: End = { end: "done" };

/** What a playback needs of a socket. `write` says how many bytes it took, or -1 where the peer is gone. */
export interface Line {
  write(data: string | Uint8Array): number;
  close(): void;
  reset(): void;
}

/** Steps of text are gathered up to this size before they are written. */
const GATHER = 64 * 1024;
/** After so many bytes in one go, the other streams have their turn. */
const TURN = 1024 * 1024;

/** Plays steps on a line: as fast as they are due, and never faster than the line takes them. */
export class Playback {
  private due: number;
  private backlog: Uint8Array | null = null;
  /** A step that could not be done because the text before it is still in the backlog. */
  private held: Uint8Array | End | null = null;
  private over = false;

  private readonly line: Line;
  private readonly steps: Iterator<Step, void>;
  private readonly pacer: Pacer;
  private readonly ended: (end: End["end"]) => void;

  /** `ended` is called once, when the steps have run out or have come to an end of the connection. */
  constructor(line: Line, steps: Iterator<Step, void>, pacer: Pacer, ended: (end: End["end"]) => void) {
    this.line = line;
    this.steps = steps;
    this.pacer = pacer;
    this.ended = ended;
    this.due = performance.now();
  }

  /** Goes on until it must wait: for the time, or for the line. */
  run(now: number): void {
    if (this.over || this.backlog !== null) return;
    let text = "";
    let turn = 0;
    for (;;) {
      const step = this.held ?? this.steps.next().value ?? DONE;
      this.held = null;
      if (typeof step === "string") {
        text += step;
        if (text.length < GATHER) continue;
      } else if (typeof step === "number") {
        this.due += step;
        if (this.due <= now) continue;
      }
      turn += text.length;
      if (!this.send(text)) {
        if (typeof step === "object") this.held = step;
        return;
      }
      text = "";
      if (step instanceof Uint8Array) {
        turn += step.length;
        if (!this.send(step)) return;
      } else if (typeof step === "object") {
        this.finish(step.end);
        return;
      }
      if (typeof step === "number" || turn > TURN) break;
    }
    this.pacer.wake(this, Math.max(this.due, now));
  }

  /** The line takes bytes again. */
  drained(): void {
    const rest = this.backlog;
    if (rest === null || this.over) return;
    this.backlog = null;
    if (!this.send(rest)) return;
    const now = performance.now();
    if (this.due > now) {
      this.pacer.wake(this, this.due);
      return;
    }
    // What the reader held up is not made up for in one burst.
    this.due = now;
    this.run(now);
  }

  /** The peer is gone: nothing more is played. */
  drop(): void {
    this.over = true;
    this.backlog = null;
    this.steps.return?.();
  }

  /** Whether all went out; otherwise what is left waits for {@link drained}. */
  private send(data: string | Uint8Array): boolean {
    if (data.length === 0) return true;
    const size = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    const taken = this.line.write(data);
    if (taken < 0) {
      this.drop();
      return false;
    }
    if (taken === size) return true;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    this.backlog = bytes.subarray(taken);
    return false;
  }

  private finish(end: End["end"]): void {
    this.over = true;
    this.ended(end);
    if (end === "fin") this.line.close();
    else if (end === "reset") this.line.reset();
  }
}

/**
 * Wakes playbacks when they are due. All streams share one timer: a timer of its own for every token of a thousand
 * streams would cost more than the tokens.
 */
export class Pacer {
  private readonly sleepers = new Map<number, Playback[]>();
  private next = Number.POSITIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  wake(playback: Playback, at: number): void {
    const tick = Math.ceil(at);
    const together = this.sleepers.get(tick);
    if (together === undefined) this.sleepers.set(tick, [playback]);
    else together.push(playback);
    if (tick < this.next) this.arm(tick);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.sleepers.clear();
    this.next = Number.POSITIVE_INFINITY;
  }

  private arm(tick: number): void {
    clearTimeout(this.timer);
    this.next = tick;
    this.timer = setTimeout(() => this.ring(), Math.max(0, tick - performance.now()));
  }

  private ring(): void {
    const now = performance.now();
    // Whoever goes back to sleep meanwhile need not set the timer: that is done once, at the end.
    this.next = Number.NEGATIVE_INFINITY;
    const due = [...this.sleepers].filter(([tick]) => tick <= now).sort(([a], [b]) => a - b);
    for (const [tick] of due) this.sleepers.delete(tick);
    for (const [, together] of due) for (const playback of together) playback.run(now);
    let soonest = Number.POSITIVE_INFINITY;
    for (const tick of this.sleepers.keys()) if (tick < soonest) soonest = tick;
    this.next = Number.POSITIVE_INFINITY;
    if (soonest < this.next) this.arm(soonest);
  }
}
