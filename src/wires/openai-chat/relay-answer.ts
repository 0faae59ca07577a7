import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { arrayAt, type JsonValue, objectAt, parseJson } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { eachMember, endOfValue, firstElement, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import { contentSize } from "./content-size.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

type Noted = "id" | "model" | "usage" | "error" | "generationId" | "metadata" | "finish" | "service_tier";

const TOP: ReadonlySet<Noted> = new Set<Noted>(["id", "model", "usage", "error", "generationId", "service_tier"]);

/** Where in a chat completion the things stand that are read or edited. */
class Places {
  id: Span | undefined;
  model: Span | undefined;
  usage: Span | undefined;
  error: Span | undefined;
  message: Span | undefined;
  metadata: Span | undefined;
  finish: Span | undefined;
  service_tier: Span | undefined;
  generationId: Span | undefined;
  /** Of the message, and of the whole. */
  messageClose = NOWHERE;
  close = NOWHERE;
}

/**
 * Reads a chat completion and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and
 * `provider_metadata` and `generationId` added.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  _ask: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const places = findPlaces(bytes);
  refuseError(valueAt(bytes, places.error));
  if (places.close === NOWHERE || places.messageClose === NOWHERE || bytes.slice(places.close + 1).trim() !== "") {
    throw new GatewayError("upstream_malformed", "The provider's answer is not a chat completion.");
  }
  readings.upstreamId = stringAt(bytes, places.id);
  readings.upstreamModel = stringAt(bytes, places.model);
  readings.serviceTier = stringAt(bytes, places.service_tier);
  const usage = valueAt(bytes, places.usage);
  if (tellsUsage(usage)) readings.report(decodeUsage(usage), usage);
  // Only for an estimate are the words counted: most answers are not parsed at all.
  if (readings.usage?.output === undefined) readings.content(wordsIn(bytes));
  // An answer without a finish reason has finished all the same; OpenAI itself has sent `null` there.
  const finish = stringAt(bytes, places.finish);
  readings.finish = decodeFinish(finish ?? "stop");
  readings.rawFinish = finish ?? null;
  readings.committed = true;
  readings.ended = true;
  return (closing) =>
    sendable(
      splice(bytes, [
        setMember("id", `"${stamp.id}"`, places.id, places.close),
        setMember("model", JSON.stringify(stamp.model), places.model, places.close),
        setMember("provider_metadata", JSON.stringify(closing.metadata), places.metadata, places.messageClose),
        setMember("usage", JSON.stringify(encodeUsage(closing)), places.usage, places.close),
        setMember("generationId", `"${stamp.id}"`, places.generationId, places.close),
      ]),
    );
}

function findPlaces(bytes: ByteText): Places {
  const places = new Places();
  const note = (name: Noted, start: number) => {
    const end = endOfValue(bytes, start);
    places[name] = { start, end };
    return end;
  };
  // What is added behind a comma needs something before it.
  let isEmpty = true;
  const inMessage = (name: string, value: number) => {
    isEmpty = false;
    return name === "provider_metadata" ? note("metadata", value) : undefined;
  };
  const inChoice = (name: string, value: number) => {
    if (name === "finish_reason") return note("finish", value);
    if (name !== "message") return undefined;
    const close = eachMember(bytes, value, inMessage);
    const end = close === NOWHERE ? NOWHERE : close + 1;
    places.messageClose = isEmpty ? NOWHERE : close;
    places.message = { start: value, end };
    return end;
  };
  const inFirst = (element: number) => {
    const close = eachMember(bytes, element, inChoice);
    return close === NOWHERE ? NOWHERE : close + 1;
  };
  places.close = eachMember(bytes, 0, (name, value) => {
    if (name === "choices") return firstElement(bytes, value, inFirst);
    return TOP.has(name as Noted) ? note(name as Noted, value) : undefined;
  });
  return places;
}

/** Size of what all choices say. */
function wordsIn(bytes: ByteText): number {
  const choices = arrayAt(objectAt(parseJson(readByteText(bytes)))?.choices) ?? [];
  return choices.reduce<number>((size, choice) => size + contentSize(objectAt(objectAt(choice)?.message) ?? {}), 0);
}

function refuseError(error: JsonValue | undefined): void {
  if (error !== undefined && error !== null) throw decodeErrorValue(error);
}

function valueAt(bytes: ByteText, at: Span | undefined): JsonValue | undefined {
  return at === undefined ? undefined : parseJson(readByteText(bytes.slice(at.start, at.end)));
}

/** The string that stands there; most hold no escapes, and are then what stands between the quotes. */
function stringAt(bytes: ByteText, at: Span | undefined): string | undefined {
  if (at === undefined || bytes.charAt(at.start) !== '"') return undefined;
  const inside = bytes.slice(at.start + 1, at.end - 1);
  return inside.includes("\\") ? String(valueAt(bytes, at)) : readByteText(inside);
}
