/** Counts of the last while, in slots that are used over and over: what is older than all of them is forgotten. */
class Slots {
  private readonly slotMs: number;
  private readonly width: number;
  private readonly counts: Uint32Array;
  /** Which stretch of time each slot counts just now. */
  private readonly stretches: Float64Array;

  /** @param width counters in each slot */
  constructor(slots: number, slotMs: number, width: number) {
    this.slotMs = slotMs;
    this.width = width;
    this.counts = new Uint32Array(slots * width);
    this.stretches = new Float64Array(slots).fill(-1);
  }

  add(now: number, counter: number): void {
    const stretch = Math.floor(now / this.slotMs);
    const slot = stretch % this.stretches.length;
    const start = slot * this.width;
    if (this.stretches[slot] !== stretch) {
      this.stretches[slot] = stretch;
      this.counts.fill(0, start, start + this.width);
    }
    this.counts[start + counter]!++;
  }

  /** Sums of the counters over the last so many slots, this one included. */
  sums(now: number, slots: number): number[] {
    const sums = new Array<number>(this.width).fill(0);
    const stretch = Math.floor(now / this.slotMs);
    for (let slot = 0; slot < this.stretches.length; slot++) {
      const age = stretch - this.stretches[slot]!;
      if (this.stretches[slot]! < 0 || age < 0 || age >= slots) continue;
      for (let i = 0; i < this.width; i++) sums[i]! += this.counts[slot * this.width + i]!;
    }
    return sums;
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How often something worked, by the minute for an hour and by the hour for a day. Two kilobytes, whatever happens. */
export class Uptime {
  private readonly minutes = new Slots(60, MINUTE_MS, 2);
  private readonly hours = new Slots(24, HOUR_MS, 2);

  /** @param now milliseconds on any clock that never goes back */
  add(now: number, worked: boolean): void {
    const counter = worked ? 0 : 1;
    this.minutes.add(now, counter);
    this.hours.add(now, counter);
  }

  /** How many worked and failed of the last so many minutes; of more than an hour, to the hour. */
  last(now: number, minutes: number): { worked: number; failed: number } {
    const [worked = 0, failed = 0] =
      minutes <= 60 ? this.minutes.sums(now, minutes) : this.hours.sums(now, Math.ceil(minutes / 60));
    return { worked, failed };
  }
}

/** Four steps to an octave: a figure is told to within a tenth. */
const STEPS = 4;
/** From 1 to over a million. */
const BUCKETS = 20 * STEPS + 1;

/** How a measurement was spread over the last hour, in buckets that grow with it. Two kilobytes, whatever happens. */
export class Spread {
  private readonly slots = new Slots(6, HOUR_MS / 6, BUCKETS);

  /** @param value 1 and more; less counts as 1 */
  add(now: number, value: number): void {
    const bucket = Math.round(Math.log2(Math.max(1, value)) * STEPS);
    this.slots.add(now, Math.min(bucket, BUCKETS - 1));
  }

  /** How often each bucket was met in the last hour. */
  buckets(now: number): number[] {
    return this.slots.sums(now, 6);
  }
}

/** The value below which this share of the measurements lies; `undefined` where there are none. */
export function percentile(buckets: readonly number[], share: number): number | undefined {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let left = Math.ceil(all * share);
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    left -= buckets[bucket]!;
    if (left <= 0) return Math.round(2 ** (bucket / STEPS));
  }
  return undefined;
}
