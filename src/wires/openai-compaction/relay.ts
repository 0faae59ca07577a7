import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { decodeFailure } from "../openai-responses/error.ts";
import { relayRequest as relayResponses } from "../openai-responses/relay-request.ts";
import { encodeMetadata } from "../openai-responses/response.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "../openai-responses/usage.ts";
import { eachMember, endOfValue, type Span, setMember, splice } from "../splice.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";

/** The client's body as this endpoint shall get it. It is never a stream. */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const { body, dropped } = relayResponses(ask, leg);
  const { stream: _, ...rest } = body;
  return { body: rest, dropped };
}

/**
 * Reads what the provider made of the conversation; its reply is the provider's, with the id and the usage ours.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  _ask: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const answer = parseJson(readByteText(bytes));
  if (isObject(answer) && isObject(answer.error)) throw decodeFailure(answer.error);
  if (!isObject(answer) || !Array.isArray(answer.output))
    throw new GatewayError("upstream_malformed", "The provider's answer has no output list.");
  readings.upstreamId = stringAt(answer.id);
  if (tellsUsage(answer.usage)) readings.report(decodeUsage(answer.usage), answer.usage);
  readings.content(JSON.stringify(answer.output).length);
  readings.finish = "stop";
  readings.ended = true;
  const raw: JsonObject | undefined = objectAt(answer.usage);
  return (closing) => {
    const spans = new Map<string, Span>();
    const close = eachMember(bytes, 0, (name, start) => {
      const end = endOfValue(bytes, start);
      spans.set(name, { start, end });
      return end;
    });
    const members = { id: stamp.id, usage: encodeUsage(closing, raw), ...encodeMetadata(closing) };
    const edits = Object.entries(members).map(([name, value]) =>
      setMember(name, JSON.stringify(value), spans.get(name), close),
    );
    return sendable(splice(bytes, edits));
  };
}
