import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../core/json.ts";
import { costOf } from "../../core/money.ts";
import { METERS, type Usage } from "../../core/usage.ts";
import { decodeUsage, encodeUsage, laidOver } from "./usage.ts";

describe("input is what was fresh, read and written together", () => {
  test.each<[string, JsonObject, object]>([
    ["nothing cached", { input_tokens: 25, output_tokens: 1 }, { input: 25, output: 1 }],
    [
      "read and written",
      { input_tokens: 21, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 80, output_tokens: 5 },
      { input: 1_101, cache_read: 1_000, cache_write_5m: 80, output: 5 },
    ],
    [
      "written for two times",
      {
        input_tokens: 1,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      },
      { input: 31, cache_write_5m: 10, cache_write_1h: 20 },
    ],
    [
      "written, with the times alone",
      { input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 } },
      { input: 31, cache_write_5m: 10, cache_write_1h: 20 },
    ],
    [
      "written, with the longer time alone",
      { input_tokens: 1, cache_creation_input_tokens: 30, cache_creation: { ephemeral_1h_input_tokens: 20 } },
      { input: 31, cache_write_5m: 10, cache_write_1h: 20 },
    ],
    [
      "thinking and searches",
      {
        input_tokens: 1,
        output_tokens: 9,
        output_tokens_details: { thinking_tokens: 4 },
        server_tool_use: { web_search_requests: 2 },
      },
      { input: 1, output: 9, reasoning: 4, searches: 2 },
    ],
  ])("%s", (_, raw, usage) => expect(decodeUsage(raw)).toEqual(usage));
});

describe("absent is not zero", () => {
  test("in a report of the output alone", () => expect(decodeUsage({ output_tokens: 7 })).toEqual({ output: 7 }));
  test("where null stands", () => {
    expect(decodeUsage({ input_tokens: null, cache_creation: null, server_tool_use: null, output_tokens: 7 })).toEqual({
      output: 7,
    });
  });
  test("a zero that was told is one", () => {
    expect(decodeUsage({ input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 })).toEqual({
      input: 0,
      cache_read: 0,
      cache_write_5m: 0,
    });
  });
});

describe("what a provider makes up", () => {
  test("more written for an hour than was written is not less than nothing for five minutes", () => {
    expect(
      decodeUsage({
        input_tokens: 5,
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_1h_input_tokens: 100 },
      }),
    ).toEqual({ input: 15, cache_write_5m: 0, cache_write_1h: 15 });
  });
  test("more thinking than was written at all is as much", () => {
    const raw = { output_tokens: 5, output_tokens_details: { thinking_tokens: 50 } };
    expect(decodeUsage(raw)).toEqual({ output: 5, reasoning: 5 });
  });
  test("a sum beyond any exact number is not told", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(decodeUsage({ input_tokens: most, cache_read_input_tokens: most }).input).toBeUndefined();
  });
  test("whatever it is, every count is a whole number from 0 and costs from 0", () => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(-1, "5", 1.5, 1e300, 2 ** 53, Number.MAX_SAFE_INTEGER, null, true, [], {}),
      fc.nat(1_000),
    );
    const members = {
      input_tokens: odd,
      output_tokens: odd,
      cache_read_input_tokens: odd,
      cache_creation_input_tokens: odd,
      cache_creation: fc.oneof(
        odd,
        fc.record({ ephemeral_5m_input_tokens: odd, ephemeral_1h_input_tokens: odd }, { requiredKeys: [] }),
      ),
      output_tokens_details: fc.oneof(odd, fc.record({ thinking_tokens: odd })),
    };
    const rates = Object.fromEntries(METERS.map((meter) => [meter, 3_000_000]));
    fc.assert(
      fc.property(fc.record(members, { requiredKeys: [] }), (raw) => {
        const usage = decodeUsage(raw as JsonObject);
        for (const units of Object.values(usage)) {
          expect(Number.isSafeInteger(units)).toBe(true);
          expect(units).toBeGreaterThanOrEqual(0);
        }
        const cost = costOf(usage, { rates });
        expect(cost.input).toBeGreaterThanOrEqual(0);
        expect(cost.output).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

const closing = (usage: Usage | undefined, estimated = false) => ({
  usage,
  estimated,
  cost: undefined,
  byok: false,
  metadata: {},
});

test("what is told to a client is what was counted", () => {
  const tokens = fc.nat(1_000_000);
  const some = fc.option(tokens, { nil: undefined });
  fc.assert(
    fc.property(
      tokens,
      tokens,
      some,
      some,
      some,
      some,
      some,
      (fresh, output, read, short, long, reasoning, searches) => {
        // Both kinds of writing are known, or neither is.
        const written = short === undefined || long === undefined ? undefined : { short, long };
        const usage: Usage = {
          input: fresh + (read ?? 0) + (written === undefined ? 0 : written.short + written.long),
          output,
          ...(read === undefined ? {} : { cache_read: read }),
          ...(written === undefined ? {} : { cache_write_5m: written.short, cache_write_1h: written.long }),
          ...(reasoning === undefined ? {} : { reasoning: Math.min(reasoning, output) }),
          ...(searches === undefined ? {} : { searches }),
        };
        const told = encodeUsage(closing(usage));
        expect(decodeUsage(told)).toEqual(usage);
        expect(told.input_tokens).toBe(fresh);
      },
    ),
  );
});

test("nothing told is nothing, and an estimate is marked", () => {
  expect(encodeUsage(closing(undefined))).toEqual({ input_tokens: 0, output_tokens: 0 });
  expect(encodeUsage(closing({ input: 3, output: 4 }, true))).toEqual({
    input_tokens: 3,
    output_tokens: 4,
    estimated: true,
  });
});

test("laid over the provider's own, what is no count there is not told: a client adds them up", () => {
  const theirs = {
    input_tokens: -1,
    cache_read_input_tokens: "9",
    cache_creation_input_tokens: 2 ** 60,
    output_tokens: 1,
  };
  expect(laidOver(theirs, closing({ input: 9, output: 8 }))).toEqual({ input_tokens: 9, output_tokens: 8 });
  const none = { input_tokens: 1, cache_read_input_tokens: null, output_tokens: 1 };
  expect(laidOver(none, closing({ input: 9, output: 8 }))).toHaveProperty("cache_read_input_tokens", null);
});

test("laid over the provider's own, its other members stay", () => {
  const theirs = {
    input_tokens: 1,
    output_tokens: 1,
    service_tier: "standard",
    server_tool_use: { web_fetch_requests: 2, web_search_requests: 0 },
    output_tokens_details: { thinking_tokens: 0, more: 1 },
  };
  expect(laidOver(theirs, closing({ input: 9, output: 8, reasoning: 5, searches: 1 }))).toEqual({
    input_tokens: 9,
    output_tokens: 8,
    service_tier: "standard",
    server_tool_use: { web_fetch_requests: 2, web_search_requests: 1 },
    output_tokens_details: { thinking_tokens: 5, more: 1 },
  });
});
