import { type Account, covers, type Hold, type Refused } from "./account.ts";
import type { AccountName } from "./till.ts";

/** A request that waits for what others have reserved. */
export interface Waiter {
  readonly holds: readonly Hold[];
  readonly answer: (refused: Refused | undefined) => void;
  /** In whose queue it stands. */
  at: Queued;
}

/** An account, and who waits for it. */
export interface Queued extends Account {
  readonly queue: Waiter[];
}

/** One that is in use. */
export interface Known extends Queued {
  /** When it was last asked for, Unix milliseconds. */
  seenAt: number;
  /** It is read anew for whoever comes, though somebody may still spend of it. */
  isForgotten?: boolean;
  /** Of the period that was the last one until this began. */
  before?: Known | undefined;
}

/** By which those of all periods are found. */
export function keyOf({ scope, scopeId, period }: Pick<AccountName, "scope" | "scopeId" | "period">): string {
  return `${scope}\n${scopeId}\n${period}`;
}

/**
 * The account of this moment, where it is known. A clock may be set: what was spent before it was set forward is spent when it is set
 * back, and a time before all that is known brings no money of its own.
 */
export function knownAt(last: Known | undefined, atMs: number): Known | undefined {
  if (last === undefined || covers(last, atMs)) return last;
  const { before } = last;
  if (before === undefined) return atMs < last.name.startedAt ? last : undefined;
  if (covers(before, atMs)) return before;
  const earliest = before.name.startedAt < last.name.startedAt ? before : last;
  return atMs < earliest.name.startedAt ? earliest : undefined;
}

/** Those of a budget: of the period before as well, since who has begun in it may go on. */
export function* heldTo(accounts: Iterable<Known>, id: string): Iterable<Known> {
  for (const account of accounts)
    for (let one: Known | undefined = account; one !== undefined; one = one.before) if (one.budget.id === id) yield one;
}
