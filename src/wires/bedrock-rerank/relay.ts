import type { Ask } from "../../core/ask.ts";
import type { ByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { Readings } from "../../core/readings.ts";
import { relayAnswer as relayCohere, relayRequest as requestCohere } from "../cohere-rerank/relay.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";

/** A body of Cohere's second edition, which says so; the model stands in the path. */
export function relayRequest(ask: Ask, leg: LegFacts): EncodedRequest {
  const { body, dropped } = requestCohere(ask, leg);
  const { model: _, ...rest } = body;
  return { body: { ...rest, api_version: 2 }, dropped };
}

/** A ranking without what it cost, and without an id, which stands in a header field. @throws GatewayError */
export function relayAnswer(bytes: ByteText, ask: Ask, stamp: Stamp, readings: Readings): (closing: Closing) => string {
  const id = readings.upstreamId;
  const reply = relayCohere(bytes, ask, stamp, readings);
  readings.upstreamId ??= id;
  return reply;
}
