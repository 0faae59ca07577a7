import type { Finish } from "../../core/event.ts";

/** https://platform.claude.com/docs/en/api/handling-stop-reasons */
const DECODED: Record<string, Finish> = {
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
