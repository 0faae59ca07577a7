import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Database } from "../../src/store/database.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { GenerationStore } from "../../src/store/generations.ts";
import { type AccountKey, PostgresLoans } from "../../src/store/loans.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { Postgres } from "./server.ts";

/** Several processes spend of one limit, each what it was lent. */

const postgres = new Postgres();
let url: string;
let database: Database;
let complaints: string[];
let lost: string[];
let clock: number;
let wall: number;
const open: PostgresLoans[] = [];

// On a busy machine it takes seconds to make one.
beforeAll(() => postgres.start(), 60_000);
beforeEach(async () => {
  url = await postgres.database();
  database = await openPostgres(url);
  complaints = [];
  lost = [];
  clock = 0;
  wall = Date.now();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await database.close();
});
afterAll(() => postgres.remove());

async function replica(name: string, on = database): Promise<PostgresLoans> {
  const loans = new PostgresLoans({
    database: on,
    replica: name,
    deadAfterMs: 120_000,
    lost: () => lost.push(name),
    complain: ({ message }) => complaints.push(message),
    now: () => clock,
    wall: () => wall,
  });
  await loans.begin();
  open.push(loans);
  return loans;
}

const ACCOUNT: AccountKey = { scope: "key", scopeId: "key_1", period: "total", startedAt: 0 };

/** What stands on the account, and what was lent to whom. */
async function books(account = ACCOUNT) {
  const values = [account.scope, account.scopeId];
  const [row] = await database.all<{ spent: number; lent: number }>(
    "SELECT spent, lent FROM accounts WHERE scope = ? AND scope_id = ?",
    values,
  );
  const leases = await database.all<{ replica: string; lent: number }>(
    "SELECT replica, lent FROM leases WHERE scope = ? AND scope_id = ? ORDER BY replica",
    values,
  );
  return { ...row, leases: Object.fromEntries(leases.map(({ replica, lent }) => [replica, lent])) };
}

let rows = 0;
/** A row of the ledger of one replica, that costs so much. */
const spend = (by: string, spent: number, more: object = {}) =>
  new GenerationStore(database, by).insert([
    { row: { ...FULL, id: `gen_${++rows}` }, charges: [{ ...ACCOUNT, spent, byokSpent: 0, ...more }] },
  ]);

const limit = 1000;
const asked = (want: number) => ({ want, least: want });
const lend = async (to: PostgresLoans, want: number) =>
  (await to.lend(ACCOUNT, asked(want), { limit, includesByok: false })).granted;

describe("what is lent", () => {
  test("is what is asked for, and no more than there is; less than anybody could use is nothing", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    expect(await lend(a, 600)).toBe(600);
    expect(await lend(b, 300)).toBe(300);
    expect(await lend(b, 300)).toBe(0);
    expect(await lend(a, 100)).toBe(100);
    expect(await lend(a, 1)).toBe(0);
    expect(await books()).toEqual({ spent: 0, lent: 1000, leases: { a: 700, b: 300 } });
  });

  test("is somewhat more where there is plenty", async () => {
    const a = await replica("a");
    expect((await a.lend(ACCOUNT, asked(100), { limit: 1_000_000, includesByok: false })).granted).toBe(
      100 + 1_000_000 / 64,
    );
  });

  test("becomes less by what is spent of it, with the row that spent it, and by what is given back", async () => {
    const a = await replica("a");
    await lend(a, 400);
    await spend("a", 150);
    expect(await books()).toEqual({ spent: 150, lent: 250, leases: { a: 250 } });
    a.giveBack(ACCOUNT, 250);
    await a.close();
    expect(await books()).toEqual({ spent: 150, lent: 0, leases: {} });
  });

  test("is none of another's: who spends more than it was lent takes nothing of theirs", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 100);
    await lend(b, 100);
    await spend("a", 130);
    expect(await books()).toEqual({ spent: 130, lent: 100, leases: { a: 0, b: 100 } });
    expect(await lend(b, 770)).toBe(770);
    expect(await lend(b, 1)).toBe(0);
  });

  test("counts what was spent on clients' own accounts where the budget does", async () => {
    const a = await replica("a");
    const withOwn = (want: number) => a.lend(ACCOUNT, asked(want), { limit, includesByok: true });
    expect((await withOwn(500)).granted).toBe(500);
    await spend("a", 0, { byokSpent: 400, drawn: 400 });
    expect(await books()).toEqual({ spent: 0, lent: 100, leases: { a: 100 } });
    expect(await withOwn(600)).toEqual({ granted: 0, spent: 0, byokSpent: 400 });
    expect((await withOwn(500)).granted).toBe(500);
  });

  test("is nothing where a limit was lowered below what is spent", async () => {
    const a = await replica("a");
    await lend(a, 900);
    await spend("a", 900);
    expect(await a.lend(ACCOUNT, asked(1), { limit: 500, includesByok: false })).toEqual({
      granted: 0,
      spent: 900,
      byokSpent: 0,
    });
  });
});

