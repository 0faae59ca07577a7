import { afterEach, expect, test } from "bun:test";
import type { Database } from "./database.ts";
import { type Reload, Watch } from "./watch.ts";

const running: Watch[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.close();
});

/** A database of which only the revisions are read, and what was read anew by them. */
function world(reloads: Record<string, () => Promise<void>> = {}) {
  const revisions: Record<string, number> = {};
  const read: string[] = [];
  const complaints: unknown[] = [];
  const state = { fails: false, asked: 0 };
  const database = {
    async all() {
      state.asked++;
      if (state.fails) throw new Error("gone");
      return Object.entries(revisions).map(([topic, revision]) => ({ topic, revision }));
    },
  } as unknown as Database;
  const reading = (topic: string) => async () => {
    read.push(topic);
    await reloads[topic]?.();
  };
  const all = { keys: reading("keys"), budgets: reading("budgets") };
  const watch = new Watch({ database, reloads: all, complain: (cause) => complaints.push(cause) });
  running.push(watch);
  /** Once it has nothing to do any more. */
  const quiet = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { revisions, read, complaints, state, watch, quiet };
}

test("at first everything is read: it may have changed since; then what has changed, and nothing else", async () => {
  const { revisions, read, watch, quiet } = world();
  await quiet();
  expect(read).toEqual(["keys", "budgets"]);
  watch.look();
  await quiet();
  expect(read).toHaveLength(2);
  revisions.keys = 1;
  watch.look();
  await quiet();
  expect(read.slice(2)).toEqual(["keys"]);
  revisions.keys = 2;
  revisions.budgets = 1;
  revisions.others = 1;
  watch.look();
  await quiet();
  expect(read.slice(3)).toEqual(["keys", "budgets"]);
});

test("what changes while it is read is read once more, however often it was told", async () => {
  const { promise: slow, resolve: goOn } = Promise.withResolvers<void>();
  const { revisions, read, state, watch, quiet } = world({ budgets: () => slow });
  await quiet();
  revisions.keys = 1;
  for (let i = 0; i < 10; i++) watch.look();
  await quiet();
  expect([read, state.asked]).toEqual([["keys", "budgets"], 1]);
  goOn();
  await quiet();
  expect([read.slice(2), state.asked]).toEqual([["keys"], 2]);
});

test("what cannot be read is complained of once, tried again, and keeps nothing else from being read", async () => {
  const broken = { is: true };
  const { read, complaints, watch, quiet } = world({
    keys: async () => {
      if (broken.is) throw new Error("nonsense");
    },
  });
  await quiet();
  watch.look();
  await quiet();
  expect([read, complaints.length, watch.isCurrent]).toEqual([["keys", "budgets", "keys"], 1, false]);
  broken.is = false;
  watch.look();
  await quiet();
  watch.look();
  await quiet();
  expect([read.slice(3), complaints.length, watch.isCurrent]).toEqual([["keys"], 1, true]);
});

test("while the database is gone what is in memory holds, and afterwards all is read anew; once closed nothing is asked any more", async () => {
  const { read, state, complaints, watch, quiet } = world();
  await quiet();
  state.fails = true;
  for (let i = 0; i < 3; i++) {
    watch.look();
    await quiet();
  }
  expect([read.length, complaints.length, watch.isCurrent]).toEqual([2, 1, false]);
  // It may be another by then.
  state.fails = false;
  watch.look();
  await quiet();
  expect([read.slice(2), watch.isCurrent]).toEqual([["keys", "budgets"], true]);
  watch.close();
  const { asked } = state;
  watch.look();
  await quiet();
  expect(state.asked).toBe(asked);
});

test("what has changed of one table by now is read at once for who asks, and not once more when it is looked next", async () => {
  const { revisions, read, watch, quiet } = world();
  await quiet();
  await watch.catchUp("budgets");
  expect(read).toHaveLength(2);
  revisions.budgets = 1;
  revisions.keys = 1;
  await watch.catchUp("budgets");
  expect(read.slice(2)).toEqual(["budgets"]);
  watch.look();
  await quiet();
  expect(read.slice(3)).toEqual(["keys"]);
});

test("who asks for what cannot be read is told so, and it is read again", async () => {
  const broken = { is: false };
  const { revisions, read, state, watch, quiet } = world({
    budgets: async () => {
      if (broken.is) throw new Error("nonsense");
    },
  });
  await quiet();
  revisions.budgets = 1;
  broken.is = true;
  await expect(watch.catchUp("budgets")).rejects.toThrow("nonsense");
  broken.is = false;
  state.fails = true;
  await expect(watch.catchUp("budgets")).rejects.toThrow("gone");
  state.fails = false;
  await watch.catchUp("budgets");
  expect(read.slice(2)).toEqual(["budgets", "budgets"]);
});

test("tables that are read together are read once where both have changed, and it is told which have", async () => {
  const revisions: Record<string, number> = {};
  const read: (readonly string[])[] = [];
  const both: Reload = async (changed) => void read.push(changed);
  const all = async () => Object.entries(revisions).map(([topic, revision]) => ({ topic, revision }));
  const database = { all } as unknown as Database;
  const watch = new Watch({ database, reloads: { keys: both, budgets: both }, complain() {} });
  running.push(watch);
  await watch.begun;
  revisions.budgets = 1;
  await watch.catchUp("keys");
  await watch.catchUp("budgets");
  expect(read).toEqual([["keys", "budgets"], ["budgets"]]);
});
