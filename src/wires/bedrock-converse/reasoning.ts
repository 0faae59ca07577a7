import { type JsonObject, jsonObject } from "../../core/json.ts";
import type { Dropped, ReasoningPart } from "../../core/request.ts";

/** The format under which Claude's thinking signatures travel (contract 3.1.5). No other model here signs its thinking. */
export const FORMAT = "anthropic-claude-v1";

/** Withheld thinking that is no text of Claude's, in Bedrock's own base64. */
export const SEALED_FORMAT = "bedrock-converse-v1";

/**
 * Withheld thinking: Claude's is a text, the same that Claude says elsewhere, and Bedrock wraps it in base64. Signatures and
 * withheld thinking hold wherever Claude is served:
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking#thinking-encryption
 */
export function unsealed(bytes: Buffer): { redacted: string; format: string } {
  const text = bytes.toString("latin1");
  if (/^[\x20-\x7e]+$/.test(text)) return { redacted: text, format: FORMAT };
  return { redacted: bytes.toString("base64"), format: SEALED_FORMAT };
}

/** Thinking goes back only with its own proof; what has none or another's is left out. */
export function encodeReasoning(part: ReasoningPart, dropped: Set<Dropped>): JsonObject[] {
  const { text, signature, redacted, encrypted, format } = part;
  const sealed = redacted ?? encrypted;
  if (sealed !== undefined && format === FORMAT) return [withheld(Buffer.from(sealed).toString("base64"))];
  if (sealed !== undefined && format === SEALED_FORMAT) return [withheld(sealed)];
  if (signature?.format === FORMAT)
    return [{ reasoningContent: { reasoningText: jsonObject({ text, signature: signature.value }) } }];
  dropped.add(signature === undefined && sealed === undefined ? "reasoning" : "reasoning_details");
  return [];
}

function withheld(redactedContent: string): JsonObject {
  return { reasoningContent: { redactedContent } };
}
