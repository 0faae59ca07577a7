import { expect, test } from "bun:test";
import { type Account, Accounts, type Hold, leftOf, type Refused } from "../../src/access/accounts.ts";
import type { Budget } from "../../src/access/budget.ts";
import { type BudgetRow, BudgetStore } from "../../src/store/budgets.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { openSqliteFile } from "../../src/store/sqlite-file.ts";
import { sized, tell } from "../support/figures.ts";

const OPERATIONS = sized(5000, 100_000);
const SEED = 20_261_125;
const DAY = 86_400_000;
/** Small numbers, so that what fits exactly, and what is one too many, comes all the time. */
const [GATEWAY, KEY, LARGEST] = [60, 30, 12];

/** What money over time is, in the fewest words: what is spent and reserved is never more than the limit. */
class Model {
  readonly accounts = new Map<string, { limit: number; spent: number; reserved: number }>();

  at(name: string) {
    const known = this.accounts.get(name) ?? { limit: 0, spent: 0, reserved: 0 };
    this.accounts.set(name, known);
    return known;
  }

  /** Whether all of them have room. */
  fits(wanted: readonly [string, number][]): boolean {
    return wanted.every(([name, amount]) => {
      const { limit, spent, reserved } = this.at(name);
      return spent < limit && spent + reserved + amount <= limit;
    });
  }

  /** Whether any of them never will. */
  never(wanted: readonly [string, number][]): boolean {
    return wanted.some(
      ([name, amount]) =>
        this.at(name).spent >= this.at(name).limit || this.at(name).spent + amount > this.at(name).limit,
    );
  }

  take(wanted: readonly [string, number][]): void {
    for (const [name, amount] of wanted) this.at(name).reserved += amount;
  }

  give(wanted: readonly [string, number][], spent: number): void {
    for (const [name, amount] of wanted) {
      this.at(name).reserved -= amount;
      this.at(name).spent += spent;
    }
  }

  /** The process has died: what was reserved is forgotten. */
  restart(): void {
    for (const one of this.accounts.values()) one.reserved = 0;
  }
}

interface Held {
  readonly holds: readonly Hold[];
  readonly wanted: readonly [string, number][];
  readonly amount: number;
}

