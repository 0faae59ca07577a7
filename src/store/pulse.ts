/** A moment by both clocks: of a machine that sleeps only the one on the wall goes on. */
export interface Moment {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: number;
  readonly wall: number;
}

/** When a replica was last heard of, by the clock of the database. */
export interface Heard {
  readonly id: string;
  readonly seenAt: number;
  /** 1 where that is so long ago that it may be dead. */
  readonly late: number;
}

export interface PulseParts {
  /** So long after its last word a replica is taken for dead. */
  deadAfterMs: number;
  now?: (() => number) | undefined;
  wall?: (() => number) | undefined;
}

/** So often a replica says that it is there. */
export const BEAT_MS = 5000;
/** Others are taken for dead only by who has been in touch itself for so long: after an outage everybody is late. */
const WITNESS_MS = 60_000;
/** So much earlier than others might take it for dead a replica takes itself for it. */
const MARGIN_MS = 5000;

/** From so much on a clock is said to be wrong. */
const WRONG_MS = 5000;

/** What a replica knows of whether it counts as alive, and of whether the others do. */
export class Pulse {
  private readonly most: number;
  private readonly now: () => number;
  private readonly wall: () => number;
  /** Whether the clock of this machine is, by that of the database. */
  private isWrong = false;
  /** When the last word that has arrived was sent. */
  private saidAt: Moment = { now: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  /** Since when, and until when, the database has answered every beat. */
  private touchSince = 0;
  private touchUntil = Number.NEGATIVE_INFINITY;
  /** When each of the others was last heard of, and since when it is known here that no more was. */
  private heardOf = new Map<string, { readonly seenAt: number; readonly since: number }>();

  constructor({ deadAfterMs, now = () => performance.now(), wall = Date.now }: PulseParts) {
    this.most = deadAfterMs - MARGIN_MS;
    this.now = now;
    this.wall = wall;
  }

  moment(): Moment {
    return { now: this.now(), wall: this.wall() };
  }

  /** Whether nobody can have taken this replica for dead by now. Two looks at a clock. */
  get isHeld(): boolean {
    return this.now() - this.saidAt.now < this.most && this.wall() - this.saidAt.wall < this.most;
  }

  /** The database has answered. */
  touch(): void {
    const now = this.now();
    if (now - this.touchUntil > 3 * BEAT_MS) this.touchSince = now;
    this.touchUntil = now;
  }

  /**
   * A word that was sent then has arrived, at `seenAt` by the clock of the database.
   * @returns a complaint where the clock here has come to say something else: periods of budgets begin and end by it
   */
  said(at: Moment, seenAt: number): Error | undefined {
    this.saidAt = at;
    const now = this.wall();
    // What the way there and back may have taken is no difference.
    const aheadMs = seenAt < at.wall ? at.wall - seenAt : Math.min(0, now - seenAt);
    const wasWrong = this.isWrong;
    // One that is about so much off is not complained of again and again.
    this.isWrong = Math.abs(aheadMs) > (wasWrong ? WRONG_MS / 2 : WRONG_MS);
    if (!this.isWrong || wasWrong) return undefined;
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    return new Error(
      `the clock of this machine is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} the database's: set it, for days and months of budgets begin and end by it`,
    );
  }

  /** Who of the others is dead: late by the clock of the database, and silent for a while by ours, since any clock may be set. */
  deadOf(others: readonly Heard[]): Heard[] {
    const now = this.now();
    const before = this.heardOf;
    this.heardOf = new Map();
    return others.filter(({ id, seenAt, late }) => {
      const known = before.get(id);
      const since = Math.max(known?.seenAt === seenAt ? known.since : now, this.touchSince);
      this.heardOf.set(id, { seenAt, since });
      return late === 1 && now - since >= WITNESS_MS;
    });
  }
}
