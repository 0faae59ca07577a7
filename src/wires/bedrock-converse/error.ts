import { GatewayError } from "../../core/error.ts";
import type { HeaderFields } from "../../core/headers.ts";
import { objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import { refusal } from "../refusal.ts";

/**
 * What each exception means as a status, whatever the status it comes with: in a stream it comes with none, and some come with
 * one that says otherwise elsewhere. A model that fails (424) or takes too long (408) is no fault of the request.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
 */
const MEANS: Readonly<Record<string, number>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  ValidationException: 400,
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  ResourceNotFoundException: 404,
  ModelNotReadyException: 429,
  ServiceQuotaExceededException: 429,
  ThrottlingException: 429,
  InternalServerException: 500,
  ModelErrorException: 500,
  ModelStreamErrorException: 500,
  ModelTimeoutException: 500,
  ServiceUnavailableException: 503,
};

/**
 * Validation that complains of our name for the model, not of what the client sent: which it repeats in quotes, or behind what the
 * model's maker says, and which must not be able to speak against the endpoint.
 */
const ABOUT_THE_NAME =
  /^(?!the model returned)[^'"`]{0,300}(model identifier is invalid|on-demand throughput isn.t supported|model ID or ARN)/i;

/** The models' makers say it each in their own words. */
const TOO_LONG =
  /input is too long|input tokens exceeded|prompt is too long|too many (input )?tokens|context (length|window)/i;

/** A refusal: the exception's name in `x-amzn-errortype`, and `{"message"}`. */
export function decodeError(status: number, headers: HeaderFields, body: string): GatewayError {
  const told = objectAt(parseJson(body));
  const named = headers.get("x-amzn-errortype") ?? stringAt(told?.__type) ?? "";
  return errorOf(status, nameOf(named), body, headers);
}

/** An exception in the middle of a stream, named with a small letter there. */
export function decodeException(name: string, body: string): GatewayError {
  return errorOf(undefined, nameOf(name), body);
}

function errorOf(status: number | undefined, type: string, body: string, headers?: HeaderFields): GatewayError {
  const told = objectAt(parseJson(body));
  // The services behind AWS's door write either.
  const message = stringAt(told?.message) ?? stringAt(told?.Message) ?? "";
  const words = {
    status: meant(status, type, message),
    body,
    ...(headers === undefined ? {} : { headers }),
    ...(message === "" ? {} : { message }),
    ...(TOO_LONG.test(message) ? { code: "context_length_exceeded" } : { code: type }),
  };
  const { code, message: text, details } = refusal(words);
  // For the record as it came: its own status, its own name.
  const upstream = present({
    ...details.upstream,
    status: status ?? words.status,
    code: type === "" ? undefined : type,
  });
  return new GatewayError(code, text, { ...details, upstream });
}

/** The status that says what happened, whatever the one it came with. */
function meant(status: number | undefined, type: string, message: string): number {
  if (ABOUT_THE_NAME.test(message)) return 404;
  return MEANS[type] ?? (status === 424 || status === 408 ? 500 : (status ?? 500));
}

/** `ValidationException:http://…`, `com.amazon.coral.service#ExpiredTokenException`, `throttlingException` → the name alone. */
function nameOf(text: string): string {
  const name = text.slice(text.indexOf("#") + 1).split(":")[0]!;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
