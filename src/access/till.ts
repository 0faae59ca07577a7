import type { Soon } from "../core/soon.ts";
import type { Budget } from "./budget.ts";

/** Of whom money is counted, and since when: the name of a row of `accounts`. */
export interface AccountName {
  readonly scope: string;
  readonly scopeId: string;
  readonly period: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Who borrows of it, where others spend of it as well: what is spent comes out of what was lent by that name. */
  readonly lender?: string;
}

/** What is on an account, nanodollars. */
export interface Balance {
  readonly spent: number;
  readonly byokSpent: number;
  /** The highest share of the limit that was told of, in percent. */
  readonly alerted: number;
}

/** What more may be spent here, nanodollars, and what is spent by now, by all. */
export interface Loan {
  readonly granted: number;
  readonly spent?: number | undefined;
  readonly byokSpent?: number | undefined;
}

/** Where accounts are kept, and who says how much of a limit this process may spend. */
export interface Till {
  /** What is on an account by now; nothing, where it is new. */
  load(name: AccountName): Soon<Balance>;
  /** Absent: this process is the only one that spends, so that all that is left is its own. */
  readonly loans?: Loans;
  /** Takes note that a share of the limit was reached. @returns whether nobody else had */
  alert(name: AccountName, percent: number): Soon<boolean>;
}

/** Nanodollars: what is lacking, for all who wait; and what is of use to the first. */
export interface Asked {
  readonly want: number;
  readonly least: number;
}

/** What of a limit others may spend as well. */
export interface Loans {
  /** By which name this process borrows by now. */
  readonly lender: string;
  /** Whether what was lent here is lent still. Asked before any of it is spent. */
  readonly isHeld: boolean;
  /** Asks whether it is. @throws GatewayError where it is not, or nobody says */
  regain(): Promise<void>;
  /** @returns what was given, and 0 where there is less than is of any use. More may be given than is wanted. @throws GatewayError */
  lend(name: AccountName, asked: Asked, limits: Pick<Budget, "limit" | "includesByok">): Soon<Loan>;
  /** What is not needed any more. Never throws. */
  giveBack(name: AccountName, nanodollars: number): void;
}
