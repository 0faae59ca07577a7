import type { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";

/** Cohere's body is the message (contract 2.3); what other doors tell stands beside it. */
export function encodeError(error: GatewayError, generation: string): JsonObject {
  const { metadata } = error.details;
  const { param } = error;
  return {
    message: error.message,
    type: error.type,
    ...(param === undefined ? {} : { param }),
    code: error.code,
    generationId: generation,
    ...(metadata === undefined ? {} : { providerMetadata: metadata }),
  };
}

/** It has no streams; should one ever end so, it is told the same. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  return `data: ${JSON.stringify(encodeError(error, generation))}\n\n`;
}
