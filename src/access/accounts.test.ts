import { afterAll, describe, expect, test } from "bun:test";
import { type Account, Accounts, type Hold, type Patience, type Refused } from "./accounts.ts";
import type { Budget } from "./budget.ts";
import type { Asked, Balance, Loan, Till } from "./till.ts";

const BUDGET: Budget = {
  id: "budget_1",
  scope: "key",
  scopeId: "a",
  period: "daily",
  limit: 100,
  soft: false,
  includesByok: false,
  thresholds: [],
  archived: false,
  createdAt: 0,
  updatedAt: 0,
};
const NOON = Date.parse("2026-11-25T12:00:00Z");
const NOTHING: Balance = { spent: 0, byokSpent: 0, alerted: 0 };
const EMPTY: Till = { load: () => NOTHING, alert: () => true };
const waiting: (() => void)[] = [];
const LONG: Patience = { waitMs: 3_600_000, onLeft: (leave) => void waiting.push(leave) };
// Nobody waits for anything when the tests are over.
afterAll(() => {
  for (const leave of waiting) leave();
});
const NOT: Patience = { waitMs: 0 };

const opened = (accounts: Accounts, budget = BUDGET, atMs = NOON) =>
  accounts.open(budget, budget.scopeId, atMs) as Account;
const hold = (account: Account, amount: number): Hold => ({ account, amount });

/** What became of somebody who waits: nothing yet, or the answer. */
async function fateOf(answer: unknown): Promise<"let in" | "waits" | Refused["why"]> {
  const fate = await Promise.race([Promise.resolve(answer).then((one) => ({ one })), Bun.sleep(0)]);
  if (fate === undefined) return "waits";
  return (fate.one as Refused | undefined)?.why ?? "let in";
}

describe("who waits for what others have reserved", () => {
  test("is let in when that is free, first come, first served", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    const first = hold(account, 90);
    expect(accounts.reserve([first], NOT)).toBeUndefined();
    const large = accounts.reserve([hold(account, 60)], LONG);
    const small = accounts.reserve([hold(account, 10)], LONG);
    // There would be room for ten: but somebody was here before.
    expect(await fateOf(small)).toBe("waits");
    expect(await fateOf(accounts.reserve([hold(account, 1)], NOT))).toBe("reserved");
    accounts.settle(first, 30, 0);
    expect(await fateOf(large)).toBe("let in");
    expect(await fateOf(small)).toBe("let in");
    expect(account.reserved).toBe(70);
  });

  test("does not wait for itself: more than is left with what it has is refused at once", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    accounts.reserve([hold(account, 60)], NOT);
    const more = (amount: number): Hold => ({ account, amount, own: 60 });
    expect(await accounts.reserve([more(41)], LONG)).toMatchObject({ why: "exhausted", amount: 101 });
    const other = hold(account, 20);
    accounts.reserve([other], NOT);
    const waits = accounts.reserve([more(40)], LONG);
    expect(await fateOf(waits)).toBe("waits");
    accounts.release(other);
    expect([await fateOf(waits), account.reserved]).toEqual(["let in", 100]);
  });

  test("makes room for those behind by leaving", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    accounts.reserve([hold(account, 50)], NOT);
    let leave = () => {};
    const large = accounts.reserve([hold(account, 80)], {
      ...LONG,
      onLeft: (act) => {
        leave = act;
      },
    });
    const small = accounts.reserve([hold(account, 50)], LONG);
    expect(await fateOf(small)).toBe("waits");
    leave();
    expect(await fateOf(large)).toBe("left");
    expect(await fateOf(small)).toBe("let in");
    leave();
    expect(account.reserved).toBe(100);
  });

  test("is refused when the time is over, and holds nobody up after that", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    accounts.reserve([hold(account, 50)], NOT);
    const large = accounts.reserve([hold(account, 80)], { waitMs: 1 });
    const small = accounts.reserve([hold(account, 50)], LONG);
    expect((await large)?.why).toBe("reserved");
    expect(await fateOf(small)).toBe("let in");
  });

  test("is refused as soon as it can never be let in", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    const first = hold(account, 90);
    accounts.reserve([first], NOT);
    const second = accounts.reserve([hold(account, 20)], LONG);
    const third = accounts.reserve([hold(account, 10)], LONG);
    accounts.settle(first, 90, 0);
    expect(await fateOf(second)).toBe("exhausted");
    expect(await fateOf(third)).toBe("let in");
  });

  test("goes on waiting where there is no room, once there is room here", async () => {
    const accounts = new Accounts(EMPTY);
    const own = opened(accounts);
    const all = opened(accounts, { ...BUDGET, id: "budget_2", scope: "gateway", scopeId: "gateway" });
    const [one, other] = [hold(own, 100), hold(all, 100)];
    accounts.reserve([one], NOT);
    accounts.reserve([other], NOT);
    const both = accounts.reserve([hold(own, 10), hold(all, 10)], LONG);
    accounts.release(one);
    expect(await fateOf(both)).toBe("waits");
    expect([own.reserved, all.reserved]).toEqual([0, 100]);
    accounts.release(other);
    expect(await fateOf(both)).toBe("let in");
    expect([own.reserved, all.reserved]).toEqual([10, 10]);
  });

  test("hears of another limit at once", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    accounts.reserve([hold(account, 100)], NOT);
    const second = accounts.reserve([hold(account, 50)], LONG);
    accounts.changed({ ...BUDGET, limit: 150 });
    expect(await fateOf(second)).toBe("let in");
    const third = accounts.reserve([hold(account, 50)], LONG);
    accounts.changed({ ...BUDGET, limit: 10 });
    expect(await fateOf(third)).toBe("exhausted");
  });

  test("is let in where the budget became soft", async () => {
    const accounts = new Accounts(EMPTY);
    const account = opened(accounts);
    accounts.reserve([hold(account, 100)], NOT);
    const second = accounts.reserve([hold(account, 50)], LONG);
    accounts.changed({ ...BUDGET, soft: true });
    expect(await fateOf(second)).toBe("let in");
  });
});

