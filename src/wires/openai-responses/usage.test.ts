import { expect, test } from "bun:test";
import { CLOSING } from "../fixtures/facts.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

test("what was written to the cache is one count there, for however long it lives", () => {
  const usage = { input: 90, cache_write_5m: 20, cache_write_1h: 30, output: 7 };
  const told = encodeUsage({ ...CLOSING, usage });
  expect(told).toMatchObject({ input_tokens: 90, input_tokens_details: { cache_write_tokens: 50 } });
  expect(decodeUsage(told)).toEqual({ input: 90, cache_write_5m: 50, output: 7 });
});

test("a write that nobody told is not told as none", () => {
  const told = encodeUsage({ ...CLOSING, usage: { input: 90, cache_read: 3, output: 7 } });
  expect(told.input_tokens_details).toEqual({ cached_tokens: 3 });
});
