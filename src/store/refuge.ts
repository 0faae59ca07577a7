import type { Soon } from "./database.ts";
import type { LedgerEntry, RowSink } from "./generations.ts";
import { gaveWay, isDoubled, isOutage } from "./outage.ts";
import { Spool } from "./spool.ts";

/** The ledger in the database. */
export interface Ledger extends RowSink {
  /** Which of these generations have their row. */
  existing(ids: readonly string[]): Soon<ReadonlySet<string>>;
}

export interface RefugeParts {
  ledger: Ledger;
  /** By which this process is known, to others and to whoever comes after it. */
  name: string;
  /** Folder for what the database does not take; without, that waits in memory. */
  folder: string | undefined;
  /** For how long after the database has failed requests are served still. */
  graceMs: number;
  /** Hears the name of one before it that is dead, and of whom everything is written. */
  buried?: (name: string) => Promise<void>;
  /** Hears when the database fails, when it is back, and what could not be written even then. */
  complain: (cause: Error) => void;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
  most?: { bytes?: number; rows?: number };
}

/** Between two looks whether the database is back: at first, and at the longest. */
const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 4000;
/** Times that a group is written anew because it gave way to others. */
const MOST_AGAIN = 5;

/**
 * Where rows go: into the database, or, as long as that fails, into a spool, from which they are written into it once each
 * when it is back. The id of a row is its primary key, and what a row adds to sums and accounts is committed with it: a row that is
 * there needs nothing more, whoever was or was not told of it.
 */
export class Refuge implements RowSink {
  private readonly parts: RefugeParts;
  private readonly now: () => number;
  private readonly spool: Spool;
  private downSince: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private returning: Promise<void> | undefined;
  private toldOfMemory = false;

  constructor(parts: RefugeParts) {
    this.parts = parts;
    this.now = parts.now ?? (() => performance.now());
    this.spool = new Spool(parts.folder, parts.name, parts.most);
  }

  /** Rows that the database has not taken. */
  get waiting(): number {
    return this.spool.waiting;
  }

  /** Of those, the ones that would be lost with this process. */
  get inMemory(): number {
    return this.spool.inMemory;
  }

  /** For how many milliseconds the database has been failing; `undefined` when it is there. */
  get downMs(): number | undefined {
    return this.downSince === undefined ? undefined : this.now() - this.downSince;
  }

  /** Whether nothing more is to be begun, since it could not be written down for too long, or there is no more room for it. */
  get refuses(): boolean {
    const { downMs } = this;
    return downMs !== undefined && (downMs >= this.parts.graceMs || this.spool.full);
  }

  insert(entries: readonly LedgerEntry[]): Soon<void> {
    if (this.downSince !== undefined) return this.keep(entries);
    let done: Soon<void>;
    try {
      done = this.parts.ledger.insert(entries);
    } catch (cause) {
      return this.saved(entries, cause);
    }
    return done instanceof Promise ? done.catch((cause) => this.failed(entries, cause, 1)) : done;
  }

  /** Writes what processes that have ended have left in the folder. What still does not go in is left for the next start. */
  async adopt(): Promise<void> {
    for (const left of await Spool.left(this.parts.folder)) {
      const rows = left.waiting;
      try {
        await left.drain((entries) =>
          this.writeOnce(
            left,
            entries.map((one) => ({ ...one, lender: left.name })),
          ),
        );
        await left.clear();
        this.tellDamage(left);
        if (rows > 0)
          this.parts.complain(new Error(`${rows} generations that were waiting for the database are in it now`));
      } catch (cause) {
        this.parts.complain(
          new Error(`${left.waiting} generations of before still wait for the database (${wordsOf(cause)})`),
        );
        // What it was lent is not given back before that is spent of it which waits here; who does not come up is dead to others in time.
        continue;
      } finally {
        await left.close();
      }
      // Where this fails, others find out in their own time.
      await this.parts.buried?.(left.name).catch((cause) => this.parts.complain(cause));
    }
  }

  /** From here on whoever comes after this process sees when it is gone, though it has left nothing to be written. */
  claim(): void {
    const { folder, complain } = this.parts;
    // Such as a volume that belongs to somebody else: better now than in an outage.
    if (!this.spool.claim())
      complain(
        new Error(
          `nothing can be written in ${folder}: while the database fails, what is used would be kept in memory, and lost with this process`,
        ),
      );
  }

