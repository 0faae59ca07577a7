import { describe, expect, test } from "bun:test";
import { exposition, type Moment } from "./exposition.ts";
import { readExposition, sampleOf } from "./fixtures/exposition.ts";
import { Counter, Histogram } from "./instruments.ts";
import { Metrics } from "./metrics.ts";

const NOW: Moment = {
  version: "1.2.3",
  runtime: "bun 1",
  inFlight: 4,
  ledgerLag: 5,
  rowsWaiting: 6,
  missing: ["redis"],
  circuits: [],
  spans: undefined,
  startedAt: 1_764_000_000,
  residentBytes: 1e8,
};

describe("a counter", () => {
  test("adds up, apart for each combination of its labels", () => {
    const counter = new Counter();
    counter.add(1, "a", "x");
    counter.add(2, "a", "y");
    counter.add(3, "a", "x");
    counter.add(1, "b", 200);
    expect(counter.cells).toEqual([
      { labels: ["a", "x"], value: 4 },
      { labels: ["a", "y"], value: 2 },
      { labels: ["b", 200], value: 1 },
    ]);
  });
});

describe("a histogram", () => {
  test("puts a value on a bound below it, and one above all into the last", () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0.5, 1, 1.1, 5, 6]) histogram.observe(value, "a");
    expect(histogram.spreads.get("a")).toEqual({ counts: [2, 2, 1], sum: 13.6 });
  });
});

describe("the page", () => {
  test("of a gateway that has just begun can be read", () => {
    const families = readExposition(exposition(new Metrics(), NOW));
    expect(sampleOf(families, "headgate_requests_in_flight")).toBe(4);
    expect(sampleOf(families, "headgate_ledger_lag_rows")).toBe(5);
    expect(sampleOf(families, "headgate_ledger_waiting_rows")).toBe(6);
    expect(["database", "redis"].map((what) => sampleOf(families, "headgate_missing", { what }))).toEqual([0, 1]);
    expect(families.has("headgate_requests_total")).toBe(false);
    expect(families.has("headgate_spans_waiting")).toBe(false);
  });

  test("counts buckets from below", () => {
    const metrics = new Metrics();
    for (const seconds of [0.07, 0.2, 400]) metrics.firstTokens.observe(seconds, "lab");
    const families = readExposition(exposition(metrics, NOW));
    const below = (le: string) =>
      sampleOf(families, "headgate_time_to_first_token_seconds_bucket", { provider: "lab", le });
    expect(["0.05", "0.1", "0.25", "300", "+Inf"].map(below)).toEqual([0, 1, 2, 2, 3]);
    expect(sampleOf(families, "headgate_time_to_first_token_seconds_sum")).toBeCloseTo(400.27, 9);
  });

  test("writes money as dollars to the nanodollar, and labels of any text", () => {
    const metrics = new Metrics();
    const odd = 'a"b\\c\nd';
    metrics.cost.add(1, "lab", odd);
    metrics.cost.add(2_000_000_000, "lab", odd);
    const families = readExposition(exposition(metrics, NOW));
    expect(families.get("headgate_cost_usd_total")!.samples).toEqual([
      { name: "headgate_cost_usd_total", labels: { provider: "lab", model: odd }, value: 2.000000001 },
    ]);
  });

  test("tells of circuits and spans, where there are any", () => {
    const circuits = [{ provider: "lab", model: "lab/m", state: 2 }];
    const families = readExposition(
      exposition(new Metrics(), { ...NOW, circuits, spans: { waiting: 1, sent: 2, dropped: 3 } }),
    );
    expect(sampleOf(families, "headgate_circuit_state", { model: "lab/m" })).toBe(2);
    expect(sampleOf(families, "headgate_spans_total", { outcome: "dropped" })).toBe(3);
    expect(sampleOf(families, "headgate_spans_waiting")).toBe(1);
  });
});