test("those who ask at once are answered together, and the first is told all of it", async () => {
  const a = await replica("a");
  const granted = await Promise.all(Array.from({ length: 30 }, () => lend(a, 50)));
  expect(granted.reduce((sum, one) => sum + one)).toBe(1000);
  expect(await books()).toEqual({ spent: 0, lent: 1000, leases: { a: 1000 } });
});

test("three that lend, spend and give back at random, all at once, never have more than the limit between them", async () => {
  const names = ["a", "b", "c"];
  const databases = await Promise.all(names.map(() => openPostgres(url)));
  // Each keeps its own books, as a gateway does.
  await Promise.all(
    names.map(async (name, at) => {
      const loans = await replica(name, databases[at]);
      let seed = 11 + at;
      const chance = (below: number) => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return Math.floor((seed / 2_147_483_648) * below);
      };
      let held = 0;
      for (let step = 0; step < 60; step++) {
        const what = chance(3);
        if (what === 0) held += await lend(loans, 1 + chance(80));
        else if (what === 1 && held > 0) {
          const spent = 1 + chance(Math.min(held, 20));
          await spend(name, spent);
          held -= spent;
        } else if (held > 0) {
          const back = 1 + chance(held);
          loans.giveBack(ACCOUNT, back);
          held -= back;
        }
        const { spent = 0, lent = 0 } = await books();
        expect(spent + lent).toBeLessThanOrEqual(limit);
      }
      await loans.close();
    }),
  );
  const { spent = 0, lent, leases } = await books();
  expect([lent, leases]).toEqual([0, {}]);
  expect(spent).toBeGreaterThan(500);
  await Promise.all(databases.map((one) => one.close()));
});

