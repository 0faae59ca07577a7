/** How often deadlines are looked at: one fires up to so many milliseconds late, never early. */
const TICK_MS = 25;

let lastTick = 0;

/**
 * Now, on the clock of `performance.now()`, up to a tick late and for a tenth of the price: for what is asked with every
 * chunk. Only runs while some deadline is set.
 */
export function coarseNow(): number {
  return ticking === undefined ? performance.now() : lastTick;
}

/** How late the look at all deadlines is by now, in milliseconds; below 0 where it is not due yet. */
export function latenessMs(): number {
  return ticking === undefined ? 0 : performance.now() - lastTick - TICK_MS;
}

/** A place in the ring of all deadlines that are set. */
class Link {
  before: Link = this;
  after: Link = this;

  protected leave(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this.after = this;
  }

  protected enter(ring: Link): void {
    this.before = ring;
    this.after = ring.after;
    ring.after.before = this;
    ring.after = this;
  }
}

const ring = new Link();
let ticking: ReturnType<typeof setInterval> | undefined;

/**
 * A moment at which something happens unless it is called off. Thousands share one timer: to set, move or clear one is a
 * few assignments.
 */
export class Deadline extends Link {
  private at: number;
  private readonly expired: () => void;

  /** @param at on the clock of `performance.now()`; `expired` is called once */
  constructor(at: number, expired: () => void) {
    super();
    this.at = at;
    this.expired = expired;
    this.rearm(at);
  }

  /** Sets it again, after it has expired or was cleared. */
  rearm(at: number): void {
    this.at = at;
    if (this.isSet) return;
    this.enter(ring);
    if (ticking !== undefined) return;
    lastTick = performance.now();
    ticking = setInterval(tick, TICK_MS);
  }

  move(at: number): void {
    this.at = at;
  }

  clear(): void {
    this.leave();
  }

  get isSet(): boolean {
    return this.after !== this;
  }

  isDue(now: number): boolean {
    return this.isSet && now >= this.at;
  }

  fire(): void {
    this.leave();
    this.expired();
  }
}

function tick(): void {
  const now = performance.now();
  lastTick = now;
  const due: Deadline[] = [];
  for (let link = ring.after; link !== ring; link = link.after) {
    if (link instanceof Deadline && link.isDue(now)) due.push(link);
  }
  // What one of them does may clear or move another.
  for (const deadline of due) if (deadline.isDue(now)) deadline.fire();
  if (ring.after !== ring) return;
  clearInterval(ticking);
  ticking = undefined;
}
