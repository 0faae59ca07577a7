import { Deadline } from "../clock/deadline.ts";
import { spanAt } from "../core/period.ts";
import { after, type Soon } from "../core/soon.ts";
import { type Account, covers, type Hold, isSpent, leftOf, type Patience, type Refused, wanted } from "./account.ts";
import type { Budget } from "./budget.ts";
import { heldTo, type Known, keyOf, knownAt, type Queued, type Waiter } from "./known-account.ts";
import { SecondLook } from "./second-look.ts";
import { Thrift } from "./thrift.ts";
import type { Balance, Till } from "./till.ts";

export { type Account, charged, type Hold, isSpent, leftOf, type Patience, type Refused, usedOf } from "./account.ts";

/** Accounts that nobody has looked at for so long are forgotten where there are too many: their rows are written by then. */
const FORGET_MS = 60_000;
/** Between two looks for such. */
const LOOK_MS = 10_000;

/** All accounts that are in use, and who waits for them. Reserves all that a request wants, or nothing of it. */
export class Accounts {
  private readonly till: Till;
  private readonly most: number;
  private readonly known = new Map<string, Known>();
  /** Of each budget the one that was last asked for, while it is known: most budgets are for one alone. */
  private recent = new WeakMap<Budget, Known>();
  private readonly thrift = new Thrift();
  /** Those whom others wait for. */
  private readonly crowded = new Set<Queued>();
  private lookedAt = 0;
  /** Those that are being read, with their budget as it is by now. */
  private readonly loading = new Map<string, { readonly account: Promise<Account>; budget: Budget }>();
  private readonly second: SecondLook;

  /** @param most accounts that are remembered though nobody uses them */
  constructor(till: Till, most = 100_000) {
    this.till = till;
    this.most = most;
    this.second = new SecondLook(till, (account, balance) => this.told(account, balance));
  }

  /** The account of a budget for one of those that it is for, in the period of this moment. */
  open(budget: Budget, scopeId: string, atMs: number): Soon<Account> {
    const recent = this.recent.get(budget);
    if (recent?.budget === budget && recent.name.scopeId === scopeId && covers(recent, atMs)) {
      recent.seenAt = atMs;
      return recent;
    }
    const key = keyOf({ scope: budget.scope, scopeId, period: budget.period });
    const last = this.known.get(key);
    const known = knownAt(last, atMs);
    if (known !== undefined) {
      known.seenAt = atMs;
      if (known.budget !== budget) {
        known.budget = budget;
        this.wake(known);
      }
      this.recent.set(budget, known);
      return known;
    }
    const { startedAt, endsAt } = spanAt(budget.period, atMs);
    // One load for all who come meanwhile: two would each begin with what the other has not spent yet.
    const period = `${key}\n${startedAt}`;
    const loading = this.loading.get(period);
    if (loading !== undefined) return loading.account;
    const name = { scope: budget.scope, scopeId, period: budget.period, startedAt };
    const loaded = after(this.till.load(name), ({ spent, byokSpent, alerted }): Account => {
      const { loans } = this.till;
      const state = { spent, byokSpent, alerted, reserved: 0, granted: loans ? 0 : Number.POSITIVE_INFINITY };
      const lender = loans ? { lender: loans.lender } : {};
      const common = { name: { ...name, ...lender }, endsAt, budget: this.loading.get(period)?.budget ?? budget };
      const now = this.known.get(key);
      // At the turn of a period that behind it may have been read first.
      const isLate = now !== undefined && now !== last && startedAt < now.name.startedAt;
      const account: Known = { ...common, ...state, queue: [], seenAt: atMs, before: isLate ? undefined : now };
      if (isLate) now.before = account;
      else {
        if (now !== undefined) this.close(now);
        this.forget(atMs);
        this.known.set(key, account);
        this.recent.set(budget, account);
      }
      return account;
    });
    if (!(loaded instanceof Promise)) return loaded;
    this.loading.set(period, { account: loaded, budget });
    loaded.finally(() => this.loading.delete(period)).catch(() => {});
    return loaded;
  }

  /** One that is in use, without using it. */
  peek(scope: string, scopeId: string, period: string): Account | undefined {
    return this.known.get(keyOf({ scope, scopeId, period }));
  }

  /** All that are in use. */
  all(): Iterable<Account> {
    return this.known.values();
  }

