import { describe, expect, test } from "bun:test";
import type { UsageGroup } from "../../../../src/admin/contract.ts";
import { askedOf } from "./filters.ts";
import { type Report, reportOf, sumsOf, sumsWithout } from "./sums.ts";

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
  test("of those that worked is of all, less those that failed", () => {
    const { queries, without } = report("status=ok&provider=p&provider=q") as Report;
    expect([queries[0]!.group_by, without[0]!.group_by]).toEqual(["provider", "provider,error"]);
    const narrow = report("error=&model=a") as Report;
    expect([narrow.queries[0], narrow.without[0]]).toMatchObject([
      { model: "a", group_by: "credential_type" },
      { model: "a", group_by: "error" },
    ]);
    expect(narrow.queries[0]).not.toHaveProperty("error");
    expect((report("status=error") as Report).without).toEqual([]);
  });
  test("goes by any of several tags", () => {
    expect((report("tag=a,b&tag=c") as Report).queries[0]!).toMatchObject({ tags: '["a,b","c"]', tags_match: "any" });
  });
  test("says by what no sums are kept", () => {
    expect(report("status=ok&finish_reason=stop&search=a&min_cost=1")).toEqual({
      unknown: ["Finish", "Cost", "Search"],
    });
    expect(report("status=ok&error=upstream_timeout")).toEqual({ unknown: ["Status"] });
    expect(report("error=&error=upstream_timeout")).toEqual({ unknown: ["Error"] });
    expect(report("status=ok&app=a&user_id=b")).toEqual({ unknown: ["App with End user or Tag"] });
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

test("those that worked are what is left without those that failed", () => {
  const [all, failed] = [sumsOf([group({}), group({ total_cost: 0.3 })]), sumsOf([group({ total_cost: 0.1 })])];
  expect(sumsWithout(all, { ...failed, cached: 100 })).toEqual({
    requests: 4,
    errors: 0,
    spend: 1.2,
    input: 10,
    cached: 0,
    output: 5,
    reasoning: 2,
  });
});