describe("a replica that is dead", () => {
  /** As if it had been heard of so long ago. */
  const silent = (name: string, ms: number) =>
    database.batch([{ sql: "UPDATE replicas SET seen_at = seen_at - ? WHERE id = ?", values: [ms, name] }]);

  test("gives back what it was lent, once whoever sees it has been in touch for a while itself", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    await silent("a", 130_000);
    clock = 5000;
    await b.beat();
    // All would be late after an outage.
    expect((await books()).lent).toBe(400);
    for (clock = 10_000; clock <= 65_000; clock += 5000) await b.beat();
    expect(await books()).toEqual({ spent: 0, lent: 0, leases: {} });
    expect(complaints).toEqual(["replica a has not been heard of for too long: what it was lent of budgets is back"]);
    // It was not dead after all.
    await a.beat();
    expect(lost).toEqual(["a"]);
  });

  test("is not one that was heard of a minute ago", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    await silent("a", 60_000);
    for (clock = 5000; clock <= 65_000; clock += 5000) await b.beat();
    expect((await books()).lent).toBe(400);
  });

  test("is not taken for dead because the clock of the database was set forward: it is heard of still", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    for (clock = 5000; clock <= 130_000; clock += 5000) {
      await a.beat();
      await silent("a", 3_600_000);
      await b.beat();
    }
    expect([(await books()).lent, lost]).toEqual([400, []]);
  });

  test("and comes back while another is about to take it for dead keeps what it was lent, or knows that it has lost it", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    await silent("a", 130_000);
    const [before] = await database.all<{ seenAt: number }>('SELECT seen_at AS "seenAt" FROM replicas WHERE id = ?', [
      "a",
    ]);
    await a.beat();
    expect(await b.takeBack("a", before!.seenAt)).toBe(false);
    expect([(await books()).lent, lost]).toEqual([400, []]);
    const [now] = await database.all<{ seenAt: number }>('SELECT seen_at AS "seenAt" FROM replicas WHERE id = ?', [
      "a",
    ]);
    expect(await b.takeBack("a", now!.seenAt)).toBe(true);
    await a.beat();
    expect([(await books()).lent, lost]).toEqual([0, ["a"]]);
  });

  test("is lent nothing any more: what it asked for before was late, and what it spent comes out of no loan but the one of then", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    await b.takeBack("a");
    // It has not heard of it yet.
    expect(await lend(a, 300)).toBe(0);
    expect(await books()).toEqual({ spent: 0, lent: 0, leases: {} });
    await a.beat();
    expect([lost, a.lender]).toEqual([["a"], expect.not.stringMatching(/^a$/)]);
    expect(await lend(a, 300)).toBe(300);
    // A row of before, that nobody could write until now.
    await spend("a", 100, { lender: "a" });
    expect(await books()).toEqual({ spent: 100, lent: 300, leases: { [a.lender]: 300 } });
    await spend("a", 50, { lender: a.lender });
    expect(await books()).toEqual({ spent: 150, lent: 250, leases: { [a.lender]: 250 } });
    await a.close();
    expect((await books()).leases).toEqual({});
  });

  test("leaves nothing behind when whoever takes it back ends in the middle of it: the next does", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    await database.batch([{ sql: "DELETE FROM replicas WHERE id = 'a'" }]);
    for (clock = 5000; clock <= 70_000; clock += 5000) await b.beat();
    expect(await books()).toEqual({ spent: 0, lent: 0, leases: {} });
  });

  test("is known at once to whoever comes after it in its folder; what it had spent comes out of its loan", async () => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    const late = { row: { ...FULL, id: `gen_${++rows}` }, charges: [{ ...ACCOUNT, spent: 100, byokSpent: 0 }] };
    await new GenerationStore(database, "b").insert([{ ...late, lender: "a" }]);
    expect(await books()).toEqual({ spent: 100, lent: 300, leases: { a: 300 } });
    await b.takeBack("a");
    expect(await books()).toEqual({ spent: 100, lent: 0, leases: {} });
  });
});

describe("a replica that has been stopped for so long that it may be taken for dead", () => {
  test.each([
    ["by the clock that only goes forward", () => (clock += 116_000)],
    ["by the one on the wall, of a machine that slept", () => (wall += 116_000)],
  ])("%s, spends nothing before it has heard that it was not", async (_, sleep) => {
    const [a, b] = [await replica("a"), await replica("b")];
    await lend(a, 400);
    expect(a.isHeld).toBe(true);
    sleep();
    expect(a.isHeld).toBe(false);
    await a.regain();
    expect([a.isHeld, a.lender, (await books()).lent]).toEqual([true, "a", 400]);
    sleep();
    await b.takeBack("a");
    await expect(a.regain()).rejects.toMatchObject({ code: "database_unavailable" });
    expect([lost, a.isHeld]).toEqual([["a"], true]);
    await a.regain();
  });

  test("is not brought back by a word that it sent before: only by one of now", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let slow = true;
    const late: Database = {
      engine: "postgres",
      all: (...told) => database.all(...told),
      async batch(...told) {
        const counts = await database.batch(...told);
        if (slow && told[0][0]?.sql.startsWith("UPDATE replicas")) await promise;
        return counts;
      },
      close: () => {},
    };
    const a = await replica("a", late);
    const beating = a.beat();
    clock = 116_000;
    const regained = a.regain();
    slow = false;
    resolve();
    await beating;
    await regained;
    expect(a.isHeld).toBe(true);
  });
});

