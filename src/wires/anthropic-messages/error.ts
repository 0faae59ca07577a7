import { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  objectAt,
  parseJson,
  stringAt,
} from "../../core/json.ts";
import { refusal } from "../refusal.ts";

/** What each error type means as a status, for errors that come inside a stream. https://platform.claude.com/docs/en/api/errors */
const STATUS: Readonly<Record<string, number>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The types that Anthropic's SDK and clients know, by status. https://platform.claude.com/docs/en/api/errors */
const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
};

function typeOf({ code, status }: GatewayError): string {
  if (code === "upstream_overloaded" || code === "shutting_down") return "overloaded_error";
  return TYPES[status] ?? (status >= 500 && status !== 501 ? "api_error" : "invalid_request_error");
}

/**
 * A thread is a conversation that Anthropic keeps, of which a request sends only what is new: kept in an account that all clients
 * share, and nowhere else at all. Anthropic's client begins one for its tool runner, and goes on without when it is told so.
 * @throws GatewayError `unsupported`
 */
export function refuseThread(thread: JsonValue | undefined): void {
  if (!isObject(thread)) return;
  const message = "Message threads are not supported here. Send the full conversation without `thread`.";
  throw new GatewayError("unsupported", message, { param: "thread" });
}

const isThread = ({ code, details }: GatewayError) => code === "unsupported" && details.param === "thread";

/** The body of contract 2.3, with the gateway's own code and the field that is wrong beside it. */
export function encodeError(error: GatewayError, generation: string): JsonObject {
  const { message, code, details } = error;
  return jsonObject({
    type: "error",
    error: jsonObject({
      details: isThread(error) ? { error_code: "thread_unsupported_request", unsupported: null } : undefined,
      type: typeOf(error),
      message,
      code,
      param: error.param,
    }),
    request_id: generation,
    provider_metadata: details.metadata,
  });
}

/** An error in band: the last event of its stream. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  return `event: error\ndata: ${JSON.stringify(encodeError(error, generation))}\n\n`;
}

/** A refusal: `{"type": "error", "error": {"type", "message"}}`. */
export function decodeError(status: number, headers: HeaderFields, body: string): GatewayError {
  return refusal({ status, headers, body, ...wordsOf(objectAt(parseJson(body))?.error) });
}

/** An `error` event, or an error inside a 200. */
export function decodeErrorValue(error: JsonValue | undefined): GatewayError {
  const words = wordsOf(error);
  const status = STATUS[words.type ?? ""] ?? 500;
  return refusal({ status, body: JSON.stringify(error ?? null), ...words });
}

function wordsOf(value: JsonValue | undefined): { message?: string; type?: string } {
  const error = objectAt(value);
  const words: { message?: string; type?: string } = {};
  const message = stringAt(error?.message);
  const type = stringAt(error?.type);
  if (message !== undefined) words.message = message;
  if (type !== undefined) words.type = type;
  return words;
}
