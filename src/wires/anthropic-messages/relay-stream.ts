import { type ByteText, readByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { eachMember, endOfValue, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { MessagesStream } from "./decode-stream.ts";
import { estimated, STOP } from "./encode-stream.ts";
import { encodeErrorFrame } from "./error.ts";
import { laidOver } from "./usage.ts";

/** How a delta begins that says words and nothing else: most of a stream. */
const DELTA =
  /^event: content_block_delta\ndata: \{"type":"content_block_delta","index":\d+,"delta":\{"type":"(?:text|thinking|input_json)_delta","(?:text|thinking|partial_json)":"/;
/** What stands behind the words. Anthropic fills it up with spaces. */
const DELTA_END = /^\} *\} *\n\n$/;

/**
 * Events of one stream, which go out as they came. Three are edited: `message_start` gets our id and model, the usage of
 * `message_delta` becomes ours, and `message_stop` is said by us, once the books are closed.
 */
export class MessagesRelay implements RelayStream {
  private readonly stamp: Stamp;
  private readonly readings: Readings;
  /** Reads what the stream says, so that a relay and a translation agree on it. */
  private readonly decoder = new MessagesStream();
  private hasBegun = false;
  private blocks = 0;
  /** Their index → ours, for blocks that do not follow one upon the other as they should. */
  private readonly moved = new Map<JsonValue | undefined, number>();
  /** Everything that `message_delta` has told. */
  private delta: JsonObject = {};
  /** Whatever else `message_stop` told. */
  private stop: JsonObject = {};

  constructor(stamp: Stamp, readings: Readings) {
    this.stamp = stamp;
    this.readings = readings;
  }

  push(frame: ByteText): ByteText {
    const plain = this.plain(frame);
    return plain ? frame : this.pushParsed(frame);
  }

  end(): void {
    for (const event of this.decoder.end()) this.readings.see(event);
  }

  finish(closing: Closing): string {
    const { delta, usage } = this.delta;
    const event = {
      ...this.delta,
      type: "message_delta",
      delta: delta ?? {},
      usage: laidOver(objectAt(usage), closing),
      provider_metadata: closing.metadata,
    };
    const stop = Object.keys(this.stop).length === 0 ? STOP : frameText("message_stop", this.stop);
    return `event: message_delta\ndata: ${JSON.stringify(event)}\n\n${stop}`;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  /** Words that can go on without being parsed. */
  private plain(frame: ByteText): boolean {
    if (!this.readings.committed || this.moved.size > 0) return false;
    const head = DELTA.exec(frame)?.[0];
    if (head === undefined) return false;
    const end = endOfValue(frame, head.length - 1);
    if (end === NOWHERE || !DELTA_END.test(frame.slice(end))) return false;
    this.readings.content(end - 1 - head.length);
    return true;
  }

  private pushParsed(frame: ByteText): ByteText {
    const read = readFrame(frame);
    // A comment keeps the connection alive: it travels, unless it was cut. Other lines without data are nothing.
    if (read === undefined)
      return frame.startsWith(":") && /[\r\n]$/.test(frame) ? `${frame.replace(/(?<![\r\n])[\r\n]+$/, "")}\n\n` : "";
    const told = { ...read, data: readByteText(read.data) };
    for (const event of this.decoder.push(told)) {
      this.readings.see(event);
      // A call without arguments is one all the same.
      if (event.type === "block-start" && event.block.kind === "tool-call")
        this.readings.content(event.block.name.length);
    }
    if (this.readings.error !== undefined) return "";
    const event = parseJson(told.data);
    if (!isObject(event)) return "";
    switch (event.type) {
      case "message_start":
        // Some begin twice; what is not the same message is an error by now.
        if (this.hasBegun) return "";
        this.hasBegun = true;
        return this.begun(event, read.data);
      case "content_block_start":
        if (event.index !== this.blocks) this.moved.set(event.index, this.blocks);
        this.blocks++;
        return this.inPlace(event, frame, read.data);
      case "message_delta":
        this.hold(event);
        return "";
      case "message_stop": {
        const { type: _type, ...more } = event;
        this.stop = more;
        return "";
      }
      case "message":
        return this.wholeMessage(event);
      default:
        return this.inPlace(event, frame, read.data);
    }
  }

  /** An event as it came, but for the number of a block that is not the next: clients look for it at its place in a list. */
  private inPlace(event: JsonObject, frame: ByteText, data: ByteText): ByteText {
    const ours = this.moved.get(event.index);
    if (ours === undefined) return passedOn(event.type, frame, data);
    if (event.type === "content_block_stop") this.moved.delete(event.index);
    return frameOf(String(event.type), JSON.stringify({ ...event, index: ours }));
  }

  /** The first event, with our id and model where theirs stand. */
  private begun(event: JsonObject, data: ByteText): ByteText {
    const message = new Map<string, Span>();
    let inner = NOWHERE;
    const close = eachMember(data, 0, (name, start) => {
      if (name !== "message") return undefined;
      inner = eachMember(data, start, (member, from) => {
        const end = endOfValue(data, from);
        message.set(member, { start: from, end });
        return end;
      });
      return inner === NOWHERE ? NOWHERE : inner + 1;
    });
    const { id, model, inputEstimate } = this.stamp;
    // The SDK counts on it: where nobody told, it is what one can guess.
    if (objectAt(objectAt(event.message)?.usage) === undefined) {
      const usage = { input_tokens: inputEstimate?.() ?? 0, output_tokens: 0 };
      const edited = { ...event, message: { ...objectAt(event.message), id, model, usage } };
      return frameOf("message_start", JSON.stringify({ ...edited, provider_metadata: estimated(id) }));
    }
    if (close === NOWHERE || message.size === 0 || data.includes("\n")) {
      const edited = { ...event, message: { ...objectAt(event.message), id, model } };
      return frameOf("message_start", JSON.stringify(edited));
    }
    const edits = [
      setMember("id", JSON.stringify(id), message.get("id"), inner),
      setMember("model", JSON.stringify(model), message.get("model"), inner),
    ];
    return `event: message_start\ndata: ${splice(data, edits)}\n\n`;
  }

  /** Keeps it for the end. Providers send several, and the later tells what the earlier did not. */
  private hold(event: JsonObject): void {
    const told = (object: JsonObject | undefined) =>
      Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => value !== null));
    this.delta = {
      ...this.delta,
      ...event,
      delta: {
        stop_reason: null,
        stop_sequence: null,
        ...told(objectAt(this.delta.delta)),
        ...told(objectAt(event.delta)),
      },
      usage: { ...objectAt(this.delta.usage), ...told(objectAt(event.usage)) },
    };
  }

  /** A stream of one event that is the whole message, as it would have come in pieces. */
  private wholeMessage(event: JsonObject): ByteText {
    const { content, stop_reason, stop_sequence, usage, ...message } = event;
    this.hold({
      type: "message_delta",
      delta: { stop_reason, stop_sequence },
      ...(usage === undefined ? {} : { usage }),
    });
    const { id, model } = this.stamp;
    const start = {
      ...message,
      id,
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(usage === undefined ? {} : { usage }),
    };
    let told = frameOf("message_start", JSON.stringify({ type: "message_start", message: start }));
    for (const [index, block] of (Array.isArray(content) ? content : []).entries()) {
      told += frameOf(
        "content_block_start",
        JSON.stringify({ type: "content_block_start", index, content_block: block }),
      );
      told += frameOf("content_block_stop", JSON.stringify({ type: "content_block_stop", index }));
    }
    return told;
  }
}

/** As it came where it is spelled as Anthropic does; else spelled so, since clients go by the `event:` line. */
function passedOn(type: JsonValue | undefined, frame: ByteText, data: ByteText): ByteText {
  const named = typeof type === "string" && /^[\w.-]+$/.test(type) ? `event: ${type}\n` : "";
  const usual = `${named}data: ${data}\n\n`;
  return frame === usual ? frame : `${named}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
}

function frameText(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}

/** An event that had to be written anew. */
function frameOf(event: string, data: string): ByteText {
  return utf8ByteText(`event: ${event}\ndata: ${data}\n\n`);
}
