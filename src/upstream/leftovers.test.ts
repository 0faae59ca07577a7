import { expect, test } from "bun:test";
import { Leftovers } from "./leftovers.ts";

const EVERY_MS = 20;

/** Tells how often it was collected, and when that is next. */
function start() {
  let collected = 0;
  let next = Promise.withResolvers<void>();
  const leftovers = new Leftovers(() => {
    collected++;
    next.resolve();
    next = Promise.withResolvers();
  }, EVERY_MS);
  return {
    add: (count: number) => {
      for (let i = 0; i < count; i++) leftovers.add();
    },
    next: () => next.promise,
    collected: () => collected,
  };
}

test("of hundreds who are too slow it is collected, and once more behind the last; of a few it is not", async () => {
  const { add, next, collected } = start();
  add(31);
  await Bun.sleep(3 * EVERY_MS);
  expect(collected()).toBe(0);
  add(200);
  await next();
  await next();
  await Bun.sleep(3 * EVERY_MS);
  expect(collected()).toBe(2);
});

test("where more and more are too slow it is collected time after time, however many there are in between", async () => {
  const { add, next, collected } = start();
  for (let round = 1; round <= 3; round++) {
    const done = next();
    add(500);
    expect(collected()).toBe(round - 1);
    await done;
  }
  await next();
  expect(collected()).toBe(4);
});

test("where collecting takes long it is not done again for a while, however many go slowly", async () => {
  let [clock, collected] = [0, 0];
  const first = Promise.withResolvers<void>();
  const leftovers = new Leftovers(
    () => {
      collected++;
      clock += 60_000;
      first.resolve();
    },
    EVERY_MS,
    () => clock,
  );
  for (let i = 0; i < 500; i++) leftovers.add();
  await first.promise;
  for (let i = 0; i < 500; i++) leftovers.add();
  await Bun.sleep(5 * EVERY_MS);
  expect(collected).toBe(1);
});
