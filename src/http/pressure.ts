import { waitingMs } from "../clock/backlog.ts";
import { GatewayError } from "../core/error.ts";

/** With fewer requests open than this, nobody is refused and nothing is looked at. */
const FEW = 64;
const LOOK_MS = 20;
/** The loop is behind when it comes to a timer so much too late, or an answer has waited for so long, time after time. */
const LATE_MS = 10;
/** While some are held back it is to be no later than this: they wait for it as well, to be told so. */
const HELD_LATE_MS = 5;
/** Of the time that it was late, the share that the process itself was at work: with less, others have the machine, and to refuse is no help. */
const OWN_SHARE = 0.4;
/** A burst may take so long to be worked off before anybody is refused. */
const BURST_MS = 250;
/** And so often in a row: what has held it up once was something else. */
const BURST_LOOKS = 3;
/** So many are taken on from one look to the next in any case; and at the most, or twice as many as the loop was on time with. */
const LEAST = 32;
const CROWD = 1024;
/** At the most while it is behind: those who came first are enough to do. */
const CROWD_BEHIND = 256;
/** What is changed shows by then. */
const EFFECT_MS = 100;
/** On time for so long with everybody: nothing is to be held back any more. */
const CALM_MS = 2000;
const AGAIN_MS = 1000;

/**
 * Whether one more request is too many. So many may be open as the operator says, or as the process has descriptors for. And
 * once the loop is behind for longer than a burst takes, so many are taken on in a moment as it keeps up with: how many are
 * open says nothing of that, since most of them wait. Whoever comes on top is refused at once: to take on everybody would
 * make everybody late, and a tenth of the work of serving one is enough to say no.
 */
export class Pressure {
  private readonly open: () => number;
  private most: number;
  private few: number;
  private nearly = Number.POSITIVE_INFINITY;
  private watching = false;
  private timer: ReturnType<typeof setInterval> | undefined;
  private last = 0;
  private worked = 0;
  /** Since the last look. */
  private taken = 0;
  private refused = 0;
  /** When the first of them came. */
  private firstAt = 0;
  /** Most that were taken on from one look to the next when the loop was on time. */
  private proved = 0;
  /** How many may be, until the next look. */
  private room = CROWD;
  /** In a millisecond, while the loop cannot keep up. */
  private rate = Number.POSITIVE_INFINITY;
  private behindSince: number | undefined;
  private behind = 0;
  private changedAt = 0;
  private calmSince = 0;
  /** Made once: to say no must cost next to nothing. */
  private readonly refusal = new GatewayError("overloaded", "As many requests are open as can be served at once.", {
    retryAfterMs: AGAIN_MS,
  });

  /** @param open how many are open now; `most` as the operator says */
  constructor(open: () => number, most = Number.POSITIVE_INFINITY) {
    this.open = open;
    this.most = this.few = most;
  }

  /** From now on the loop is looked at: it is ours alone. @param most that there are descriptors for */
  watch(most: number): void {
    this.watching = true;
    this.most = Math.min(this.most, most);
    this.few = Math.min(FEW, this.most);
    this.nearly = most * 0.9;
  }

  /** Descriptors are getting few: connections are not to be kept, or nobody else would be let in. */
  get tight(): boolean {
    return this.open() > this.nearly;
  }

  /** @throws GatewayError `overloaded` where one more is too many */
  mustTake(): void {
    const open = this.open();
    if (open < this.few) return;
    if (open >= this.most) throw this.refusal;
    if (!this.watching) return;
    if (this.timer === undefined) {
      this.last = performance.now();
      this.worked = workedMs();
      this.timer = setInterval(() => this.look(performance.now(), workedMs(), waitingMs()), LOOK_MS);
    }
    if (this.taken < this.room && !this.isFull()) this.taken++;
    else {
      this.refused++;
      throw this.refusal;
    }
  }

  /** Whether there is more to do than a burst may leave: those who were taken on keep the loop from the next look, or answers wait. */
  private isFull(): boolean {
    const now = performance.now();
    if (this.taken === 0) this.firstAt = now;
    // What others want may be much: who comes one after the other is served beside them.
    if (this.taken < LEAST) return false;
    if (now - this.firstAt < BURST_MS && waitingMs() < BURST_MS) return false;
    return workedMs() - this.worked >= (now - this.last) * OWN_SHARE;
  }

  /**
   * @param now on the clock of `performance.now()`; `worked` for how long the process has been at work since it began, `waiting`
   * for how long an answer has been waiting to be read, in milliseconds
   */
  look(now: number, worked: number, waiting = 0): void {
    const took = now - this.last;
    const late = Math.max(took - LOOK_MS, waiting);
    const own = worked - this.worked;
    this.last = now;
    this.worked = worked;
    if (late > this.lateMs && own >= took * OWN_SHARE) this.slower(now, late, took, waiting);
    else {
      this.behindSince = undefined;
      this.behind = 0;
      this.proved = Math.max(this.proved, this.taken);
      if (this.refused > 0 || this.rate === Number.POSITIVE_INFINITY) this.calmSince = now;
      if (now - this.calmSince > CALM_MS) this.rate = Number.POSITIVE_INFINITY;
      else if (late < this.lateMs / 2) this.rate *= 1.05;
    }
    // Who comes late to the look has not more room for it.
    const crowd = this.behind > 0 ? CROWD_BEHIND : CROWD;
    const room = this.rate === Number.POSITIVE_INFINITY ? Math.max(crowd, 2 * this.proved) : this.rate * LOOK_MS;
    this.room = Math.max(LEAST, Math.round(room));
    this.taken = this.refused = 0;
    if (this.open() < this.few && this.rate === Number.POSITIVE_INFINITY) this.rest();
  }

  private get lateMs(): number {
    return this.rate === Number.POSITIVE_INFINITY ? LATE_MS : HELD_LATE_MS;
  }

  private slower(now: number, late: number, took: number, waiting: number): void {
    this.behindSince ??= now - late;
    this.behind++;
    const free = this.rate === Number.POSITIVE_INFINITY;
    const isBurst = (this.behind < BURST_LOOKS && waiting < BURST_MS) || now - this.behindSince < BURST_MS;
    // Where so few come it is not they who hold it up: one after the other is no crowd, however late the look is.
    const isCrowd = this.taken > (LEAST * Math.max(took, LOOK_MS)) / LOOK_MS;
    if (free && (isBurst ? this.refused === 0 : !isCrowd)) return;
    if (!free && now - this.changedAt < EFFECT_MS) return;
    const share = Math.min(0.97, Math.max(0.5, this.lateMs / late));
    this.rate = (free ? this.taken / took : this.rate) * share;
    this.rate = Math.max(this.rate, LEAST / LOOK_MS);
    this.changedAt = this.calmSince = now;
  }

  /** Hardly anybody is there. */
  private rest(): void {
    clearInterval(this.timer);
    this.timer = this.behindSince = undefined;
    this.behind = this.proved = 0;
    this.room = CROWD;
    this.rate = Number.POSITIVE_INFINITY;
  }
}

function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
