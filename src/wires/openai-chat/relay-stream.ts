import { type ByteText, ownByteText, readByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import { ChoiceRelay, commentIn } from "../choice-relay.ts";
import { mayBeGlued, unglued } from "../glued.ts";
import { type Edit, eachMember, endOfValue, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { contentSize, plainSize } from "./content-size.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

const FINISH = '"finish_reason"';
const USAGE = '"usage"';
const ERROR = '"error"';
const IS_NULL = ":null";
const DATA = "data: ";

/**
 * Chunks of one stream. All of them begin with the same bytes, `id`, `created` and `model` among them: learned from the
 * first, compared in the next, replaced by ours. A chunk that does not begin so, or that holds more than content, is
 * parsed and edited member by member. The finishing chunk is held back until the end, when it takes the usage along.
 */
export class ChatRelay extends ChoiceRelay implements RelayStream {
  /** How the provider's chunks begin, and how ours do. */
  private theirs: ByteText | undefined;
  private ours: ByteText = DATA;
  /** The client has been told who speaks. */
  private hasRole = false;

  push(frame: ByteText): ByteText {
    if (!this.hasRole || this.theirs === undefined || !isPlain(frame, this.theirs)) return this.pushParsed(frame);
    this.readings.content(plainSize(frame, this.theirs.length));
    return this.ours + endedAsOurs(frame.slice(this.theirs.length));
  }

  private pushParsed(frame: ByteText): ByteText {
    const read = readFrame(frame);
    if (read === undefined) return commentIn(frame);
    if (read.data.trim() === "[DONE]") {
      this.readings.ended = this.isFinished;
      return "";
    }
    const chunk = parseJson(readByteText(read.data));
    if (!isObject(chunk)) {
      const several = unglued(read.data);
      if (several !== undefined) return this.pushSeveral(several);
      this.readings.error = new GatewayError(
        "upstream_malformed",
        "The provider sent a chunk that is not a JSON object.",
      );
    } else if (chunk.error !== undefined && chunk.error !== null) {
      if (tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
      this.readings.error = decodeErrorValue(chunk.error);
    } else return this.pushChunk(chunk, frame, read.data);
    return "";
  }

  private pushChunk(told: JsonObject, frame: ByteText, data: ByteText): ByteText {
    const chunk = this.withRole(told);
    // Azure's first chunk tells of the prompt's filters and has nothing in these: ids are empty there, and the time is 0.
    this.readings.upstreamId ??= stringAt(chunk.id) || undefined;
    this.readings.upstreamModel ??= stringAt(chunk.model) || undefined;
    this.readings.serviceTier = stringAt(chunk.service_tier) ?? this.readings.serviceTier;
    this.created ??= chunk.created === 0 ? this.stamp.created : chunk.created;
    if (tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
    for (const choice of choices) this.readChoice(choice);
    if (choices.some((choice) => typeof choice.finish_reason === "string")) return this.hold(chunk, choices);
    if (choices.length > 0 || !isObject(chunk.usage))
      return chunk === told ? this.passOn(chunk, frame, data) : frameOf(this.rewritten(chunk));
    this.absorb(chunk);
    return "";
  }

  /** The first chunk that has choices says who speaks: some servers never do (Groq's compound models), and the SDKs ask for it. */
  private withRole(chunk: JsonObject): JsonObject {
    const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
    if (this.hasRole || choices.length === 0) return chunk;
    this.hasRole = true;
    const isMute = (choice: JsonValue) => typeof objectAt(objectAt(choice)?.delta)?.role !== "string";
    if (!choices.some(isMute)) return chunk;
    const named = choices.map((choice) =>
      isObject(choice) ? { ...choice, delta: { role: "assistant", ...objectAt(choice.delta) } } : choice,
    );
    return { ...chunk, choices: named };
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
    const index = choice.index ?? 0;
    // The ledger has the finish of the first choice; of the others it only knows that they have one.
    if (this.readings.finish === undefined || (index === 0 && !this.finished.has(0))) {
      this.readings.finish = word;
      this.readings.rawFinish = finish;
    }
    this.finished.add(index);
  }

  /** Keeps a finishing chunk for the end. OpenRouter sends the finish reason twice: the second time it is like any other chunk. */
  private hold(chunk: JsonObject, choices: readonly JsonObject[]): ByteText {
    const { usage: _, ...rest } = { ...chunk, ...this.ids() };
    const index = choices[0]?.index ?? 0;
    if (!this.finishing.some((held) => objectAt((held.choices as JsonValue[])[0])?.index === index)) {
      this.finishing.push(rest);
      return "";
    }
    this.absorb(chunk);
    if (!choices.some((choice) => contentSize(objectAt(choice.delta) ?? {}) > 0)) return "";
    const unfinished = choices.map((choice) => ({ ...choice, finish_reason: null }));
    return frameOf({ ...rest, choices: unfinished });
  }

  private absorb(chunk: JsonObject): void {
    this.absorbed = { ...this.absorbed, ...chunk };
  }

  protected closed(chunk: JsonObject, closing: Closing): JsonObject {
    const choices = (chunk.choices as JsonValue[]).map((choice) =>
      isObject(choice)
        ? { ...choice, delta: { ...objectAt(choice.delta), provider_metadata: closing.metadata } }
        : choice,
    );
    return { ...this.absorbed, ...chunk, choices, usage: encodeUsage(closing), generationId: this.stamp.id };
  }

  private rewritten(chunk: JsonObject): JsonObject {
    return { ...chunk, ...this.ids(), ...(isObject(chunk.usage) ? { usage: null } : {}) };
  }

  /** Edits a chunk where it stands, and learns how chunks of this stream begin. */
  private passOn(chunk: JsonObject, frame: ByteText, data: ByteText): ByteText {
    const spans = new Map<string, Span>();
    const close = eachMember(data, 0, (name, start) => {
      const end = endOfValue(data, start);
      spans.set(name, { start, end });
      return end;
    });
    if (close === NOWHERE || spans.size === 0 || data.includes("\n")) {
      return frameOf(this.rewritten(chunk));
    }
    const edits = [
      setMember("id", `"${this.stamp.id}"`, spans.get("id"), close),
      setMember("model", JSON.stringify(this.stamp.model), spans.get("model"), close),
    ];
    const created = spans.get("created");
    if (created !== undefined && chunk.created !== this.created) {
      edits.push({ at: created, text: JSON.stringify(this.created) });
    }
    const usage = spans.get("usage");
    if (usage !== undefined && isObject(chunk.usage)) edits.push({ at: usage, text: "null" });
    this.learn(frame, data, spans, edits);
    return `${DATA}${splice(data, edits)}\n\n`;
  }

  /** The beginning reaches up to `choices`, where `id`, `created` and `model` stand before it. */
  private learn(frame: ByteText, data: ByteText, spans: ReadonlyMap<string, Span>, edits: readonly Edit[]): void {
    const choices = spans.get("choices");
    if (choices === undefined) return;
    for (const name of ["id", "created", "model"]) {
      const value = spans.get(name);
      if (value === undefined || value.end > choices.start) return;
    }
    const usage = spans.get("usage");
    if (usage !== undefined && usage.start < choices.start) return;
    const early = edits.filter(({ at }) => at.end <= choices.start);
    // Only where the frame is `data: <json>` to the letter is a byte of the one the same byte of the other.
    if (!frame.startsWith(DATA + data)) return;
    this.theirs = ownByteText(frame.slice(0, DATA.length + choices.start));
    this.ours = ownByteText(DATA + splice(data.slice(0, choices.start), early));
  }
}

/**
 * Begins as it should, is whole, and after that holds content: no finish reason, no usage, no error, no second chunk. These bytes cannot stand
 * inside a string, where the quotes would be escaped.
 */
function isPlain(frame: ByteText, head: ByteText): boolean {
  const from = head.length;
  return (
    frame.startsWith(head) &&
    (frame.endsWith("}\n\n") || frame.endsWith("}\r\n\r\n")) &&
    nulls(frame, FINISH, from) > 0 &&
    nulls(frame, USAGE, from) >= 0 &&
    frame.indexOf(ERROR, from) < 0 &&
    !mayBeGlued(frame, from)
  );
}

/** With LF for line ends: a CRLF that the network cuts in two arrives as CR, and its rest belongs to no frame. */
function endedAsOurs(rest: ByteText): ByteText {
  return rest.endsWith("\r\n\r\n") ? `${rest.slice(0, -4)}\n\n` : rest;
}

/** How often `null`, written without a space, stands behind this word; -1 where anything else does. */
function nulls(frame: ByteText, word: string, from: number): number {
  let count = 0;
  for (let at = frame.indexOf(word, from); at >= 0; at = frame.indexOf(word, at)) {
    at += word.length;
    if (!frame.startsWith(IS_NULL, at)) return -1;
    count++;
  }
  return count;
}

/** A chunk that had to be written anew. */
function frameOf(chunk: JsonObject): ByteText {
  return utf8ByteText(`${DATA}${JSON.stringify(chunk)}\n\n`);
}
