import type { GatewayError } from "../core/error.ts";
import { costOf, type Price } from "../core/money.ts";
import { after, type Soon } from "../core/soon.ts";
import type { Usage } from "../core/usage.ts";
import type { Charge } from "../store/accounts.ts";
import { type Account, type Accounts, charged, type Hold, isSpent, leftOf, type Refused } from "./accounts.ts";
import { type CallRange, type Demand, type Foresight, type Gate, NO_FIELDS, type Seat, type Spent } from "./admit.ts";
import type { Budget, BudgetBook, Scope } from "./budget.ts";
import { refusalOf, UNPRICED } from "./budget-refusal.ts";

export interface BudgetGateParts {
  readonly book: BudgetBook;
  readonly accounts: Accounts;
  /** Output tokens that are reserved where a request does not say how many it wants at the most. */
  readonly defaultOutput: number;
  /** What is counted for what has no price; absent: it is refused. */
  readonly ceiling?: Price | undefined;
  /** How long a request waits for what others have reserved. */
  readonly waitMs: number;
  /** Hears of every account that something was spent from. */
  settled(account: Account): void;
}

interface Want {
  readonly holds: readonly Hold[];
  readonly output: number;
  readonly cap: number | undefined;
  readonly calls: number;
  /** Nobody knows what it would cost. */
  readonly isUnpriced: boolean;
}

interface Owner {
  readonly budget: Budget;
  readonly id: string;
}

/** Reserves what a request may cost, with everybody whose money it is, and settles what it did cost. */
export class BudgetGate implements Gate {
  private readonly parts: BudgetGateParts;

  constructor(parts: BudgetGateParts) {
    this.parts = parts;
  }

  /** @throws GatewayError `quota_for_entity_exceeded`, `no_providers_available` where nobody knows what it would cost */
  enter(demand: Demand): Soon<Seat | undefined> {
    const { book } = this.parts;
    if (book.isEmpty) return undefined;
    const owners = this.ownersOf(demand);
    if (owners.length === 0) return undefined;
    return after(this.accountsOf(owners, demand.atMs), (accounts) => this.reserve(demand, accounts));
  }

  /** Accounts that are asked for the first time are read, and nothing of them is taken. */
  foresee(demand: Demand): Soon<Foresight> {
    return after(this.accountsOf(this.ownersOf(demand), demand.atMs), (accounts) => {
      const { holds, cap, calls, isUnpriced } = this.wantOf(demand, accounts);
      const told = holds.map(({ account, amount }) => ({ account, wanted: isUnpriced ? undefined : amount }));
      const short = holds.find(
        ({ account, amount, exempt }) => !account.budget.soft && !exempt && isSpent(account, amount),
      );
      const refusal = isUnpriced
        ? UNPRICED()
        : short && refusalOf({ account: short.account, why: "exhausted", amount: short.amount }, demand);
      const outputCap = demand.stream ? undefined : cap;
      const pricedOnly = holds.length > 0 && this.parts.ceiling === undefined;
      const hard = hardOf(holds);
      const isHeld = hard.length > 0 && demand.calls !== undefined;
      const held = isHeld ? { calls, limitsOwn: hard.some(includesOwn) } : {};
      return { accounts: told, outputCap, pricedOnly, refusal, ...held };
    });
  }

  /** The budgets of everybody whose money a request may spend, and whose each is. */
  private ownersOf({ key, user, tags, entity }: Demand): readonly Owner[] {
    const owners: Owner[] = [];
    const add = (scope: Scope, id: string | undefined) => {
      if (id !== undefined) for (const budget of this.parts.book.of(scope, id)) owners.push({ budget, id });
    };
    add("gateway", "gateway");
    add("team", key.team ?? undefined);
    add("key", key.id);
    add("user", user);
    add("entity", entity);
    for (const tag of tags.length < 2 ? tags : new Set(tags)) add("tag", tag);
    return owners;
  }

  private accountsOf(owners: readonly Owner[], atMs: number, from = 0, opened: Account[] = []): Soon<Account[]> {
    for (let at = from; at < owners.length; at++) {
      const { budget, id } = owners[at]!;
      const account = this.parts.accounts.open(budget, id, atMs);
      if (account instanceof Promise) {
        return account.then((one) => this.accountsOf(owners, atMs, at + 1, [...opened, one]));
      }
      opened.push(account);
    }
    return opened;
  }

