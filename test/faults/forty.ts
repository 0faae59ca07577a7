import { chunk, LAST_CHUNK, STREAM_HEAD, sized } from "../../src/upstream/fixtures/raw-server.ts";
import type { Door } from "../support/judges.ts";
import type { Outcome } from "./matrix.ts";
import {
  body,
  bomb,
  breaking,
  forEver,
  framesOf,
  headed,
  type Play,
  page,
  refusing,
  type Scene,
  saying,
  spelled,
  streamOf,
  WORDS,
  well,
} from "./provider.ts";
import { ARGUMENTS, callsOf, type Loose } from "./speech.ts";

/** Addresses at which there is nobody, or nobody who could prove to be the provider. */
export type Place = "closed" | "nameless" | "deaf" | "plaintext" | "self-signed" | "expired" | "wrong-name";

/** The same whatever the provider speaks, or for each wire its own; absent where the fault cannot happen so. */
type Outcomes = Outcome | Partial<Record<Door, Outcome>>;

export interface Fault {
  /** Number on the scoreboard. */
  readonly id: string;
  readonly what: string;
  /** Where the provider is, if not at the place where faults are played. */
  readonly at?: Place;
  readonly play?: Play;
  readonly plain?: Outcomes;
  readonly stream?: Outcomes;
  /** What is said besides words: arguments of calls. The request offers a tool. */
  readonly calls?: string;
  /** The only clock that can ring. */
  readonly clocks?: Record<string, number>;
  /** The first such refusal is enough: the provider said so itself, or it is about the whole account. */
  readonly parks?: true;
}

/** What a provider says of our own credential, which is not for clients. */
export const SECRET = "sk-canary-of-the-operator";

