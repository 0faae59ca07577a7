import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import type { Statement } from "../store/database.ts";

/** What is changed in the batch of another change: there are both, or neither. */
export interface Beside {
  readonly statements: readonly Statement[];
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
  /** At the end of a batch that changes a table: hears how often that has changed with it. Every other change has another number. */
  marking(topic: Topic, hear: (revision: number) => void): Statement;
  /** All that has changed by now holds here afterwards. @throws GatewayError `database_unavailable` */
  catchUp(): Promise<void>;
  /** What is to be changed waits for this: others' changes could not be read for those that are made here. */
  readonly pause: Promise<void> | undefined;
}

export type Topic = "keys" | "budgets";

/** A change that is about to be written. */
export interface Change {
  /** Goes into its batch, last. */
  readonly mark: readonly Statement[];
  /** Has it hold, once it is kept: unless what was read of the table meanwhile is later, and has it already. Nothing is asked for that. Never throws. */
  take(hold: () => void): void;
}

/** Called before a table is written to. */
export async function changing(renewed: Renewed | undefined, topic: Topic): Promise<Change> {
  if (renewed === undefined) return { mark: [], take: (hold) => hold() };
  await renewed.pause;
  let own = Number.POSITIVE_INFINITY;
  const mark = renewed.marking(topic, (revision) => {
    own = revision;
  });
  return {
    mark: [mark],
    take(hold) {
      if (renewed.heldOf(topic) < own) hold();
    },
  };
}

/** Of a change that stands alone. */
export const alone: Draw = async () => ({ statements: [], hold() {} });

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
