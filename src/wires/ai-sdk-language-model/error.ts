import type { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import { encodeError as encodeNested } from "../openai-chat/error.ts";

/**
 * The nested body that the client makes a typed error of (contract 2.3). A model that is not there is named in an object; that
 * nobody may serve is the request's own fault, for which the client has one class.
 */
export function encodeError(error: GatewayError, generation: string): JsonObject {
  const body = encodeNested(error, generation);
  const told = body.error as JsonObject;
  if (told.type === "no_providers_available") told.type = "invalid_request_error";
  if (error.details.model !== undefined) told.param = { modelId: error.details.model };
  return body;
}

/** An error in band: a part of the stream, and its last. The client shows its user what is within. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  const body = encodeError(error, generation);
  const told = { ...(body.error as JsonObject), statusCode: error.status, generationId: generation };
  return `data: ${JSON.stringify({ type: "error", ...body, error: told })}\n\n`;
}
