import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { addUsage, type Usage } from "../../core/usage.ts";
import { decodeErrorValue, encodeErrorFrame } from "../openai-chat/error.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { decodeUsage, read } from "./relay-answer.ts";

/** Images as they come to be. */
export function relayStream(ask: Ask, stamp: Stamp, readings: Readings): RelayStream {
  return new ImageStream(ask, stamp, readings);
}

/**
 * A stream of images: each may be shown on the way (`….partial_image`) and comes whole in the end (`….completed`), with what it
 * cost. The last of these is held back until that is known here, everything else goes through as it came.
 * https://platform.openai.com/docs/api-reference/images-streaming
 */
class ImageStream implements RelayStream {
  private readonly stamp: Stamp;
  private readonly readings: Readings;
  /** How many are asked for. */
  private readonly wanted: number;
  private completed = 0;
  private usage: Usage | undefined;
  private last: { event: JsonObject; name: string | undefined } | undefined;

  constructor({ body }: Ask, stamp: Stamp, readings: Readings) {
    this.stamp = stamp;
    this.readings = readings;
    this.wanted = typeof body.n === "number" ? body.n : 1;
  }

  push(frame: ByteText): ByteText {
    const told = readFrame(frame);
    // A comment keeps the connection alive.
    if (told === undefined) return frame.startsWith(":") ? frame : "";
    if (told.data.trim() === "[DONE]") return "";
    const event = parseJson(readByteText(told.data));
    if (!isObject(event)) {
      this.readings.error = new GatewayError(
        "upstream_malformed",
        "The provider sent an event that is no JSON object.",
      );
      return "";
    }
    if (event.type === "error" || (event.error !== undefined && event.error !== null)) {
      this.readings.error = decodeErrorValue(event.error ?? event);
      return "";
    }
    if (typeof event.b64_json === "string") this.readings.committed = true;
    if (typeof event.type !== "string" || !event.type.endsWith(".completed")) return frame;
    this.completed++;
    const usage = objectAt(event.usage);
    if (usage !== undefined) this.usage = addUsage(this.usage, decodeUsage(usage));
    if (this.completed < this.wanted) return frame;
    this.last = { event, name: told.event };
    read(this.readings, this.completed, this.usage ?? {}, usage);
    return "";
  }

  end(): void {
    if (!this.readings.ended)
      this.readings.error ??= new GatewayError("upstream_truncated", "The answer ended before its last image.");
  }

  finish(closing: Closing): string {
    if (this.last === undefined) return "";
    const { event, name } = this.last;
    const whole = { ...event, providerMetadata: closing.metadata, provider_metadata: closing.metadata };
    return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(whole)}\n\n`;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }
}
