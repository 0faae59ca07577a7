import { expect, test } from "bun:test";
import type { Account } from "../access/accounts.ts";
import type { Loans } from "../access/till.ts";
import { checkConfig } from "../config/load.ts";
import { BudgetStore } from "../store/budgets.ts";
import { openDatabase } from "../store/open.ts";
import { Treasury } from "./treasury.ts";

const NOON = Date.UTC(2026, 10, 26, 12);
const ROW = {
  id: "budget_1",
  scope: "key",
  scopeId: "a",
  period: "total",
  limit: 1000,
  soft: false,
  includesByok: false,
  thresholds: "[]",
  archived: false,
  createdAt: 0,
  updatedAt: 0,
};
const CORRECTION = { scope: "key", scopeId: "a", period: "total", startedAt: 0, spent: 300, byokSpent: 0 };

/** Others spend of the same limits, but nobody is lent anything. */
const LOANS: Loans = {
  lender: "one",
  isHeld: true,
  regain: async () => {},
  lend: async () => ({ granted: 0 }),
  giveBack() {},
};

/** A treasury with one budget, of whose account 500 are spent, and who has that. @param loans where others spend of it */
async function opened(loans?: Loans) {
  const config = checkConfig({ data: ":memory:" }, "test");
  const database = await openDatabase(config);
  const complaints: unknown[] = [];
  const store = new BudgetStore(database);
  await store.insert(ROW);
  const there = { spent: 500, byokSpent: 0, alerted: 0 };
  /** Whoever is answered from now on waits for it. */
  let gate: Promise<void> | undefined;
  store.load = () => {
    const found = { ...there };
    return gate === undefined ? found : gate.then(() => found);
  };
  const complain = (_id: string, cause: unknown) => complaints.push(cause);
  const treasury = await Treasury.open({ config, store, loans, isGone: () => false, raise() {}, complain });
  const [budget] = treasury.book.of("key", "a");
  return {
    treasury,
    there,
    complaints,
    account: () => treasury.accounts.open(budget!, "a", NOON),
    correct: () => treasury.corrected(CORRECTION, budget!),
    /** @returns lets the answers come */
    delay(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
    async close() {
      treasury.close();
      await database.close();
      expect(complaints).toEqual([]);
    },
  };
}

test("a correction counts once where nobody else spends, whether the account is in use or is read later", async () => {
  for (const isInUse of [true, false]) {
    const bank = await opened();
    if (isInUse) bank.account();
    bank.there.spent += 300;
    await bank.correct();
    expect((bank.account() as Account).spent).toBe(800);
    await bank.close();
  }
});

test("a correction that an account was read with, before its maker knew that it is kept, counts once", async () => {
  const bank = await opened(LOANS);
  const answer = bank.delay();
  // Committed, which is not heard of yet; somebody comes, and reads it.
  bank.there.spent += 300;
  const opening = bank.account();
  answer();
  const account = await opening;
  expect(account.spent).toBe(800);
  await bank.correct();
  expect([account.spent, account.granted]).toEqual([800, 0]);
  await bank.close();
});

test("a correction that an account is read without, since that began before it was kept, counts once", async () => {
  const bank = await opened(LOANS);
  const answer = bank.delay();
  const opening = bank.account();
  bank.there.spent += 300;
  const corrected = bank.correct();
  answer();
  await corrected;
  expect((await opening).spent).toBe(800);
  await bank.close();
});

test("who waits for a budget that is taken away, or archived, is held to the one that everybody has, where there is one", async () => {
  for (const how of ["removed", "archived"]) {
    const bank = await opened();
    const { treasury } = bank;
    const { accounts } = treasury;
    const account = bank.account() as Account;
    treasury.put({ ...ROW, id: "budget_2", scopeId: "*", limit: 600 });
    accounts.reserve([{ account, amount: 400 }], { waitMs: 0 });
    const waiting = accounts.reserve([{ account, amount: 200 }], { waitMs: 60_000 });
    if (how === "removed") treasury.remove(ROW.id);
    else treasury.put({ ...ROW, archived: true, updatedAt: 1 });
    expect(await waiting).toMatchObject({ why: "exhausted", amount: 200 });
    await bank.close();
  }
});