const fine: Outcome = { kind: "fine", words: WORDS, estimated: false };
const guessed: Outcome = { ...fine, estimated: true };
const silent: Outcome = { ...fine, words: 0 };
const refused = (status: number, code: (Outcome & { kind: "refused" })["code"], retryAfter?: string): Outcome => ({
  kind: "refused",
  status,
  code,
  next: true,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
const rejected = (status: number, code: (Outcome & { kind: "refused" })["code"]): Outcome => ({
  kind: "refused",
  status,
  code,
  next: false,
});
const broken = (code: (Outcome & { kind: "broken" })["code"], words: number): Outcome => ({
  kind: "broken",
  code,
  words,
});
const both = (outcomes: Outcomes) => ({ plain: outcomes, stream: outcomes });

const MALFORMED = refused(502, "upstream_malformed");
const TRUNCATED = refused(502, "upstream_truncated");
const FAILED = refused(503, "upstream_error", "5");
const OVERLOADED = refused(503, "upstream_overloaded", "5");
const RESET = refused(503, "upstream_reset", "5");
const UNREACHABLE = refused(503, "upstream_unreachable", "5");
const TLS = refused(502, "upstream_tls");
const LATE = refused(504, "upstream_timeout");
const LIMITED = refused(429, "upstream_rate_limited");
const QUOTA = refused(503, "upstream_quota", "5");
const AUTH = refused(502, "upstream_auth");

const TICK = 200;
const NO = { message: "No such thing.", type: "invalid_request_error" };
const BUSY = { message: "Slow down.", type: "rate_limit_error" };

const nothing: Play = () => {};
const reset = ({ line }: Scene) => line.reset();
const fin = ({ line }: Scene) => line.fin();
/** The right answer, in chunks that do not come to an end. */
const endless: Play = (scene) => {
  const { line, stream, speech } = scene;
  if (stream) line.send(streamOf(speech.opening, ""));
  else line.send(STREAM_HEAD.replace("text/event-stream", "application/json") + chunk(speech.whole.slice(0, 20)));
};
const members = (change: (object: Loose) => void): Play =>
  saying({
    edit(object) {
      change(object);
      return object;
    },
  });
/** What an answer consists of, by its name on each wire. */
const OUTPUT = ["choices", "content", "output"];

/** The faults of the scoreboard's second section. Statuses are those of the design's eighth. */
export const FORTY: readonly Fault[] = [
  { id: "F01", what: "connection refused", at: "closed", ...both(UNREACHABLE) },
  { id: "F02", what: "no such name", at: "nameless", ...both(UNREACHABLE) },
  {
    id: "F03",
    what: "the connection is never made",
    at: "deaf",
    clocks: { connect_ms: TICK },
    ...both(refused(504, "upstream_connect_timeout")),
  },
  { id: "F04", what: "no TLS at all", at: "plaintext", ...both(TLS) },
  { id: "F04", what: "a certificate of its own making", at: "self-signed", ...both(TLS) },
  { id: "F04", what: "a certificate that has expired", at: "expired", ...both(TLS) },
  { id: "F04", what: "a certificate of somebody else", at: "wrong-name", ...both(TLS) },
  { id: "F05", what: "reset before headers", play: reset, ...both(RESET) },
  { id: "F05", what: "closed before headers", play: fin, ...both(RESET) },
  { id: "F06", what: "never answers", play: nothing, clocks: { first_byte_ms: TICK }, ...both(LATE) },
  { id: "F07", what: "400", play: refusing(400, NO), ...both(rejected(400, "upstream_invalid_request")) },
  {
    id: "F08",
    what: "401 that repeats the key",
    play: refusing(401, { message: `Incorrect API key provided: ${SECRET}`, type: "authentication_error" }),
    parks: true,
    ...both(AUTH),
  },
  {
    id: "F08",
    what: "403 that repeats the key",
    play: refusing(403, { message: `${SECRET} may not do this`, type: "permission_error" }),
    ...both(AUTH),
  },
  {
    id: "F09",
    what: "402",
    play: refusing(402, { message: "Pay first.", type: "billing_error" }),
    parks: true,
    ...both(QUOTA),
  },
  {
    id: "F09",
    what: "429 insufficient_quota",
    play: refusing(429, {
      message: "You exceeded your quota.",
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
    parks: true,
    ...both(QUOTA),
  },
  {
    id: "F10",
    what: "404 model",
    play: refusing(404, { message: "No such model.", type: "not_found_error", code: "model_not_found" }),
    ...both(refused(404, "upstream_model_not_found")),
  },
  { id: "F11", what: "413", play: refusing(413, NO), ...both(rejected(413, "upstream_too_large")) },
  {
    id: "F11",
    what: "context length",
    play: refusing(400, {
      message: "prompt is too long: 9 > 8",
      type: "invalid_request_error",
      code: "context_length_exceeded",
    }),
    ...both(rejected(400, "context_length_exceeded")),
  },
  {
    id: "F12",
    what: "429, seconds",
    play: refusing(429, BUSY, { "retry-after": "30" }),
    parks: true,
    ...both({ ...LIMITED, retryAfter: "30" } as Outcome),
  },
  {
    id: "F12",
    what: "429, milliseconds",
    play: refusing(429, BUSY, { "retry-after-ms": "29500" }),
    parks: true,
    ...both({ ...LIMITED, retryAfter: "30" } as Outcome),
  },
  {
    id: "F12",
    what: "429, a date",
    play: refusing(429, BUSY, {
      date: "Wed, 25 Nov 2026 12:00:00 GMT",
      "retry-after": "Wed, 25 Nov 2026 12:00:30 GMT",
    }),
    parks: true,
    ...both({ ...LIMITED, retryAfter: "30" } as Outcome),
  },
  {
    id: "F12",
    what: "429, garbage",
    play: refusing(429, BUSY, { "retry-after": "soon, maybe" }),
    parks: true,
    ...both(LIMITED),
  },
  { id: "F13", what: "500 with HTML", play: page(500), ...both(MALFORMED) },
  { id: "F13", what: "502 with HTML", play: page(502), ...both(MALFORMED) },
  { id: "F13", what: "504 with HTML", play: page(504), ...both(MALFORMED) },
  {
    id: "F13",
    what: "500 with JSON",
    play: refusing(500, { message: "Oops.", type: "server_error" }),
    ...both(FAILED),
  },
  {
    id: "F14",
    what: "503",
    play: refusing(503, { message: "Busy.", type: "overloaded_error" }, { "retry-after": "30" }),
    parks: true,
    ...both({ ...OVERLOADED, retryAfter: "30" } as Outcome),
  },
  {
    id: "F14",
    what: "529",
    play: refusing(529, { message: "Busy.", type: "overloaded_error" }, { "retry-after": "30" }),
    parks: true,
    ...both({ ...OVERLOADED, retryAfter: "30" } as Outcome),
  },
  {
    id: "F15",
    what: "302 to metadata",
    play: ({ line }) =>
      line.send("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n"),
    ...both(MALFORMED),
  },
  { id: "F16", what: "200 with HTML", play: page(200), plain: MALFORMED, stream: TRUNCATED },
  { id: "F16", what: "200 with nothing", play: body(""), ...both(MALFORMED) },
  { id: "F16", what: "200 with null", play: body("null"), ...both(MALFORMED) },
  { id: "F16", what: "200 with []", play: body("[]"), ...both(MALFORMED) },
  {
    id: "F17",
    what: "200 that holds an error",
    play: body(
      JSON.stringify({ type: "error", error: { type: "overloaded_error", code: "overloaded", message: "Busy." } }),
    ),
    ...both(OVERLOADED),
  },
  {
    id: "F18",
    what: "truncated JSON",
    play: ({ line, speech }) => line.send(sized(speech.whole.slice(0, -20))),
    ...both(MALFORMED),
  },
  {
    id: "F18",
    what: "content-length too long",
    play: ({ line, speech }) => {
      line.send(sized(speech.whole).replace(/content-length: \d+/, `content-length: ${speech.whole.length + 9}`));
      line.fin();
    },
    ...both(TRUNCATED),
  },
  {
    id: "F19",
    what: "chunked without end, and closed",
    play: (scene) => {
      endless(scene);
      scene.line.fin();
    },
    ...both(TRUNCATED),
  },
  { id: "F19", what: "chunked without end, and silent", play: endless, clocks: { idle_ms: TICK }, ...both(LATE) },
  { id: "F20", what: "a gzip bomb", play: bomb(64 * 1024 * 1024), ...both(MALFORMED) },
  {
    id: "F20",
    what: "60 encodings",
    play: headed(`content-encoding: ${Array(60).fill("gzip").join(", ")}\r\n`),
    ...both(MALFORMED),
  },
  { id: "F20", what: "an encoding that is none", play: headed("content-encoding: br\r\n"), ...both(MALFORMED) },
  { id: "F21", what: "20 KB header", play: headed(`x-long: ${"x".repeat(20_480)}\r\n`), ...both(MALFORMED) },
  {
    id: "F21",
    what: "1,000 headers",
    play: headed(Array.from({ length: 1000 }, (_, i) => `x-${i}: 1\r\n`).join("")),
    ...both(MALFORMED),
  },
  { id: "F21", what: "a flood of 1xx", play: headed("", "HTTP/1.1 103 Early\r\n\r\n".repeat(500)), ...both(MALFORMED) },
  {
    id: "F22",
    what: "an answer that nobody asked for",
    play: (scene) => {
      well(scene);
      scene.line.send(sized('{"choices":[{"message":{"content":"poison"}}]}'));
    },
    ...both(fine),
  },
  {
    id: "F23",
    what: "null where the answer should be",
    play: members((object) => {
      for (const name of OUTPUT) if (Array.isArray(object[name])) object[name] = null;
    }),
    plain: MALFORMED,
    // Frames of the other wires say it elsewhere.
    stream: { "openai-chat": TRUNCATED },
  },
  {
    id: "F23",
    what: "nothing where the answer should be",
    play: members((object) => {
      for (const name of OUTPUT) delete object[name];
    }),
    plain: MALFORMED,
    stream: { "openai-chat": TRUNCATED },
  },
  {
    id: "F23",
    what: "no id, no usage",
    play: members((object) => {
      for (const one of [object, object.message, object.response]) {
        delete one?.id;
        delete one?.usage;
      }
    }),
    ...both(guessed),
  },
  {
    id: "F23",
    what: "nothing said, and well ended",
    play: saying({ words: [""], usage: { input: 11, output: 0 } }),
    ...both(silent),
  },
  { id: "F24", what: "negative usage", play: saying({ usage: { input: -1, output: -7 } }), ...both(guessed) },
  {
    id: "F24",
    what: "usage beyond any number",
    play: saying({ usage: { input: 1e300, output: 1e300 } }),
    ...both(guessed),
  },
  { id: "F24", what: "usage in words", play: saying({ usage: { input: 1.5, output: "5" } }), ...both(guessed) },
  { id: "S01", what: "200, at once EOF", play: ({ line }) => line.send(STREAM_HEAD + LAST_CHUNK), stream: TRUNCATED },
  {
    id: "S02",
    what: "the first event is an error",
    play: ({ line, speech }) => line.send(streamOf([speech.error])),
    stream: OVERLOADED,
  },
  {
    id: "S03",
    what: "opening and pings, then an error",
    play: ({ line, speech: { opening, ping, error } }) => line.send(streamOf([...opening, ping, ping, error])),
    stream: OVERLOADED,
  },
  {
    id: "S04",
    what: "pings for ever",
    play: breaking(0, ({ line, speech }) => forEver(line, 5, () => chunk(speech.ping))),
    clocks: { first_content_ms: TICK },
    stream: LATE,
  },
  {
    id: "S05",
    what: "three words, then an error event",
    play: breaking(3, ({ line, speech }) => line.send(chunk(speech.error) + LAST_CHUNK)),
    stream: broken("upstream_overloaded", 3),
  },
  {
    id: "S06",
    what: "three words, then a clean EOF",
    play: breaking(3, ({ line }) => line.send(LAST_CHUNK)),
    stream: broken("upstream_truncated", 3),
  },
  {
    id: "S07",
    what: "three words, then RST",
    // A reset overtakes what the other side has not read: it must have come first.
    play: breaking(3, ({ line }) => setTimeout(() => line.reset(), 30)),
    stream: broken("upstream_truncated", 3),
  },
  {
    id: "S08",
    what: "three words, then silence",
    play: breaking(3, nothing),
    clocks: { idle_ms: TICK },
    stream: broken("upstream_timeout", 3),
  },
  {
    id: "S09",
    what: "never ends",
    play: breaking(WORDS, ({ line, speech }) => forEver(line, 5, () => chunk(speech.ping))),
    clocks: { total_ms: 2 * TICK },
    stream: broken("upstream_timeout", WORDS),
  },
  {
    id: "S10",
    what: "three words, then one event of 25 MB without end",
    play: breaking(3, ({ line }) => {
      line.send(`${(25 * 1024 * 1024).toString(16)}\r\ndata: {"x":"`);
      for (let i = 0; i < 25; i++) line.send(MEGABYTE);
    }),
    stream: broken("upstream_malformed", 3),
  },
  {
    id: "S11",
    what: "CRLF and BOM",
    play: spelled((frames) => `\ufeff${frames.join("").replaceAll("\n", "\r\n")}`),
    stream: fine,
  },
  { id: "S11", what: "CR", play: spelled((frames) => frames.join("").replaceAll("\n", "\r")), stream: fine },
  {
    id: "S11",
    what: "no spaces, comments in between",
    play: spelled((frames) => frames.map((frame) => `: so\n\n${frame.replaceAll(": {", ":{")}`).join("")),
    stream: fine,
  },
  {
    id: "S11",
    what: "two events in one frame",
    play: spelled((frames, { wire }) =>
      // Only the chat wire was seen to glue: its frames have no type.
      wire === "openai-chat" ? frames.join("").replace("}\n\ndata: {", "}{") : frames.join(""),
    ),
    stream: fine,
  },
  {
    id: "S11",
    what: "text after the end",
    play: spelled((frames) => `${frames.join("")}data: {"surprise":true}\n\nand more`),
    stream: fine,
  },
  {
    id: "S12",
    what: "calls in pieces, numbered with gaps",
    play: ({ line, wire }) => line.send(streamOf(callsOf(wire))),
    calls: ARGUMENTS,
    stream: fine,
  },
  {
    id: "S13",
    what: "usage twice, the last is the truth",
    play: spelled((frames, scene) => {
      const early = frames.map((frame) => frame.replace(/"(completion|output)_tokens":6/, '"$1_tokens":2'));
      const last = frames.findLastIndex((frame) => frame.includes('_tokens":6'));
      // Only a response has no place for it but its end.
      if (scene.wire === "openai-responses") return frames.join("");
      return [...frames.slice(0, last), early[last]!, ...frames.slice(last)].join("");
    }),
    stream: fine,
  },
  {
    id: "S13",
    what: "usage never",
    play: members((object) => {
      for (const one of [object, object.message, object.response]) delete one?.usage;
    }),
    ...both(guessed),
  },
  {
    id: "S14",
    what: "a few bytes at a time, for longer than silence may last",
    play: ({ line, speech, stream }) => {
      const bytes = stream ? streamOf(framesOf(speech)) : sized(speech.whole);
      const few = Math.ceil(bytes.length / 200);
      let at = 0;
      const timer = setInterval(() => {
        line.send(bytes.slice(at, at + few));
        at += few;
        if (at >= bytes.length) clearInterval(timer);
      }, 4);
      line.ended.then(() => clearInterval(timer));
    },
    clocks: { idle_ms: 3 * TICK },
    ...both(fine),
  },
  {
    id: "S15",
    what: "10,000 events in one write",
    play: ({ line, speech: { opening, said, ending, ping } }) =>
      line.send(streamOf([...opening, said[0]!, ...Array<string>(10_000).fill(ping), ...said.slice(1), ...ending])),
    stream: fine,
  },
  {
    id: "S16",
    what: "JSON to who asked for a stream",
    play: ({ line, speech }) => line.send(sized(speech.whole)),
    stream: MALFORMED,
  },
  {
    id: "S16",
    what: "a stream to who asked for JSON",
    play: ({ line, speech }) => line.send(streamOf(framesOf(speech))),
    plain: MALFORMED,
  },
];

const MEGABYTE = Buffer.alloc(1024 * 1024, 120);
