import type { Finish } from "../../core/event.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Edition } from "./schema.ts";

/** The words of every edition. The AI SDK's own providers tell a refusal and a pause so. */
const UNIFIED = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool-calls",
  "content-filter": "content-filter",
  refusal: "content-filter",
  pause: "stop",
  error: "error",
  other: "other",
} as const satisfies Record<Finish, string>;

/** `finishReason`: a word in the second edition, the word beside the provider's own since. */
export function encodeFinish(finish: Finish, raw: string | null, edition: Edition): JsonValue {
  const unified = UNIFIED[finish];
  if (edition === "v2") return unified;
  return raw === null ? { unified } : { unified, raw };
}