describe("a new period", () => {
  test("begins with nothing spent, and what began before is settled where it was reserved", () => {
    const accounts = new Accounts(EMPTY);
    const today = opened(accounts);
    const held = hold(today, 60);
    accounts.reserve([held], NOT);
    const tomorrow = opened(accounts, BUDGET, NOON + 86_400_000);
    expect(tomorrow.name.startedAt - today.name.startedAt).toBe(86_400_000);
    accounts.settle(held, 50, 0);
    expect([today.spent, today.reserved, tomorrow.spent, tomorrow.reserved]).toEqual([50, 0, 0, 0]);
  });
});

describe("at the very turn of a period, where accounts are read", () => {
  const MIDNIGHT = NOON + 43_200_000;
  const DAY = 86_400_000;
  const world = () => {
    const reads = new Map<number, PromiseWithResolvers<Balance>>();
    const started: number[] = [];
    const load: Till["load"] = ({ startedAt }) => {
      const read = Promise.withResolvers<Balance>();
      reads.set(startedAt, read);
      started.push(startedAt);
      return read.promise;
    };
    const accounts = new Accounts({ ...EMPTY, load });
    return {
      accounts,
      started,
      open: (atMs: number, budget = BUDGET) => Promise.resolve(accounts.open(budget, "a", atMs)),
      found: (startedAt: number, spent: number) => reads.get(startedAt)!.resolve({ ...NOTHING, spent }),
    };
  };

  test.each([
    ["first that before it, then that behind it", [MIDNIGHT - DAY, MIDNIGHT]],
    ["first that behind it, then that before it", [MIDNIGHT, MIDNIGHT - DAY]],
  ] as const)("each is read for itself, once, and has what was spent in it: %s", async (_, order) => {
    const { accounts, started, open, found } = world();
    const asked = [-1, 1, -1, 1].map((ms) => open(MIDNIGHT + ms));
    expect(started).toEqual([MIDNIGHT - DAY, MIDNIGHT]);
    for (const startedAt of order) {
      found(startedAt, startedAt === MIDNIGHT ? 0 : 100);
      await Bun.sleep(0);
    }
    const [before, behind, ...others] = await Promise.all(asked);
    expect(others).toEqual([before!, behind!]);
    expect([before, behind].map((one) => [one!.name.startedAt, one!.spent])).toEqual([
      [MIDNIGHT - DAY, 100],
      [MIDNIGHT, 0],
    ]);
    expect(accounts.reserve([hold(before!, 1)], NOT)).toMatchObject({ why: "exhausted" });
    expect(accounts.reserve([hold(behind!, 60)], NOT)).toBeUndefined();
    // What is reserved is known to who comes next, on whichever side of it they are.
    expect(accounts.reserve([hold(opened(accounts, BUDGET, MIDNIGHT + 5), 41)], NOT)).toMatchObject({
      why: "reserved",
    });
    expect(opened(accounts, BUDGET, MIDNIGHT - 5)).toBe(before!);
    expect(accounts.peek("key", "a", "daily")).toBe(behind);
    expect(started).toHaveLength(2);
  });

  test("a limit that is changed meanwhile holds on both sides of it", async () => {
    const { accounts, open, found } = world();
    const asked = [-1, 1].map((ms) => open(MIDNIGHT + ms));
    accounts.changed({ ...BUDGET, limit: 7 });
    for (const startedAt of [MIDNIGHT, MIDNIGHT - DAY]) found(startedAt, 0);
    for (const account of await Promise.all(asked)) expect(account.budget.limit).toBe(7);
    accounts.changed({ ...BUDGET, limit: 8 });
    for (const account of await Promise.all(asked)) expect(account.budget.limit).toBe(8);
  });
});

