import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { type Members, membersOf, splice } from "../splice.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { DONE, errorFrame } from "./encode-stream.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { stamped } from "./relay-answer.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

const UNFINISHED = Buffer.from('"finish_reason":null');
const FINISHES = Buffer.from('"finish_reason":"');
const TELLS_USAGE = Buffer.from('"usage":{');
const FAILS = Buffer.from('"error":');
const CONTENT = Buffer.from('"content":"');
const QUOTE = 0x22;
const DATA = Buffer.from("data: ");
const END = Buffer.from("\n\n");

/**
 * Chunks of one stream. All of them begin with the same bytes, `id`, `created` and `model` among them: learned from the
 * first, compared in the next, replaced by ours. A chunk that does not begin so, or that holds more than content, is
 * parsed and edited member by member. The finishing chunk is held back until the end, when it takes the usage along.
 */
export class ChatRelay implements RelayStream {
  private readonly choices: number;
  private readonly stamp: Stamp;
  private readonly readings: Readings;
  private readonly finished = new Set<JsonValue>();
  /** How the provider's chunks begin, and how ours do. */
  private theirs: Buffer | undefined;
  private ours: Buffer = DATA;
  private created: JsonValue | undefined;
  /** The chunk that finished each choice. */
  private readonly finishing: JsonObject[] = [];
  /** Top-level members of the chunks that only brought usage: they go out with the finishing chunk. */
  private absorbed: JsonObject = {};

  /** @param choices how many answers were asked for: each must finish */
  constructor(choices: number, stamp: Stamp, readings: Readings) {
    this.choices = choices;
    this.stamp = stamp;
    this.readings = readings;
  }

  push(frame: Buffer, out: Buffer[]): void {
    if (this.theirs === undefined || !isPlain(frame, this.theirs)) {
      this.pushParsed(frame, out);
      return;
    }
    this.readings.content(plainSize(frame, this.theirs.length));
    out.push(this.ours, frame.subarray(this.theirs.length));
  }

  end(): GatewayError | undefined {
    if (this.finished.size < this.choices) {
      return new GatewayError("upstream_truncated", "The answer ended without a finish reason.");
    }
    this.readings.committed = true;
    this.readings.ended = true;
    return undefined;
  }

  finish(closing: Closing): string {
    const last = this.finishing.length - 1;
    const chunks = this.finishing.map((chunk, i) => (i === last ? this.closed(chunk, closing) : chunk));
    return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") + DONE;
  }

  fail(error: GatewayError): string {
    return errorFrame(error, this.stamp);
  }

  private pushParsed(frame: Buffer, out: Buffer[]): void {
    const read = readFrame(frame);
    if (read === undefined) {
      // A comment keeps the connection alive: it travels. A lone blank line is nothing.
      if (frame.includes(":")) out.push(frame);
      return;
    }
    if (read.data.trim() === "[DONE]") {
      this.readings.ended = this.finished.size >= this.choices;
      return;
    }
    const chunk = parseJson(read.data);
    if (!isObject(chunk)) {
      this.readings.error = new GatewayError(
        "upstream_malformed",
        "The provider sent a chunk that is not a JSON object.",
      );
    } else if (chunk.error !== undefined && chunk.error !== null) {
      this.readings.error = decodeErrorValue(chunk.error);
    } else this.pushChunk(chunk, frame, read.data, out);
  }

