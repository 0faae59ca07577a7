import type { Finish } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";

/** https://platform.claude.com/docs/en/api/handling-stop-reasons */
const DECODED: Readonly<Record<string, Finish>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "refusal",
};

export function decodeFinish(raw: string): Finish {
  return DECODED[raw] ?? "other";
}

/** The words that clients of this wire know; a word outside this list breaks strictly typed ones. */
const ENCODED = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
  error: "end_turn",
  other: "end_turn",
} as const satisfies Record<Finish, string>;

/** `stop_reason` and `stop_sequence`. */
export function encodeFinish(finish: Finish, stopSequence: string | undefined): JsonObject {
  const reason = finish === "stop" && stopSequence !== undefined ? "stop_sequence" : ENCODED[finish];
  return { stop_reason: reason, stop_sequence: stopSequence ?? null };
}
