import { Refusal, type Vendor } from "../answer.ts";
import { anthropicRequestId } from "../chance.ts";
import { dateLine } from "../http.ts";
import type { JsonObject } from "../json.ts";

const OVERLOADED =
  'event: error\ndata: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}\n\n';

/** The manners of Anthropic. */
export const anthropic: Vendor = {
  headers(promptTokens) {
    const now = Date.now();
    return `${dateLine(now)}${limitLines(promptTokens, now)}request-id: ${anthropicRequestId()}\r\n${PROXY}`;
  },

  admit(headers) {
    const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    const key = headers["x-api-key"] ?? bearer;
    if (key === undefined || key === "") throw errorOf(401, "authentication_error", "x-api-key header is required");
    if (key.startsWith("sk-bad")) {
      throw errorOf(401, "authentication_error", bearer === key ? "Invalid bearer token" : "invalid x-api-key");
    }
  },

  refusal(status, { scenario, model, path }) {
    if (scenario["no-credit"]) return errorOf(status, "invalid_request_error", NO_CREDIT);
    if (scenario["too-long"])
      return errorOf(status, "invalid_request_error", "prompt is too long: 200002 tokens > 200000 maximum");
    const [type, message] = ERRORS[status] ?? (status < 500 ? ERRORS[400] : ERRORS[500])!;
    const missing = status === 404 ? (model === "" ? `Not found: ${path}` : `model: ${model}`) : undefined;
    return errorOf(status, type, scenario.message ?? missing ?? message);
  },

  notJson() {
    return invalid("The request body is not valid JSON: expected an object");
  },

  unreadable(message) {
    return invalid(message);
  },

  emptyAccount: 400,
  ping: 'event: ping\ndata: {"type": "ping"}\n\n',
  failure: OVERLOADED,
};

/** A 400 as the API gives it. */
export function invalid(message: string): Refusal {
  return errorOf(400, "invalid_request_error", message);
}

/**
 * The answer to a request within a message thread. Nothing is stored here, as for an organization that may not use
 * them; the SDK's tool runner then sends the whole history.
 */
export function threadUnsupported(): Refusal {
  const message =
    "Message threads are not supported for this organization. Send the full conversation without `thread`.";
  return errorOf(400, "invalid_request_error", message, {
    error_code: "thread_unsupported_request",
    unsupported: null,
  });
}

function errorOf(status: number, type: string, message: string, details?: JsonObject): Refusal {
  const error = details === undefined ? { type, message } : { details, type, message };
  const body = { type: "error", error, request_id: anthropicRequestId() };
  const again = status === 429 || status >= 500;
  return new Refusal(status, JSON.stringify(body), `x-should-retry: ${again}\r\n`);
}

const NO_CREDIT =
  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";

/** The types are those of the SDK (@anthropic-ai/sdk 1.12.0); they are told apart by the status alone. */
const ERRORS: Record<number, [type: string, message: string]> = {
  400: ["invalid_request_error", "The simulator was asked to refuse this."],
  401: ["authentication_error", "invalid x-api-key"],
  402: ["billing_error", "There is an issue with your billing or payment information."],
  403: ["permission_error", "Your API key does not have permission to use the specified resource."],
  404: ["not_found_error", "Not found"],
  405: ["invalid_request_error", "Method Not Allowed"],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: [
    "rate_limit_error",
    "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer to:" +
      " https://docs.claude.com/en/api/rate-limits.",
  ],
  500: ["api_error", "Internal server error"],
  504: ["timeout_error", "Request timed out"],
  529: ["overloaded_error", "Overloaded"],
};

const INPUT_LIMIT = 8_000_000;
const OUTPUT_LIMIT = 1_500_000;
const PROXY =
  "anthropic-organization-id: 00000000-0000-4000-8000-000000000000\r\nvia: 1.1 google\r\ncf-cache-status: DYNAMIC\r\n" +
  "x-robots-tag: none\r\nserver: cloudflare\r\n";

let stampedSecond = -1;
let stamp = "";

function limitLines(promptTokens: number, now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== stampedSecond) {
    stampedSecond = second;
    stamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  // Remaining tokens are told in thousands.
  const input = Math.floor((INPUT_LIMIT - promptTokens) / 1000) * 1000;
  return (
    limit("requests", 10_000, 9_999) +
    limit("tokens", INPUT_LIMIT + OUTPUT_LIMIT, input + OUTPUT_LIMIT) +
    limit("input-tokens", INPUT_LIMIT, input) +
    limit("output-tokens", OUTPUT_LIMIT, OUTPUT_LIMIT)
  );
}

function limit(what: string, most: number, left: number): string {
  const name = `anthropic-ratelimit-${what}`;
  return `${name}-limit: ${most}\r\n${name}-remaining: ${left}\r\n${name}-reset: ${stamp}\r\n`;
}
