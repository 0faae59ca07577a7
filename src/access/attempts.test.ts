import { expect, test } from "bun:test";
import { Attempts } from "./attempts.ts";

const NOW = 1_790_000_000_000;

test("ten in vain in a minute are enough, for the address that they come from", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 10; i++) {
    attempts.mustBeFew("10.0.0.1", NOW + i);
    attempts.failed("10.0.0.1", NOW + i);
  }
  expect(() => attempts.mustBeFew("10.0.0.1", NOW + 10)).toThrow("10 times in vain");
  attempts.mustBeFew("10.0.0.2", NOW + 10);
  attempts.mustBeFew("10.0.0.1", NOW + 60_000);
});

test("a minute later it begins anew", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 10; i++) attempts.failed("10.0.0.1", NOW);
  attempts.failed("10.0.0.1", NOW + 60_000);
  attempts.mustBeFew("10.0.0.1", NOW + 60_001);
});

test("whoever has many addresses of the newer kind has one here", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 10; i++) attempts.failed(`2001:db8:1:2::${i}`, NOW);
  expect(() => attempts.mustBeFew("2001:db8:1:2:ffff::1", NOW)).toThrow();
  attempts.mustBeFew("2001:db8:1:3::1", NOW);
  for (let i = 0; i < 10; i++) attempts.failed(`2001:db8::${i}:1`, NOW);
  for (const same of ["2001:db8::", "2001:db8::ffff", "2001:db8:0:0:1:2:3:4"])
    expect(() => attempts.mustBeFew(same, NOW)).toThrow();
  for (const other of ["2001:db8:0:1::1", "2001:db8:1::1", "::1", ""]) attempts.mustBeFew(other, NOW);
});

test("who is behind a proxy has an address of their own, and so has everybody who says that they are", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 10; i++) attempts.failed(`10.0.0.1 2001:db8:1:2::${i}`, NOW);
  expect(() => attempts.mustBeFew("10.0.0.1 2001:db8:1:2::99", NOW)).toThrow();
  for (const other of ["10.0.0.1", "10.0.0.1 10.0.0.7", "2001:db8:1:2::1"]) attempts.mustBeFew(other, NOW);
});

test("what was counted beforehand and went well does not count", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 100; i++) {
    attempts.mustBeFew("10.0.0.1", NOW);
    attempts.failed("10.0.0.1", NOW);
    attempts.succeeded("10.0.0.1");
  }
});

test("nobody fills the memory with addresses, and a clock that is set back locks nobody out", () => {
  const attempts = new Attempts();
  for (let i = 0; i < 30_000; i++) attempts.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, NOW);
  expect(Object.values(attempts).flatMap((one) => (one instanceof Map ? [one.size] : []))).toEqual([10_000]);
  const other = new Attempts();
  for (let i = 0; i < 10; i++) other.failed("10.0.0.1", NOW);
  other.mustBeFew("10.0.0.1", NOW - 3_600_000);
});
