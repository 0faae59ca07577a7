import type { ByteText } from "../core/byte-text.ts";
import type { Closing, Stamp } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Readings } from "../core/readings.ts";
import { DONE } from "./openai-chat/encode-stream.ts";
import { encodeErrorFrame } from "./openai-chat/error.ts";

/**
 * A stream whose chunks bring pieces of `choices`, each of which must finish. The chunks that finish one are held back until the
 * end, when the last of them takes along what the gateway knows.
 */
export abstract class ChoiceRelay {
  protected readonly stamp: Stamp;
  protected readonly readings: Readings;
  /** The choices that have finished. */
  protected readonly finished = new Set<JsonValue>();
  /** The chunk that finished each. */
  protected readonly finishing: JsonObject[] = [];
  /** Top-level members of the chunks that only brought usage: they go out with the finishing chunk. */
  protected absorbed: JsonObject = {};
  protected created: JsonValue | undefined;
  private readonly choices: number;

  /** @param choices how many answers were asked for */
  constructor(choices: number, stamp: Stamp, readings: Readings) {
    this.choices = choices;
    this.stamp = stamp;
    this.readings = readings;
  }

  abstract push(frame: ByteText): ByteText;

  end(): void {
    if (this.isFinished) {
      this.readings.committed = true;
      this.readings.ended = true;
    } else this.readings.error ??= new GatewayError("upstream_truncated", "The answer ended without a finish reason.");
  }

  finish(closing: Closing): string {
    const last = this.finishing.length - 1;
    const chunks = this.finishing.map((chunk, i) => (i === last ? this.closed(chunk, closing) : chunk));
    return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") + DONE;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  /** Chunks that came glued, in one frame. */
  protected pushSeveral(chunks: readonly ByteText[]): ByteText {
    let out = "";
    for (const chunk of chunks) if (this.readings.error === undefined) out += this.push(`data: ${chunk}\n\n`);
    return out;
  }

  protected get isFinished(): boolean {
    return this.finished.size >= this.choices;
  }

  /** The last chunk, with what is known at the end. */
  protected abstract closed(chunk: JsonObject, closing: Closing): JsonObject;

  protected ids(): JsonObject {
    return { id: this.stamp.id, model: this.stamp.model, created: this.created ?? this.stamp.created };
  }
}

/** What goes out for a frame without data: a comment keeps the connection alive and travels, unless it was cut; other lines are nothing. */
export function commentIn(frame: ByteText): ByteText {
  return frame.startsWith(":") && /[\r\n]$/.test(frame) ? `${frame.replace(/(?<![\r\n])[\r\n]+$/, "")}\n\n` : "";
}
