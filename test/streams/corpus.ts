import { type ByteText, readByteText, utf8ByteText } from "../../src/core/byte-text.ts";
import type { WireName } from "../../src/core/event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { awsEvent, awsException } from "../../src/wires/fixtures/aws-frame.ts";
import { wireNamed } from "../../src/wires/index.ts";
import type { Quirk } from "../../src/wires/quirk.ts";
import { FrameSplitter, readFrame } from "../../src/wires/sse.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { fixture, framesOf } from "../support/wire-fixtures.ts";

/** A stream as a provider of this wire sends it. */
export interface Stream {
  readonly name: string;
  readonly wire: Wire;
  /** Of the endpoint: they may say that the wire is framed in another way. */
  readonly quirks: readonly Quirk[];
  readonly bytes: ByteText;
  /** The same events as they are usually written, where these bytes only spell them otherwise. */
  readonly usual: ByteText | undefined;
}

/** The same frames, each written anew from what it says. */
type Spelling = (event: string | undefined, data: string) => string;

const written =
  (end: string): Spelling =>
  (event, data) =>
    `${event === undefined ? "" : `event: ${event}${end}`}data: ${data}${end}${end}`;

/** JSON over several lines: white space between its values. */
const indented = (data: string) => (data.startsWith("{") ? JSON.stringify(JSON.parse(data), null, 1) : data);

const SPELLINGS = {
  CR: written("\r"),
  CRLF: written("\r\n"),
  "CRLF and CR by turns": (event, data) =>
    `${event === undefined ? "" : `event: ${event}\r`}data: ${data}\r\n${data.length % 2 === 0 ? "\r" : "\r\n"}`,
  "data on many lines": (event, data) => written("\n")(event, indented(data).replaceAll("\n", "\ndata: ")),
  "data on many lines that end in CRLF": (event, data) =>
    written("\r\n")(event, indented(data).replaceAll("\n", "\r\ndata: ")),
  "no space, and fields nobody needs": (event, data) =>
    `id: 7\nretry: 3000\ndata:${data}\n${event === undefined ? "" : `event:${event}\n`}x\n\n`,
  "comments of many alphabets": (event, data) => `: 待って ✋ نعم voilà\n\n:\r\n\r\n${written("\n")(event, data)}`,
  "escapes beyond ASCII": (event, data) =>
    written("\n")(
      event,
      data.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    ),
} satisfies Record<string, Spelling>;

/** Words of every length that UTF-8 has, joined ones included, in place of what the fixture says. */
const WORDS = 'Grüße 水门を開ける 👩‍👩‍👧 🇺🇳 é\u0301 \u2028 नमस्ते 𝔘\\n\\"ok\\" }{ ';

/** What is spelled in other ways, and the words that can be said otherwise in it. */
const SPELLED: readonly [WireName, string, ByteText, RegExp][] = [
  ["openai-chat", "text", stream("openai-chat", "text"), /(?<="content":")[^"\\]+/g],
  ["openai-responses", "a short answer", shortResponse(), /WORDS/g],
  [
    "anthropic-messages",
    "07-thinking-first-without-text",
    stream("anthropic-messages", "07-thinking-first-without-text"),
    /(?<="(?:text|thinking)":")[^"\\]+/g,
  ],
  ["gemini-generate", "text", stream("gemini-generate", "text"), /(?<="text": ")[^"\\]+/g],
];

/** Fixtures as they stand: one for each way in which the frames of a wire differ. */
const AS_THEY_STAND: readonly [WireName, string][] = [
  ["openai-chat", "01-parallel-calls-behind-thinking-and-text"],
  ["openai-chat", "13-comments-keep-it-alive"],
  ["openai-chat", "18-every-spelling-of-sse"],
  ["openai-chat", "11-error-after-content"],
  ["openai-responses", "18-carriage-returns-and-comments"],
  ["openai-responses", "12-cut-inside-a-message"],
  ["anthropic-messages", "18-every-spelling-of-sse"],
  ["anthropic-messages", "13-pings-anywhere"],
  ["anthropic-messages", "14-signature-and-redacted-blocks"],
  ["gemini-generate", "01-parallel-calls-signed-once"],
  ["gemini-generate", "image"],
  ["gemini-generate", "11-error-after-content"],
  ["bedrock-converse", "01-parallel-calls-behind-thinking-and-text"],
  ["bedrock-converse", "text-without-a-start"],
  ["bedrock-converse", "11-exception-after-content"],
  ["bedrock-converse", "12-cut-inside-a-block"],
];