  private pushChunk(chunk: JsonObject, frame: Buffer, data: string, out: Buffer[]): void {
    this.readings.upstreamId ??= stringAt(chunk.id);
    this.readings.upstreamModel ??= stringAt(chunk.model);
    this.created ??= chunk.created;
    if (tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
    for (const choice of choices) this.readChoice(choice);
    if (choices.some((choice) => typeof choice.finish_reason === "string")) this.hold(chunk, choices, out);
    else if (choices.length === 0 && isObject(chunk.usage)) this.absorb(chunk);
    else this.passOn(chunk, frame, data, out);
  }

  private readChoice(choice: JsonObject): void {
    this.readings.content(contentSize(objectAt(choice.delta) ?? {}));
    const finish = choice.finish_reason;
    if (typeof finish !== "string") return;
    const word = decodeFinish(finish);
    if (word === "error") {
      this.readings.error = new GatewayError("upstream_error", "The provider ended the answer with an error.");
      return;
    }
    this.finished.add(choice.index ?? 0);
    this.readings.finish ??= word;
    this.readings.rawFinish ??= finish;
  }

  /** Keeps a finishing chunk for the end. OpenRouter sends the finish reason twice: the second time it is like any other chunk. */
  private hold(chunk: JsonObject, choices: readonly JsonObject[], out: Buffer[]): void {
    const { usage: _, ...rest } = { ...chunk, ...this.ids() };
    const index = choices[0]?.index ?? 0;
    if (!this.finishing.some((held) => objectAt((held.choices as JsonValue[])[0])?.index === index)) {
      this.finishing.push(rest);
      return;
    }
    this.absorb(chunk);
    if (!choices.some((choice) => contentSize(objectAt(choice.delta) ?? {}) > 0)) return;
    const unfinished = choices.map((choice) => ({ ...choice, finish_reason: null }));
    out.push(Buffer.from(`data: ${JSON.stringify({ ...rest, choices: unfinished })}\n\n`));
  }

  private absorb(chunk: JsonObject): void {
    this.absorbed = { ...this.absorbed, ...chunk };
  }

  private closed(chunk: JsonObject, closing: Closing): JsonObject {
    const choices = (chunk.choices as JsonValue[]).map((choice) =>
      isObject(choice)
        ? { ...choice, delta: { ...objectAt(choice.delta), provider_metadata: closing.metadata } }
        : choice,
    );
    return { ...this.absorbed, ...chunk, choices, usage: encodeUsage(closing), generationId: this.stamp.id };
  }

  private ids(): JsonObject {
    return { id: this.stamp.id, model: this.stamp.model, created: this.created ?? this.stamp.created };
  }

  /** Edits a chunk where it stands, and learns how chunks of this stream begin. */
  private passOn(chunk: JsonObject, frame: Buffer, data: string, out: Buffer[]): void {
    const json = Buffer.from(data);
    const top = membersOf(json);
    if (top === undefined || data.includes("\n")) {
      const told = { ...chunk, ...this.ids(), ...(isObject(chunk.usage) ? { usage: null } : {}) };
      out.push(Buffer.from(`data: ${JSON.stringify(told)}\n\n`));
      return;
    }
    const edits = stamped(top, this.stamp);
    const created = top.values.get("created");
    if (created !== undefined && chunk.created !== this.created) {
      edits.push({ at: created, text: JSON.stringify(this.created) });
    }
    const usage = top.values.get("usage");
    if (usage !== undefined && isObject(chunk.usage)) edits.push({ at: usage, text: "null" });
    const edited = splice(json, edits);
    out.push(DATA, edited, END);
    this.learn(frame, json, top, edited);
  }

  /** The beginning reaches up to `choices`, where `id`, `created` and `model` stand before it. */
  private learn(frame: Buffer, json: Buffer, top: Members, edited: Buffer): void {
    const choices = top.values.get("choices");
    if (choices === undefined) return;
    for (const name of ["id", "created", "model"]) {
      const value = top.values.get(name);
      if (value === undefined || value.end > choices.start) return;
    }
    const usage = top.values.get("usage");
    if (usage !== undefined && usage.start < choices.start) return;
    // Only where the frame is `data: <json>` to the letter is a byte of the one the same byte of the other.
    if (frame.compare(DATA, 0, DATA.length, 0, DATA.length) !== 0) return;
    if (frame.compare(json, 0, json.length, DATA.length, DATA.length + json.length) !== 0) return;
    this.theirs = Buffer.from(frame.subarray(0, DATA.length + choices.start));
    this.ours = Buffer.concat([DATA, edited.subarray(0, edited.length - (json.length - choices.start))]);
  }
}

/**
 * Begins as it should, and after that holds content: no finish reason, no usage, no error. These bytes cannot stand
 * inside a string, where the quotes would be escaped.
 */
function isPlain(frame: Buffer, head: Buffer): boolean {
  const from = head.length;
  return (
    frame.length > from &&
    frame.compare(head, 0, from, 0, from) === 0 &&
    frame.indexOf(UNFINISHED, from) > 0 &&
    frame.indexOf(FINISHES, from) < 0 &&
    frame.indexOf(TELLS_USAGE, from) < 0 &&
    frame.indexOf(FAILS, from) < 0
  );
}

/** About how many bytes of content a plain chunk has: for an estimate, should the provider never tell its usage. */
function plainSize(frame: Buffer, from: number): number {
  const content = frame.indexOf(CONTENT, from);
  if (content < 0) return Math.max(1, frame.length - from - OVERHEAD);
  const start = content + CONTENT.length;
  return frame.indexOf(QUOTE, start) - start;
}

/** Of `[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":""}}]},"logprobs":null,"finish_reason":null}]}`. */
const OVERHEAD = 110;

/** Size of the text, thinking and arguments in a delta: content is what a reader or a tool would miss. */
function contentSize(delta: JsonObject): number {
  let size = 0;
  for (const name of ["content", "refusal", "reasoning", "reasoning_content", "function_call", "audio", "images"]) {
    size += sizeOf(delta[name]);
  }
  // `reasoning` says again what the details of type text say; those of type encrypted stand alone.
  if (size === 0) size += sizeOf(delta.reasoning_details);
  for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) size += sizeOf(call);
  return size;
}

function sizeOf(value: JsonValue | undefined): number {
  if (typeof value === "string") return value.length;
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    ? 0
    : JSON.stringify(value).length;
}
