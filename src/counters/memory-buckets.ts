import type { Buckets, Draw, Drawn, Level } from "./buckets.ts";

const MINUTE_MS = 60_000;
/** Whoever comes so small a part of a unit too early is on time: sums of fractions are not exact. */
const TOLERANCE = 0.01;
/** Nobody makes up for more than this, in milliseconds: who is given a larger limit, or has learned, need not wait for an hour. */
const LONGEST_DEBT_MS = 10 * MINUTE_MS;
/** As many are remembered. Beyond, those that were used least recently are taken for full. */
const CAP = 100_000;
const SMALLEST_SWEEP = 1024;

/** How long until somebody gives back, nobody knows. */
const HELD_MS = 1000;

/**
 * The buckets of one process. Of each that refills one number is kept: when it will be full again (the "theoretical arrival
 * time" of GCRA). One that is full by now needs no number, so that what is kept is what was used lately.
 */
export class MemoryBuckets implements Buckets {
  private readonly now: () => number;
  /** When each will be full, on the clock of `now`; where they are many, least recently used first. */
  private readonly fullAt = new Map<string, number>();
  /** How much is held of each. */
  private readonly held = new Map<string, number>();
  private sweepAt = SMALLEST_SWEEP;

  /** @param now milliseconds on a clock that only ever goes on: to set the machine's clock must neither lock out nor refill */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  take(draws: readonly Draw[]): Drawn {
    const now = this.now();
    let refused: { at: number; waitMs: number } | undefined;
    for (let at = 0; at < draws.length; at++) {
      const waitMs = this.waitFor(draws[at]!, now);
      if (waitMs > (refused?.waitMs ?? 0)) refused = { at, waitMs };
    }
    if (refused !== undefined) return { levels: draws.map((draw) => this.levelOf(draw, now)), refused };
    return { levels: draws.map((draw) => this.draw(draw, now)) };
  }

  adjust(draws: readonly Draw[]): void {
    const now = this.now();
    for (const draw of draws) this.draw(draw, now);
  }

  /** How many are not full. */
  get size(): number {
    return this.fullAt.size + this.held.size;
  }

  /** Milliseconds until there is so much of it; 0 for now. */
  private waitFor({ bucket, amount }: Draw, now: number): number {
    const { name, limit, per } = bucket;
    if (per === "moment") return (this.held.get(name) ?? 0) + amount <= limit ? 0 : HELD_MS;
    const unit = MINUTE_MS / limit;
    const wait = Math.max(this.fullAt.get(name) ?? 0, now) + amount * unit - now - MINUTE_MS;
    return wait <= unit * TOLERANCE ? 0 : wait;
  }

  private draw(draw: Draw, now: number): Level {
    const { bucket, amount } = draw;
    const { name, limit, per } = bucket;
    if (per === "moment") {
      const held = (this.held.get(name) ?? 0) + amount;
      if (held > 0) this.held.set(name, held);
      else this.held.delete(name);
    } else if (amount !== 0) {
      const fullAt = Math.max(this.fullAt.get(name) ?? 0, now) + (amount * MINUTE_MS) / limit;
      const at = Math.min(fullAt, now + LONGEST_DEBT_MS);
      if (at <= now) this.fullAt.delete(name);
      else this.remember(name, at, now);
    }
    return this.levelOf(draw, now);
  }

  private remember(name: string, at: number, now: number): void {
    if (this.fullAt.size >= this.sweepAt) this.sweep(now);
    // To take it out first costs as much as all else, and in which order they stand matters where there are many.
    if (this.fullAt.size > CAP / 2) this.fullAt.delete(name);
    this.fullAt.set(name, at);
  }

  private sweep(now: number): void {
    for (const [name, at] of this.fullAt) if (at <= now) this.fullAt.delete(name);
    if (this.fullAt.size >= CAP) {
      // Many at once: to look through all of them for each would take longer than the request.
      for (const [name] of this.fullAt) {
        if (this.fullAt.size <= CAP - CAP / 10) break;
        this.fullAt.delete(name);
      }
    }
    this.sweepAt = Math.min(CAP, Math.max(SMALLEST_SWEEP, this.fullAt.size * 2));
  }

  private levelOf({ bucket: { name, limit, per } }: Draw, now: number): Level {
    if (per === "moment") return { remaining: Math.max(0, limit - (this.held.get(name) ?? 0)), resetMs: 0 };
    const resetMs = Math.max(0, (this.fullAt.get(name) ?? 0) - now);
    const remaining = Math.floor(((MINUTE_MS - resetMs) * limit) / MINUTE_MS + TOLERANCE);
    return { remaining: Math.max(0, remaining), resetMs };
  }
}
