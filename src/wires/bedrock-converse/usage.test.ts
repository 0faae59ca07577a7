import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { decodeUsage } from "./usage.ts";

describe("the whole input is what was fresh, read and written", () => {
  test.each<[string, JsonObject, object]>([
    ["plain", { inputTokens: 12, outputTokens: 7, totalTokens: 19 }, { input: 12, output: 7 }],
    [
      "read and written",
      { inputTokens: 3, outputTokens: 61, cacheReadInputTokens: 2074, cacheWriteInputTokens: 297 },
      { input: 2374, cache_read: 2074, cache_write_5m: 297, output: 61 },
    ],
    [
      "under the older names alone",
      { inputTokens: 3, outputTokens: 61, cacheReadInputTokenCount: 10, cacheWriteInputTokenCount: 20 },
      { input: 33, cache_read: 10, cache_write_5m: 20, output: 61 },
    ],
    [
      "written for an hour",
      {
        inputTokens: 3,
        cacheWriteInputTokens: 300,
        cacheDetails: [
          { ttl: "5m", inputTokens: 100 },
          { ttl: "1h", inputTokens: 200 },
        ],
      },
      { input: 303, cache_write_5m: 100, cache_write_1h: 200 },
    ],
    ["zero is told", { inputTokens: 0, cacheReadInputTokens: 0 }, { input: 0, cache_read: 0 }],
    ["absent is not", {}, {}],
    ["nonsense neither", { inputTokens: -1, outputTokens: "7", cacheReadInputTokens: 1e300, cacheDetails: {} }, {}],
  ])("%s", (_, raw, usage) => {
    expect(decodeUsage(raw)).toEqual(usage);
  });
});
