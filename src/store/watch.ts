import { REVISIONS, type Revision, type Revisions, revisionsOf } from "./changes.ts";
import type { Database } from "./database.ts";

export interface WatchParts {
  database: Database;
  /** What is to be done when a table has changed, by its name; once for all that have the same. It hears which have changed. */
  reloads: Readonly<Record<string, Reload>>;
  /** Hears that the database was not there: how often a table had changed says nothing any more. */
  lost?(): void;
  /** Hears that it cannot be seen what has changed: once, until it can again. */
  complain(cause: unknown): void;
}

export type Reload = (changed: readonly string[]) => Promise<void>;

/** How often it is looked, whether or not anybody said anything. */
const LOOK_MS = 1000;
const PATIENCE_MS = 5000;

/**
 * Keeps what a replica holds in memory as it stands in the database that it shares with others: reads anew what has changed,
 * when it hears so, and every second in case it did not. As long as nothing can be read, what is in memory holds.
 */
export class Watch {
  private readonly parts: WatchParts;
  private readonly seen = new Map<string, number>();
  private readonly timer: Timer;
  /** What is read anew together. */
  private readonly groups: readonly (readonly [Reload, readonly string[]])[];
  /** When all has been looked at once, or could not be. Never throws. */
  readonly begun: Promise<void>;
  private looking = false;
  private again = false;
  private closed = false;
  private complained = false;
  private sees = true;

  constructor(parts: WatchParts) {
    this.parts = parts;
    const { reloads } = parts;
    this.groups = [...Map.groupBy(Object.keys(reloads), (topic) => reloads[topic]!)];
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
    // The first look reads everything: something may have changed since it was read.
    this.again = true;
    this.begun = this.run();
  }

  /** Whether all that others have changed could be read when it was looked last. */
  get isCurrent(): boolean {
    return this.sees;
  }

  /** What others have changed by now holds here as soon as it has been read. Never throws. */
  look(): void {
    this.again = true;
    if (!this.looking && !this.closed) void this.run();
  }

  /** How often each table has changed by now. @throws what the engine says */
  async revisions(): Promise<Revisions> {
    try {
      return revisionsOf(await this.parts.database.all<Revision>(REVISIONS, [], PATIENCE_MS));
    } catch (thrown) {
      // When it is back it may be another, which has not seen the last changes, and counts on from those before: all is read anew.
      this.seen.clear();
      this.parts.lost?.();
      throw thrown;
    }
  }

  /** What has changed by now of a table, and of those that are read with it, holds here afterwards. @throws what the engine says */
  async catchUp(topic: string): Promise<void> {
    const revisions = await this.revisions();
    for (const [reload, topics] of this.groups) if (topics.includes(topic)) await this.renew(reload, topics, revisions);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    this.looking = true;
    try {
      while (this.again && !this.closed) {
        this.again = false;
        await this.readAnew();
        this.complained = false;
        this.sees = true;
      }
    } catch (thrown) {
      this.sees = false;
      if (!this.complained && !this.closed) this.parts.complain(thrown);
      this.complained = true;
    } finally {
      this.looking = false;
    }
  }

  private async readAnew(): Promise<void> {
    const revisions = await this.revisions();
    const failures: unknown[] = [];
    for (const [reload, topics] of this.groups) {
      try {
        await this.renew(reload, topics, revisions);
      } catch (thrown) {
        // The others are read all the same, and this one again.
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  private async renew(reload: Reload, topics: readonly string[], revisions: Revisions): Promise<void> {
    const changed = topics.filter((topic) => this.seen.get(topic) !== (revisions.get(topic) ?? 0));
    if (this.closed || changed.length === 0) return;
    await reload(changed);
    // What changed meanwhile has another revision by then.
    for (const topic of changed) this.seen.set(topic, revisions.get(topic) ?? 0);
  }
}
