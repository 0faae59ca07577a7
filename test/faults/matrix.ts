import type { ErrorCode } from "../../src/core/error.ts";

/** What must come of a fault. */
export type Outcome =
  /** Answered all the same, in so many words. `estimated`: no usage that could be believed. */
  | { kind: "fine"; words: number; estimated: boolean }
  /** Nothing was said. `next`: another model is asked, where there is one. */
  | { kind: "refused"; status: number; code: ErrorCode; next: boolean; retryAfter?: string }
  /** So many words were said: the rest is an error in band, and nobody else is asked. */
  | { kind: "broken"; code: ErrorCode; words: number };

export type Way = "relayed" | "transcoded" | "reshaped";

/** The same for every way through the gateway, or for each its own. */
type Outcomes = Outcome | Record<Way, Outcome>;

export interface Fault {
  /** Number on the scoreboard, and what happens. */
  id: string;
  /** What the simulator is told to do. */
  does: string;
  /** Absent where the fault cannot happen so. */
  plain?: Outcomes;
  stream?: Outcomes;
}

/** Words that a provider says where nothing keeps it from it. */
export const WORDS = 6;

const fine: Outcome = { kind: "fine", words: WORDS, estimated: false };
const guessed: Outcome = { kind: "fine", words: WORDS, estimated: true };
const silent: Outcome = { kind: "fine", words: 0, estimated: false };

