import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Closing } from "../../core/closing.ts";
import type { JsonObject } from "../../core/json.ts";
import { PARTS } from "../../core/usage.ts";
import { CLOSING } from "../fixtures/facts.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

const tokens = (prompt_tokens: number, completion_tokens: number, more: JsonObject = {}): JsonObject => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
  ...more,
});

describe("read", () => {
  test.each<[string, JsonObject, object]>([
    ["the plain two", tokens(19, 10), { input: 19, output: 10 }],
    [
      "OpenAI's details",
      tokens(19, 10, {
        prompt_tokens_details: { cached_tokens: 8, audio_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 1, image_tokens: 2 },
      }),
      { input: 19, output: 10, cache_read: 8, audio_input: 2, reasoning: 4, audio_output: 1, image_output: 2 },
    ],
    [
      "DeepSeek's hits and misses",
      tokens(64, 5, { prompt_cache_hit_tokens: 48, prompt_cache_miss_tokens: 16 }),
      { input: 64, output: 5, cache_read: 48 },
    ],
    ["Mistral's", tokens(64, 5, { num_cached_tokens: 3 }), { input: 64, output: 5, cache_read: 3 }],
    ["Together's", tokens(64, 5, { cached_tokens: 3 }), { input: 64, output: 5, cache_read: 3 }],
    [
      "Writer's, in the singular",
      tokens(64, 5, { prompt_token_details: { cached_tokens: 3 }, completion_token_details: { reasoning_tokens: 2 } }),
      { input: 64, output: 5, cache_read: 3, reasoning: 2 },
    ],
    ["Perplexity's searches", tokens(64, 5, { num_search_queries: 3 }), { input: 64, output: 5, searches: 3 }],
    [
      "OpenRouter's searches",
      tokens(64, 5, { server_tool_use_details: { web_search_requests: 0 } }),
      { input: 64, output: 5, searches: 0 },
    ],
    [
      "writes, by either name",
      tokens(64, 5, { prompt_tokens_details: { cache_write_tokens: 9 }, cache_creation_input_tokens: 7 }),
      { input: 64, output: 5, cache_write_5m: 9 },
    ],
    [
      "writes at the top",
      tokens(64, 5, { cache_creation_input_tokens: 7 }),
      { input: 64, output: 5, cache_write_5m: 7 },
    ],
    [
      "reasoning beside the output, by the total (xAI)",
      { ...tokens(32, 9, { completion_tokens_details: { reasoning_tokens: 107 } }), total_tokens: 148 },
      { input: 32, output: 116, reasoning: 107 },
    ],
    [
      "reasoning beside the output though it is less",
      { ...tokens(32, 9, { completion_tokens_details: { reasoning_tokens: 5 } }), total_tokens: 46 },
      { input: 32, output: 14, reasoning: 5 },
    ],
    [
      "reasoning beside the output, by its size (a total that leaves it out)",
      tokens(28, 9, { completion_tokens_details: { reasoning_tokens: 69 } }),
      { input: 28, output: 78, reasoning: 69 },
    ],
    [
      "reasoning within the output",
      tokens(32, 9, { completion_tokens_details: { reasoning_tokens: 5 } }),
      { input: 32, output: 9, reasoning: 5 },
    ],
    ["nothing", {}, {}],
  ])("%s", (_, raw, usage) => expect(decodeUsage(raw)).toEqual(usage));
});

