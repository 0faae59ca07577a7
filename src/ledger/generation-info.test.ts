import { describe, expect, test } from "bun:test";
import { closed, OVERLOADED, readingsOf } from "./fixtures/generation.ts";
import { generationInfo } from "./generation-info.ts";

const { row: ROW } = closed({
  ending: {
    readings: readingsOf({ input: 1000, cache_read: 200, cache_write_5m: 7, output: 50, reasoning: 20, searches: 2 }),
  },
  preferences: { user: "u-1", tags: ["a"] },
  app: { url: "https://app.example", title: "App" },
});

/** What the SDK reads as numbers: absent or null there is an exception in somebody's program. */
const NUMBERS = [
  "total_cost",
  "upstream_inference_cost",
  "usage",
  "market_cost",
  "surcharge_cost",
  "gateway_cost",
  "latency",
  "generation_time",
  "tokens_prompt",
  "tokens_completion",
  "native_tokens_prompt",
  "native_tokens_completion",
  "native_tokens_reasoning",
  "native_tokens_cached",
  "native_tokens_cache_creation",
  "billable_web_search_calls",
];

test("a generation, to the member", () => {
  expect(generationInfo({ ...ROW, firstContentMs: 12, durationMs: 34 })).toEqual({
    id: ROW.id,
    created_at: "2025-11-24T16:00:00.000Z",
    model: "openai/gpt-5",
    provider_name: "openai",
    streamed: false,
    finish_reason: "stop",
    error: null,
    total_cost: ROW.cost! / 1e9,
    upstream_inference_cost: 0,
    usage: ROW.cost! / 1e9,
    market_cost: ROW.cost! / 1e9,
    surcharge_cost: 0,
    gateway_cost: ROW.cost! / 1e9,
    is_byok: false,
    latency: 12,
    generation_time: 34,
    tokens_prompt: 1000,
    tokens_completion: 50,
    native_tokens_prompt: 1000,
    native_tokens_completion: 50,
    native_tokens_reasoning: 20,
    native_tokens_cached: 200,
    native_tokens_cache_creation: 7,
    billable_web_search_calls: 2,
    estimated: false,
    app: "App",
    user: "u-1",
    tags: ["a"],
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    attempts: [expect.objectContaining({ endpoint: "openai:gpt-5", status: 200 })],
    routing: expect.objectContaining({ finalProvider: "openai" }),
  });
});

describe("what has no price here", () => {
  test("is numbers all the same, and says that they are none", () => {
    const unpriced = { ...ROW, cost: null };
    expect(generationInfo(unpriced)).toMatchObject({ total_cost: 0, market_cost: 0, unpriced: true });
    // A stream that broke has used what it had said by then; sound has no tokens.
    expect(generationInfo({ ...unpriced, error: "upstream_truncated" })).toMatchObject({ unpriced: true });
    expect(generationInfo({ ...unpriced, input: null, output: null })).toMatchObject({ unpriced: true });
  });

  test("is not what costs nothing, was never used, or was put right since", () => {
    expect(generationInfo({ ...ROW, cost: 0 })).not.toHaveProperty("unpriced");
    const refused = { ...ROW, cost: null, error: "upstream_auth", input: null, output: null };
    expect(generationInfo(refused)).not.toHaveProperty("unpriced");
    expect(generationInfo({ ...ROW, cost: null }, 5_000_000)).toMatchObject({ total_cost: 0.005 });
    expect(generationInfo({ ...ROW, cost: null }, 5_000_000)).not.toHaveProperty("unpriced");
  });
});

test("with a key of the caller's own the market's price is told, and nothing is charged", () => {
  const cost = ROW.cost! / 1e9;
  expect(generationInfo({ ...ROW, byok: true })).toMatchObject({
    is_byok: true,
    total_cost: 0,
    usage: 0,
    gateway_cost: 0,
    market_cost: cost,
    upstream_inference_cost: cost,
  });
});

describe("where nothing was told", () => {
  const { row } = closed({ ending: { error: OVERLOADED } });
  const info = generationInfo({ ...row, model: null, provider: null });

  test.each(NUMBERS)("%s is a number all the same", (member) => {
    expect(typeof (info as Record<string, unknown>)[member]).toBe("number");
  });

  test("the rest says so", () => {
    expect(info).toMatchObject({
      model: "openai/gpt-5",
      provider_name: null,
      finish_reason: null,
      error: "upstream_overloaded",
      app: null,
      user: null,
      tags: [],
    });
  });
});

test("an app without a title is known by its address", () => {
  expect(generationInfo({ ...ROW, appTitle: null }).app).toBe("https://app.example");
});