  /** Takes what is wanted of each, or nothing. @returns why not */
  reserve(holds: readonly Hold[], patience: Patience): Soon<Refused | undefined> {
    const found = this.take(holds);
    const { loans } = this.till;
    if (found?.why === "exhausted" && loans !== undefined && this.second.isDue(found.account))
      return this.second.take(found.account).then(() => this.reserve(holds, patience));
    if (found === undefined || found.why !== "reserved") return found;
    const { account } = found;
    if (loans !== undefined && !loans.isHeld) return loans.regain().then(() => this.reserve(holds, patience));
    const lacking = wanted(holds, account) - (account.granted - account.reserved);
    if (loans === undefined || lacking <= 0) return this.wait(holds, account, patience);
    return after(this.borrow(account, lacking), (): Soon<Refused | undefined> => {
      const again = this.take(holds);
      if (again === undefined || again.why !== "reserved") return again;
      // Another account may lack as well.
      return again.account === account ? this.wait(holds, account, patience) : this.reserve(holds, patience);
    });
  }

  /**
   * What was spent takes the place of what was reserved.
   * @returns what of it comes out of what was lent: what nobody has borrowed, and what others have reserved, does not
   */
  settle({ account, amount }: Hold, spent: number, byokSpent: number): number {
    account.reserved -= amount;
    account.spent = Math.min(account.spent + spent, Number.MAX_SAFE_INTEGER);
    account.byokSpent = Math.min(account.byokSpent + byokSpent, Number.MAX_SAFE_INTEGER);
    const counted = account.budget.includesByok ? spent + byokSpent : spent;
    // Of what was forfeited nobody knows here how much there is.
    const drawn = account.granted < 0 ? counted : Math.min(counted, Math.max(0, account.granted - account.reserved));
    account.granted -= drawn;
    const again = (account as Known).isForgotten === true ? this.known.get(keyOf(account.name)) : undefined;
    if (again !== undefined && covers(again, account.name.startedAt))
      this.settle({ account: again, amount: 0 }, spent, byokSpent);
    this.wake(account as Queued);
    return drawn;
  }

  /** What was reserved is free again. */
  release({ account, amount }: Hold): void {
    account.reserved -= amount;
    this.wake(account as Queued);
  }

  /** A limit has changed: who waits may be let in, or sent away. @param id of the budget that it was, where this is in its place */
  changed(budget: Budget, id = budget.id): void {
    for (const one of this.loading.values()) if (one.budget.id === id) one.budget = budget;
    for (const account of heldTo(this.known.values(), id)) {
      account.budget = budget;
      this.wake(account);
    }
  }

  /** Whoever waits for it waits in vain. */
  dismiss(id: string): void {
    for (const account of heldTo(this.known.values(), id))
      for (const waiter of account.queue.splice(0)) waiter.answer({ account, why: "reserved" });
  }

  /** What others have written on an account takes the place of what was known. What may be spent here is not changed by it. */
  told(account: Account, { spent, byokSpent }: Pick<Balance, "spent" | "byokSpent">): void {
    account.spent = spent;
    account.byokSpent = byokSpent;
    this.wake(account as Queued);
  }

  /** Where others spend of the same limits: asks once more for those who wait. Never throws. */
  async hurry(): Promise<void> {
    for (const account of this.crowded) {
      const [head] = account.queue;
      if (head === undefined) this.crowded.delete(account);
      else {
        const all = account.queue.reduce((sum, { holds }) => sum + wanted(holds, account), 0);
        const lacking = all - (account.granted - account.reserved);
        // Who waits is told soon enough that there is nothing.
        if (lacking > 0)
          await Promise.resolve(this.borrow(account, lacking, wanted(head.holds, account))).catch(() => {});
        this.wake(account);
      }
    }
  }

  /** Where others spend of the same limits: gives back what nobody has needed since this was called last, a moment ago. */
  tend(): void {
    const { loans } = this.till;
    if (loans === undefined) return;
    for (const account of this.known.values()) {
      if (account.granted === 0 || !this.thrift.isSpare(account, leftOf(account))) continue;
      if (account.granted > 0) loans.giveBack(account.name, account.granted);
      account.granted = 0;
    }
  }

