import { expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { type Account, Accounts } from "./accounts.ts";
import { Alerts } from "./alerts.ts";
import type { Budget } from "./budget.ts";
import type { Till } from "./till.ts";

const BUDGET: Budget = {
  id: "budget_1",
  scope: "key",
  scopeId: "a",
  period: "total",
  limit: 100,
  soft: false,
  includesByok: false,
  thresholds: [50, 75, 100],
  archived: false,
  createdAt: 0,
  updatedAt: 0,
};

/** Alerts over a till that does as it is told, and what came of them. */
function desk(alert: Till["alert"], budget = BUDGET) {
  const told: JsonObject[] = [];
  const raised: string[] = [];
  const complaints: unknown[] = [];
  const till: Till = { load: () => ({ spent: 0, byokSpent: 0, alerted: 0 }), alert };
  const accounts = new Accounts(till);
  const account = accounts.open(budget, "a", 0) as Account;
  const alerts = new Alerts({
    till,
    tell: (event) => told.push(event),
    raise: (kind) => raised.push(kind),
    complain: (cause) => complaints.push(cause),
    newId: () => `evt_${told.length}`,
    now: () => 0,
  });
  return {
    raised,
    complaints,
    account,
    spend: async (amount: number) => {
      accounts.settle({ account, amount: 0 }, amount, 0);
      alerts.settled(account);
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    thresholds: () => told.flatMap(({ data }) => (data as JsonObject).threshold ?? []),
  };
}

test("each share is told once, also where one request passes several", async () => {
  const noted = new Set<number>();
  const { spend, thresholds } = desk((_, percent) => !noted.has(percent) && noted.add(percent) !== undefined);
  await spend(49);
  expect(thresholds()).toEqual([]);
  await spend(40);
  await spend(1);
  expect(thresholds()).toEqual([50, 75]);
  await spend(10);
  await spend(10);
  expect(thresholds()).toEqual([50, 75, 100]);
});

test("what another has told of is not told again", async () => {
  const { spend, thresholds } = desk((_, percent) => percent > 50);
  await spend(80);
  expect(thresholds()).toEqual([75]);
});

test("what could not be noted is told of with what is spent next", async () => {
  let fails = true;
  const { spend, thresholds, complaints } = desk(async (_, percent) => {
    if (fails && percent === 75) throw new Error("gone");
    return true;
  });
  await spend(80);
  expect([thresholds(), complaints]).toEqual([[50], [new Error("gone")]]);
  fails = false;
  await spend(1);
  expect(thresholds()).toEqual([50, 75]);
});

test("what is spent beyond the limit is raised once", async () => {
  const { spend, raised } = desk(() => true);
  await spend(100);
  expect(raised).toEqual([]);
  await spend(1);
  await spend(1);
  expect(raised).toEqual(["budget.overspent"]);
});

test("what is spent beyond the limit of a day is raised once, whoever else raises it, and after a start anew", async () => {
  const daily: Budget = { ...BUDGET, period: "daily" };
  const noted: number[] = [];
  const first = desk((_, percent) => noted.push(percent) > 0, daily);
  await first.spend(101);
  expect([first.thresholds(), first.raised]).toEqual([[50, 75, 100], ["budget.overspent"]]);
  const other = desk((_, percent) => !noted.includes(percent), daily);
  await other.spend(101);
  expect([other.thresholds(), other.raised]).toEqual([[], []]);
  const anew = desk(() => true, daily);
  anew.account.alerted = Math.max(...noted);
  await anew.spend(102);
  expect([anew.thresholds(), anew.raised]).toEqual([[], []]);
});

test("a budget without an end that was given more, and is overspent again, raises that again", async () => {
  const { spend, raised, account } = desk(() => true);
  await spend(101);
  account.budget = { ...BUDGET, limit: 200 };
  await spend(1);
  expect(raised).toEqual(["budget.overspent"]);
  await spend(100);
  await spend(1);
  expect(raised).toEqual(["budget.overspent", "budget.overspent"]);
});

test("what is spent beyond the limit is raised also where it cannot be noted", async () => {
  const { spend, raised, thresholds } = desk(async () => {
    throw new Error("gone");
  });
  await spend(101);
  await spend(1);
  expect([raised, thresholds()]).toEqual([["budget.overspent"], []]);
});
