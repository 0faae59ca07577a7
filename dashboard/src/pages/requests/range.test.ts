import { describe, expect, test } from "bun:test";
import { asQuery, asReports, isLive, rangeOf } from "./range.ts";

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

describe("sums", () => {
  const reports = (told: Parameters<typeof rangeOf>[0]) =>
    asReports(rangeOf(told, NOW), NOW).map(({ start_date: start, end_date: end, date_part: part = "hour" }) => [
      part,
      start.slice(5),
      end.slice(5),
    ]);

  test("are asked by the minute or the hour, as long as it is", () => {
    expect(reports({ range: "1h" })).toEqual([["minute", "11-26T03:30Z", "11-26T04:30Z"]]);
    expect(reports({ range: "24h" })).toEqual([["hour", "11-25T04:00Z", "11-26T04:59Z"]]);
    // An hour that is over has no part of the next one.
    expect(reports({ from: "2026-11-20T10:00:00Z", to: "2026-11-20T20:00:00Z" })).toEqual([
      ["hour", "11-20T10:00Z", "11-20T19:59Z"],
    ]);
    expect(asReports({}, NOW)).toEqual([{ start_date: "2017-01-17T05:00Z", end_date: "2026-11-26T04:59Z" }]);
  });
  test("of what begins or ends within an hour have the minutes beside it, and no others", () => {
    // A day of Kolkata.
    expect(reports({ from: "2026-11-20T18:30:00Z", to: "2026-11-21T18:30:00Z" })).toEqual([
      ["minute", "11-20T18:30Z", "11-20T18:59Z"],
      ["hour", "11-20T19:00Z", "11-21T17:59Z"],
      ["minute", "11-21T18:00Z", "11-21T18:29Z"],
    ]);
    // The shortest that is told by the hour.
    expect(reports({ from: "2026-11-20T10:01:00Z", to: "2026-11-20T12:51:00Z" })).toEqual([
      ["minute", "11-20T10:01Z", "11-20T10:59Z"],
      ["hour", "11-20T11:00Z", "11-20T11:59Z"],
      ["minute", "11-20T12:00Z", "11-20T12:50Z"],
    ]);
    expect(reports({ from: "2026-11-20T18:30:00Z" }).at(-1)).toEqual(["hour", "11-20T19:00Z", "11-26T04:59Z"]);
  });
  test("of what lies in the future, or ends before it begins, are of nothing", () => {
    expect([reports({ from: "2027-01-01" }), reports({ from: "2026-11-20", to: "2026-11-18" })]).toEqual([[], []]);
    expect(reports({ from: "2026-11-26T04:00:00Z", to: "2027-01-01" })).toEqual([
      ["minute", "11-26T04:00Z", "11-26T04:30Z"],
    ]);
  });
});