function stream(wire: WireName, name: string): ByteText {
  const found = fixture(wire, name).stream;
  if (found === undefined) throw new Error(`${wire} has no stream ${name}`);
  return found;
}

/** What the fixtures of this wire repeat over and over, told once: a split is tried at every byte of it. */
function shortResponse(): ByteText {
  const message = (status: string, content: JsonObject[]) => ({
    id: "msg_1",
    type: "message",
    status,
    content,
    role: "assistant",
  });
  const response = (status: string, output: JsonObject[], usage: JsonObject | null) => ({
    id: "resp_1",
    object: "response",
    created_at: 1_712_345_678,
    status,
    model: "large-2026",
    output,
    usage,
  });
  const part = (text: string) => ({ type: "output_text", annotations: [], text });
  const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const said = message("completed", [part("WORDS")]);
  const usage = { input_tokens: 12, output_tokens: 5, total_tokens: 17 };
  const events: (JsonObject & { type: string })[] = [
    { type: "response.created", response: response("in_progress", [], null) },
    { type: "response.output_item.added", output_index: 0, item: message("in_progress", []) },
    { type: "response.content_part.added", ...place, part: part("") },
    { type: "response.output_text.delta", ...place, delta: "WORDS" },
    { type: "response.output_text.done", ...place, text: "WORDS" },
    { type: "response.content_part.done", ...place, part: part("WORDS") },
    { type: "response.output_item.done", output_index: 0, item: said },
    { type: "response.completed", response: response("completed", [said], usage) },
  ];
  const frames = events.map(
    (event, i) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: i })}\n\n`,
  );
  return utf8ByteText(frames.join(""));
}

function spelled(bytes: ByteText, spelling: Spelling): ByteText {
  const frames = new FrameSplitter().push(readByteText(bytes)).flatMap((frame) => readFrame(frame) ?? []);
  return utf8ByteText(frames.map(({ event, data }) => spelling(event, data)).join(""));
}

/** As a message stream stands in AWS's binary frames; an error behind it is an exception. */
function inChunks(bytes: ByteText): ByteText {
  const frames = framesOf([bytes]).map(({ event, data }) => {
    if (event === "error") return awsException("internalServerException", "The system failed.");
    return awsEvent("chunk", { bytes: Buffer.from(data).toString("base64"), p: "abcdefgh" });
  });
  return frames.join("");
}

/** The first two chunks of content on one line. */
function glued(bytes: ByteText): ByteText {
  return bytes.replace(/(\n\ndata: \{[^\n]*\})\n\ndata: (?=\{)/, "$1");
}

/** At least forty streams, each of which must say the same however its bytes are cut. */
export const CORPUS: readonly Stream[] = [
  ...AS_THEY_STAND.map(([wire, name]) => ({
    name: `${wire}: ${name}`,
    wire: wireNamed(wire),
    quirks: [],
    bytes: stream(wire, name),
    usual: undefined,
  })),
  ...["01-parallel-calls-behind-thinking-and-text", "11-error-after-content", "12-cut-inside-a-block"].map((name) => ({
    name: `anthropic-messages: ${name}, in chunks of AWS's`,
    wire: wireNamed("anthropic-messages"),
    quirks: ["invoke-model"] as const,
    bytes: inChunks(stream("anthropic-messages", name)),
    usual: undefined,
  })),
  ...SPELLED.flatMap(([wire, name, bytes, words]) => {
    const usual = spelled(utf8ByteText(readByteText(bytes).replace(words, () => WORDS)), written("\n"));
    const others = Object.entries(SPELLINGS).map(([spelling, write]) => [spelling, spelled(usual, write)] as const);
    return [
      ["words of every alphabet", usual] as const,
      ...others,
      ["a byte order mark", `\u00ef\u00bb\u00bf${usual}`] as const,
      ["the last line end missing", usual.slice(0, -1)] as const,
    ].map(([spelling, bytes]) => ({
      name: `${wire}: ${name}, ${spelling}`,
      wire: wireNamed(wire),
      quirks: [],
      bytes,
      usual,
    }));
  }),
  ...(["openai-chat"] as const).map((wire) => {
    const usual = stream(wire, "length");
    return { name: `${wire}: length, chunks glued`, wire: wireNamed(wire), quirks: [], bytes: glued(usual), usual };
  }),
];
