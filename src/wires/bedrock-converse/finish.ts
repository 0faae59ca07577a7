import type { Finish } from "../../core/event.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseElements */
const DECODED: Readonly<Record<string, Finish>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  guardrail_intervened: "content-filter",
  content_filtered: "content-filter",
  malformed_model_output: "error",
  malformed_tool_use: "error",
};

export function decodeFinish(raw: string): Finish {
  return DECODED[raw] ?? "other";
}
