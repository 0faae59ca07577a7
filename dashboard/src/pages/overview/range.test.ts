import { describe, expect, test } from "bun:test";
import { momentOfGroup, rangeBefore, rangeOf, reportOf, rowsOf, stepsOf, zoomed } from "./range.ts";

const NOW = Date.parse("2026-11-26T04:35:20Z");
const told = ({ from, to }: { from: number; to: number }) => [new Date(from).toISOString(), new Date(to).toISOString()];

describe("a range that ends now", () => {
  test("has whole steps, of which the last is going on", () => {
    expect(told(rangeOf({}, NOW))).toEqual(["2026-11-25T05:00:00.000Z", "2026-11-26T05:00:00.000Z"]);
    expect(told(rangeOf({ range: "1h" }, NOW))).toEqual(["2026-11-26T03:36:00.000Z", "2026-11-26T04:36:00.000Z"]);
    expect(told(rangeOf({ range: "7d" }, NOW))).toEqual(["2026-11-19T06:00:00.000Z", "2026-11-26T06:00:00.000Z"]);
    expect(told(rangeOf({ range: "30d" }, NOW))).toEqual(["2026-10-28T00:00:00.000Z", "2026-11-27T00:00:00.000Z"]);
  });
  test("is the last day where nobody knows what is meant", () => {
    for (const range of ["toString", "5y", ""]) expect(rangeOf({ range }, NOW)).toEqual(rangeOf({ range: "24h" }, NOW));
    for (const from of ["yesterday", "2026-11-27T00:00:00Z"])
      expect(rangeOf({ from, to: "2026-11-26T00:00:00Z" }, NOW).name).toBe("24h");
  });
  test("leads to requests without an end, and the one before it to what was before", () => {
    const range = rangeOf({ range: "1h" }, NOW);
    expect(rowsOf(range)).toEqual({ from: "2026-11-26T03:36:00.000Z" });
    expect(rowsOf(rangeBefore(range))).toEqual({ from: "2026-11-26T02:36:00.000Z", to: "2026-11-26T03:36:00.000Z" });
  });
});

describe("a range of somebody's choice", () => {
  const of = (from: string, to: string) => rangeOf({ from: `2026-11-${from}Z`, to: `2026-11-${to}Z` }, NOW);
  test("goes by what its length is told in, within what reports take", () => {
    expect(of("20T10:00:00", "20T11:30:00")).toMatchObject({ unit: "minute", stepMs: 60_000 });
    expect(of("20T10:00:00", "20T12:59:00")).toMatchObject({ unit: "minute", stepMs: 120_000 });
    expect(of("20T10:00:30", "20T13:00:30")).toMatchObject({ unit: "hour", stepMs: 3_600_000 });
    expect(of("10T00:00:00", "17T00:00:00")).toMatchObject({ unit: "hour", stepMs: 3 * 3_600_000 });
    expect(of("10T01:00:00", "17T01:00:00")).toMatchObject({ unit: "day" });
  });
  test("ends with now at the latest", () => {
    const range = of("25T00:00:00", "30T00:00:00");
    expect([range.isLive, ...told(range)]).toEqual([true, "2026-11-25T00:00:00.000Z", "2026-11-26T05:00:00.000Z"]);
    expect(of("25T00:00:00", "26T00:00:00").isLive).toBeFalse();
  });
  test("of all time is of as many years as a report can be of", () => {
    const { from, to, stepMs } = rangeOf({ from: "1970-01-01T00:00:00Z", to: "2026-11-26T00:00:00Z" }, NOW);
    expect((to - from) / 86_400_000).toBeLessThanOrEqual(3660);
    expect(stepsOf({ from, to, stepMs }).length).toBeLessThanOrEqual(122);
  });
});

describe("a report of it", () => {
  test("is of days where it goes by days, else from one moment to another", () => {
    expect(reportOf(rangeOf({ range: "30d" }, NOW))).toEqual({
      start_date: "2026-10-28",
      end_date: "2026-11-26",
      date_part: "day",
    });
    expect(reportOf(rangeOf({}, NOW))).toEqual({
      start_date: "2026-11-25T05:00Z",
      end_date: "2026-11-26T04:59Z",
      date_part: "hour",
    });
  });
  test("tells when its groups began", () => {
    expect(
      [{ day: "2026-11-26" }, { hour: "2026-11-26T13" }, { minute: "2026-11-26T13:05" }].map(momentOfGroup),
    ).toEqual(["2026-11-26T00:00:00Z", "2026-11-26T13:00:00Z", "2026-11-26T13:05:00Z"].map((text) => Date.parse(text)));
  });
});

describe("what is drawn over a chart", () => {
  const range = rangeOf({ from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" }, NOW);
  const at = (clock: string) => Date.parse(`2026-11-20T${clock}:00Z`);
  test("is the steps whose bars it touches", () => {
    expect(zoomed(range, at("09:40"), at("12:20"))).toEqual({
      from: "2026-11-20T10:00:00.000Z",
      to: "2026-11-20T13:00:00.000Z",
    });
    expect(zoomed(range, at("10:05"), at("10:10"))).toEqual({
      from: "2026-11-20T10:00:00.000Z",
      to: "2026-11-20T11:00:00.000Z",
    });
  });
  test("does not go beyond either end", () => {
    expect(zoomed(range, at("00:00") - 1e7, at("23:59") + 1e7)).toEqual({
      from: "2026-11-20T00:00:00.000Z",
      to: "2026-11-21T00:00:00.000Z",
    });
  });
});
