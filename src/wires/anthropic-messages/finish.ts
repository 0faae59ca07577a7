import type { Finish } from "../../core/event.ts";

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
