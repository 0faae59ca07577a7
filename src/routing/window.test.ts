import { describe, expect, test } from "bun:test";
import { percentile, Spread, Uptime } from "./window.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("uptime", () => {
  test("counts what worked and what failed in the last minutes", () => {
    const uptime = new Uptime();
    uptime.add(0, true);
    uptime.add(20 * MINUTE, true);
    uptime.add(30 * MINUTE, false);
    expect(uptime.last(30 * MINUTE, 15)).toEqual({ worked: 1, failed: 1 });
    expect(uptime.last(30 * MINUTE, 60)).toEqual({ worked: 2, failed: 1 });
    expect(uptime.last(30 * MINUTE, 1)).toEqual({ worked: 0, failed: 1 });
  });

  test("forgets what is older, though nothing came since", () => {
    const uptime = new Uptime();
    uptime.add(0, false);
    expect(uptime.last(61 * MINUTE, 60)).toEqual({ worked: 0, failed: 0 });
    expect(uptime.last(61 * MINUTE, 24 * 60)).toEqual({ worked: 0, failed: 1 });
    expect(uptime.last(25 * HOUR, 24 * 60)).toEqual({ worked: 0, failed: 0 });
  });

  test("a slot that is used again begins at nothing", () => {
    const uptime = new Uptime();
    for (let i = 0; i < 5; i++) uptime.add(0, false);
    uptime.add(60 * MINUTE, true);
    expect(uptime.last(60 * MINUTE, 60)).toEqual({ worked: 1, failed: 0 });
    expect(uptime.last(60 * MINUTE, 24 * 60)).toEqual({ worked: 1, failed: 5 });
  });
});

describe("a spread", () => {
  test("tells the middle and the tail to within a tenth", () => {
    const spread = new Spread();
    for (let value = 1; value <= 1000; value++) spread.add(0, value);
    const buckets = spread.buckets(0);
    expect(Math.abs(percentile(buckets, 0.5)! - 500)).toBeLessThan(50);
    expect(Math.abs(percentile(buckets, 0.95)! - 950)).toBeLessThan(95);
  });

  test("knows nothing before the first, and nothing after an hour", () => {
    const spread = new Spread();
    expect(percentile(spread.buckets(0), 0.5)).toBeUndefined();
    spread.add(0, 20);
    expect(percentile(spread.buckets(50 * MINUTE), 0.5)).toBeNumber();
    expect(percentile(spread.buckets(70 * MINUTE), 0.5)).toBeUndefined();
  });

  test("takes whatever comes: less than one, and more than it can tell apart", () => {
    const spread = new Spread();
    spread.add(0, 0);
    spread.add(0, 1e12);
    expect(spread.buckets(0).reduce((sum, count) => sum + count, 0)).toBe(2);
  });
});
