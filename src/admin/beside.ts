import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import type { Revisions } from "../store/changes.ts";
import type { Statement } from "../store/database.ts";

/** What is changed in the batch of another change: there are both, or neither. */
export interface Beside {
  readonly statements: readonly Statement[];
  /** How many of the statements change the table of budgets. */
  readonly changes: number;
  /** Has this process know of it, once that holds. Never throws. */
  hold(): void;
}

/** Of what stands there now: where others were faster, it is drawn anew, and tried again. */
export type Draw = () => Promise<Beside>;

/** What a change gives, and the budgets as they are with it. */
export interface WithBudgets<T> {
  readonly done: T;
  readonly budgets: readonly JsonObject[];
}

/** What others change as well: what of it holds here is read anew. */
export interface Renewed {
  /** How often a table had changed when it was read last; 0 where it was not yet. */
  heldOf(topic: Topic): number;
  /** At the end of a batch: hears how often each table has changed with it. Every other change has another number. */
  marking(hear: (revisions: Revisions) => void): Statement;
  /** What others have changed of these tables before this is called holds here afterwards. @throws GatewayError `database_unavailable` */
  abreast(of: readonly Topic[]): Promise<void>;
  /** Hears of a change that was made here, and holds: so often have the tables changed with it, and so often by it. */
  made(revisions: Revisions, times: Times): void;
  /** All that has changed by now holds here afterwards. @throws GatewayError `database_unavailable` */
  catchUp(): Promise<void>;
  /** What is to be changed waits for this: others' changes could not be read for those that are made here. */
  readonly pause: Promise<void> | undefined;
}

export type Topic = "keys" | "budgets";
const BOTH: readonly Topic[] = ["keys", "budgets"];

/** How many statements of a batch change each table: each is a change of its own. */
export type Times = Readonly<Partial<Record<Topic, number>>>;

/** A change that is about to be written. */
export interface Change {
  /** Goes into its batch, last. */
  readonly mark: readonly Statement[];
  /** Has it hold, once it is kept: unless what was read of the table meanwhile is later, and has it already. Nothing is asked for that. Never throws. */
  take(hold: () => void): void;
}

/**
 * Called before tables are written to, when all else has been read. What others have changed by then holds here: a key that is made may be held back
 * by a budget that another replica has just made, and a budget that is taken away may have been all that held one back.
 * @param by the tables that it depends on @throws GatewayError `database_unavailable` where they cannot be read: nothing is to be changed then
 */
export async function changing(
  renewed: Renewed | undefined,
  times: Times,
  by: readonly Topic[] = BOTH,
): Promise<Change> {
  if (renewed === undefined) return { mark: [], take: (hold) => hold() };
  await renewed.pause;
  if (by.length > 0) await renewed.abreast(by);
  let own: Revisions = new Map();
  const mark = renewed.marking((revisions) => {
    own = revisions;
  });
  const topics = (Object.keys(times) as Topic[]).filter((topic) => times[topic] !== 0);
  const isNews = (topic: Topic) => renewed.heldOf(topic) < (own.get(topic) ?? Number.POSITIVE_INFINITY);
  return {
    mark: [mark],
    take(hold) {
      if (topics.every(isNews)) hold();
      renewed.made(own, times);
    },
  };
}

/** Of a change that stands alone. */
export const alone: Draw = async () => ({ statements: [], changes: 0, hold() {} });

/** Changes of one thing by several replicas at a time end in their turn. */
const TRIES = 10;

/** @param once gives nothing where others were faster @throws GatewayError `internal_error` where they always are */
export async function again<T>(once: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < TRIES; i++) {
    const done = await once();
    if (done !== undefined) return done;
  }
  throw new GatewayError("internal_error", "It is being changed by others all the time.");
}
