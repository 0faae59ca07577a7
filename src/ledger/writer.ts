import { GatewayError } from "../core/error.ts";
import type { Soon } from "../store/database.ts";
import type { GenerationRow, LedgerEntry, RowSink } from "../store/generations.ts";

interface Waiting {
  entry: LedgerEntry;
  written: () => void;
  failed: (cause: unknown) => void;
}

/** Rows of one commit: with more, all of them wait for the last. */
const LARGEST_GROUP = 1000;

/** So long a group may grow: with the slow turns of an overloaded loop it is written in the second. */
const GROWS_MS = 3;

/** Between two complaints that the ledger cannot be written. */
const QUIET_MS = 60_000;

/**
 * Writes rows in groups: everything that is closed in a few turns of the event loop is one commit, whose cost they share
 * (11 µs a row alone, 4 µs each of thirteen).
 */
export class LedgerWriter {
  private readonly sink: RowSink & { readonly refuses?: boolean };
  private readonly complain: (id: string, cause: unknown) => void;
  private readonly now: () => number;
  private readonly waiting: Waiting[] = [];
  /** Commits that the store has not answered. */
  private readonly pending = new Set<Promise<void>>();
  private unanswered = 0;
  /** Rows lost since the last complaint, and when that was. */
  private lost = 0;
  private complainedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param sink says of itself when nothing more is to be begun
   * @param complain hears of the first row that could not be written, and after a minute of those since
   */
  constructor(
    sink: RowSink & { readonly refuses?: boolean },
    complain: (id: string, cause: unknown) => void,
    now = () => performance.now(),
  ) {
    this.sink = sink;
    this.complain = complain;
    this.now = now;
  }

  /** Rows that are not on disk yet. */
  get lag(): number {
    return this.waiting.length + this.unanswered;
  }

  /** Lets a request begin whose row can be written, or kept until it can. @throws GatewayError `ledger_unavailable` */
  mustTake(): void {
    if (this.sink.refuses === true)
      throw new GatewayError("ledger_unavailable", "What would be used cannot be recorded, so nothing is asked for.");
  }

  /** Resolves when the row is committed. @throws what the store throws */
  write(entry: LedgerEntry): Promise<void> {
    return new Promise((written, failed) => {
      this.waiting.push({ entry, written, failed });
      if (this.waiting.length === 1) this.gather(this.now());
    });
  }

  /** Commits what waits, without waiting for the turn to end: nothing comes after it. @returns when all of it is committed or lost */
  async close(): Promise<void> {
    do {
      this.commit();
      await Promise.all(this.pending);
    } while (this.waiting.length > 0 || this.pending.size > 0);
  }

  /**
   * Commits what waits once a turn of the loop, from the second on, has added nothing. In an idle loop that is no time; in a busy one most
   * of those who are under way share a commit, half of whose cost is the same for one row and for thirty.
   * @param since when the first of them came
   */
  private gather(since: number, length = 0): void {
    setImmediate(() => {
      const now = this.waiting.length;
      // Another commit took them: to go on would keep the loop turning for nothing.
      if (now === 0) return;
      const isWhole = length > 0 && (now === length || this.now() - since >= GROWS_MS);
      if (isWhole) this.commit();
      else this.gather(since, now);
    });
  }

  private commit(): void {
    // What comes while a store is still at it is the next group: two at once would wait for one another, for the sums that both add to.
    if (this.waiting.length === 0 || this.pending.size > 0) return;
    const group = this.waiting.splice(0, LARGEST_GROUP);
    const written = () => {
      for (const one of group) one.written();
    };
    // One bad row must not take the others along: each for itself now.
    const failed = () => {
      for (const one of group) this.commitAlone(one);
    };
    this.insert(
      group.map(({ entry }) => entry),
      written,
      failed,
    );
    if (this.waiting.length > 0 && this.pending.size === 0) setImmediate(() => this.commit());
  }

  private commitAlone({ entry, written, failed }: Waiting): void {
    this.insert([entry], written, (cause) => {
      this.lose(entry.row, cause);
      failed(cause);
    });
  }

  /** Into the store, which may answer at once or later. */
  private insert(entries: readonly LedgerEntry[], written: () => void, failed: (cause: unknown) => void): void {
    let done: Soon<void>;
    try {
      done = this.sink.insert(entries);
    } catch (cause) {
      failed(cause);
      return;
    }
    if (!(done instanceof Promise)) {
      written();
      return;
    }
    this.unanswered += entries.length;
    const end = done
      .then(
        () => {
          this.unanswered -= entries.length;
          written();
        },
        (cause) => {
          this.unanswered -= entries.length;
          failed(cause);
        },
      )
      .finally(() => {
        this.pending.delete(end);
        this.commit();
      });
    this.pending.add(end);
  }

  /** Where one cannot be written, neither can the next thousand: they share a line. */
  private lose({ id }: GenerationRow, cause: unknown): void {
    this.lost++;
    if (this.now() - this.complainedAt < QUIET_MS) return;
    const why = cause instanceof Error ? cause.message : String(cause);
    const which = this.lost === 1 ? "a generation" : `${this.lost} generations`;
    this.complain(id, `the ledger cannot be written (${why}): the end of ${which} was withheld`);
    this.complainedAt = this.now();
    this.lost = 0;
  }
}
