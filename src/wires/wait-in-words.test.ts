import { expect, test } from "bun:test";
import { refusal } from "./refusal.ts";
import { waitInWords } from "./wait-in-words.ts";

test.each<[string, number | undefined]>([
  ["Rate limit reached for gpt-4o. Please try again in 20s. Visit https://platform.openai.com", 20_000],
  ["Please try again in 1m47.5854s. Need more tokens?", 107_586],
  ["Please try again in 7m12s.", 432_000],
  ["Please try again in 6m0s", 360_000],
  ["Please try again in 1h2m3s", 3_723_000],
  ["Please try again in 399ms. Visit", 399],
  ["You exceeded your current quota.\nPlease retry in 48.939935699s.", 48_940],
  ["Please reduce your message size and try again.", undefined],
  ["Please try again in a moment", undefined],
  ["Please try again in 5 minutes", undefined],
  ["Please try again in 20seconds", undefined],
  ["Try again in ", undefined],
  ["", undefined],
])("%s", (message, ms) => expect(waitInWords({ message, body: "" })).toBe(ms));

test("is found in Google's own words for it, whatever the format around them", () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "19.5s" }];
  const body = JSON.stringify([{ error: { code: 429, message: "Resource exhausted", details } }], null, 2);
  expect(waitInWords({ message: "Resource exhausted", body })).toBe(19_500);
});

test("counts where no header says it, and only for what passes", () => {
  const message = "Rate limit reached. Please try again in 20s.";
  const waitOf = (status: number, headers: Record<string, string> = {}) =>
    refusal({ status, body: "", message, headers: new Headers(headers) }).details.retryAfterMs;
  expect([waitOf(429), waitOf(503), waitOf(429, { "retry-after": "7" })]).toEqual([20_000, 20_000, 7_000]);
  expect([waitOf(400), waitOf(401), waitOf(500)]).toEqual([undefined, undefined, undefined]);
});

test("however long a message is, it is read at once", () => {
  const message = "try again in 1".repeat(100_000);
  expect(waitInWords({ message, body: message })).toBeUndefined();
});
