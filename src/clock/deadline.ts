/** How often deadlines are looked at: one fires up to so many milliseconds late, never early. */
const TICK_MS = 25;

const deadlines = new Set<Deadline>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** A moment at which something happens unless it is called off. Thousands share one timer: moving one costs an assignment. */
export class Deadline {
  private at: number;
  private readonly expired: () => void;

  /** @param at on the clock of `performance.now()`; `expired` is called once */
  constructor(at: number, expired: () => void) {
    this.at = at;
    this.expired = expired;
    this.rearm(at);
  }

  /** Sets it again, after it has expired or was cleared. */
  rearm(at: number): void {
    this.at = at;
    deadlines.add(this);
    ticking ??= setInterval(tick, TICK_MS);
  }

  move(at: number): void {
    this.at = at;
  }

  clear(): void {
    deadlines.delete(this);
  }

  check(now: number): void {
    if (now < this.at) return;
    deadlines.delete(this);
    this.expired();
  }
}

function tick(): void {
  const now = performance.now();
  for (const deadline of deadlines) deadline.check(now);
  if (deadlines.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}