  private reserve(demand: Demand, accounts: readonly Account[]): Soon<Seat> {
    const want = this.wantOf(demand, accounts);
    const { holds, isUnpriced } = want;
    if (isUnpriced) throw UNPRICED();
    const patience = { waitMs: this.parts.waitMs, onLeft: (act: () => void) => demand.onLeft(act) };
    return after(this.parts.accounts.reserve(holds, patience), (refused) => {
      if (refused !== undefined) throw refusalOf(refused, demand);
      return new BudgetSeat(this.parts, demand, want);
    });
  }

  /** What a request wants of each account, for how many output tokens, and how many each of its answers is cut to where no more is left. */
  private wantOf(demand: Demand, accounts: readonly Account[]): Want {
    const input = demand.mostInput();
    const { defaultOutput } = this.parts;
    let output = demand.outputCap ?? Math.max(defaultOutput * demand.answers, demand.outputTold ?? 0);
    let cap: number | undefined;
    const affordable = this.affordable(demand, accounts, input, output);
    const { calls } = affordable;
    if (affordable.output < output) {
      cap = Math.floor(affordable.output / demand.answers);
      output = cap * demand.answers;
    }
    let isUnpriced = false;
    const holds: Hold[] = accounts.map((account) => {
      const { soft, includesByok } = account.budget;
      const exempt = isExempt(demand, account);
      const amount = exempt ? 0 : demand.mostOf(input, output, includesByok, calls);
      if (amount === undefined) isUnpriced = true;
      const held = soft ? 0 : (amount ?? 0);
      return !soft && exempt ? { account, amount: held, exempt } : { account, amount: held };
    });
    return { holds, output, cap, calls, isUnpriced };
  }

  /**
   * As many calls of a provider's own tools, and then as many output tokens, as what is left pays for, whatever others have reserved of it; at
   * least as few as make sense.
   */
  private affordable(demand: Demand, accounts: readonly Account[], input: number, output: number): Affordable {
    const { outputCap, leastCap, answers, calls: { usual, least } = NO_CALLS } = demand;
    const fits = (output: number, calls: number) =>
      accounts.every((account) => {
        if (account.budget.soft || isExempt(demand, account)) return true;
        const amount = demand.mostOf(input, output, account.budget.includesByok, calls);
        return amount === undefined || amount <= leftOf(account);
      });
    if (fits(output, usual)) return { output, calls: usual };
    if (least < usual && fits(output, least))
      return { output, calls: largest(least, usual, (calls) => fits(output, calls)) };
    // It cannot be told how much it may say: all or nothing.
    if (outputCap !== undefined || leastCap === undefined) return { output, calls: usual };
    const shortest = leastCap * answers;
    if (shortest >= output || !fits(shortest, least)) return { output, calls: usual };
    return { output: largest(shortest, output, (output) => fits(output, least)), calls: least };
  }
}

interface Affordable {
  readonly output: number;
  readonly calls: number;
}

const NO_CALLS: CallRange = { usual: 0, least: 0 };

