import { expect, test } from "bun:test";
import fc from "fast-check";
import { bucketOf, quantile } from "./spread.ts";

const measure = fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 5000 }), fc.nat({ max: 3_599_999 }));

test("whatever is measured is in a bucket of those that have at most a tenth more", () => {
  fc.assert(
    fc.property(measure, (value) => {
      const least = bucketOf(value);
      expect(least).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(least * 1.1);
      expect(bucketOf(least)).toBe(least);
    }),
  );
  expect([bucketOf(3_600_000), bucketOf(2 ** 50), bucketOf(-1)]).toEqual([3_600_000, 3_600_000, 0]);
});

test("what half of them had, and nearly all, is told to within a tenth", () => {
  fc.assert(
    fc.property(fc.array(measure, { minLength: 1, maxLength: 200 }), fc.constantFrom(0.5, 0.95), (values, share) => {
      const counts = new Map<number, number>();
      for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
      const real = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;
      expect(Math.abs(quantile(counts, share)! - real)).toBeLessThanOrEqual(real * 0.1);
    }),
  );
  expect(quantile(new Map(), 0.5)).toBeUndefined();
});
