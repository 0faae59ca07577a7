import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, objectAt, parseJson } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { eachMember, endOfValue, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { laidOver } from "./usage.ts";

/**
 * Reads a message and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and
 * `provider_metadata` added.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  _ask: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const body = parseJson(readByteText(bytes));
  if (!isObject(body)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  for (const event of decodeAnswer(body)) readings.see(event);
  if (readings.error !== undefined) throw readings.error;
  const places = new Map<string, Span>();
  const close = eachMember(bytes, 0, (name, start) => {
    const end = endOfValue(bytes, start);
    places.set(name, { start, end });
    return end;
  });
  if (close === NOWHERE) throw new GatewayError("upstream_malformed", "The provider's answer is not a message.");
  const usage = objectAt(body.usage);
  return (closing) =>
    sendable(
      splice(bytes, [
        setMember("id", JSON.stringify(stamp.id), places.get("id"), close),
        setMember("model", JSON.stringify(stamp.model), places.get("model"), close),
        setMember("usage", JSON.stringify(laidOver(usage, closing)), places.get("usage"), close),
        setMember("provider_metadata", JSON.stringify(closing.metadata), places.get("provider_metadata"), close),
      ]),
    );
}
