import { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import { isAccountRefused } from "../account-refusal.ts";
import { refusal, type Words } from "../refusal.ts";

/** A refusal: `{"error": <google.rpc.Status>}`, or a list of one. https://cloud.google.com/apis/design/errors */
export function decodeError(status: number, headers: HeaderFields, body: string): GatewayError {
  const parsed = parseJson(body);
  const [first] = arrayAt(parsed) ?? [parsed];
  return errorOf(objectAt(objectAt(first)?.error) ?? {}, { status, headers, body });
}

/** An error inside a 200: its `code` is the status. */
export function decodeErrorValue(error: JsonValue | undefined): GatewayError {
  const words = objectAt(error) ?? {};
  const code = typeof words.code === "number" && words.code >= 400 && words.code < 600 ? words.code : 500;
  return errorOf(words, { status: code, body: JSON.stringify(error ?? null) });
}

function errorOf(words: JsonObject, told: Words): GatewayError {
  const message = stringAt(words.message);
  const code = stringAt(words.status);
  const details = (arrayAt(words.details) ?? []).filter(isObject);
  const error = refusal({
    ...told,
    // A wrong key is a 400 here.
    status: details.some(isOurs) ? 401 : told.status,
    ...(message === undefined ? {} : { message }),
    ...(code === undefined ? {} : { code }),
  });
  const upstream = error.details.upstream && { ...error.details.upstream, status: told.status };
  const wait = error.details.retryAfterMs ?? retryDelayMs(details);
  return new GatewayError(error.code, error.message, {
    ...error.details,
    ...(upstream === undefined ? {} : { upstream }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

function isOurs({ reason }: JsonObject): boolean {
  return typeof reason === "string" && isAccountRefused({ code: reason });
}

const DAY_MS = 86_400_000;

/** `google.rpc.RetryInfo`: a duration such as `48.939935699s`. */
function retryDelayMs(details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay } of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(stringAt(retryDelay) ?? "")?.[1];
    const wait = Math.ceil(Number(seconds) * 1000);
    if (wait >= 0 && wait <= DAY_MS) return wait;
  }
  return undefined;
}
