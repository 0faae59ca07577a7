import { type ByteText, readByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, parseJson, stringAt } from "../../core/json.ts";
import { ChoiceRelay, commentIn } from "../choice-relay.ts";
import { unglued } from "../glued.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { decodeFinish } from "../openai-chat/finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "../openai-chat/usage.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { textSize } from "./relay-answer.ts";

/**
 * Chunks of one stream with ids that are ours. Each is parsed: this API is the older one, and its streams are few. The chunks
 * that finish a choice are held back until the end, when the last of them takes the usage along.
 */
export class CompletionRelay extends ChoiceRelay implements RelayStream {
  push(frame: ByteText): ByteText {
    const read = readFrame(frame);
    if (read === undefined) return commentIn(frame);
    if (read.data.trim() === "[DONE]") {
      this.readings.ended = this.isFinished;
      return "";
    }
    const chunk = parseJson(readByteText(read.data));
    if (isObject(chunk) && (chunk.error ?? null) === null) return this.pushChunk(chunk);
    const several = isObject(chunk) ? undefined : unglued(read.data);
    if (several !== undefined) return this.pushSeveral(several);
    if (isObject(chunk) && tellsUsage(chunk.usage)) this.readings.report(decodeUsage(chunk.usage), chunk.usage);
    this.readings.error = isObject(chunk)
      ? decodeErrorValue(chunk.error!)
      : new GatewayError("upstream_malformed", "The provider sent a chunk that is not a JSON object.");
    return "";
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

  protected closed(chunk: JsonObject, closing: Closing): JsonObject {
    const told = { usage: encodeUsage(closing), generationId: this.stamp.id, providerMetadata: closing.metadata };
    return { ...this.absorbed, ...chunk, ...told };
  }
}
