import { expect, test } from "bun:test";
import fc from "fast-check";
import { cacheWrites, count, METERS, mergeUsage, PARTS, partsWithin } from "./usage.ts";

test.each([0, 1, 42, Number.MAX_SAFE_INTEGER])("%p is a count", (value) => {
  expect(count(value)).toBe(value);
});

test("nothing else is a count", () => {
  const { NaN: none, POSITIVE_INFINITY: endless, MAX_SAFE_INTEGER: most } = Number;
  for (const value of [-1, 0.5, none, endless, most + 1, "5", null, undefined, true, {}, [], [5], 5n]) {
    expect(count(value)).toBeUndefined();
  }
});

test("every part belongs to exactly one whole, and no whole is a part", () => {
  const parts: string[] = Object.values(PARTS).flat();
  expect(new Set(parts).size).toBe(parts.length);
  for (const whole of Object.keys(PARTS)) expect(parts).not.toContain(whole);
  for (const part of parts) expect(METERS as readonly string[]).toContain(part);
});

test("a later report replaces what it mentions and leaves the rest", () => {
  const earlier = { input: 10, cache_read: 4, output: 1 };
  expect(mergeUsage(earlier, { output: 9 })).toEqual({ input: 10, cache_read: 4, output: 9 });
  expect(mergeUsage(earlier, {})).toEqual(earlier);
  expect(mergeUsage(undefined, { output: 9 })).toEqual({ output: 9 });
  expect(earlier).toEqual({ input: 10, cache_read: 4, output: 1 });
});

test("counters are totals: merging the same report twice changes nothing", () => {
  const report = fc.record(Object.fromEntries(METERS.map((meter) => [meter, fc.nat()])), { requiredKeys: [] });
  fc.assert(
    fc.property(report, report, (a, b) => {
      const once = mergeUsage(a, b);
      expect(mergeUsage(once, b)).toEqual(once);
    }),
  );
});

test("cache writes of both lifetimes are added; untold is not zero", () => {
  expect(cacheWrites({})).toBeUndefined();
  expect(cacheWrites({ cache_write_5m: 0 })).toBe(0);
  expect(cacheWrites({ cache_write_5m: 3 })).toBe(3);
  expect(cacheWrites({ cache_write_1h: 4 })).toBe(4);
  expect(cacheWrites({ cache_write_5m: 3, cache_write_1h: 4 })).toBe(7);
});

test("no part is more than its whole, where the whole was told", () => {
  const told = { input: 10, cache_read: 500, cache_write_1h: 3, output: 2, reasoning: 9, searches: 40 };
  expect(partsWithin(told)).toEqual({
    input: 10,
    cache_read: 10,
    cache_write_1h: 3,
    output: 2,
    reasoning: 2,
    searches: 40,
  });
  expect(partsWithin({ cache_read: 500 })).toEqual({ cache_read: 500 });
  expect(told.cache_read).toBe(500);
});
