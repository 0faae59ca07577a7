import { expect, test } from "bun:test";
import { usd } from "./money.ts";
import { nanodollarsOf } from "./usd.ts";

test.each([
  [0, 0],
  [1, 1_000_000_000],
  [0.1, 100_000_000],
  [0.3, 300_000_000],
  ["0.000000001", 1],
  [1e-9, 1],
  [1.5e-7, 150],
  ["1e2", 100_000_000_000],
  ["12.340", 12_340_000_000],
  [4.35, 4_350_000_000],
  [9_000_000, 9_000_000_000_000_000],
  ["1.0000000000000", 1_000_000_000],
] as const)("%p dollars are %p nanodollars", (told, nano) => {
  expect(nanodollarsOf(told)).toBe(nano);
});

test.each([
  [-1],
  [-0.000000001],
  ["-1"],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [Number("1e999")],
  [1e300],
  ["1e999"],
  ["1e-999"],
  [9_000_000.01],
  ["0.0000000001"],
  [1e-10],
  [0.1 + 0.2],
  [""],
  [" 1"],
  ["1 "],
  ["0x10"],
  ["1,5"],
  [".5"],
  ["5."],
  ["NaN"],
  [null],
  [true],
  [[]],
  [{}],
  [undefined],
])("%p is no amount", (told) => {
  expect(nanodollarsOf(told)).toBeUndefined();
});

test("what is written as dollars is read as the same", () => {
  for (const nano of [1, 10, 999_999_999, 1_000_000_001, 123_456_789_012, 8_999_999_999_999_999])
    expect(nanodollarsOf(usd(nano))).toBe(nano);
});
