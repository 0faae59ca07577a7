import { expect, test } from "bun:test";
import { limitsInWords, mayAsk, someInWords } from "./key-words.ts";

test("limits of its own are told, and those that are none", () => {
  expect(limitsInWords(undefined)).toBeUndefined();
  expect(limitsInWords({})).toBeUndefined();
  expect(limitsInWords({ requests_per_minute: 60, tokens_per_minute: null, concurrent_streams: 0 })).toBe(
    "60 req/min · any tok/min · 0 streams",
  );
});

test("of several the first is told", () => {
  expect(someInWords([])).toBeUndefined();
  expect(someInWords(["a"])).toBe("a");
  expect(someInWords(["a", "b", "c"])).toBe("a and 2 more");
});

test("a model is tried that the key may ask for", () => {
  expect(mayAsk(undefined, "openai/gpt-5")).toBeTrue();
  expect(mayAsk(["openai/*"], "openai/gpt-5")).toBeTrue();
  expect(mayAsk(["openai/*"], "openai-like/gpt-5")).toBeFalse();
  expect(mayAsk(["*"], "openai/gpt-5")).toBeTrue();
  expect(mayAsk(["openai/gpt-5"], "openai/gpt-5-mini")).toBeFalse();
});
