import type { Charge } from "../store/accounts.ts";
import type { Budget } from "./budget.ts";
import type { AccountName } from "./till.ts";

/** What is spent against a budget in one of its periods, by one of those that it is for. Nanodollars. */
export interface Account {
  readonly name: AccountName;
  /** The first moment of the next period; absent where there is none. */
  readonly endsAt?: number | undefined;
  /** As it is by now: what changes of it holds at once. */
  budget: Budget;
  spent: number;
  byokSpent: number;
  /** By requests that are under way. */
  reserved: number;
  /** What of the rest may be spent here; `Infinity` where nobody else spends. */
  granted: number;
  /** The highest share of the limit that was told of, in percent; more than all of it where more was spent than there was. */
  alerted: number;
}

/** What a request wants of one account. */
export interface Hold {
  readonly account: Account;
  amount: number;
  /** What it has of this account already: it waits for others, and not for itself. */
  readonly own?: number;
  /** What it spends is not the operator's, and does not count: it is let in whatever is left. */
  readonly exempt?: boolean;
}

/** Why not: what is left would not do, or would do once others are done with what they reserved. */
export interface Refused {
  readonly account: Account;
  readonly why: "exhausted" | "reserved" | "left";
  /** What was wanted of it, where it has not so much. */
  readonly amount?: number;
}

export interface Patience {
  /** How long others' reservations are waited for. 0: not at all. */
  readonly waitMs: number;
  /** Calls when nobody waits any more. */
  onLeft?(act: () => void): void;
}

/** What counts against the limit. */
export function usedOf({ budget, spent, byokSpent }: Account): number {
  return budget.includesByok ? spent + byokSpent : spent;
}

/** What is left of the limit, whatever is reserved of it; negative where more was spent. */
export function leftOf(account: Account): number {
  return account.budget.limit - usedOf(account);
}

/** Whether it never pays for so much, whoever else is done. */
export function isSpent(account: Account, amount: number): boolean {
  const left = leftOf(account);
  return left <= 0 || amount > left;
}

/** What was spent from it, nanodollars. Written out: to spread its name costs as much as all else of it. */
export function charged({ name }: Account, spent: number, byokSpent: number, drawn: number): Charge {
  const { scope, scopeId, period, startedAt, lender } = name;
  const charge = { scope, scopeId, period, startedAt, spent, byokSpent, drawn };
  return lender === undefined ? charge : { ...charge, lender };
}

/** Whether a moment, Unix milliseconds, is in its period. */
export function covers({ name: { startedAt }, endsAt }: Account, atMs: number): boolean {
  return startedAt <= atMs && (endsAt === undefined || atMs < endsAt);
}

/** Of one account, in nanodollars. */
export function wanted(holds: readonly Hold[], account: Account): number {
  return holds.find((hold) => hold.account === account)?.amount ?? 0;
}
