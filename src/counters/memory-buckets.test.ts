import { describe, expect, setSystemTime, test } from "bun:test";
import fc from "fast-check";
import type { Bucket } from "./buckets.ts";
import { MemoryBuckets } from "./memory-buckets.ts";

const bucket = (limit: number, name = "b", per: Bucket["per"] = "minute"): Bucket => ({ name, limit, per });
const one = (of: Bucket, amount = 1) => [{ bucket: of, amount }];

/** Buckets on a clock that the test moves. */
function clocked(from = 0) {
  const clock = { now: from };
  return { clock, buckets: new MemoryBuckets(() => clock.now) };
}

describe("a bucket that refills", () => {
  test.each([1, 7, 60, 61, 999, 30_000])(
    "of %d lets in exactly so many at once, wherever the clock stands",
    (limit) => {
      for (const from of [0, 1234.567, 2 ** 31, 1e12 + 0.1]) {
        const { buckets } = clocked(from);
        for (let i = 1; i <= limit; i++) {
          const { refused, levels } = buckets.take(one(bucket(limit)));
          expect(refused).toBeUndefined();
          expect(levels[0]!.remaining).toBe(limit - i);
        }
        const { refused, levels } = buckets.take(one(bucket(limit)));
        expect(levels[0]!.remaining).toBe(0);
        expect(refused!.waitMs).toBeCloseTo(60_000 / limit, 1);
      }
    },
  );

  test("has one more when the told wait is over, and not before", () => {
    const { clock, buckets } = clocked(500);
    const draw = one(bucket(6));
    for (let i = 0; i < 6; i++) buckets.take(draw);
    const { refused } = buckets.take(draw);
    expect(refused).toEqual({ at: 0, waitMs: 10_000 });
    clock.now += 9_500;
    expect(buckets.take(draw).refused?.waitMs).toBeCloseTo(500);
    clock.now += 500;
    expect(buckets.take(draw).refused).toBeUndefined();
    expect(buckets.take(draw).refused?.waitMs).toBeCloseTo(10_000);
  });

  test("is full a minute after it was empty, says when, and never holds more", () => {
    const { clock, buckets } = clocked();
    const { levels } = buckets.take(one(bucket(60), 60));
    expect(levels).toEqual([{ remaining: 0, resetMs: 60_000 }]);
    clock.now += 45_000;
    expect(buckets.take(one(bucket(60), 0)).levels).toEqual([{ remaining: 45, resetMs: 15_000 }]);
    clock.now += 24 * 3_600_000;
    expect(buckets.take(one(bucket(60))).levels).toEqual([{ remaining: 59, resetMs: 1000 }]);
  });

  test("gets back what was not used, and no more than it holds", () => {
    const { buckets } = clocked();
    buckets.take(one(bucket(100), 80));
    buckets.adjust(one(bucket(100), -50));
    expect(buckets.take(one(bucket(100), 0)).levels[0]).toEqual({ remaining: 70, resetMs: 18_000 });
    buckets.adjust(one(bucket(100), -500));
    expect(buckets.take(one(bucket(100), 0)).levels[0]).toEqual({ remaining: 100, resetMs: 0 });
    expect(buckets.size).toBe(0);
  });

  test("that more was used of than it held makes up for it", () => {
    const { clock, buckets } = clocked();
    buckets.take(one(bucket(100), 10));
    buckets.adjust(one(bucket(100), 190));
    expect(buckets.take(one(bucket(100))).refused?.waitMs).toBeCloseTo(60_600);
    clock.now += 60_600;
    expect(buckets.take(one(bucket(100))).refused).toBeUndefined();
  });

  test("that far more was used of is no lock-out of hours: ten minutes are enough", () => {
    const { clock, buckets } = clocked();
    buckets.take(one(bucket(100), 10));
    buckets.adjust(one(bucket(100), 1e9));
    expect(buckets.take(one(bucket(100))).levels[0]).toEqual({ remaining: 0, resetMs: 600_000 });
    clock.now += 540_600;
    expect(buckets.take(one(bucket(100))).refused).toBeUndefined();
  });

  test("that is made smaller or larger stays as full as it was", () => {
    const { buckets } = clocked();
    buckets.take(one(bucket(100), 50));
    expect(buckets.take(one(bucket(10), 0)).levels[0]!.remaining).toBe(5);
    expect(buckets.take(one(bucket(1000), 0)).levels[0]!.remaining).toBe(500);
  });

  test("never lets in more than it holds and what flows in meanwhile, whatever comes when", () => {
    const comes = fc.record({ after: fc.nat(20_000), amount: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 500 }), fc.array(comes, { maxLength: 200 }), (limit, all) => {
        const { clock, buckets } = clocked(1e9 + 0.3);
        const taken: { at: number; amount: number }[] = [];
        for (const { after, amount } of all) {
          clock.now += after;
          const { refused } = buckets.take(one(bucket(limit), amount));
          if (refused === undefined) taken.push({ at: clock.now, amount });
          // Whoever comes again when told is let in.
          else {
            clock.now += refused.waitMs;
            expect(buckets.take(one(bucket(limit), amount)).refused).toBeUndefined();
            taken.push({ at: clock.now, amount });
          }
        }
        for (const [from, { at: start }] of taken.entries()) {
          let sum = 0;
          for (const { at, amount } of taken.slice(from)) {
            sum += amount;
            expect(sum).toBeLessThanOrEqual(limit + ((at - start) * limit) / 60_000 + 0.02 * (taken.length + 1));
          }
        }
      }),
    );
  });
});

