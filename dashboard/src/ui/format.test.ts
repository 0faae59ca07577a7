import { describe, expect, test } from "bun:test";
import { bytes, compact, count, duration, exactUsd, percent, relative, usd, utc } from "./format.ts";

describe("money", () => {
  test("has cents from a dollar on, and what matters below", () => {
    expect([0, 1, 1234.5, 0.5, 0.0123, 0.000456, 0.000000012].map(usd)).toEqual([
      "$0.00",
      "$1.00",
      "$1,234.50",
      "$0.50",
      "$0.0123",
      "$0.000456",
      "$0.000000012",
    ]);
  });
  test("below zero has its sign before the dollar", () => {
    expect([usd(-2.5), exactUsd(-0.1)]).toEqual(["−$2.50", "−$0.10"]);
  });
  test("exactly, to the nanodollar", () => {
    expect([0, 0.000000001, 1234.123456789, 2].map(exactUsd)).toEqual([
      "$0.00",
      "$0.000000001",
      "$1,234.123456789",
      "$2.00",
    ]);
  });
});

test("counts", () => {
  expect([count(1_234_567), compact(950), compact(9_999), compact(12_345), compact(3_400_000)]).toEqual([
    "1,234,567",
    "950",
    "9,999",
    "12.3K",
    "3.4M",
  ]);
});

test("durations", () => {
  expect([0.4, 12, 999, 1240, 34_500, 200_000, 7_500_000].map(duration)).toEqual([
    "0 ms",
    "12 ms",
    "999 ms",
    "1.24 s",
    "34.5 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
});

test("durations are rounded up to a second, a minute or an hour in its own words", () => {
  expect([999.7, 9996, 59_960, 119_700, 3_599_600].map(duration)).toEqual([
    "1.00 s",
    "10.0 s",
    "1 min 0 s",
    "2 min 0 s",
    "1 h 0 min",
  ]);
});

test("sizes", () => {
  expect([0, 999, 1400, 2_000_000, 123_456_789].map(bytes)).toEqual(["0 B", "999 B", "1.4 kB", "2.0 MB", "123 MB"]);
});

test("shares; what is nearly all is not told as all", () => {
  expect([0, 1, 0.5, 0.034, 0.9995, 0.99999].map(percent)).toEqual([
    "0 %",
    "100 %",
    "50 %",
    "3.4 %",
    "99.95 %",
    "99.99 %",
  ]);
});

test("how long ago", () => {
  const now = Date.UTC(2026, 10, 26, 12);
  const told = [0, -30_000, -3 * 60_000, -5 * 3_600_000, -72 * 3_600_000, 2 * 3_600_000].map((ms) =>
    relative(new Date(now + ms), now),
  );
  expect(told).toEqual(["now", "30 s ago", "3 min ago", "5 h ago", "3 days ago", "in 2 h"]);
});

test("UTC", () => {
  expect(utc(new Date(Date.UTC(2026, 10, 26, 4, 2, 55, 900)))).toBe("2026-11-26 04:02:55 UTC");
});