describe("a clock that is set", () => {
  const MIDNIGHT = NOON + 43_200_000;
  const spend = (accounts: Accounts, atMs: number, amount: number) => {
    const account = opened(accounts, BUDGET, atMs);
    const one = hold(account, amount);
    const refused = accounts.reserve([one], NOT) as Refused | undefined;
    if (refused === undefined) accounts.settle(one, amount, 0);
    return refused?.why ?? "let in";
  };

  test.each([1000, 3_600_000, 40 * 86_400_000])("back by %i ms, gives nothing back that was spent", (step) => {
    // Rows are written a moment later: nothing of what is spent here can be read yet.
    const accounts = new Accounts(EMPTY);
    expect(spend(accounts, MIDNIGHT - step / 2, 100)).toBe("let in");
    expect(spend(accounts, MIDNIGHT + step / 2, 60)).toBe("let in");
    expect(spend(accounts, MIDNIGHT - step / 2, 1)).toBe("exhausted");
    expect(spend(accounts, MIDNIGHT + step / 2, 41)).toBe("exhausted");
    expect(spend(accounts, MIDNIGHT + step / 2, 40)).toBe("let in");
  });

  test("back and forth around midnight a thousand times, each day is spent once", () => {
    const accounts = new Accounts(EMPTY);
    let served = 0;
    for (let nth = 0; nth < 1000; nth++)
      if (spend(accounts, MIDNIGHT + (nth % 2 === 0 ? -1 : 1), 1) === "let in") served++;
    expect(served).toBe(200);
  });

  test("locks nobody out: the day after is a new one", () => {
    const accounts = new Accounts(EMPTY);
    const DAY = 86_400_000;
    expect(spend(accounts, NOON, 60)).toBe("let in");
    expect(spend(accounts, NOON + 40 * DAY, 100)).toBe("let in");
    expect(spend(accounts, NOON, 40)).toBe("let in");
    expect(spend(accounts, NOON + DAY, 100)).toBe("let in");
    expect(spend(accounts, NOON + 40 * DAY, 1)).toBe("exhausted");
  });

  test("back by two days, after a request on each, finds the earliest that is known, and not one that is closed", () => {
    const accounts = new Accounts(EMPTY);
    const at = (day: number) => opened(accounts, BUDGET, NOON + day * 86_400_000);
    const closed = at(0);
    expect(at(0)).toBe(closed);
    const earliest = at(1);
    at(2);
    expect(at(0)).toBe(earliest);
  });

  test("back before all that is known brings nothing", () => {
    const accounts = new Accounts(EMPTY);
    expect(spend(accounts, NOON, 100)).toBe("let in");
    for (const days of [1, 40, 400]) expect(spend(accounts, NOON - days * 86_400_000, 1)).toBe("exhausted");
  });
});

