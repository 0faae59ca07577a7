import { expect, test } from "bun:test";
import { asQuery, asReport, isLive, rangeOf } from "./range.ts";

const NOW = Date.UTC(2026, 10, 26, 4, 30, 20);
const iso = (told: Parameters<typeof rangeOf>[0]) => asQuery(rangeOf(told, NOW));

test("a named range begins where sums do", () => {
  expect([iso({ range: "1h" }), iso({ range: "7d" }), iso({ range: "nonsense" })]).toEqual([
    { from: "2026-11-26T03:30:00.000Z" },
    { from: "2026-11-19T04:00:00.000Z" },
    {},
  ]);
});

test("a day counts as a whole; what is no time is left out", () => {
  expect([iso({ from: "2026-11-01", to: "2026-11-01" }), iso({ from: "yesterday", to: "-1" })]).toEqual([
    { from: "2026-11-01T00:00:00.000Z", to: "2026-11-02T00:00:00.000Z" },
    {},
  ]);
});

test("it goes on as long as its end is not over", () => {
  const lives = [{}, { to: "2026-11-26" }, { to: "2026-11-25" }].map((told) => isLive(rangeOf(told, NOW), NOW));
  expect(lives).toEqual([true, true, false]);
});

test("sums are asked by the minute, the hour or the day, as long as it is", () => {
  const report = (told: Parameters<typeof rangeOf>[0]) => asReport(rangeOf(told, NOW), NOW);
  expect(report({ range: "1h" })).toEqual({
    start_date: "2026-11-26T03:30Z",
    end_date: "2026-11-26T04:30Z",
    date_part: "minute",
  });
  expect(report({ range: "24h" })).toEqual({ start_date: "2026-11-25T04:00Z", end_date: "2026-11-26T04:30Z" });
  // An hour that is over has no part of the next one.
  expect(report({ from: "2026-11-20T10:00:00Z", to: "2026-11-20T20:00:00Z" })).toEqual({
    start_date: "2026-11-20T10:00Z",
    end_date: "2026-11-20T19:59Z",
  });
  expect(report({ from: "2026-01-01" })).toEqual({ start_date: "2026-01-01", end_date: "2026-11-26" });
  expect(report({})).toEqual({ start_date: "2017-01-17", end_date: "2026-11-26" });
  // What lies in the future has nothing.
  expect(report({ from: "2027-01-01" }).end_date).toBe("2026-11-26T04:30Z");
});
