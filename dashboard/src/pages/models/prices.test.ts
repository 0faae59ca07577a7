import { describe, expect, test } from "bun:test";
import type { ListedEndpoint, ListedModel } from "../../../../src/admin/contract.ts";
import { dollars, fastest, priceSpan, spanText, tokens, unitName, unitPrice } from "./prices.ts";

const endpoint = (over: Partial<ListedEndpoint>): ListedEndpoint => ({
  id: "p:m",
  provider: "p",
  model: "c/m",
  upstream_model: "m",
  operations: ["generate"],
  price: null,
  context_window: null,
  max_output: null,
  is_served: true,
  why_not: null,
  zero_data_retention: false,
  no_training: false,
  hipaa: false,
  regions: [],
  circuit: "closed",
  uptime_last_1d: 100,
  latency_last_1h: null,
  throughput_last_1h: null,
  ...over,
});
const paid = (input: number, is_served = true) =>
  endpoint({ is_served, price: { per_million_tokens: { input }, per_unit: {}, images: [], tiers: [] } });

describe("what a million tokens cost", () => {
  test("goes from the cheapest to the dearest of those who serve", () => {
    expect(priceSpan([paid(3), paid(1.25), paid(9, false)], "input")).toEqual({ from: 1.25, to: 3 });
  });
  test("is that of all where nobody serves", () => {
    expect(priceSpan([paid(9, false)], "input")).toEqual({ from: 9, to: 9 });
  });
  test("is not known where nobody told: it is not free", () => {
    expect(priceSpan([endpoint({})], "input")).toBeUndefined();
    expect(priceSpan([paid(3)], "output")).toBeUndefined();
  });
});

test("prices are written as they are told", () => {
  expect([0, 1.25, 3, 0.075, 0.0000015, 1200].map(dollars)).toEqual([
    "$0.00",
    "$1.25",
    "$3.00",
    "$0.075",
    "$0.0000015",
    "$1,200.00",
  ]);
  expect([spanText({ from: 1, to: 1 }), spanText({ from: 0.1, to: 0.4 })]).toEqual(["$1.00", "$0.10 – 0.40"]);
});

test("what is not paid for by tokens has the price of one", () => {
  const images = endpoint({ price: { per_million_tokens: {}, per_unit: { images: 0.04 }, images: [], tiers: [] } });
  expect(unitPrice([endpoint({}), images])).toEqual({ unit: "images", usd: 0.04 });
  expect(unitPrice([paid(3)])).toBeUndefined();
  expect(["images", "search_units", "searches", "seconds"].map(unitName)).toEqual([
    "image",
    "search unit",
    "search",
    "second",
  ]);
});

test("context windows", () => {
  expect([512, 8192, 200_000, 1_047_576].map(tokens)).toEqual(["512", "8.19K", "200K", "1.05M"]);
});

test("the fastest of those that were measured", () => {
  const model = (endpoints: ListedEndpoint[]) => ({ endpoints }) as unknown as ListedModel;
  const slow = endpoint({ latency_last_1h: { p50: 900, p95: 1000 } });
  const quick = endpoint({ latency_last_1h: { p50: 300, p95: 2000 } });
  expect([fastest(model([slow, quick])), fastest(model([endpoint({})]))]).toEqual([300, undefined]);
});
