import type { Finish } from "../../core/event.ts";

/** What providers of this wire write as `finish_reason`, in our words. `eos`: Together, seen 2024; `function_call`: OpenAI's old form. */
const DECODED: Readonly<Record<string, Finish>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  stop: "stop",
  eos: "stop",
  length: "length",
  model_length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  error: "error",
};

/** The words that clients of this wire know; a word outside this list breaks strictly typed ones. */
const ENCODED = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  pause: "stop",
  error: "stop",
  other: "stop",
} as const satisfies Record<Finish, string>;

export function decodeFinish(raw: string): Finish {
  return DECODED[raw] ?? "other";
}

export function encodeFinish(finish: Finish): string {
  return ENCODED[finish];
}
