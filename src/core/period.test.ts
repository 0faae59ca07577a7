import { describe, expect, test } from "bun:test";
import { PERIODS, spanAt } from "./period.ts";

const at = (text: string) => Date.parse(text);
const told = (period: (typeof PERIODS)[number], text: string) => {
  const { startedAt, endsAt } = spanAt(period, at(text));
  return [startedAt, endsAt].map((ms) => (ms === undefined ? ms : new Date(ms).toISOString()));
};

describe("the period of a moment", () => {
  test.each([
    ["daily", "2026-03-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"],
    ["daily", "2026-02-28T23:59:59.999Z", "2026-02-28T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    // A Sunday belongs to the week of the Monday before.
    ["weekly", "2026-11-29T23:59:59.999Z", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
    ["weekly", "2026-11-30T00:00:00.000Z", "2026-11-30T00:00:00.000Z", "2026-12-07T00:00:00.000Z"],
    ["weekly", "1970-01-01T00:00:00.000Z", "1969-12-29T00:00:00.000Z", "1970-01-05T00:00:00.000Z"],
    ["monthly", "2028-02-29T12:00:00.000Z", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z"],
    ["monthly", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ] as const)("%s, %s", (period, moment, began, ends) => {
    expect(told(period, moment)).toEqual([began, ends]);
  });

  test("of what never begins anew has no end", () => {
    expect(spanAt("total", at("2026-11-25T12:00:00Z"))).toEqual({ startedAt: 0 });
  });

  test("begins where the one before ends, for a thousand days", () => {
    for (const period of PERIODS.filter((one) => one !== "total")) {
      for (let day = 0; day < 1000; day++) {
        const { startedAt, endsAt } = spanAt(period, at("2024-01-01T07:00:00Z") + day * 86_400_000);
        expect(spanAt(period, startedAt).startedAt).toBe(startedAt);
        expect(spanAt(period, startedAt - 1).endsAt).toBe(startedAt);
        expect(spanAt(period, endsAt! - 1).startedAt).toBe(startedAt);
      }
    }
  });
});
