import { describe, expect, test } from "bun:test";
import type { UsageGroup } from "../../../../src/admin/contract.ts";
import { askedOf } from "./filters.ts";
import { type Report, reportOf, sumsOf } from "./sums.ts";

const NOW = Date.UTC(2026, 10, 26, 4, 30, 20);
const report = (text: string) => {
  const told = new URLSearchParams(text);
  return reportOf(
    askedOf((name) => told.getAll(name)),
    NOW,
  );
};
const group = (more: Partial<UsageGroup>): UsageGroup => ({
  total_cost: 1,
  market_cost: 1.5,
  surcharge_cost: 0,
  gateway_cost: 1,
  input_tokens: 10,
  output_tokens: 5,
  cached_input_tokens: 4,
  cache_creation_input_tokens: 0,
  reasoning_tokens: 2,
  request_count: 3,
  error_count: 1,
  ...more,
});

describe("what is asked for the sums", () => {
  test("is narrowed down by what has one value, and grouped by what has several", () => {
    const { queries, counts } = report("model=a&provider=p&provider=q&range=24h") as Report;
    expect(queries).toEqual([
      { model: "a", group_by: "provider", start_date: "2026-11-25T04:00Z", end_date: "2026-11-26T04:59Z" },
    ]);
    const groups = ["p", "q", "r"].map((provider) => group({ provider }));
    expect(groups.filter(counts)).toEqual(groups.slice(0, 2));
  });
  test("of those that failed goes by error, which knows no others", () => {
    expect((report("status=error") as Report).queries[0]!.group_by).toBe("error");
  });
  test("goes by any of several tags", () => {
    expect((report("tag=a,b&tag=c") as Report).queries[0]!).toMatchObject({ tags: '["a,b","c"]', tags_match: "any" });
  });
  test("says by what no sums are kept", () => {
    expect(report("status=ok&finish_reason=stop&search=a&min_cost=1")).toEqual({
      unknown: ["Status", "Finish", "Cost", "Search"],
    });
    expect(report("tag=")).toEqual({ unknown: ["Tag"] });
    expect(report("app=a&tag=b")).toEqual({ unknown: ["App with End user or Tag"] });
  });
});

test("groups are added up; spend is what the operator pays", () => {
  expect(sumsOf([group({}), group({ input_tokens: 1 })])).toEqual({
    requests: 6,
    errors: 2,
    spend: 2,
    input: 11,
    cached: 8,
    output: 10,
    reasoning: 4,
  });
});