/** Numbers from a seed, so that what fails can be seen again. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`${OPERATIONS} operations agree with a model, and the accounts with the rows`, async () => {
  const roll = dice(SEED);
  const database = new SqliteDatabase(openSqliteFile({ data: ":memory:", sync: "normal" }));
  const store = new BudgetStore(database);
  const generations = new GenerationStore(database);
  const budgets: Budget[] = ["gateway", "a", "b", "c"].map((scopeId, nth) => ({
    id: `budget_${nth}`,
    scope: nth === 0 ? "gateway" : "key",
    scopeId,
    period: "daily",
    limit: nth === 0 ? GATEWAY : KEY,
    soft: false,
    includesByok: false,
    thresholds: [],
    archived: false,
    createdAt: 0,
    updatedAt: 0,
  }));
  let accounts = new Accounts(store);
  const model = new Model();
  let now = 20_000 * DAY;
  let held: Held[] = [];
  const waiting: {
    wanted: readonly [string, number][];
    answer: Promise<Refused | undefined>;
    leave: () => void;
    held: Held;
  }[] = [];
  const rows = new Map<string, number>();
  let serial = 0;

  const nameOf = ({ name: { scopeId, startedAt } }: Account) => `${scopeId} ${startedAt}`;
  const open = (budget: Budget) => {
    const account = accounts.open(budget, budget.scopeId, now) as Account;
    model.at(nameOf(account)).limit = budget.limit;
    return account;
  };
  const settle = ({ holds, wanted }: Held, spent: number) => {
    for (const hold of holds) accounts.settle(hold, spent, 0);
    model.give(wanted, spent);
    for (const [name] of wanted) rows.set(name, (rows.get(name) ?? 0) + spent);
    const charges = holds.map(({ account: { name } }) => ({ ...name, spent, byokSpent: 0 }));
    generations.insert([{ row: { ...FULL, id: `gen_${String(++serial).padStart(26, "0")}`, cost: spent }, charges }]);
  };
  /** Those who waited and have been answered are known once the microtasks have run. */
  const collect = async () => {
    await Promise.resolve();
    await Promise.resolve();
    for (const one of waiting.splice(0)) {
      const answer = await Promise.race([one.answer, Promise.resolve("waits" as const)]);
      if (answer === "waits") waiting.push(one);
      else if (answer === undefined) {
        model.take(one.wanted);
        held.push(one.held);
      } else if (answer.why === "exhausted") expect(model.never(one.wanted)).toBe(true);
    }
  };

  for (let step = 0; step < OPERATIONS; step++) {
    switch (roll(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: {
        const amount = roll(LARGEST);
        const holds = [budgets[0]!, budgets[1 + roll(3)]!].map((budget) => ({ account: open(budget), amount }));
        const wanted = holds.map(({ account }): [string, number] => [nameOf(account), amount]);
        const one = { holds, wanted, amount };
        const isAlone = waiting.length === 0;
        const fits = model.fits(wanted);
        const never = model.never(wanted);
        let leave = () => {};
        const patient = roll(4) === 0;
        const answer = accounts.reserve(holds, {
          waitMs: patient ? 3_600_000 : 0,
          onLeft: (act) => {
            leave = act;
          },
        });
        if (answer instanceof Promise) {
          expect(never).toBe(false);
          if (isAlone) expect(fits).toBe(false);
          waiting.push({ wanted, answer, leave, held: one });
        } else if (answer === undefined) {
          expect(fits).toBe(true);
          model.take(wanted);
          held.push(one);
        } else if (answer.why === "exhausted") expect(never).toBe(true);
        else if (isAlone) expect(fits).toBe(false);
        break;
      }
      // It costs as much as was reserved, or less; or nothing, as it failed or was let go.
      case 6:
      case 7:
      case 8:
      case 9: {
        const [one] = held.splice(roll(held.length || 1), 1);
        if (one !== undefined) settle(one, roll(2) === 0 ? one.amount : roll(one.amount + 1));
        break;
      }
      case 10:
      case 11: {
        const [one] = held.splice(roll(held.length || 1), 1);
        if (one === undefined) break;
        for (const hold of one.holds) accounts.release(hold);
        model.give(one.wanted, 0);
        break;
      }
      // Who waits leaves.
      case 12: {
        waiting[roll(waiting.length || 1)]?.leave();
        break;
      }
      // Another limit: never below what is spent and reserved, or what was granted would be too much of a sudden.
      case 13: {
        const at = roll(4);
        const account = open(budgets[at]!);
        const { spent, reserved } = model.at(nameOf(account));
        const limit = Math.max(spent + reserved, (at === 0 ? GATEWAY : KEY) + roll(KEY));
        budgets[at] = { ...budgets[at]!, limit };
        model.at(nameOf(account)).limit = limit;
        accounts.changed(budgets[at]!);
        break;
      }
      case 14:
        if (roll(20) === 0) now += roll(DAY);
        break;
      case 15:
        if (roll(50) > 0) break;
        // It dies, and begins again.
        for (const one of waiting) one.leave();
        await collect();
        expect(waiting).toHaveLength(0);
        held = [];
        model.restart();
        accounts = new Accounts(store);
        break;
    }
    await collect();
    // Nobody waits for nothing.
    if (waiting.length === 1 && !model.never(waiting[0]!.wanted)) expect(model.fits(waiting[0]!.wanted)).toBe(false);
    for (const account of accounts.all()) {
      const { spent, reserved } = model.at(nameOf(account));
      expect([account.spent, account.reserved]).toEqual([spent, reserved]);
      expect(reserved).toBeGreaterThanOrEqual(0);
      expect(leftOf(account) - reserved).toBeGreaterThanOrEqual(0);
      expect(Number.isSafeInteger(spent) && Number.isSafeInteger(reserved)).toBe(true);
    }
  }
  // Once everything is settled, nobody waits and nothing is reserved.
  for (let round = 0; round < OPERATIONS && held.length + waiting.length > 0; round++) {
    for (const one of held.splice(0)) settle(one, one.amount);
    await collect();
    if (held.length === 0 && waiting.length > 0) break;
  }
  expect(waiting).toHaveLength(0);
  for (const account of accounts.all()) expect(account.reserved).toBe(0);
  const kept = database.all<BudgetRow & { name: string; spent: number }>(
    "SELECT scope_id || ' ' || started_at AS name, spent FROM accounts ORDER BY name",
  );
  const counted = [...rows].filter(([, spent]) => spent > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  expect(kept.filter(({ spent }) => spent > 0).map(({ name, spent }) => [name, spent])).toEqual(counted);
  expect(kept.every(({ spent }) => spent >= 0)).toBe(true);
  const [sum] = database.all<{ cost: number }>("SELECT CAST(SUM(cost) AS INTEGER) AS cost FROM generations");
  const gateway = [...rows].filter(([name]) => name.startsWith("gateway")).reduce((all, [, spent]) => all + spent, 0);
  expect(sum!.cost).toBe(gateway);
  database.close();
  tell({ row: "M5", what: `operations that agree with a model (seed ${SEED})`, value: OPERATIONS });
});