  /** Tries once more to write what waits. What still does not go stays in its file, for the next start. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    if (this.downSince !== undefined) await this.comeBack();
    clearTimeout(this.timer);
    if (this.spool.inMemory > 0)
      this.parts.complain(new Error(`${this.spool.inMemory} generations could be written nowhere, and are lost`));
    await this.spool.close();
  }

  private async failed(entries: readonly LedgerEntry[], cause: unknown, times: number): Promise<void> {
    if (!gaveWay(cause) || times === MOST_AGAIN) return this.saved(entries, cause);
    try {
      await this.parts.ledger.insert(entries);
    } catch (again) {
      await this.failed(entries, again, times + 1);
    }
  }

  private saved(entries: readonly LedgerEntry[], cause: unknown): Promise<void> {
    if (!isOutage(cause)) throw cause;
    if (this.downSince === undefined) {
      this.downSince = this.now();
      this.look(FIRST_LOOK_MS);
      this.parts.complain(
        new Error(`the database fails (${wordsOf(cause)}): what is used is kept beside it until it is back`),
      );
    }
    return this.keep(entries);
  }

  private async keep(entries: readonly LedgerEntry[]): Promise<void> {
    await this.spool.keep(entries);
    if (this.spool.inMemory === 0 || this.parts.folder === undefined || this.toldOfMemory) return;
    this.toldOfMemory = true;
    this.parts.complain(
      new Error(
        `nothing can be written in ${this.parts.folder} either: what is used is kept in memory, and is lost with this process`,
      ),
    );
  }

  private look(afterMs: number): void {
    this.timer = setTimeout(async () => {
      await this.comeBack();
      if (this.downSince !== undefined) this.look(Math.min(afterMs * 2, LONGEST_LOOK_MS));
    }, afterMs);
    this.timer.unref();
  }

  /** Looks whether the database is back, and writes what waits. @returns when it is all there, or still fails */
  comeBack(): Promise<void> {
    this.returning ??= this.writeBack().finally(() => {
      this.returning = undefined;
    });
    return this.returning;
  }

  private async writeBack(): Promise<void> {
    const { spool } = this;
    const rows = spool.waiting;
    try {
      // More may come while it is being written.
      while (spool.waiting > 0) await spool.drain((entries) => this.writeOnce(spool, entries));
    } catch {
      return;
    }
    const { downMs = 0 } = this;
    this.downSince = undefined;
    this.toldOfMemory = false;
    await spool.clear();
    this.tellDamage(spool);
    const seconds = (downMs / 1000).toFixed(1);
    this.parts.complain(
      new Error(`the database is back after ${seconds} s; of ${rows} generations each is in it once`),
    );
  }

  /** Writes what is not there yet. @throws where the database still fails */
  private async writeOnce(spool: Spool, entries: readonly LedgerEntry[]): Promise<void> {
    const { ledger } = this.parts;
    for (let times = 1; ; times++) {
      const there = await ledger.existing(entries.map(({ row }) => row.id));
      const missing = entries.filter(({ row }) => !there.has(row.id));
      if (missing.length === 0) return;
      try {
        await ledger.insert(missing);
        return;
      } catch (cause) {
        // A commit whose answer was lost has ended after we looked.
        if ((isDoubled(cause) || gaveWay(cause)) && times < MOST_AGAIN) continue;
        if (isOutage(cause)) throw cause;
        if (entries.length === 1) {
          this.refuse(spool, entries[0]!, cause);
          return;
        }
      }
      // One bad row must not hold up the others.
      for (const one of entries) await this.writeOnce(spool, [one]);
      return;
    }
  }

  /** A row that will never go in: what it says of money is not lost. */
  private refuse(spool: Spool, { row: { id, keyId, cost } }: LedgerEntry, cause: unknown): void {
    spool.spoil();
    const what = `generation ${id} of ${keyId}, which cost ${cost ?? "an unknown number of"} nanodollars`;
    this.parts.complain(new Error(`${what}, cannot be written (${wordsOf(cause)})`));
  }

  private tellDamage({ damaged }: Spool): void {
    if (damaged > 0)
      this.parts.complain(new Error(`${damaged} lines of a spool did not go in: it is kept as \`.damaged\``));
  }
}

/** What an engine says. Never an address, and no password. */
function wordsOf(cause: unknown): string {
  const { cause: inner } = cause as Error;
  if (inner instanceof Error) return inner.message;
  return cause instanceof Error ? cause.message : String(cause);
}
