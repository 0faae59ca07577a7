import type { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import { refusal } from "../refusal.ts";

/** The body of the seed, with the members of contract 2.3 beside it. */
export function encodeError(error: GatewayError, generation: string): JsonObject {
  const { metadata } = error.details;
  const { param } = error;
  return {
    error: {
      message: error.message,
      type: error.type,
      ...(param === undefined ? {} : { param }),
      code: error.code,
    },
    generationId: generation,
    ...(metadata === undefined ? {} : { providerMetadata: metadata }),
  };
}

/** An error in band, as OpenAI's SDKs look for it: a `data:` frame with an `error` member. */
export function encodeErrorFrame(error: GatewayError, generation: string): string {
  return `data: ${JSON.stringify(encodeError(error, generation))}\n\n`;
}

/**
 * A provider's refusal. Bodies seen: `{"error": {"message", "type", "code"}}`, `error` a string (xAI), `code` a number
 * (Perplexity, OpenRouter), `{"message"}` or `{"detail"}` without `error` (Mistral, Cohere), `detail` a list (whatever checks with
 * pydantic), a list around it all (Gemini), HTML.
 */
export function decodeError(status: number, headers: HeaderFields, body: string): GatewayError {
  const parsed = parseJson(body);
  const json = Array.isArray(parsed) ? parsed[0] : parsed;
  return refusal({ status, headers, body, ...wordsOf(json) });
}

/** An `error` member inside a 200, in a whole answer or a chunk. Its `code` may be an HTTP status. */
export function decodeErrorValue(error: JsonValue): GatewayError {
  const object = objectAt(error);
  const code = object?.code;
  const status =
    typeof code === "number" && code >= 400 && code < 600 ? code : statusOfType(stringAt(object?.type), stringAt(code));
  return refusal({ status, body: JSON.stringify(error), ...wordsOf({ error }) });
}

function statusOfType(type: string | undefined, code: string | undefined): number {
  const words = `${type ?? ""} ${code ?? ""}`;
  if (/rate_limit|too_many/.test(words)) return 429;
  if (/overloaded|unavailable/.test(words)) return 503;
  if (/invalid_request|bad_request|tool_use_failed|json_validate/.test(words)) return 400;
  return 500;
}

function wordsOf(json: JsonValue | undefined): { message?: string; code?: string; type?: string; param?: string } {
  if (!isObject(json)) return {};
  const error = json.error ?? json;
  if (typeof error === "string") return { message: error };
  if (!isObject(error)) return {};
  const words: { message?: string; code?: string; type?: string; param?: string } = {};
  const message = stringAt(error.message) ?? detailOf(error.detail) ?? detailOf(json.detail);
  if (message !== undefined) words.message = message;
  if (typeof error.code === "string") words.code = error.code;
  if (typeof error.type === "string") words.type = error.type;
  if (typeof error.param === "string") words.param = error.param;
  return words;
}

/** A text, or a list of what is wrong and where: https://fastapi.tiangolo.com/tutorial/handling-errors/#requestvalidationerror-vs-validationerror */
function detailOf(detail: JsonValue | undefined): string | undefined {
  if (!Array.isArray(detail)) return stringAt(detail);
  const told = detail.flatMap((entry) => {
    const wrong = objectAt(entry);
    const text = stringAt(wrong?.msg);
    if (text === undefined) return [];
    return Array.isArray(wrong?.loc) ? `${wrong.loc.join(".")}: ${text}` : text;
  });
  return told.length === 0 ? undefined : told.join("; ");
}
