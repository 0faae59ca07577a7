import { GatewayError } from "../core/error.ts";

/** With fewer requests open than this, nobody is refused and nothing is looked at. */
const FEW = 64;
const LOOK_MS = 20;
/** The loop is behind when it comes to a timer so much too late, time after time. */
const LATE_MS = 25;
/** A burst may take so long to be worked off before anybody is refused. */
const BURST_MS = 250;
/** And so often in a row: what has held it up once was something else. */
const BURST_LOOKS = 3;
/** So many may come at once, and twice as many as the loop was on time with. */
const CROWD = 1024;
const AGAIN_MS = 1000;

/**
 * How many requests may be open at once: what the operator says, or what the process has descriptors for. Once the loop is
 * behind for longer than a burst takes, as many as it keeps up with. Whoever comes on top is refused at once: to take on
 * everybody would make everybody late, and a tenth of the work of serving one is enough to say no.
 */
export class Pressure {
  private readonly open: () => number;
  private most: number;
  private few: number;
  private half = Number.POSITIVE_INFINITY;
  private limit: number;
  private watching = false;
  private timer: ReturnType<typeof setInterval> | undefined;
  private last = 0;
  /** Most that were open when the loop was on time. */
  private proved = 0;
  private behindSince: number | undefined;
  private behind = 0;
  /** Made once: to say no must cost next to nothing. */
  private readonly refusal = new GatewayError("overloaded", "As many requests are open as can be served at once.", {
    retryAfterMs: AGAIN_MS,
  });

  /** @param open how many are open now; `most` as the operator says */
  constructor(open: () => number, most = Number.POSITIVE_INFINITY) {
    this.open = open;
    this.most = this.limit = this.few = most;
  }

  /** From now on the loop is looked at: it is ours alone. @param most that there are descriptors for */
  watch(most: number): void {
    this.watching = true;
    this.most = this.limit = Math.min(this.most, most);
    this.few = Math.min(FEW, this.most);
    this.half = most / 2;
  }

  /** Descriptors are getting few: connections are not to be kept, or nobody else would be let in. */
  get tight(): boolean {
    return this.open() > this.half;
  }

  /** @throws GatewayError `overloaded` where one more is too many */
  mustTake(): void {
    const open = this.open();
    if (open < this.few) return;
    if (this.watching) this.notice(performance.now(), open);
    if (open < this.limit) return;
    throw this.refusal;
  }

  /** A crowd comes in one turn of the loop: the timer would be too late for it. */
  private notice(now: number, open: number): void {
    if (this.timer === undefined) {
      this.last = now;
      this.timer = setInterval(() => this.look(performance.now()), LOOK_MS);
    } else if (this.limit === this.most && open >= Math.max(CROWD, 2 * this.proved)) this.lower(open);
  }

  private lower(to: number): void {
    this.limit = Math.min(this.most, Math.max(FEW, Math.floor(to)));
  }

  /** @param now on the clock of `performance.now()` */
  look(now: number): void {
    const late = now - this.last - LOOK_MS;
    this.last = now;
    const open = this.open();
    if (open < FEW) {
      clearInterval(this.timer);
      this.timer = this.behindSince = undefined;
      this.proved = this.behind = 0;
      this.limit = this.most;
    } else if (late > LATE_MS) {
      this.behindSince ??= now - late;
      this.behind++;
      const lasts = this.behind >= BURST_LOOKS && now - this.behindSince >= BURST_MS;
      if (this.limit === this.most && !lasts) return;
      // Those that are over the limit are still being served: it has not taken effect yet.
      const share = Math.min(0.97, Math.max(0.25, LATE_MS / late));
      if (this.limit === this.most) this.lower(open * share);
      else if (open <= this.limit) this.lower(this.limit * share);
    } else {
      this.proved = Math.max(this.proved, open);
      this.behindSince = undefined;
      this.behind = 0;
      if (late < LATE_MS / 2) this.limit = Math.min(this.most, Math.ceil(this.limit * 1.01));
    }
  }
}
