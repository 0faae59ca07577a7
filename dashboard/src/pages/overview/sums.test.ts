import { describe, expect, test } from "bun:test";
import type { UsageGroup } from "../../../../src/admin/contract.ts";
import { splitOf } from "./splits.ts";
import { byStep, layersOf, partsOf, remainder, total, upTo } from "./sums.ts";

const NOTHING: UsageGroup = {
  total_cost: 0,
  market_cost: 0,
  surcharge_cost: 0,
  gateway_cost: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_input_tokens: 0,
  cache_creation_input_tokens: 0,
  reasoning_tokens: 0,
  request_count: 0,
  error_count: 0,
};
const HOUR = 3_600_000;
const FROM = Date.parse("2026-11-26T00:00:00Z");
const range = { from: FROM, to: FROM + 6 * HOUR, stepMs: 3 * HOUR };
const model = splitOf("model");
const of = (title: string, spend: number, hour = "00"): UsageGroup => ({
  ...NOTHING,
  hour: `2026-11-26T${hour}`,
  model: title,
  total_cost: spend,
  request_count: 1,
});

test("hours are added up to steps, and what is of another time is left out", () => {
  const steps = byStep(range, [of("a", 1), of("a", 2, "02"), of("a", 4, "03"), of("a", 8, "06")]);
  expect(steps.map(({ spend, requests }) => [spend, requests])).toEqual([
    [3, 2],
    [4, 1],
  ]);
  expect(total(steps)).toMatchObject({ spend: 7, requests: 3 });
});

test("an earlier time counts as far as the later one has come", () => {
  const earlier = byStep(range, [of("a", 10), of("a", 20, "03")]);
  const later = { from: FROM + 6 * HOUR, to: FROM + 12 * HOUR };
  const after = (hours: number) => upTo(earlier, later, later.from + hours * HOUR).spend;
  expect([0, 1.5, 3, 4.5, 6, 100].map(after)).toEqual([0, 5, 10, 20, 30, 30]);
});

describe("what requests are told apart by", () => {
  test("comes the dearest first, and whatever nobody told is one of them", () => {
    const untold = { ...of("", 3), model: undefined };
    const parts = partsOf(model, [of("b", 1), of("a", 1), of("b", 4, "03"), untold]);
    expect(parts.map(({ title, id, sums }) => [title, id, sums.spend])).toEqual([
      ["b", "b", 5],
      ["No model", undefined, 3],
      ["a", "a", 1],
    ]);
  });
  test("of keys is called by their names, and two of one name are two", () => {
    const key = splitOf("key");
    const named = (id: string) => ({ ...of("", 1), api_key_id: id, api_key_name: "ci" });
    expect(partsOf(key, [named("key_1"), named("key_2")]).map(({ id, title }) => [id, title])).toEqual([
      ["key_1", "ci"],
      ["key_2", "ci"],
    ]);
  });
  test("is narrowed down to one as reports take it, where they do", () => {
    expect(splitOf("tag").only("a,b")).toEqual({ tags: '["a,b"]' });
    expect(splitOf("tag").only(undefined)).toBeUndefined();
    expect(splitOf("user").only(undefined)).toEqual({ user_id: "" });
    expect(splitOf("constructor")).toBe(model);
  });
});

describe("layers of a chart", () => {
  const many = Array.from({ length: 10 }, (_, i) => of(`m${i}`, 10 - i, i % 2 === 0 ? "00" : "03"));
  test("are seven and the others", () => {
    const layers = layersOf(model, range, partsOf(model, many), many);
    expect(layers.map(({ title }) => title)).toEqual(["m0", "m1", "m2", "m3", "m4", "m5", "m6", "3 others"]);
    expect(layers[7]!.steps.map(({ spend }) => spend)).toEqual([2, 4]);
    expect(total(layers.flatMap(({ steps }) => steps))).toEqual(total(byStep(range, many)));
  });
  test("are all of eight: others that are one would have no name", () => {
    const eight = many.slice(0, 8);
    expect(layersOf(model, range, partsOf(model, eight), eight).map(({ key }) => key)).not.toContain("other");
  });
  test("leave what they have not themselves, and never less than nothing", () => {
    const all = byStep(range, many);
    const layer = { key: "a", title: "a", steps: byStep(range, [of("a", 4), of("a", 1000, "03")]) };
    expect(remainder(all, [layer.steps]).map(({ spend }) => spend)).toEqual([26, 0]);
  });
});
