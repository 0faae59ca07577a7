import { Deadline } from "../clock/deadline.ts";

/** With fewer it is not worth the work. */
const MANY = 32;
const EVERY_MS = 1500;
/** Collecting takes as much longer as there is more in memory, and nobody is served meanwhile: whoever goes slowly on purpose has a twentieth of the time for it. */
const TIMES_AS_LONG = 20;

/**
 * Memory of those who read or send too slowly. What came for hundreds of them has left tens of megabytes behind, and so do they where they
 * are let go: the runtime would leave all that where it is until as much again has been used. It is collected now and then until few
 * are too slow, and once more, since connections end a little later. That takes some 20 ms each time.
 */
export class Leftovers {
  private readonly collect: () => void;
  private readonly everyMs: number;
  private readonly now: () => number;
  private restMs: number;
  private left = 0;
  private due: Deadline | undefined;

  /** @param now milliseconds, by which it is told how long collecting takes */
  constructor(collect = () => Bun.gc(true), everyMs = EVERY_MS, now = () => performance.now()) {
    this.collect = collect;
    this.everyMs = everyMs;
    this.now = now;
    this.restMs = everyMs;
  }

  /** One more has fallen behind, or was let go. */
  add(): void {
    this.left++;
    if (this.left >= MANY && this.due?.isSet !== true) this.wait();
  }

  private wait(): void {
    const at = performance.now() + this.restMs;
    if (this.due === undefined) this.due = new Deadline(at, () => this.tidy());
    else this.due.rearm(at);
  }

  private tidy(): void {
    const { left } = this;
    this.left = 0;
    const began = this.now();
    this.collect();
    this.restMs = Math.max(this.everyMs, TIMES_AS_LONG * (this.now() - began));
    if (left >= MANY) this.wait();
  }
}

/** Of all that go slowly here. */
export const LEFTOVERS = new Leftovers();
