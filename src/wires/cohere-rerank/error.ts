import type { GatewayError } from "../../core/error.ts";
import { type JsonObject, objectAt } from "../../core/json.ts";
import { encodeError as encodeNested } from "../openai-chat/error.ts";

/** Cohere's body is the message (contract 2.3); what other doors tell stands beside it. */
export function encodeError(error: GatewayError, generation: string): JsonObject {
  const { error: told, ...beside } = encodeNested(error, generation);
  return { ...objectAt(told), ...beside };
}

/** It has no streams; should one ever end so, it is told the same. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  return `data: ${JSON.stringify(encodeError(error, generation))}\n\n`;
}
