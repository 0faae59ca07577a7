import type { Finish } from "../../core/event.ts";

/**
 * https://ai.google.dev/api/generate-content#FinishReason, with those of Vertex AI. A word that means that the model failed
 * (a call that cannot be read, a proof that is missing) stands for an answer that nobody should take for one.
 */
const DECODED: Readonly<Record<string, Finish>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  MODEL_ARMOR: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
  MALFORMED_FUNCTION_CALL: "error",
  MALFORMED_RESPONSE: "error",
  UNEXPECTED_TOOL_CALL: "error",
  TOO_MANY_TOOL_CALLS: "error",
  MISSING_THOUGHT_SIGNATURE: "error",
  // As numbers, where somebody asked for `enum-encoding=int`; from 6 on the two APIs count differently.
  "1": "stop",
  "2": "length",
  "3": "content-filter",
  "4": "content-filter",
};

export function decodeFinish(raw: string): Finish {
  return DECODED[raw] ?? "other";
}
