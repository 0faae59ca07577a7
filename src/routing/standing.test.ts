import { expect, test } from "bun:test";
import fc from "fast-check";
import { held, NEUTRAL } from "./standing.ts";

test("where nothing is known, everybody is up and nobody is measured", () => {
  const candidate = { credential: { provider: "a" } } as Parameters<typeof NEUTRAL.rank>[0];
  expect(NEUTRAL.rank(candidate)).toBe("up");
  expect(NEUTRAL.ttftMs(candidate)).toBeUndefined();
  expect(NEUTRAL.tokensPerSecond(candidate)).toBeUndefined();
});

test("a figure stays until the measurement is a fifth away, and is the measurement then", () => {
  expect(held(undefined, 500)).toBe(500);
  expect(held(500, 599)).toBe(500);
  expect(held(500, 401)).toBe(500);
  expect(held(500, 601)).toBe(601);
  expect(held(500, 399)).toBe(399);
});

test("measurements that waver within a tenth of anything never change the figure twice", () => {
  const waver = fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 100_000 }), waver, (around, factors) => {
      const first = held(undefined, around * factors[0]!);
      const told = factors.reduce((figure, factor) => held(figure, around * factor), first);
      expect(told).toBe(first);
    }),
  );
});
