import type { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
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