describe("what is kept elsewhere", () => {
  test("is read once, however many come meanwhile", async () => {
    let loads = 0;
    const till: Till = { ...EMPTY, load: async () => ({ ...NOTHING, spent: 40 * ++loads }) };
    const accounts = new Accounts(till);
    const all = await Promise.all([1, 2, 3].map(() => accounts.open(BUDGET, "a", NOON)));
    expect(new Set(all).size).toBe(1);
    expect(all[0]!.spent).toBe(40);
    expect(opened(accounts)).toBe(all[0]!);
  });

  test("that cannot be read is asked for again by the next", async () => {
    let fails = true;
    const load = async () => {
      if (fails) throw new Error("gone");
      return NOTHING;
    };
    const accounts = new Accounts({ ...EMPTY, load });
    expect((accounts.open(BUDGET, "a", NOON) as Promise<Account>).catch((error) => error.message)).resolves.toBe(
      "gone",
    );
    await Bun.sleep(0);
    fails = false;
    expect((await accounts.open(BUDGET, "a", NOON)).spent).toBe(0);
  });

  test("is forgotten of the budget that was asked for last as well, and read again", () => {
    let reads = 0;
    const accounts = new Accounts({ ...EMPTY, load: () => ({ ...NOTHING, spent: reads++ }) }, 1);
    expect([opened(accounts).spent, opened(accounts).spent]).toEqual([0, 0]);
    opened(accounts, { ...BUDGET, scopeId: "b" }, NOON + 3_600_000);
    expect(opened(accounts, BUDGET, NOON + 3_600_000).spent).toBe(2);
  });

  test("is of the budget that it is asked for by, whatever was told of it in between", () => {
    const accounts = new Accounts(EMPTY);
    expect([opened(accounts).budget, opened(accounts).budget]).toEqual([BUDGET, BUDGET]);
    accounts.changed({ ...BUDGET, limit: 50 });
    expect(opened(accounts).budget).toBe(BUDGET);
  });

  test("is forgotten where too many are remembered, but never with anything reserved", () => {
    const accounts = new Accounts(EMPTY, 2);
    const [a, b] = ["a", "b"].map((id) => accounts.open(BUDGET, id, NOON) as Account);
    accounts.reserve([hold(a!, 10)], NOT);
    const later = NOON + 3_600_000;
    accounts.open(BUDGET, "c", later);
    expect(accounts.open(BUDGET, "a", later)).toBe(a!);
    expect(accounts.open(BUDGET, "b", later)).not.toBe(b!);
  });
});

test("what is spent of an account that was forgotten meanwhile is known of it when it is asked for again: of a soft budget nothing is reserved", () => {
  const accounts = new Accounts(EMPTY, 1);
  const soft = { ...BUDGET, soft: true };
  const first = hold(opened(accounts, soft), 0);
  expect(accounts.reserve([first], NOT)).toBeUndefined();
  const later = NOON + 3_600_000;
  opened(accounts, { ...soft, id: "budget_2", scopeId: "b" }, later);
  const again = opened(accounts, soft, later);
  expect(again).not.toBe(first.account);
  accounts.settle(first, 30, 5);
  expect([again.spent, again.byokSpent]).toEqual([30, 5]);
});

