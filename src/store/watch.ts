import { REVISIONS } from "./changes.ts";
import type { Database } from "./database.ts";

export interface WatchParts {
  database: Database;
  /** What is to be done when a table has changed, by its name; no second time before it is done. */
  reloads: Readonly<Record<string, () => Promise<void>>>;
  /** Hears that it cannot be seen what has changed: once, until it can again. */
  complain(cause: unknown): void;
}

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
  private looking = false;
  private again = false;
  private closed = false;
  private complained = false;
  private sees = true;

  constructor(parts: WatchParts) {
    this.parts = parts;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
    // The first look reads everything: something may have changed since it was read.
    this.look();
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

  /**
   * What has changed of one table by now holds here afterwards: for who has read from another what must not hold before.
   * @throws what the engine says
   */
  async catchUp(topic: string): Promise<void> {
    await this.renew(topic, await this.revisions());
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
    for (const topic of Object.keys(this.parts.reloads)) {
      try {
        await this.renew(topic, revisions);
      } catch (thrown) {
        // The others are read all the same, and this one again.
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  private async revisions(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.parts.database.all<{ topic: string; revision: number }>(REVISIONS, [], PATIENCE_MS);
    return new Map(rows.map(({ topic, revision }) => [topic, revision]));
  }

  private async renew(topic: string, revisions: ReadonlyMap<string, number>): Promise<void> {
    const revision = revisions.get(topic) ?? 0;
    if (this.closed || this.seen.get(topic) === revision) return;
    await this.parts.reloads[topic]?.();
    // What changed meanwhile has another revision by then.
    this.seen.set(topic, revision);
  }
}