function refused(status: number, code: ErrorCode, retryAfter?: string): Outcome {
  return { kind: "refused", status, code, next: true, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** The client's own fault: the same everywhere, so nobody else is asked. */
function rejected(status: number, code: ErrorCode): Outcome {
  return { kind: "refused", status, code, next: false };
}

function broken(code: ErrorCode, words: number): Outcome {
  return { kind: "broken", code, words };
}

function always(outcome: Outcomes): Pick<Fault, "plain" | "stream"> {
  return { plain: outcome, stream: outcome };
}

const MALFORMED = refused(502, "upstream_malformed");
const TRUNCATED = refused(502, "upstream_truncated");
const FAILED = refused(503, "upstream_error", "5");
const OVERLOADED = refused(503, "upstream_overloaded", "5");
const RESET = refused(503, "upstream_reset", "5");

/** Where the field says nothing, the words of OpenAI's vendors do: "Please try again in 6ms." */
const LIMITED = {
  relayed: refused(429, "upstream_rate_limited", "1"),
  transcoded: refused(429, "upstream_rate_limited"),
  reshaped: refused(429, "upstream_rate_limited", "1"),
};

/** An error event says what is the matter in the words of its vendor: OpenAI's "server_error", Anthropic's "overloaded_error". */
const FIRST_EVENT = { relayed: FAILED, transcoded: OVERLOADED, reshaped: FAILED };
const LATER_EVENT = {
  relayed: broken("upstream_error", 3),
  transcoded: broken("upstream_overloaded", 3),
  reshaped: broken("upstream_error", 3),
};

/** The faults of the scoreboard's section 2 that a provider commits over HTTP. Statuses are those of the design's section 8. */
export const FAULTS: readonly Fault[] = [
  { id: "F05 reset before headers", does: "reset", ...always(RESET) },
  { id: "F05 reset before headers, late", does: "reset delay=20ms", ...always(RESET) },
  { id: "F05 closed before headers", does: "cut", ...always(RESET) },
  { id: "F07 400", does: 'status=400 message="no such thing"', ...always(rejected(400, "upstream_invalid_request")) },
  { id: "F07 409", does: "status=409", ...always(rejected(400, "upstream_invalid_request")) },
  { id: "F07 422", does: "status=422", ...always(rejected(422, "upstream_unprocessable")) },
  { id: "F08 401 that repeats the key", does: "status=401", ...always(refused(502, "upstream_auth")) },
  { id: "F08 403", does: "status=403", ...always(refused(502, "upstream_auth")) },
  { id: "F09 402", does: "status=402", ...always(refused(503, "upstream_quota", "5")) },
  { id: "F09 no credit", does: "no-credit", ...always(refused(503, "upstream_quota", "5")) },
  { id: "F10 404", does: "status=404", ...always(refused(404, "upstream_model_not_found")) },
  { id: "F11 413", does: "status=413", ...always(rejected(413, "upstream_too_large")) },
  { id: "F11 context length", does: "too-long", ...always(rejected(400, "context_length_exceeded")) },
  {
    id: "F12 429, seconds",
    does: "status=429 retry-after=2",
    ...always(refused(429, "upstream_rate_limited", "2")),
  },
  {
    id: "F12 429, milliseconds",
    does: "status=429 retry-after-ms=1500",
    ...always(refused(429, "upstream_rate_limited", "2")),
  },
  {
    id: "F12 429, a date long past",
    does: 'status=429 retry-after="Wed, 21 Oct 2015 07:28:00 GMT"',
    ...always(LIMITED),
  },
  {
    id: "F12 429, garbage",
    does: 'status=429 retry-after="soon, maybe"',
    ...always(LIMITED),
  },
  {
    id: "F12 429, a year",
    does: "status=429 retry-after=31536000",
    ...always(LIMITED),
  },
  { id: "F13 500", does: "status=500", ...always(FAILED) },
  { id: "F13 504", does: "status=504", ...always(FAILED) },
  { id: "F13 500 with HTML", does: "html status=500", ...always(MALFORMED) },
  { id: "F13 502 with HTML", does: "html", ...always(MALFORMED) },
  { id: "F13 504 with HTML", does: "html status=504", ...always(MALFORMED) },
  {
    id: "F14 503",
    does: "status=503 retry-after=1",
    ...always(refused(503, "upstream_overloaded", "1")),
  },
  { id: "F14 529", does: "status=529", ...always(OVERLOADED) },
  { id: "F15 302 to metadata", does: "redirect", ...always(MALFORMED) },
  { id: "F16 200 with HTML", does: "garbage", plain: MALFORMED, stream: TRUNCATED },
  { id: "F16 200 with nothing", does: 'body=""', ...always(MALFORMED) },
  { id: "F16 200 with null", does: "body=null", ...always(MALFORMED) },
  { id: "F16 200 with []", does: 'body="[]"', ...always(MALFORMED) },
  { id: "F17 200 that holds an error", does: "error-200", ...always(FAILED) },
  { id: "F18 truncated JSON", does: "eof=1", plain: MALFORMED },
  { id: "F18 content-length too long", does: "truncated", plain: TRUNCATED },
  { id: "F19 chunked without end", does: "every=0 cut=5", stream: broken("upstream_truncated", 5) },
  { id: "F20 gzip", does: "gzip=32mb", plain: MALFORMED },
  { id: "F20 60 encodings", does: `encoding="${Array(60).fill("gzip").join(", ")}"`, ...always(MALFORMED) },
  { id: "F20 an encoding that is none", does: "encoding=br", ...always(MALFORMED) },
  { id: "F21 20 KB header", does: "header-size=20kb", ...always(MALFORMED) },
  { id: "F21 1,000 headers", does: "headers=1000", ...always(MALFORMED) },
  { id: "F21 1xx flood", does: "informational=500", ...always(MALFORMED) },
  { id: "F21 a few 1xx, as HTTP has them", does: "informational=3", ...always(fine) },
  { id: "F22 unsolicited extra answer", does: "extra", ...always(fine) },
  {
    id: "F23 null where the answer should be",
    does: `patch='{"choices":null,"content":null}'`,
    plain: MALFORMED,
    // Frames of the Messages API have no such member at their top.
    stream: { relayed: TRUNCATED, transcoded: fine, reshaped: TRUNCATED },
  },
  {
    id: "F23 no answer in it",
    does: "omit=choices,content",
    plain: MALFORMED,
    stream: { relayed: TRUNCATED, transcoded: fine, reshaped: TRUNCATED },
  },
  { id: "F23 no id, no usage", does: "omit=id,usage,message.id,message.usage", ...always(guessed) },
  { id: "F23 nothing said, well ended", does: "empty", ...always(silent) },
  {
    id: "F24 lying usage",
    does: `patch='{"usage":{"prompt_tokens":-1,"completion_tokens":"5","input_tokens":1.5,"output_tokens":-7}}'`,
    plain: guessed,
    stream: guessed,
  },
  {
    id: "F24 usage beyond any number",
    does: `patch='{"usage":{"prompt_tokens":1e300,"completion_tokens":1e300,"input_tokens":1e300,"output_tokens":1e300}}'`,
    plain: guessed,
    stream: guessed,
  },
  { id: "S01 200 stream, at once EOF", does: "eof", stream: TRUNCATED },
  { id: "S01 200 stream, opened, then EOF", does: "eof=0", stream: TRUNCATED },
  { id: "S02 first event is an error", does: "error", stream: FIRST_EVENT },
  { id: "S03 opening and pings, then error", does: "error=0 pings=2 every=1ms", stream: FIRST_EVENT },
  { id: "S05 3 words, then an error event", does: "every=1ms error=3", stream: LATER_EVENT },
  { id: "S05 3 words and the error event in one piece", does: "every=0 error=3", stream: LATER_EVENT },
  { id: "S06 3 words, then a clean EOF", does: "every=1ms eof=3", stream: broken("upstream_truncated", 3) },
  { id: "S07 3 words, then RST", does: "every=1ms reset=3", stream: broken("upstream_truncated", 3) },
  { id: "S10 one event of megabytes without end", does: "big=2mb", ...always(MALFORMED) },
  { id: "S11 CRLF and BOM", does: "framing=bom,crlf", stream: fine },
  { id: "S11 CR", does: "framing=cr", stream: fine },
  { id: "S11 no space, comments", does: "framing=tight,comments", stream: fine },
  { id: "S11 text after the end", does: "every=0 framing=after-end", stream: fine },
  { id: "S11 text after the end, later", does: "every=1ms framing=after-end", stream: fine },
  { id: "S11 data in several lines", does: "framing=split", stream: fine },
  { id: "S11 without the end mark that others send", does: "quirk=no-done", stream: fine },
  { id: "S11 two events in one frame", does: "every=0 framing=glued", stream: fine },
  { id: "S13 usage twice", does: "usage=twice", stream: fine },
  { id: "S13 usage with every word", does: "usage=every", stream: fine },
  { id: "S13 usage only at the beginning", does: "usage=early", stream: fine },
  { id: "S13 usage never", does: "no-usage", ...always(guessed) },
  { id: "S14 a byte at a time", does: "bytes=1 every=0", ...always(fine) },
  { id: "S16 JSON to a stream request", does: "answer=json", stream: MALFORMED },
  { id: "S16 a stream to a plain one", does: "answer=stream every=0", plain: MALFORMED },
];
