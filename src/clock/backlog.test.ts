import { expect, test } from "bun:test";
import { isBehind, later, waitingMs } from "./backlog.ts";

/** More than are kept once they wait no longer. */
const MANY = 3000;

test("who waits is told in the order in which they came, those who come meanwhile too, and nobody has waited for longer than the first", async () => {
  const told: number[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let longest = 0;
  const waiting = (number: number) => ({
    catchUp() {
      told.push(number);
      if (told.length === 2 * MANY) resolve();
    },
  });
  for (let i = 0; i < MANY; i++) later(waiting(i));
  expect(isBehind()).toBe(true);
  const began = performance.now();
  later({
    catchUp() {
      for (let i = MANY; i < 2 * MANY; i++) later(waiting(i));
      longest = waitingMs();
    },
  });
  await all;
  expect(told).toEqual([...Array(2 * MANY).keys()]);
  expect(longest).toBeLessThanOrEqual(performance.now() - began);
  await new Promise((resolve) => setImmediate(resolve));
  expect(waitingMs()).toBe(0);
});
