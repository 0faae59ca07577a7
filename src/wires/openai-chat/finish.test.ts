import { expect, test } from "bun:test";
import type OpenAI from "openai";
import type { Finish } from "../../core/event.ts";
import { decodeFinish, encodeFinish } from "./finish.ts";

type Reason = OpenAI.ChatCompletion.Choice["finish_reason"];

/** Every reason that the SDK knows: a new one does not compile. */
const REASONS: Record<Reason, Finish> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

test.each(Object.entries(REASONS))("%s is %s", (reason, finish) => expect(decodeFinish(reason)).toBe(finish));

test.each<[string, Finish]>([
  ["eos", "stop"],
  ["model_length", "length"],
  ["error", "error"],
])("a provider's own %s is %s", (reason, finish) => expect(decodeFinish(reason)).toBe(finish));

test.each(["SAFETY", "", "constructor", "hasOwnProperty", "__proto__"])(
  "%p, which nobody knows, is `other`",
  (reason) => {
    expect(decodeFinish(reason)).toBe("other");
  },
);

test("what is written is always a word that clients know", () => {
  const all: Record<Finish, Reason> = {
    stop: "stop",
    length: "length",
    "tool-calls": "tool_calls",
    "content-filter": "content_filter",
    refusal: "content_filter",
    pause: "stop",
    error: "stop",
    other: "stop",
  };
  for (const [finish, reason] of Object.entries(all)) expect(encodeFinish(finish as Finish)).toBe(reason);
});
