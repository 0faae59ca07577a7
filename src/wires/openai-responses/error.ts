import type { GatewayError } from "../../core/error.ts";
import { type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import { decodeErrorValue, encodeError } from "../openai-chat/error.ts";

export { decodeError, encodeError } from "../openai-chat/error.ts";

/** Codes of a failed response that say something of the provider; every other one says something of the request. */
const PROVIDERS_OWN = /server_error|rate_limit|quota|overloaded|unavailable|timeout/;

/** An `error` event, or the error of a response that has failed. https://platform.openai.com/docs/api-reference/responses-streaming/error */
export function decodeFailure(told: JsonValue | undefined): GatewayError {
  const error = objectAt(told);
  const code = stringAt(error?.code);
  if (error === undefined || code === undefined || typeof error.type === "string" || PROVIDERS_OWN.test(code))
    return decodeErrorValue(told ?? { message: "The provider ended the answer with an error." });
  return decodeErrorValue({ ...error, type: "invalid_request_error" });
}

/**
 * The last that a client reads of a stream that broke: `response.failed` for those who wait for a response, then `error`, at which
 * OpenAI's own clients throw. The latter says it both as it is documented, flat, and as it was recorded, nested.
 */
export function failureFrames(
  error: GatewayError,
  generation: string,
  response: JsonObject,
  sequenceNumber: number,
): string {
  const { message, code, details } = error;
  const { error: told, ...beside } = encodeError(error, generation);
  const param = details.param ?? null;
  const failed = {
    type: "response.failed",
    sequence_number: sequenceNumber,
    response: { ...response, status: "failed", error: { code, message } },
  };
  const last = {
    type: "error",
    sequence_number: sequenceNumber + 1,
    code,
    message,
    param,
    error: { param, ...objectAt(told) },
    ...beside,
  };
  return frameOf(failed) + frameOf(last);
}

/** The same where nothing has been said yet. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  return failureFrames(error, generation, { id: generation, object: "response", output: [] }, 0);
}

/** An event as this wire writes it: its type on a line of its own, and once more inside. */
export function frameOf(event: { readonly type: string } & JsonObject): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