describe("where others spend of the same limit", () => {
  /** Lends from a hundred, forty at a time at least. */
  function bank(lends: (want: number) => Loan | Promise<Loan>) {
    const asked: number[] = [];
    const loans = {
      lender: "a",
      isHeld: true,
      regain: async () => {},
      lend: (_: unknown, { want }: Asked) => {
        asked.push(want);
        return lends(want);
      },
      giveBack: (_: unknown, nanodollars: number) => void givenBack.push(nanodollars),
    };
    const givenBack: number[] = [];
    return { asked, givenBack, loans, accounts: new Accounts({ ...EMPTY, loans }) };
  }

  test("only what was lent is spent, and no more is asked for than is lacking", async () => {
    const { asked, accounts } = bank(async () => ({ granted: 40 }));
    const account = opened(accounts);
    const one = hold(account, 30);
    expect(await accounts.reserve([one], NOT)).toBeUndefined();
    expect(accounts.reserve([hold(account, 10)], NOT)).toBeUndefined();
    expect(await accounts.reserve([hold(account, 35)], NOT)).toBeUndefined();
    expect(asked).toEqual([30, 35]);
    accounts.settle(one, 20, 0);
    // Ten of the first are left, five of the second.
    expect(account.granted - account.reserved).toBe(15);
  });

  test("what others have spent meanwhile refuses at once", async () => {
    const { accounts } = bank(async () => ({ granted: 0, spent: 95 }));
    expect((await accounts.reserve([hold(opened(accounts), 10)], LONG))?.why).toBe("exhausted");
  });

  test("where less is spent than was known, since somebody has corrected it, that is found before anybody is refused: once for all", async () => {
    let there: Balance = { ...NOTHING, spent: 100 };
    let loads = 0;
    const late = Promise.withResolvers<void>();
    const load = async () => {
      loads++;
      await (loads > 1 ? late.promise : undefined);
      return there;
    };
    const { loans } = bank(async () => ({ granted: 40 }));
    const accounts = new Accounts({ ...EMPTY, load, loans });
    const account = await accounts.open(BUDGET, "a", NOON);
    const all = [10, 20, 15].map((amount) => accounts.reserve([hold(account, amount)], NOT));
    there = { ...NOTHING, spent: 50 };
    expect(await Promise.all(all.map(fateOf))).toEqual(["waits", "waits", "waits"]);
    late.resolve();
    expect(await Promise.all(all)).toEqual([undefined, undefined, undefined]);
    expect([account.spent, loads]).toEqual([50, 2]);
    // A moment ago it was looked at.
    expect(await fateOf(accounts.reserve([hold(account, 51)], NOT))).toBe("exhausted");
    expect(loads).toBe(2);
  });

  test("where nobody says what is spent by now, what is known has to do", async () => {
    let isDown = false;
    const load = async () => {
      if (isDown) throw new Error("no answer");
      return { ...NOTHING, spent: 100 };
    };
    const { loans } = bank(async () => ({ granted: 40 }));
    const accounts = new Accounts({ ...EMPTY, load, loans });
    const account = await accounts.open(BUDGET, "a", NOON);
    isDown = true;
    expect((await accounts.reserve([hold(account, 10)], NOT))?.why).toBe("exhausted");
  });

  test("who is lent nothing waits for what is under way here", async () => {
    let rest = 40;
    const { accounts } = bank(() => {
      const granted = rest;
      rest = 0;
      return { granted };
    });
    const account = opened(accounts);
    const one = hold(account, 40);
    accounts.reserve([one], NOT);
    const second = accounts.reserve([hold(account, 40)], LONG);
    expect(await fateOf(second)).toBe("waits");
    accounts.release(one);
    expect(await fateOf(second)).toBe("let in");
  });

  test("who waits is asked for anew, all together, and let in once others have given back", async () => {
    let there = 0;
    const { asked, accounts } = bank(() => {
      const granted = there;
      there = 0;
      return { granted };
    });
    const account = opened(accounts);
    const [first, second] = [hold(account, 30), hold(account, 30)].map((one) => accounts.reserve([one], LONG));
    await accounts.hurry();
    expect([await fateOf(first!), await fateOf(second!), asked]).toEqual(["waits", "waits", [30, 30, 60]]);
    there = 40;
    await accounts.hurry();
    expect([await fateOf(first!), await fateOf(second!)]).toEqual(["let in", "waits"]);
    there = 20;
    await accounts.hurry();
    expect(await fateOf(second!)).toBe("let in");
    await accounts.hurry();
    expect(asked).toEqual([30, 30, 60, 60, 20]);
  });

  test("whoever cannot be asked for money leaves those who wait as they are", async () => {
    let broken = false;
    const { accounts } = bank(async () => {
      if (broken) throw new Error("the database is gone");
      return { granted: 0 };
    });
    const waiting = accounts.reserve([hold(opened(accounts), 30)], LONG);
    expect(await fateOf(waiting)).toBe("waits");
    broken = true;
    await accounts.hurry();
    expect(await fateOf(waiting)).toBe("waits");
  });

  test("what is lent and not needed is given back: at once where it is much of what is left, and not what is under way", () => {
    const { givenBack, accounts } = bank(() => ({ granted: 40 }));
    const account = opened(accounts);
    const one = hold(account, 30);
    accounts.reserve([one], NOT);
    for (let i = 0; i < 3; i++) accounts.tend();
    expect(givenBack).toEqual([]);
    accounts.settle(one, 30, 0);
    accounts.tend();
    accounts.tend();
    expect([givenBack, account.granted]).toEqual([[10], 0]);
    accounts.tend();
    expect(givenBack).toEqual([10]);
  });

  test("a little of it is kept for a minute: without the database it is all that there is", () => {
    const { givenBack, accounts } = bank((want) => ({ granted: want + 1 }));
    const one = hold(opened(accounts), 4);
    accounts.reserve([one], NOT);
    accounts.release(one);
    // Found for the first time, and unused 149 times.
    for (let i = 0; i < 150; i++) accounts.tend();
    expect(givenBack).toEqual([]);
    accounts.tend();
    expect(givenBack).toEqual([5]);
  });

  test("whoever was taken for dead begins anew by another name; what is left of what was under way is spent by nobody", async () => {
    const { accounts, asked, loans } = bank(() => ({ granted: 40 }));
    const account = opened(accounts);
    const one = hold(account, 30);
    accounts.reserve([one], NOT);
    const waiting = accounts.reserve([hold(account, 70)], LONG);
    loans.lender = "b";
    accounts.forfeit();
    expect(await fateOf(waiting)).toBe("reserved");
    accounts.settle(one, 10, 0);
    // A stream that outgrows what it has reserved.
    expect((await accounts.reserve([hold(account, 5)], NOT))?.why).toBe("reserved");
    expect([account.name.lender, asked]).toEqual(["a", [30, 60]]);
    const again = opened(accounts);
    expect([again.name.lender, again.granted]).toEqual(["b", 0]);
    expect(await accounts.reserve([hold(again, 5)], NOT)).toBeUndefined();
    expect(asked).toEqual([30, 60, 5]);
  });

  test("what was spent beyond what was lent comes out of no loan: nobody borrows it once more", async () => {
    const { accounts, asked } = bank((granted) => ({ granted }));
    const account = opened(accounts);
    const [one, other] = [hold(account, 10), hold(account, 20)];
    accounts.reserve([one], NOT);
    accounts.reserve([other], NOT);
    // What others have reserved stays theirs.
    expect([accounts.settle(one, 25, 0), account.granted]).toEqual([10, 20]);
    expect([accounts.settle(other, 5, 0), account.granted]).toEqual([5, 15]);
    expect(accounts.reserve([hold(account, 18)], NOT)).toBeUndefined();
    expect(asked).toEqual([10, 20, 3]);
  });

  test("what a soft budget has let by is borrowed by nobody once it is hard", () => {
    const { accounts, asked } = bank((granted) => ({ granted }));
    const account = opened(accounts, { ...BUDGET, soft: true });
    const one = hold(account, 0);
    accounts.reserve([one], NOT);
    expect(accounts.settle(one, 80, 0)).toBe(0);
    accounts.changed(BUDGET);
    expect(accounts.reserve([hold(account, 20)], NOT)).toBeUndefined();
    expect([asked, account.spent]).toEqual([[20], 80]);
  });

  test("what goes back when a period is over is spent by nobody who goes on from before: it is borrowed anew", async () => {
    const { accounts, asked, givenBack } = bank((want) => ({ granted: want + 30 }));
    const before = opened(accounts);
    const one = hold(before, 10);
    accounts.reserve([one], NOT);
    opened(accounts, BUDGET, NOON + 86_400_000);
    expect([givenBack, before.granted]).toEqual([[30], 10]);
    expect(await accounts.reserve([hold(before, 25)], NOT)).toBeUndefined();
    expect(asked).toEqual([10, 25]);
  });

  test("what was lent so long ago that another may have it by now is not spent before it is known", async () => {
    const { accounts, loans } = bank(() => ({ granted: 40 }));
    const account = opened(accounts);
    const first = hold(account, 30);
    accounts.reserve([first], NOT);
    accounts.release(first);
    loans.isHeld = false;
    loans.regain = async () => {
      throw new Error("nobody says");
    };
    await expect(accounts.reserve([hold(account, 10)], NOT)).rejects.toThrow("nobody says");
    expect(account.reserved).toBe(0);
    loans.regain = async () => {
      loans.isHeld = true;
    };
    expect(await accounts.reserve([hold(account, 10)], NOT)).toBeUndefined();
  });
});

test("a limit that is lowered holds for who goes on from before its period was over", async () => {
  const accounts = new Accounts(EMPTY);
  const before = opened(accounts);
  accounts.reserve([hold(before, 10)], NOT);
  opened(accounts, BUDGET, NOON + 86_400_000);
  accounts.changed({ ...BUDGET, limit: 20, updatedAt: 1 });
  expect((await accounts.reserve([{ ...hold(before, 11), own: 10 }], NOT))?.why).toBe("exhausted");
});

test("a limit that is lowered while it is read what was spent of it holds for who has asked", async () => {
  const late = Promise.withResolvers<Balance>();
  const accounts = new Accounts({ ...EMPTY, load: () => late.promise });
  const opening = accounts.open(BUDGET, "a", NOON);
  accounts.changed({ ...BUDGET, limit: 20, updatedAt: 1 });
  late.resolve(NOTHING);
  expect((await accounts.reserve([hold(await opening, 21)], NOT))?.why).toBe("exhausted");
});