test("what is held is there again when it is given back, and not before", () => {
  const { clock, buckets } = clocked();
  const streams = bucket(2, "s", "moment");
  expect(buckets.take(one(streams)).levels).toEqual([{ remaining: 1, resetMs: 0 }]);
  buckets.take(one(streams));
  clock.now += 24 * 3_600_000;
  expect(buckets.take(one(streams)).refused).toEqual({ at: 0, waitMs: 1000 });
  buckets.adjust(one(streams, -1));
  expect(buckets.take(one(streams)).refused).toBeUndefined();
  buckets.adjust([...one(streams, -1), ...one(streams, -1)]);
  expect(buckets.size).toBe(0);
});

test("of several all or nothing is taken, and the longest wait is told", () => {
  const { buckets } = clocked();
  const draws = [
    ...one(bucket(60, "a")),
    ...one(bucket(1, "b")),
    ...one(bucket(2, "c"), 2),
    ...one(bucket(9, "s", "moment")),
  ];
  expect(buckets.take(draws).refused).toBeUndefined();
  const { refused, levels } = buckets.take(draws);
  expect(refused).toEqual({ at: 1, waitMs: 60_000 });
  expect(levels.map(({ remaining }) => remaining)).toEqual([59, 0, 0, 8]);
  expect(buckets.take([draws[0]!]).levels[0]!.remaining).toBe(58);
});

describe("a hundred thousand names and more", () => {
  test("of which none is used any more take no memory", () => {
    const { clock, buckets } = clocked();
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 50_000; i++) buckets.take(one(bucket(10, `user ${minute} ${i}`)));
      clock.now += 60_000;
    }
    expect(buckets.size).toBeLessThanOrEqual(100_001);
    for (let i = 0; i < 100_000; i++) {
      clock.now += 1000;
      buckets.take(one(bucket(10, `late ${i}`)));
    }
    expect(buckets.size).toBeLessThan(5000);
  });

  test("at once are bounded, and those that were used last stay", () => {
    const { buckets } = clocked();
    const busy = bucket(2, "busy");
    buckets.take(one(busy, 2));
    for (let i = 0; i < 300_000; i++) {
      buckets.take(one(bucket(10, `user ${i}`)));
      if (i % 1000 === 0) buckets.adjust(one(busy, 0.001));
    }
    expect(buckets.size).toBeLessThanOrEqual(100_000);
    expect(buckets.take(one(busy)).refused).toBeDefined();
    expect(buckets.take(one(bucket(10, "user 299999"), 10)).refused).toBeDefined();
    expect(buckets.take(one(bucket(10, "user 0"), 10)).refused).toBeUndefined();
  });
});

test("the machine's clock may be set as it likes", () => {
  const buckets = new MemoryBuckets();
  const slow = bucket(1);
  buckets.take(one(slow));
  try {
    for (const step of [1, -1, 3600, -3600, 40 * 86_400, -40 * 86_400]) {
      setSystemTime(new Date(Date.now() + step * 1000));
      const { refused } = buckets.take(one(slow));
      expect(refused!.waitMs).toBeGreaterThan(0);
      expect(refused!.waitMs).toBeLessThanOrEqual(60_000);
    }
  } finally {
    setSystemTime();
  }
});
