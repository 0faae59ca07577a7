import { type ErrorCode, type ErrorDetails, GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import { redact } from "../core/redact.ts";
import { isAccountRefused } from "./account-refusal.ts";
import { isOwnLimit } from "./own-limit.ts";
import { waitInWords } from "./wait-in-words.ts";

/** What a provider said when it refused, as far as its wire lets one read it. */
export interface Words {
  status: number;
  headers?: HeaderFields;
  /** The whole body, for the record. */
  body: string;
  message?: string;
  code?: string;
  type?: string;
  param?: string;
}

const BODY_KEPT = 2000;
const MESSAGE_KEPT = 1000;

/**
 * A provider's refusal as one of our errors. What the client caused keeps the provider's own text, cleaned and capped;
 * everything else gets a fixed text, because a provider's complaints about our account are nobody's business but the ledger's.
 */
export function refusal(words: Words): GatewayError {
  const code = codeOf(words);
  const details: ErrorDetails = { upstream: { status: words.status, body: redact(words.body.slice(0, BODY_KEPT)) } };
  const vendorCode = words.code ?? words.type;
  if (vendorCode !== undefined) details.upstream = { ...details.upstream!, code: vendorCode };
  if (code === "upstream_auth" && (words.status !== 403 || isAccountRefused(words))) details.upstream!.account = true;
  const wait = retryAfterMs(words.headers) ?? (passes(code) ? waitInWords(words) : undefined);
  // What the request itself is refused for does not pass.
  if (wait !== undefined && !isClients(code)) details.retryAfterMs = wait;
  if (words.param !== undefined && isClients(code)) details.param = words.param;
  return new GatewayError(code, textOf(code, words), details);
}

/**
 * A proof of origin that does not hold here, in the words of recordings' vendors: an `encrypted_content`
 * (https://github.com/openai/codex/issues/3573), the signature or the very words of a thought of Claude's, also where it is missing
 * (https://github.com/anthropics/claude-code/issues/10627, https://github.com/earendil-works/pi/issues/2063), a thought signature of
 * Gemini's (https://github.com/BerriAI/litellm/issues/32140).
 */
const SEAL_REFUSED = new RegExp(
  [
    "invalid_encrypted_content",
    "encrypted[ _]content.{0,200}(could not|cannot|can't|failed to|invalid)",
    "(decrypt|verify|parse).{0,40}encrypted[ _]content",
    "invalid `?(signature|data)`? in `?(redacted_)?thinking",
    "thinking\\.(signature|data)",
    "`?thinking`? or `?redacted_thinking`? blocks in the latest assistant message cannot be modified",
    "thought[ _]?signature",
  ].join("|"),
  "is",
);

const OUT_OF_CREDIT = /insufficient_quota|insufficient_balance|billing_hard_limit|credit balance is too low/i;

/**
 * What a refused request said is often repeated to it ("Invalid value: '…'", "…: Extra inputs are not permitted"): who can make a
 * provider say so must not be able to have its whole account left alone. So of such a message only a sentence of the provider's
 * own counts (https://github.com/continuedev/continue/issues/5499).
 */
const OWN_WORDS_OF_CREDIT = /^your credit balance is too low to access [^:'"`]*$/i;
/** With a 403 or a 429 (https://github.com/warpdotdev/warp/issues/14867, https://github.com/continuedev/continue/issues/10373). */
const TEAM_OUT_OF_CREDIT =
  /^your team \S{1,80} has either used all available credits or reached its monthly spending limit/i;

function isOutOfCredit({ status, message = "", code = "", type = "" }: Words): boolean {
  if (status === 402 || OUT_OF_CREDIT.test(`${code} ${type}`)) return true;
  if (aboutRequest(status)) return OWN_WORDS_OF_CREDIT.test(message);
  return OUT_OF_CREDIT.test(message) || TEAM_OUT_OF_CREDIT.test(message);
}

function aboutRequest(status: number): boolean {
  return status === 400 || status === 409 || status === 413 || status === 422 || status === 424;
}

/**
 * A limit in tokens a minute that is smaller than this one request: it would be refused for ever, and others are not
 * (https://github.com/Aider-AI/aider/issues/1880, https://github.com/elizaOS/eliza/issues/4040).
 */
const TOO_LARGE_FOR_THE_ACCOUNT = /^request too large for .{1,200} on tokens per (min|day)/is;

function codeOf(words: Words): ErrorCode {
  const { status, message = "", code, type, body } = words;
  const told = `${code ?? ""} ${type ?? ""} ${message}`;
  if (isOutOfCredit(words)) return "upstream_quota";
  if ((status === 429 || status === 413) && TOO_LARGE_FOR_THE_ACCOUNT.test(message)) return "upstream_own_limit";
  if (status === 429) return "upstream_rate_limited";
  if (status === 403 && (isOwnLimit(told) || isOwnLimit(body.slice(0, BODY_KEPT)))) return "upstream_own_limit";
  if (status === 401 || status === 403) return "upstream_auth";
  // Not the model is missing, but what the client speaks of: an item of a conversation that nobody keeps
  // (https://github.com/can1357/oh-my-pi/issues/41).
  if (status === 404 && words.param !== undefined && words.param !== "model") return "upstream_invalid_request";
  // Gone: a model that is served no more (https://github.com/anomalyco/models.dev/pull/3000).
  if (status === 404 || status === 410) return "upstream_model_not_found";
  if (status === 413) return "upstream_too_large";
  if (status === 422) return "upstream_unprocessable";
  // https://console.groq.com/docs/flex-processing: no capacity in that tier.
  if (status === 503 || status === 529 || status === 498) return "upstream_overloaded";
  // The request came whole, so whoever waited too long for something waited for somebody else.
  if (status === 408) return "upstream_error";
  if (status === 400 || status === 409 || status === 424) {
    if (
      /context_length_exceeded|context window|context length|prompt is too long|maximum context|too many tokens|exceeds the maximum number of tokens/i.test(
        told,
      )
    )
      return "context_length_exceeded";
    // Who asks others in turn puts their words into a member of its own.
    if (SEAL_REFUSED.test(told) || SEAL_REFUSED.test(body.slice(0, BODY_KEPT))) return "upstream_seal_refused";
    if (isOwnLimit(told) || isOwnLimit(body.slice(0, BODY_KEPT))) return "upstream_own_limit";
    return "upstream_invalid_request";
  }
  if (status >= 400 && status < 500) return "upstream_invalid_request";
  if (status >= 500)
    return words.message === undefined && !/^\s*[{[]/.test(body) ? "upstream_malformed" : "upstream_error";
  return "upstream_malformed";
}

function passes(code: ErrorCode): boolean {
  return code === "upstream_rate_limited" || code === "upstream_overloaded";
}

function isClients(code: ErrorCode): boolean {
  return (
    code === "upstream_invalid_request" ||
    code === "upstream_seal_refused" ||
    code === "upstream_own_limit" ||
    code === "context_length_exceeded" ||
    code === "upstream_too_large" ||
    code === "upstream_unprocessable"
  );
}

function textOf(code: ErrorCode, { status, message }: Words): string {
  if (isClients(code)) return clean(message) ?? `The provider refused the request with status ${status}.`;
  switch (code) {
    case "upstream_rate_limited":
      return "The provider is limiting the gateway's requests.";
    case "upstream_auth":
      return "The provider refused the gateway's credential.";
    case "upstream_quota":
      return "The gateway's account with the provider is out of credit.";
    case "upstream_model_not_found":
      return "The provider does not know the model under its catalogue name.";
    case "upstream_overloaded":
      return "The provider is overloaded.";
    default:
      return `The provider failed with status ${status}.`;
  }
}

/** What an account is called is nobody's business either. */
const OUR_NAME = / in organization `?org[-_][\w-]+`?| Team: [^,]{1,80}, API key ID: [^,]{1,80},?/g;

/** Without control characters, capped: a provider's text ends up in headers of logs and on people's terminals. */
function clean(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  const plain = message.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ");
  const line = plain.replace(OUR_NAME, "").trim();
  return line === "" ? undefined : redact(line.slice(0, MESSAGE_KEPT));
}

const DAY_MS = 86_400_000;

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date beside the answer's own `date`; absurd values are as good as none. */
export function retryAfterMs(headers: HeaderFields | undefined): number | undefined {
  const precise = Number(headers?.get("retry-after-ms")?.trim() || Number.NaN);
  if (precise >= 0 && precise <= DAY_MS) return Math.ceil(precise);
  const told = headers?.get("retry-after")?.trim();
  if (told === undefined || told === "") return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(told);
  const wait = seconds ? Number(told) * 1000 : Date.parse(told) - Date.parse(headers?.get("date") ?? "");
  return wait >= 0 && wait <= DAY_MS ? Math.ceil(wait) : undefined;
}