  /** What was lent is lent no more. What is under way is settled by itself, and nothing is added to it; whoever comes begins anew. */
  forfeit(): void {
    for (const account of this.known.values()) {
      for (let one: Known | undefined = account; one !== undefined; one = one.before) {
        one.granted = Number.NEGATIVE_INFINITY;
        for (const waiter of one.queue.splice(0)) waiter.answer({ account: one, why: "reserved" });
      }
    }
    this.known.clear();
    this.recent = new WeakMap();
    this.crowded.clear();
  }

  private take(holds: readonly Hold[], waiter?: Waiter): Refused | undefined {
    for (const { account, amount, own = 0, exempt } of holds) {
      if (account.budget.soft || exempt) continue;
      if (isSpent(account, own + amount)) return { account, why: "exhausted", amount: own + amount };
    }
    const isLapsed = this.till.loans?.isHeld === false;
    for (const { account, amount, exempt } of holds) {
      if (account.budget.soft || exempt) continue;
      const [head] = (account as Queued).queue;
      const isBehind = head !== undefined && head !== waiter;
      const room = Math.min(leftOf(account), account.granted) - account.reserved;
      if (isBehind || isLapsed || amount > room) return { account, why: "reserved" };
    }
    for (const { account, amount } of holds) account.reserved += amount;
    return undefined;
  }

  private borrow(account: Account, want: number, least = want): Soon<void> {
    const { name, budget } = account;
    const loans = this.till.loans!;
    // Of what was forfeited nothing more is borrowed.
    if (name.lender !== loans.lender) return undefined;
    const loan = loans.lend(name, { want, least }, budget);
    return after(loan, ({ granted, spent, byokSpent }) => {
      account.granted += granted;
      if (spent !== undefined) account.spent = spent;
      if (byokSpent !== undefined) account.byokSpent = byokSpent;
    });
  }

  private wait(holds: readonly Hold[], account: Account, { waitMs, onLeft }: Patience): Soon<Refused | undefined> {
    if (waitMs <= 0) return { account, why: "reserved" };
    const { promise, resolve } = Promise.withResolvers<Refused | undefined>();
    const at = account as Queued;
    const deadline = new Deadline(performance.now() + waitMs, () => this.leave(waiter, "reserved"));
    const waiter: Waiter = {
      holds,
      at,
      answer: (refused) => {
        deadline.clear();
        resolve(refused);
      },
    };
    at.queue.push(waiter);
    if (this.till.loans !== undefined) this.crowded.add(at);
    onLeft?.(() => this.leave(waiter, "left"));
    return promise;
  }

  private leave(waiter: Waiter, why: "reserved" | "left"): void {
    const { queue } = waiter.at;
    const place = queue.indexOf(waiter);
    if (place < 0) return;
    queue.splice(place, 1);
    waiter.answer({ account: waiter.at, why });
    if (place === 0) this.wake(waiter.at);
  }

  /** Lets in who waits, one after the other, as far as it goes. */
  private wake(account: Queued): void {
    for (let head = account.queue[0]; head !== undefined; head = account.queue[0]) {
      const found = this.take(head.holds, head);
      if (found?.why === "reserved" && found.account === account) return;
      account.queue.shift();
      if (found?.why !== "reserved") head.answer(found);
      else {
        // Here there would be room; now it waits where there is none.
        head.at = found.account as Queued;
        head.at.queue.push(head);
        if (this.till.loans !== undefined) this.crowded.add(head.at);
      }
    }
  }

  /** Its period is over. Who still waits for it goes on in vain, so it is told at once; what is on loan goes back. */
  private close(account: Known): void {
    account.before = undefined;
    for (const waiter of account.queue.splice(0)) waiter.answer({ account, why: "reserved" });
    const rest = account.granted - account.reserved;
    if (this.till.loans === undefined || rest <= 0) return;
    account.granted -= rest;
    this.till.loans.giveBack(account.name, rest);
  }

  private forget(atMs: number): void {
    if (this.known.size < this.most || atMs - this.lookedAt < LOOK_MS) return;
    this.lookedAt = atMs;
    for (const [key, account] of this.known) {
      if (account.reserved !== 0 || account.queue.length > 0 || atMs - account.seenAt < FORGET_MS) continue;
      this.close(account);
      this.known.delete(key);
      account.isForgotten = this.till.loans === undefined;
      this.recent = new WeakMap();
    }
  }
}
