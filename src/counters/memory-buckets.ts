import type { Bucket, Buckets, Draw, Drawn, Level } from "./buckets.ts";

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
    const levels: Level[] = [];
    for (const draw of draws) {
      const { bucket } = draw;
      levels.push(levelOf(bucket, refused === undefined ? this.draw(draw, now) : this.standing(bucket), now));
    }
    return refused === undefined ? { levels } : { levels, refused };
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
    const { limit, per } = bucket;
    const standing = this.standing(bucket);
    if (per === "moment") return standing + amount <= limit ? 0 : HELD_MS;
    const unit = MINUTE_MS / limit;
    const wait = Math.max(standing, now) + amount * unit - now - MINUTE_MS;
    return wait <= unit * TOLERANCE ? 0 : wait;
  }

  /** @returns as {@link standing} does, afterwards */
  private draw({ bucket, amount }: Draw, now: number): number {
    const { name, limit, per } = bucket;
    const before = this.standing(bucket);
    if (amount === 0) return before;
    if (per === "moment") {
      const held = Math.max(0, before + amount);
      if (held > 0) this.held.set(name, held);
      else this.held.delete(name);
      return held;
    }
    const fullAt = Math.min(Math.max(before, now) + (amount * MINUTE_MS) / limit, now + LONGEST_DEBT_MS);
    if (fullAt > now) this.remember(name, fullAt, now);
    else if (before !== 0) this.fullAt.delete(name);
    return fullAt;
  }

  /** When it will be full, on the clock of `now`; of what is given back, how much is held. 0 for what nobody has used lately. */
  private standing({ name, per }: Bucket): number {
    return (per === "moment" ? this.held : this.fullAt).get(name) ?? 0;
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
}

/** @param standing as {@link MemoryBuckets} keeps it */
function levelOf({ limit, per }: Bucket, standing: number, now: number): Level {
  if (per === "moment") return { remaining: Math.max(0, limit - standing), resetMs: 0 };
  const resetMs = Math.max(0, standing - now);
  const remaining = Math.floor(((MINUTE_MS - resetMs) * limit) / MINUTE_MS + TOLERANCE);
  return { remaining: Math.max(0, remaining), resetMs };
}