describe("what a provider makes up", () => {
  test.each<[string, JsonObject, object]>([
    [
      "more from the cache than there was",
      tokens(10, 2, { prompt_tokens_details: { cached_tokens: 500 } }),
      { input: 10, output: 2, cache_read: 10 },
    ],
    ["numbers that are none", { prompt_tokens: "12", completion_tokens: -3, total_tokens: Number.NaN }, {}],
    ["numbers beyond any", { prompt_tokens: 2 ** 53, completion_tokens: 1e300 }, {}],
    [
      "details that are none",
      tokens(1, 2, { prompt_tokens_details: [], completion_tokens_details: "x" }),
      { input: 1, output: 2 },
    ],
  ])("%s", (_, raw, usage) => expect(decodeUsage(raw)).toEqual(usage));

  test("whatever it is, counts are whole, from 0, and no part is more than its whole", () => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        -1,
        "5",
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 53,
        Number.MAX_SAFE_INTEGER,
        null,
        [],
        {},
      ),
      fc.nat(50),
    );
    const raw = fc.record(
      {
        prompt_tokens: odd,
        completion_tokens: odd,
        total_tokens: odd,
        cached_tokens: odd,
        cache_creation_input_tokens: odd,
        prompt_tokens_details: fc.record({ cached_tokens: odd, audio_tokens: odd }, { requiredKeys: [] }),
        completion_tokens_details: fc.record(
          { reasoning_tokens: odd, audio_tokens: odd, image_tokens: odd },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(raw, (value) => {
        const usage = decodeUsage(value as JsonObject);
        for (const units of Object.values(usage)) {
          expect(Number.isSafeInteger(units)).toBe(true);
          expect(units).toBeGreaterThanOrEqual(0);
        }
        for (const whole of ["input", "output"] as const) {
          for (const part of PARTS[whole]) expect(usage[part] ?? 0).toBeLessThanOrEqual(usage[whole] ?? Infinity);
        }
      }),
    );
  });
});

test.each<[unknown, boolean]>([
  [null, false],
  [undefined, false],
  [{}, false],
  [[], false],
  [{ completion_tokens: 1 }, false],
  [{ prompt_tokens: "1" }, true],
  [{ prompt_tokens: -1 }, true],
  [{ prompt_tokens: null }, false],
  [{ prompt_tokens: 0 }, true],
])("usage %p tells: %p", (value, tells) => expect(tellsUsage(value)).toBe(tells));

describe("written", () => {
  const told = (closing: Partial<Closing>) => JSON.parse(JSON.stringify(encodeUsage({ ...CLOSING, ...closing })));

  test("key for key, in the order that was seen", () => {
    const usage = {
      input: 40,
      cache_read: 8,
      cache_write_5m: 3,
      cache_write_1h: 4,
      audio_input: 1,
      output: 9,
      reasoning: 5,
      audio_output: 2,
      image_output: 6,
    };
    expect(JSON.stringify(encodeUsage({ ...CLOSING, usage }))).toBe(
      JSON.stringify({
        prompt_tokens: 40,
        completion_tokens: 9,
        total_tokens: 49,
        cost: 0.000138,
        is_byok: false,
        prompt_tokens_details: { cached_tokens: 8, audio_tokens: 1 },
        cost_details: {
          upstream_inference_cost: null,
          upstream_inference_prompt_cost: 0,
          upstream_inference_completions_cost: 0,
        },
        completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 2, image_tokens: 6 },
        cache_creation_input_tokens: 7,
        market_cost: 0.000138,
      }),
    );
  });

  test("what was not told is left out, never zero", () => {
    expect(told({ usage: { input: 1, output: 2 } })).toMatchObject({
      prompt_tokens_details: {},
      completion_tokens_details: {},
    });
    expect(told({ usage: { input: 1 } })).not.toHaveProperty("cache_creation_input_tokens");
    expect(told({ usage: { input: 1, cache_write_5m: 0 } })).toHaveProperty("cache_creation_input_tokens", 0);
    expect(told({ cost: undefined })).not.toHaveProperty("cost");
    expect(told({ cost: undefined })).not.toHaveProperty("market_cost");
  });

  test("an estimate says so", () => {
    expect(told({ estimated: true }).estimated).toBe(true);
    expect(told({})).not.toHaveProperty("estimated");
  });

  test("with the caller's own credential it costs nothing here, and what it costs there is told", () => {
    expect(told({ byok: true })).toMatchObject({
      cost: 0,
      is_byok: true,
      market_cost: 0.000138,
      cost_details: {
        upstream_inference_cost: 0.000138,
        upstream_inference_prompt_cost: 0.000033,
        upstream_inference_completions_cost: 0.000105,
      },
    });
  });

  test("and read again, it is what it was", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), (input, output, read, reasoning) => {
        const usage = { input, output, cache_read: Math.min(read, input), reasoning: Math.min(reasoning, output) };
        expect(decodeUsage(told({ usage }))).toEqual(usage);
      }),
    );
  });
});
