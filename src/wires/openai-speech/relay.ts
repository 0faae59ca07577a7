import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, toByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import type { Dropped } from "../../core/request.ts";
import { EventRelay } from "../event-relay.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts, RelayStream } from "../wire.ts";
import { wishesOf } from "../wishes.ts";

const OWN = ["models", "provider", "providerOptions", "tags", "user"] as const;

/** The client's body as this endpoint shall get it. */
export function relayRequest(ask: Ask, { upstreamModel, provider }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { ...written, model: upstreamModel };
  const dropped = new Set<Dropped>();
  for (const name of OWN) delete body[name];
  if (wishesOf(ask)?.serviceTier !== undefined) dropped.add("service_tier");
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  // What is sent in events, and what in bytes, was settled with the client.
  if (written.stream_format === undefined) delete body.stream_format;
  else body.stream_format = written.stream_format;
  return { body, dropped: [...dropped], headers: { accept: ask.isBytes === true ? "*/*" : "text/event-stream" } };
}

/** JSON in place of sound: an error, if anything. @throws GatewayError always */
export function relayAnswer(bytes: ByteText): never {
  const answer = parseJson(readByteText(bytes));
  if (isObject(answer) && answer.error !== undefined && answer.error !== null) throw decodeErrorValue(answer.error);
  throw new GatewayError("upstream_malformed", "The provider answered with JSON where sound was asked for.");
}

/** What OpenAI calls its formats; others are called so as well. */
const TYPES: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
};

/**
 * Sound that came in base64 within JSON (Mistral: https://docs.mistral.ai/studio/audio/text-to-speech/quickstarts, `audio_data`), as it was asked for.
 * @throws GatewayError where there is none
 */
export function retold(bytes: ByteText, ask: Ask, readings: Readings): ByteText {
  const answer = parseJson(readByteText(bytes));
  const sound = isObject(answer) ? stringAt(answer.audio_data) : undefined;
  if (sound === undefined || sound === "") return relayAnswer(bytes);
  const format = formatOf(ask);
  readings.contentType = ask.isBytes === true ? (TYPES[format] ?? `audio/${format}`) : "text/event-stream";
  if (ask.isBytes === true) return toByteText(Buffer.from(sound, "base64"));
  const { usage } = answer as JsonObject;
  const events = [
    { type: "speech.audio.delta", audio: sound },
    { type: "speech.audio.done", ...present({ usage }) },
  ];
  return utf8ByteText(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
}

function formatOf({ body }: Ask): string {
  return stringAt(body.response_format) ?? "mp3";
}

/** Sound as it comes. */
export function relayStream(ask: Ask, stamp: Stamp, readings: Readings): RelayStream {
  const format = formatOf(ask);
  if (ask.isBytes === true) return new SoundRelay(format, ask, readings);
  return new EventRelay(stamp, readings, {
    content: "speech.audio.delta",
    done: "speech.audio.done",
    sizeOf: (event) => {
      begin(ask, readings);
      return soundSize(((stringAt(event.audio)?.length ?? 0) * 3) / 4, format);
    },
  });
}

/** Whoever begins to speak has the text, and is paid for all of it. */
function begin({ most }: Ask, readings: Readings): void {
  if (!readings.committed && most !== undefined) readings.report(most);
}

/** Bytes of sound that are a second of it, as OpenAI writes it; others are much the same. */
const BYTES_PER_SECOND: Readonly<Record<string, number>> = {
  mp3: 20_000,
  opus: 8_000,
  ogg: 8_000,
  aac: 16_000,
  flac: 24_000,
  wav: 48_000,
  pcm: 48_000,
  raw: 48_000,
  mulaw: 8_000,
  alaw: 8_000,
};

/** Tokens of sound in a second: $12 a million and $0.015 a minute, https://platform.openai.com/docs/pricing (GPT-4o mini TTS). */
const TOKENS_PER_SECOND = 1250 / 60;
/** As text is estimated: so many bytes make a token. */
const BYTES_PER_TOKEN = 4;

/** Sound as so many bytes of text as would have as many tokens. */
function soundSize(bytes: number, format: string): number {
  return Math.ceil((bytes / (BYTES_PER_SECOND[format] ?? 20_000)) * TOKENS_PER_SECOND * BYTES_PER_TOKEN);
}

/** What is no sound, whatever it says: pages of proxies, and the errors of some. */
const NO_SOUND = /^(text\/|application\/(json|xml|problem))/i;

/** Bytes go through as they are: there is nothing in them to edit, nor a mark at their end. */
class SoundRelay implements RelayStream {
  private readonly format: string;
  private readonly ask: Ask;
  private readonly readings: Readings;
  private size = 0;

  constructor(format: string, ask: Ask, readings: Readings) {
    this.format = format;
    this.ask = ask;
    this.readings = readings;
    if (NO_SOUND.test(readings.contentType ?? ""))
      readings.error = new GatewayError(
        "upstream_malformed",
        "The provider answered with text where sound was asked for.",
      );
  }

  push(bytes: ByteText): ByteText {
    if (this.readings.error !== undefined) return "";
    begin(this.ask, this.readings);
    this.size += bytes.length;
    // Rounded over all of it, not piece by piece.
    this.readings.content(soundSize(this.size, this.format) - this.readings.contentBytes);
    return bytes;
  }

  end(): void {
    if (this.size === 0) {
      this.readings.error ??= new GatewayError("upstream_malformed", "The provider answered with no sound at all.");
      return;
    }
    this.readings.finish = "stop";
    this.readings.ended = true;
  }

  finish(): string {
    return "";
  }

  /** There is no place for words between the bytes: the connection is broken off. */
  fail(): string {
    return "";
  }
}
