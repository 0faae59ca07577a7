import { type ByteText, readByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { DONE } from "../openai-chat/encode-stream.ts";
import { decodeErrorValue, encodeErrorFrame } from "../openai-chat/error.ts";
import { decodeFinish } from "../openai-chat/finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "../openai-chat/usage.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { textSize } from "./relay-answer.ts";

/**
 * Chunks of one stream with ids that are ours. Each is parsed: this API is the older one, and its streams are few. The chunks
 * that finish a choice are held back until the end, when the last of them takes the usage along.
 */
export class CompletionRelay implements RelayStream {
  private readonly choices: number;
  private readonly stamp: Stamp;
  private readonly readings: Readings;
  private readonly finished = new Set<JsonValue>();
  private readonly finishing: JsonObject[] = [];
  private created: JsonValue | undefined;
  /** Members of chunks that only brought usage. */
  private absorbed: JsonObject = {};

  /** @param choices how many completions were asked for: each must finish */
  constructor(choices: number, stamp: Stamp, readings: Readings) {
    this.choices = choices;
    this.stamp = stamp;
    this.readings = readings;
  }

  push(frame: ByteText): ByteText {
    const read = readFrame(frame);
    // A comment keeps the connection alive: it travels, unless it was cut.
    if (read === undefined)
      return frame.startsWith(":") && /[\r\n]$/.test(frame) ? `${frame.replace(/(?<![\r\n])[\r\n]+$/, "")}\n\n` : "";
    if (read.data.trim() === "[DONE]") {
      this.readings.ended = this.finished.size >= this.choices;
      return "";
    }
    const chunk = parseJson(readByteText(read.data));
    if (isObject(chunk) && (chunk.error ?? null) === null) return this.pushChunk(chunk);
    if (isObject(chunk) && tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
    this.readings.error = isObject(chunk)
      ? decodeErrorValue(chunk.error!)
      : new GatewayError("upstream_malformed", "The provider sent a chunk that is not a JSON object.");
    return "";
  }

  end(): void {
    if (this.finished.size >= this.choices) {
      this.readings.committed = true;
      this.readings.ended = true;
    } else this.readings.error ??= new GatewayError("upstream_truncated", "The answer ended without a finish reason.");
  }

  finish(closing: Closing): string {
    const last = this.finishing.length - 1;
    const told = this.finishing.map((chunk, i) => (i === last ? this.closed(chunk, closing) : chunk));
    return told.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("") + DONE;
  }

  fail(error: GatewayError): string {
    return encodeErrorFrame(error, this.stamp.id);
  }

  private pushChunk(chunk: JsonObject): ByteText {
    this.readings.upstreamId ??= stringAt(chunk.id) || undefined;
    this.readings.upstreamModel ??= stringAt(chunk.model) || undefined;
    this.readings.serviceTier = stringAt(chunk.service_tier) ?? this.readings.serviceTier;
    this.created ??= chunk.created;
    if (tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
    if (choices.length === 0) {
      if (isObject(chunk.usage)) this.absorbed = { ...this.absorbed, ...chunk };
      return "";
    }
    let isFinishing = false;
    for (const choice of choices) isFinishing = this.readChoice(choice) || isFinishing;
    // Of several usages the client is told the last, with the finish.
    const { usage: _, ...ours } = { ...chunk, ...this.ids() };
    if (isFinishing) {
      this.finishing.push(ours);
      return "";
    }
    return utf8ByteText(`data: ${JSON.stringify(ours)}\n\n`);
  }

  /** Whether it ends here. A choice that has ended ends once: what says so again is like any other piece. */
  private readChoice(choice: JsonObject): boolean {
    this.readings.content(textSize(choice));
    const { finish_reason: finish, index = 0 } = choice;
    if (typeof finish !== "string" || this.finished.has(index)) return false;
    const word = decodeFinish(finish);
    if (word === "error") {
      this.readings.error = new GatewayError("upstream_error", "The provider ended the answer with an error.");
      return false;
    }
    // The ledger has the finish of the first choice; of the others it only knows that they have one.
    if (this.readings.finish === undefined || index === 0) {
      this.readings.finish = word;
      this.readings.rawFinish = finish;
    }
    this.finished.add(index);
    return true;
  }

  private closed(chunk: JsonObject, closing: Closing): JsonObject {
    const told = { usage: encodeUsage(closing), generationId: this.stamp.id, providerMetadata: closing.metadata };
    return { ...this.absorbed, ...chunk, ...told };
  }

  private ids(): JsonObject {
    return { id: this.stamp.id, model: this.stamp.model, created: this.created ?? this.stamp.created };
  }
}
