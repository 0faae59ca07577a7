import type { KeyRing } from "./access/keys.ts";
import type { Budgets } from "./admin/budgets.ts";
import { BudgetStore } from "./store/budgets.ts";
import { REVISIONS } from "./store/changes.ts";
import type { Database } from "./store/database.ts";
import type { KeyParts } from "./store/key-parts.ts";
import { KeyStore } from "./store/keys.ts";

/** So often what others have changed is read anew because something was changed here meanwhile; then such changes wait. */
const PATIENCE = 3;

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
  readonly held: { keys?: number; budgets?: number } = {};
  /** All keys are to be read, though nothing has changed since. */
  private isDoubtful = false;
  private renewals = 0;

  constructor(database: Database, ring: KeyRing, budgets: Pick<Budgets, "take" | "treasury">, keys: KeyParts) {
    this.database = database;
    this.ring = ring;
    this.budgets = budgets;
    this.keys = keys;
  }

  /** Reads what others have changed until nothing was changed here meanwhile: what was read would be older than what is known. @throws what the engine says */
  async renew(): Promise<void> {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    try {
      for (let tries = 1; !(await this.renewOnce()); tries++) if (tries === PATIENCE) this.pause = pause;
    } finally {
      if (this.pause === pause) this.pause = undefined;
      goOn();
    }
  }

  /** How often the tables had changed says nothing any more. */
  forget(): void {
    delete this.held.keys;
    delete this.held.budgets;
  }

  /** @returns whether all that others have changed holds here */
  private async renewOnce(): Promise<boolean> {
    const before = this.changes;
    const { keys, budgets } = await this.read();
    if (this.changes !== before) return false;
    if (keys !== undefined || budgets !== undefined) this.renewals++;
    if (keys !== undefined) {
      if (keys.news.whole) this.ring.replace(keys.news.rows);
      else this.ring.renew(keys.news.rows, keys.news.gone);
      keys.news.taken();
      this.isDoubtful = false;
      this.held.keys = keys.revision;
    }
    if (budgets !== undefined) {
      this.budgets.take(budgets.rows);
      this.held.budgets = budgets.revision;
    }
    if (keys === undefined || this.ring.size === this.keys.live) return true;
    // One was made here and taken away elsewhere between two looks: there is nothing to see it by.
    this.keys.forget();
    this.isDoubtful = true;
    return false;
  }

  /** What is otherwise than it is known here. */
  private read() {
    return this.database.still!(async (still) => {
      const rows = await still.all<{ topic: string; revision: number }>(REVISIONS);
      const { keys = 0, budgets = 0 } = Object.fromEntries(rows.map(({ topic, revision }) => [topic, revision]));
      return {
        keys:
          keys === this.held.keys && !this.isDoubtful
            ? undefined
            : { revision: keys, news: await this.keys.news(new KeyStore(still)) },
        budgets:
          budgets === this.held.budgets ? undefined : { revision: budgets, rows: await new BudgetStore(still).all() },
      };
    });
  }

  private get changes(): number {
    return this.renewals + this.ring.changes + this.budgets.treasury.book.changes;
  }
}
