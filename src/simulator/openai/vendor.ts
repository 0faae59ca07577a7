import { type About, Refusal, type Vendor } from "../answer.ts";
import { openaiRequestId } from "../chance.ts";
import { dateLine } from "../http.ts";

/** OpenAI itself, and Azure: others that speak its format have members of their own. */
export const OWN_PATH = /^(\/(v1|openai|azure)\b|\/chat\/)/;

const TOKEN_LIMIT = 30_000_000;

/** Lines that are the same in every answer, such as a proxy in front of the provider adds them. */
const STANDING =
  "access-control-expose-headers: X-Request-ID\r\nopenai-organization: simulated\r\nopenai-version: 2020-10-01\r\n" +
  "x-ratelimit-limit-requests: 10000\r\n" +
  `x-ratelimit-limit-tokens: ${TOKEN_LIMIT}\r\nx-ratelimit-remaining-requests: 9999\r\n`;
const PROXY =
  "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\nx-content-type-options: nosniff\r\n" +
  "cf-cache-status: DYNAMIC\r\nset-cookie: __cf_bm=simulated; path=/; domain=.api.openai.com; HttpOnly; Secure\r\n" +
  "server: cloudflare\r\n";

/** The manners of OpenAI. */
export const openai: Vendor = {
  headers(promptTokens) {
    return (
      `${dateLine(Date.now())}${STANDING}openai-processing-ms: 12\r\n` +
      `x-ratelimit-remaining-tokens: ${Math.max(0, TOKEN_LIMIT - promptTokens)}\r\nx-ratelimit-reset-requests: 6ms\r\n` +
      `x-ratelimit-reset-tokens: 0s\r\nx-request-id: ${openaiRequestId()}\r\n${PROXY}`
    );
  },

  admit(headers) {
    // Azure takes the key in a header of its own.
    const key = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? headers["api-key"];
    if (key === undefined) throw new Refusal(401, errorBody(NO_KEY, "invalid_request_error", null, null));
    if (key.startsWith("sk-bad")) throw new Refusal(401, wrongKey(key));
  },

  refusal(status, about) {
    const { scenario } = about;
    if (scenario["no-credit"])
      return new Refusal(status, errorBody(NO_CREDIT, "insufficient_quota", null, "insufficient_quota"));
    if (scenario["too-long"])
      return new Refusal(status, errorBody(TOO_LONG, "invalid_request_error", "messages", "context_length_exceeded"));
    if (status === 401 && scenario.message === undefined)
      return new Refusal(status, wrongKey("sk-simulated-upstream-key"));
    const [message, type, code] = errorFor(status, about);
    return new Refusal(status, errorBody(scenario.message ?? message, type, null, code));
  },

  notJson() {
    return invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library" +
        " correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble" +
        " figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    );
  },

  unreadable(message) {
    return invalid(message, null, "simulator_directive");
  },

  emptyAccount: 429,

  // OpenAI sends none; services that speak its format send a comment.
  ping: ": keep-alive\n\n",

  failure:
    'data: {"error":{"message": "The server had an error processing your request. Sorry about that! You can retry your' +
    " request, or contact us through our help center at help.openai.com if you keep seeing this error." +
    '","type":"server_error","param":null,"code":null}}\n\ndata: [DONE]\n\n',
};

/** The same where a response is asked for: it fails in events. */
export const openaiResponses: Vendor = {
  ...openai,
  failure:
    'event: error\ndata: {"type":"error","error":{"type":"server_error","code":"server_error","message":"The server had an error' +
    ' processing your request. Sorry about that!","param":null},"sequence_number":99}\n\n',
};

/** A 400 as the API gives it. */
export function invalid(message: string, param: string | null = null, code: string | null = null): Refusal {
  return new Refusal(400, errorBody(message, "invalid_request_error", param, code));
}

/** An error body, printed as the API prints it. */
function errorBody(message: string, type: string, param: string | null, code: string | null): string {
  return `${JSON.stringify({ error: { message, type, param, code } }, null, 2)}\n`;
}

const NO_KEY =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e." +
  " Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from" +
  " your browser and are prompted for a username and password. You can obtain an API key from" +
  " https://platform.openai.com/account/api-keys.";
const NO_CREDIT =
  "You exceeded your current quota, please check your plan and billing details. For more information on this error," +
  " read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.";
const TOO_LONG =
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 130002 tokens. Please" +
  " reduce the length of the messages.";

/** The API repeats the key it was given, with stars in the middle of a long one. */
function wrongKey(key: string): string {
  const shown = key.length <= 12 ? key : key.slice(0, 8) + "*".repeat(key.length - 12) + key.slice(-4);
  const message = `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`;
  return errorBody(message, "invalid_request_error", null, "invalid_api_key");
}

function errorFor(
  status: number,
  { model, method, path }: About,
): [message: string, type: string, code: string | null] {
  switch (status) {
    case 403:
      return [
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
      ];
    case 404:
      return model === ""
        ? [`Invalid URL (${method} ${path})`, "invalid_request_error", null]
        : [
            `The model \`${model}\` does not exist or you do not have access to it.`,
            "invalid_request_error",
            "model_not_found",
          ];
    case 405:
      return [`Not allowed to ${method} on ${path}.`, "invalid_request_error", "method_not_supported"];
    case 429:
      return [
        `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit 10000, Used 10000,` +
          " Requested 1. Please try again in 6ms. Visit https://platform.openai.com/account/rate-limits to learn more.",
        "requests",
        "rate_limit_exceeded",
      ];
    case 500:
      return ["The server had an error while processing your request. Sorry about that!", "server_error", null];
    case 503:
      return [
        "That model is currently overloaded with other requests. You can retry your request.",
        "server_error",
        null,
      ];
    default:
      return [
        `The simulator was asked for status ${status}.`,
        status < 500 ? "invalid_request_error" : "server_error",
        null,
      ];
  }
}
