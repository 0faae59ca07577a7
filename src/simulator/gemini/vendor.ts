import { type About, Refusal, type Vendor } from "../answer.ts";
import { dateLine } from "../http.ts";

const STANDING =
  "vary: Origin\r\nvary: X-Origin\r\nvary: Referer\r\nserver: scaffolding on HTTPServer2\r\nx-xss-protection: 0\r\n" +
  "x-frame-options: SAMEORIGIN\r\nx-content-type-options: nosniff\r\nserver-timing: gfet4t7; dur=412\r\n";

/** The manners of the Gemini API, of AI Studio and of Vertex AI. */
export const gemini: Vendor = {
  headers: () => dateLine(Date.now()) + STANDING,

  admit(headers) {
    const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    const key = headers["x-goog-api-key"] ?? bearer;
    if (key === undefined || key === "") throw errorOf(403, "PERMISSION_DENIED", NOBODY);
    // A bearer token is one of OAuth: an API key is no such thing.
    if (bearer?.startsWith("AIza"))
      throw errorOf(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    if (key.startsWith("sk-bad")) throw wrongKey();
  },

  refusal(status, { scenario, model, path }: About) {
    if (scenario["no-credit"]) return errorOf(status, "RESOURCE_EXHAUSTED", QUOTA);
    if (scenario["too-long"])
      return invalid("The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).");
    const [word, message] = ERRORS[status] ?? (status < 500 ? ERRORS[400] : ERRORS[500])!;
    const missing =
      status === 404 ? `${model === "" ? path : `models/${model}`} is not found for API version v1beta.` : undefined;
    return errorOf(status, word, scenario.message ?? missing ?? message);
  },

  notJson: () => invalid("Invalid JSON payload received. Unexpected end of string."),
  unreadable: invalid,
  emptyAccount: 429,
  // Google sends none; whoever stands between may.
  ping: ": ping\n\n",
  failure: `data: ${bodyOf(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")}\n\n`,
};

/** A 400 as the API gives it. */
export function invalid(message: string): Refusal {
  return errorOf(400, "INVALID_ARGUMENT", message);
}

function errorOf(status: number, word: string, message: string): Refusal {
  return new Refusal(status, bodyOf(status, word, message));
}

function bodyOf(code: number, status: string, message: string): string {
  return JSON.stringify({ error: { code, message, status } });
}

/** Not a 401: recordings of 2025. */
function wrongKey(): Refusal {
  const message = "API key not valid. Please pass a valid API key.";
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "API_KEY_INVALID",
    domain: "googleapis.com",
  };
  return new Refusal(
    400,
    JSON.stringify({ error: { code: 400, message, status: "INVALID_ARGUMENT", details: [info] } }),
  );
}

const NOBODY =
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of" +
  " API consumer identity to call this API.";
const QUOTA = "You exceeded your current quota, please check your plan and billing details.";

const ERRORS: Record<number, [word: string, message: string]> = {
  400: ["INVALID_ARGUMENT", "The simulator was asked to refuse this."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  403: ["PERMISSION_DENIED", "The caller does not have permission"],
  404: ["NOT_FOUND", "Not found"],
  429: ["RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."],
  500: [
    "INTERNAL",
    "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
  ],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
  504: ["DEADLINE_EXCEEDED", "The request timed out. Please try again."],
};
