import { Deadline } from "../clock/deadline.ts";

/** With fewer it is not worth the work. */
const MANY = 32;
const EVERY_MS = 1500;

/**
 * Memory of those who read or send too slowly. What came for hundreds of them has left tens of megabytes behind, and so do they where they
 * are let go: the runtime would leave all that where it is until as much again has been used. It is collected now and then until few
 * are too slow, and once more, since connections end a little later. That takes some 20 ms each time.
 */
export class Leftovers {
  private readonly collect: () => void;
  private readonly everyMs: number;
  private left = 0;
  private due: Deadline | undefined;

  constructor(collect = () => Bun.gc(true), everyMs = EVERY_MS) {
    this.collect = collect;
    this.everyMs = everyMs;
  }

  /** One more has fallen behind, or was let go. */
  add(): void {
    this.left++;
    if (this.left >= MANY && this.due?.isSet !== true) this.wait();
  }

  private wait(): void {
    const at = performance.now() + this.everyMs;
    if (this.due === undefined) this.due = new Deadline(at, () => this.tidy());
    else this.due.rearm(at);
  }

  private tidy(): void {
    const { left } = this;
    this.left = 0;
    this.collect();
    if (left >= MANY) this.wait();
  }
}

/** Of all that go slowly here. */
export const LEFTOVERS = new Leftovers();
