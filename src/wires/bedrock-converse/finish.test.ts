import { expect, test } from "bun:test";
import { decodeFinish } from "./finish.ts";

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["guardrail_intervened", "content-filter"],
  ["content_filtered", "content-filter"],
  ["malformed_model_output", "error"],
  ["malformed_tool_use", "error"],
  ["a_new_reason", "other"],
  ["constructor", "other"],
])("%s is %s", (raw, finish) => {
  expect<string>(decodeFinish(raw)).toBe(finish);
});
