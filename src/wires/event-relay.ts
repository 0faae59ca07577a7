import { type ByteText, readByteText, utf8ByteText } from "../core/byte-text.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, type JsonValue, parseJson, present } from "../core/json.ts";
import type { Readings } from "../core/readings.ts";
import { decodeErrorValue, encodeErrorFrame } from "./openai-chat/error.ts";
import { encodeSoundUsage, reportSoundUsage } from "./sound-usage.ts";
import { readFrame } from "./sse.ts";
import type { RelayStream } from "./wire.ts";

/** The events of one kind of stream. */
export interface EventKinds {
  /** Which brings a piece of content. */
  readonly content: string;
  /** Which comes last, and tells the usage. */
  readonly done: string;
  /** How much such a piece is, in bytes of text. */
  sizeOf(event: JsonObject): number;
  /** An event of who has other words for it, in these; itself where it has. */
  inOurs?(event: JsonObject): JsonObject;
}

/**
 * A stream that brings content in events of one type, and ends with one that tells the usage: that is held back until it is
 * known what it cost. Everything else goes through as it came.
 */
export class EventRelay implements RelayStream {
  private readonly stamp: Stamp;
  private readonly readings: Readings;
  private readonly kinds: EventKinds;
  private done: JsonObject | undefined;
  private doneName: string | undefined;

  constructor(stamp: Stamp, readings: Readings, kinds: EventKinds) {
    this.stamp = stamp;
    this.readings = readings;
    this.kinds = kinds;
  }

  push(frame: ByteText): ByteText {
    const read = readFrame(frame);
    // A comment keeps the connection alive.
    if (read === undefined) return frame.startsWith(":") && /[\r\n]$/.test(frame) ? `${frame.trimEnd()}\n\n` : "";
    if (read.data.trim() === "[DONE]") return "";
    const told = parseJson(readByteText(read.data));
    if (!isObject(told)) {
      this.readings.error = new GatewayError(
        "upstream_malformed",
        "The provider sent an event that is not a JSON object.",
      );
      return "";
    }
    const event = this.kinds.inOurs?.(told) ?? told;
    const wrong = wrongIn(event);
    if (wrong !== undefined) {
      this.readings.error = decodeErrorValue(wrong);
      return "";
    }
    if (event.type !== this.kinds.done) {
      if (event.type === this.kinds.content) this.readings.content(this.kinds.sizeOf(event));
      return event === told ? frame : utf8ByteText(frameOf(event, read.event));
    }
    this.done = event;
    this.doneName = read.event;
    reportSoundUsage(this.readings, event.usage);
    this.readings.finish = "stop";
    this.readings.committed = true;
    this.readings.ended = true;
    return "";
  }

  end(): void {
    if (!this.readings.ended)
      this.readings.error ??= new GatewayError("upstream_truncated", "The answer ended without its last event.");
  }

  finish(closing: Closing): string {
    const { done, doneName: name } = this;
    if (done === undefined) return "";
    const usage = done.usage ?? encodeSoundUsage(closing);
    return frameOf({ ...done, ...present({ usage }), providerMetadata: closing.metadata }, name);
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }
}

/** Where events have names, each has that of its type. */
function frameOf(event: JsonObject, name: string | undefined): string {
  return `${name === undefined ? "" : `event: ${event.type}\n`}data: ${JSON.stringify(event)}\n\n`;
}

function wrongIn(event: JsonObject): JsonValue | undefined {
  return event.type === "error" ? (event.error ?? event) : (event.error ?? undefined);
}