describe("where the answer of the database is lost", () => {
  /** Carries out what it is asked for, and says that it could not. */
  const deaf = (failing: { now: boolean }): Database => {
    const lostOf = <T>(answer: T | Promise<T>) =>
      Promise.resolve(answer).then((told) => {
        if (failing.now) throw new Error("the connection is gone");
        return told;
      });
    return {
      engine: "postgres",
      all: (...told) => lostOf(database.all(...told)) as never,
      batch: (...told) => lostOf(database.batch(...told)),
      close: () => {},
    };
  };

  test("what was lent is spent by nobody, and is back once nothing of it is in use", async () => {
    const failing = { now: false };
    const a = await replica("a", deaf(failing));
    expect(await lend(a, 300)).toBe(300);
    failing.now = true;
    await expect(lend(a, 200)).rejects.toThrow("gone");
    expect([await books(), a.isInTouch]).toEqual([{ spent: 0, lent: 500, leases: { a: 500 } }, false]);
    failing.now = false;
    await a.beat();
    expect(a.isInTouch).toBe(true);
    await a.clearUp(() => false);
    expect((await books()).lent).toBe(500);
    await spend("a", 300);
    await a.clearUp(() => true);
    expect(await books()).toEqual({ spent: 300, lent: 0, leases: {} });
    expect(await lend(a, 700)).toBe(700);
  });

  test("what was given back is not given back a second time, which would take what is in use", async () => {
    const failing = { now: false };
    const a = await replica("a", deaf(failing));
    expect(await lend(a, 300)).toBe(300);
    failing.now = true;
    a.giveBack(ACCOUNT, 100);
    for (; a.isInTouch; ) await new Promise(setImmediate);
    failing.now = false;
    for (let i = 0; i < 3; i++) {
      await a.beat();
      await a.clearUp(() => false);
    }
    expect(await books()).toEqual({ spent: 0, lent: 200, leases: { a: 200 } });
  });

  test("whoever asks while it is cleared up is answered, and keeps what it is lent", async () => {
    const failing = { now: false };
    let cleared: Promise<unknown> | undefined;
    const late: Database["batch"] = async (...told) => {
      await cleared;
      return await database.batch(...told);
    };
    const a = await replica("a", { ...deaf(failing), batch: late });
    expect(await lend(a, 100)).toBe(100);
    failing.now = true;
    await expect(lend(a, 200)).rejects.toThrow("gone");
    failing.now = false;
    // What clears up comes to the database after whoever did not wait for it.
    const wait = Promise.withResolvers<void>();
    cleared = wait.promise;
    const both = Promise.all([a.clearUp(() => true), lend(a, 400)]);
    for (let i = 0; i < 5; i++) await books();
    wait.resolve();
    const [, granted] = await both;
    expect([granted, await books()]).toEqual([400, { spent: 0, lent: 400, leases: { a: 400 } }]);
  });
});

describe("a clock of the machine that is wrong, by that of the database, is complained of", () => {
  test.each([
    ["ahead of", 3_600_000],
    ["behind", -3_600_000],
  ])("once where it is an hour %s it, and again when it has been right meanwhile", async (word, by) => {
    wall = Date.now() + by;
    const one = await replica("one");
    const wrong = new RegExp(`^the clock of this machine is 3(599|600|601) s ${word} the database's: set it`);
    expect(complaints).toEqual([expect.stringMatching(wrong)]);
    await one.beat();
    expect(complaints).toHaveLength(1);
    wall = Date.now();
    await one.beat();
    expect(complaints).toHaveLength(1);
    wall = Date.now() + by;
    await one.beat();
    expect(complaints).toEqual([expect.stringMatching(wrong), expect.stringMatching(wrong)]);
  });

  test("once where it is about as much off as is complained of", async () => {
    wall = Date.now() + 7000;
    const one = await replica("one");
    for (const by of [4000, 7000, 4000, 7000]) {
      wall = Date.now() + by;
      await one.beat();
    }
    expect(complaints).toHaveLength(1);
  });

  test("and not where it differs by less than it may take to say so", async () => {
    for (const by of [-2000, 0, 2000]) {
      wall = Date.now() + by;
      await replica(`of ${by}`);
    }
    expect(complaints).toEqual([]);
  });
});
