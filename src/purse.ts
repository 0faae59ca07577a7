import type { KeyRing } from "./access/keys.ts";
import type { Times, Topic } from "./admin/beside.ts";
import type { Budgets } from "./admin/budgets.ts";
import { BudgetStore } from "./store/budgets.ts";
import { REVISIONS, type Revision, type Revisions, revisionsOf } from "./store/changes.ts";
import type { Database } from "./store/database.ts";
import type { KeyParts } from "./store/key-parts.ts";
import { KeyStore } from "./store/keys.ts";

/** So often what others have changed is read anew because something was changed here meanwhile; then such changes wait. */
const PATIENCE = 3;
const TOPICS: readonly Topic[] = ["keys", "budgets"];

/**
 * What replicas hold in memory of keys and of budgets, which is of one moment always: what opens changes together with what holds it back, whoever
 * has changed both, and in whichever order.
 */
export class Purse {
  /** There while nothing is to be changed here, so that what others have changed can be read. */
  pause: Promise<void> | undefined;
  private readonly database: Database;
  private readonly ring: KeyRing;
  private readonly budgets: Pick<Budgets, "take" | "treasury">;
  private readonly keys: KeyParts;
  /** How often each of the tables had changed when it was read. */
  readonly held: Partial<Record<Topic, number>> = {};
  /** Up to which change of each all is known here: what was read, and what was made here right after it. */
  private readonly known: Partial<Record<Topic, number>> = {};
  /** All keys are to be read, though nothing has changed since. */
  private isDoubtful = false;
  /** The last that was read: the next begins when that holds, and finds little left. */
  private turn: Promise<void> = Promise.resolve();

  constructor(database: Database, ring: KeyRing, budgets: Pick<Budgets, "take" | "treasury">, keys: KeyParts) {
    this.database = database;
    this.ring = ring;
    this.budgets = budgets;
    this.keys = keys;
  }

  /** Reads what others have changed until nothing was changed here meanwhile: what was read would be older than what is known. @throws what the engine says */
  renew(): Promise<void> {
    const renewed = this.turn.then(() => this.renewInTurn());
    this.turn = renewed.catch(() => {});
    return renewed;
  }

  /** How often the tables had changed says nothing any more. */
  forget(): void {
    for (const topic of TOPICS) {
      delete this.held[topic];
      delete this.known[topic];
    }
  }

  /** Whether nothing of these is otherwise than it is known here, where the tables have changed so often. */
  isAbreast(now: Revisions, of: readonly Topic[]): boolean {
    return of.every((topic) => this.known[topic] === (now.get(topic) ?? 0));
  }

  /** What was made here holds: it need not be read, where nobody else has changed anything since what is known. */
  made(own: Revisions, times: Times): void {
    for (const topic of TOPICS) {
      const revision = own.get(topic) ?? 0;
      // Who changes a table has it for itself up to the commit: what one batch does follows at once on one another.
      if (this.known[topic] === revision - (times[topic] ?? 0)) this.known[topic] = revision;
    }
  }

  private async renewInTurn(): Promise<void> {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    try {
      for (let tries = 1; !(await this.renewOnce()); tries++) if (tries === PATIENCE) this.pause = pause;
    } finally {
      if (this.pause === pause) this.pause = undefined;
      goOn();
    }
  }

  /** @returns whether all that others have changed holds here */
  private async renewOnce(): Promise<boolean> {
    const before = this.changes;
    const { now, keys, budgets } = await this.read();
    if (this.changes !== before) return false;
    if (keys !== undefined) {
      if (keys.whole) this.ring.replace(keys.rows);
      else this.ring.renew(keys.rows, keys.gone);
      keys.taken();
      this.isDoubtful = false;
      this.held.keys = now.keys;
    }
    if (budgets !== undefined) {
      this.budgets.take(budgets);
      this.held.budgets = now.budgets;
    }
    if (keys === undefined || this.ring.size === this.keys.live) {
      Object.assign(this.known, now);
      return true;
    }
    // One was made here and taken away elsewhere between two looks: there is nothing to see it by.
    this.keys.forget();
    this.isDoubtful = true;
    return false;
  }

  /** What is otherwise than it is known here. */
  private read() {
    return this.database.still!(async (still) => {
      const revisions = revisionsOf(await still.all<Revision>(REVISIONS));
      const now = { keys: revisions.get("keys") ?? 0, budgets: revisions.get("budgets") ?? 0 };
      const isKnown = now.keys === this.held.keys && !this.isDoubtful;
      return {
        now,
        keys: isKnown ? undefined : await this.keys.news(new KeyStore(still)),
        budgets: now.budgets === this.held.budgets ? undefined : await new BudgetStore(still).all(),
      };
    });
  }

  private get changes(): number {
    return this.ring.changes + this.budgets.treasury.book.changes;
  }
}