/** The largest number that fits, from one that does up to one that does not. */
function largest(fitting: number, beyond: number, fits: (number: number) => boolean): number {
  let [low, high] = [fitting, beyond];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether nothing that it may spend counts there. */
function isExempt({ ownOnly }: Demand, { budget }: Account): boolean {
  return ownOnly && !budget.includesByok;
}

/** Those that refuse what they do not pay for. */
function hardOf(holds: readonly Hold[]): readonly Hold[] {
  return holds.filter(({ account: { budget }, exempt }) => !budget.soft && exempt !== true);
}

function includesOwn({ account: { budget } }: Hold): boolean {
  return budget.includesByok;
}

/** Tokens of as many bytes as these of ours there are hardly any. */
const LONG_TOKENS = 2;

/** A stream that makes more calls than are paid for is granted so many at a time. */
const MORE_CALLS = 5;

/** What one request has reserved. */
class BudgetSeat implements Seat {
  readonly fields = NO_FIELDS;
  readonly outputCap: number | undefined;
  readonly pricedOnly: boolean;
  readonly limitsOwn: boolean;
  private readonly parts: BudgetGateParts;
  private readonly demand: Demand;
  private readonly isHeld: boolean;
  private holds: readonly Hold[];
  private output: number;
  private made: number;
  private over = false;

  constructor(parts: BudgetGateParts, demand: Demand, { holds, output, cap, calls }: Want) {
    this.parts = parts;
    this.demand = demand;
    this.holds = holds;
    this.output = output;
    this.made = calls;
    this.outputCap = demand.stream ? undefined : cap;
    this.pricedOnly = parts.ceiling === undefined;
    const hard = hardOf(holds);
    this.isHeld = hard.length > 0;
    this.limitsOwn = hard.some(includesOwn);
  }

  /** More is reserved as more comes. Where the client sets a cap, only once its provider has clearly passed it: tokens are longer than we count them, too. */
  get granted(): number {
    return this.demand.outputCap === undefined ? this.output : this.output * LONG_TOKENS;
  }

  get calls(): number | undefined {
    return this.demand.calls === undefined || !this.isHeld ? undefined : this.made;
  }

  extend(outputTokens: number, calls = 0): Soon<GatewayError | undefined> {
    const [said, made] = [Math.max(outputTokens, this.output), Math.max(calls, this.made)];
    if (this.over || (said === this.output && made === this.made)) return undefined;
    const step = said === this.output ? 0 : Math.max(said - this.output, Math.ceil(this.parts.defaultOutput / 4));
    const more = made === this.made ? 0 : MORE_CALLS;
    return after(this.grow(this.output + step, made + more, 0), (refused) => {
      if (refused === undefined) return undefined;
      // Not a whole step any more, or not yet: what has been said at least.
      return after(this.grow(said, made, this.parts.waitMs), (last) => this.told(last));
    });
  }

  private told(refused: Refused | undefined): GatewayError | undefined {
    return refused === undefined ? undefined : refusalOf(refused, this.demand);
  }

  private grow(output: number, calls: number, waitMs: number): Soon<Refused | undefined> {
    const input = this.demand.mostInput();
    const more: Hold[] = this.holds.map((hold) => {
      const { account, exempt } = hold;
      if (account.budget.soft || exempt) return { ...hold, amount: 0 };
      const amount = this.demand.mostOf(input, output, account.budget.includesByok, calls) ?? 0;
      return { account, amount: Math.max(0, amount - hold.amount), own: hold.amount };
    });
    return after(this.parts.accounts.reserve(more, { waitMs }), (refused) => {
      if (refused !== undefined) return refused;
      // It may be over by now.
      if (this.over) for (const hold of more) this.parts.accounts.release(hold);
      else {
        this.holds = this.holds.map((hold, at) => ({ ...hold, amount: hold.amount + more[at]!.amount }));
        this.output = output;
        this.made = calls;
      }
      return undefined;
    });
  }

  settle(spent: Spent): readonly Charge[] {
    if (this.over) return [];
    this.over = true;
    const { accounts, ceiling } = this.parts;
    const nanodollars = whole(spent.nanodollars + atMost(spent.unpriced, ceiling));
    const byok = whole(spent.byok + atMost(spent.byokUnpriced, ceiling));
    const charges: Charge[] = [];
    for (const hold of this.holds) {
      charges.push(charged(hold.account, nanodollars, byok, accounts.settle(hold, nanodollars, byok)));
      this.parts.settled(hold.account);
    }
    return nanodollars === 0 && byok === 0 ? [] : charges;
  }

  release(): void {
    if (this.over) return;
    this.over = true;
    for (const hold of this.holds) this.parts.accounts.release(hold);
  }
}

/** What has no price is counted at the ceiling, in nanodollars. */
function atMost(used: Usage | undefined, ceiling: Price | undefined): number {
  return used === undefined || ceiling === undefined ? 0 : costOf(used, ceiling, "estimate").nanodollars;
}

/** A provider may claim anything; an account has a width. */
function whole(nanodollars: number): number {
  return Math.min(nanodollars, Number.MAX_SAFE_INTEGER);
}
