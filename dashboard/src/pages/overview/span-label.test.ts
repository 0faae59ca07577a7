import { expect, test } from "bun:test";
import { spanLabel } from "./span-label.ts";

const told = (from: [number, number, number?], to: [number, number, number?]) =>
  spanLabel({ from: new Date(2026, 10, ...from).getTime(), to: new Date(2026, 10, ...to).getTime() });

test("of one day the day is told once", () => {
  expect(told([12, 3], [12, 9])).toBe("12 Nov, 03:00 – 09:00");
  expect(told([12, 23, 59], [13, 0])).toBe("12 Nov, 23:59 – 00:00");
  expect(told([12, 3], [13, 3])).toBe("12 Nov, 03:00 – 13 Nov, 03:00");
});
test("whole days have no time of day, and the last one is part of it", () => {
  expect(told([12, 0], [13, 0])).toBe("12 Nov");
  expect(told([12, 0], [19, 0])).toBe("12 Nov – 18 Nov");
});
