import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import type { Dropped } from "../../core/request.ts";
import { EventRelay } from "../event-relay.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { addOptions } from "../provider-options.ts";
import { encodeSoundUsage, reportSoundUsage } from "../sound-usage.ts";
import { withMembers } from "../splice.ts";
import type { EncodedRequest, LegFacts, RelayStream } from "../wire.ts";
import { wishesOf } from "../wishes.ts";

const OWN = ["models", "provider", "providerOptions", "tags", "user"] as const;

const ANYTHING = { accept: "*/*" };

/** The client's form as this endpoint shall get it, with the file as it came. */
export function relayRequest(ask: Ask, { upstreamModel, provider }: LegFacts): EncodedRequest {
  const { body: written, files = [] } = ask;
  const body: JsonObject = { ...written, model: upstreamModel };
  const dropped = new Set<Dropped>();
  for (const name of OWN) delete body[name];
  if (wishesOf(ask)?.serviceTier !== undefined) dropped.add("service_tier");
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  // How it is told was settled with the client.
  if (written.response_format === undefined) delete body.response_format;
  else body.response_format = written.response_format;
  return { body, files, dropped: [...dropped], ...(isTold(ask) ? { headers: ANYTHING } : {}) };
}

/** In words, and not in JSON. */
function isTold({ body: { response_format: format } }: Ask): boolean {
  return format === "text" || format === "srt" || format === "vtt";
}

/**
 * Reads a whole transcript. In words it stays as it is, and has no place for what it cost; in JSON that is told.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  ask: Ask,
  _stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  if (isTold(ask)) return relayWords(bytes, ask, readings);
  const { answer, text } = transcriptIn(bytes);
  reportSoundUsage(readings, answer.usage);
  // Who does not tell what was counted may tell how long it was.
  const { duration } = answer;
  if (readings.usage === undefined && typeof duration === "number" && duration >= 0)
    readings.report({ seconds: Math.ceil(duration) });
  heard(readings, Buffer.byteLength(text));
  return (closing) => {
    const usage = isObject(answer.usage) ? undefined : encodeSoundUsage(closing);
    return withMembers(bytes, { usage, providerMetadata: closing.metadata });
  };
}

function transcriptIn(bytes: ByteText): { answer: JsonObject; text: string } {
  const answer = parseJson(readByteText(bytes));
  if (!isObject(answer)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  if (answer.error !== undefined && answer.error !== null) throw decodeErrorValue(answer.error);
  const text = stringAt(answer.text);
  if (text === undefined) throw new GatewayError("upstream_malformed", "The provider's answer has no text.");
  return { answer, text };
}

/** The whole transcript in events: some models do not stream, and do not say so (https://platform.openai.com/docs/api-reference/audio/createTranscription, `stream`). */
export function retold(bytes: ByteText): ByteText {
  const { answer, text } = transcriptIn(bytes);
  const { usage, logprobs } = answer;
  const events = [
    { type: "transcript.text.delta", delta: text },
    { type: "transcript.text.done", text, ...present({ usage, logprobs }) },
  ];
  return utf8ByteText(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
}

function relayWords(bytes: ByteText, ask: Ask, readings: Readings): () => string | Buffer {
  const json = /^\s*\{/.test(bytes) ? parseJson(readByteText(bytes)) : undefined;
  if (isObject(json) && json.error !== undefined && json.error !== null) throw decodeErrorValue(json.error);
  // Some know no other format than JSON, and do not say so.
  const words = isObject(json) && ask.body.response_format === "text" ? stringAt(json.text) : undefined;
  if (/^\s*<(!doctype|html)/i.test(bytes) || (isObject(json) && words === undefined))
    throw new GatewayError("upstream_malformed", `The provider's answer is no ${ask.body.response_format}.`);
  readings.contentType = "text/plain; charset=utf-8";
  if (isObject(json)) reportSoundUsage(readings, json.usage);
  heard(readings, bytes.length);
  return () => words ?? sendable(bytes);
}

function heard(readings: Readings, size: number): void {
  readings.content(size);
  readings.finish = "stop";
  readings.committed = true;
  readings.ended = true;
}

/** A transcript in events. */
export function relayStream(_ask: Ask, stamp: Stamp, readings: Readings): RelayStream {
  return new EventRelay(stamp, readings, {
    content: "transcript.text.delta",
    done: "transcript.text.done",
    sizeOf: ({ delta }) => Buffer.byteLength(stringAt(delta) ?? ""),
    inOurs,
  });
}

/**
 * Mistral's words for the same events: `text` for `delta`, and other types.
 * https://docs.mistral.ai/api/endpoint/audio/transcriptions (`TranscriptionStreamEvents`)
 */
function inOurs(event: JsonObject): JsonObject {
  switch (event.type) {
    case "transcription.text.delta": {
      const { text, ...others } = event;
      return { ...others, type: "transcript.text.delta", delta: text };
    }
    case "transcription.segment": {
      const { speaker_id: speaker, ...others } = event;
      return { ...others, type: "transcript.text.segment", ...present({ speaker: speaker ?? undefined }) };
    }
    case "transcription.done":
      return { ...event, type: "transcript.text.done" };
    default:
      return event;
  }
}
