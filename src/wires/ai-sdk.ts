import type { Upload } from "../core/ask.ts";
import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import type { HeaderFields } from "../core/headers.ts";
import { arrayAt, isObject, type JsonObject, objectAt, parseJson } from "../core/json.ts";
import type { Dropped } from "../core/request.ts";
import { encodeError, encodeErrorFrame } from "./ai-sdk-language-model/error.ts";
import { mustFit, type Shape } from "./shape.ts";
import { HEARTBEAT } from "./sse.ts";
import type { Inbound, LegFacts, Relay } from "./wire.ts";

/**
 * The AI SDK's wires for all but language (contract 4.5): each asks what a wire of OpenAI's or Cohere's asks, in other words, and
 * is served by way of that one. What their clients are told is the same in all three editions of the protocol.
 */

/** How such a wire is said in another, and answered from there. */
export interface Words {
  /** What a body must fit. */
  readonly shape: Shape;
  /** The files that a body holds in base64, and the body without them. */
  take?(body: JsonObject): { body: JsonObject; files: readonly Upload[] };
  /** The body as the other wire has it, and what that has no words for. @param leg absent where nobody is asked yet */
  request(body: JsonObject, leg?: LegFacts): { body: JsonObject; dropped?: readonly Dropped[] };
  /** The other's whole reply, in this one's words. */
  reply(reply: JsonObject, closing: Closing): JsonObject;
}

const MODEL = "ai-model-id";

/** How clients of such a wire are heard and refused. @param other how those of the other are */
export function inboundOf(wire: WireName, words: Words, other: Inbound): Inbound {
  return {
    read(told, headers) {
      const model = modelIn(headers);
      mustFit(words.shape, told);
      const { headers: _, ...whole } = told;
      const { body, files } = words.take?.(whole) ?? { body: whole, files: undefined };
      // What it may use at most the other knows.
      const { isBytes: __, ...ask } = other.read(inOther(words, { ...body, model }), headers, files);
      return { ...ask, wire, body: { ...body, model }, stream: false };
    },
    encodeError,
    encodeErrorFrame,
    heartbeat: HEARTBEAT,
  };
}

function modelIn(headers: HeaderFields | undefined): string {
  const model = headers?.get(MODEL) ?? "";
  if (model !== "") return model;
  const message = `The header "${MODEL}" must be given: these routes take the model from there.`;
  throw new GatewayError("invalid_request", message, { param: MODEL });
}

function inOther({ request }: Words, body: JsonObject, leg?: LegFacts): JsonObject {
  const { model, providerOptions } = body;
  const options = providerOptions === undefined ? {} : { providerOptions };
  return { ...request(body, leg).body, ...options, model: model! };
}

/** A wire's relay, for clients who ask in these words. */
export function reworded(relay: Relay, words: Words): Relay {
  return {
    request(ask, leg, files) {
      const encoded = relay.request({ ...ask, body: inOther(words, ask.body, leg) }, leg, files);
      const { dropped = [] } = words.request(ask.body, leg);
      return dropped.length === 0 ? encoded : { ...encoded, dropped: [...new Set([...dropped, ...encoded.dropped])] };
    },
    answer(bytes, ask, stamp, readings) {
      const close = relay.answer(bytes, { ...ask, body: inOther(words, ask.body) }, stamp, readings);
      return (closing) => JSON.stringify({ ...tailOf(closing), ...words.reply(objectOf(close(closing)), closing) });
    },
  };
}

/** Members of a body that its wire does not name: nobody knows what they would be in another. */
export function strangersIn(body: JsonObject, known: readonly string[]): Dropped[] {
  return Object.keys(body).filter((name) => body[name] !== undefined && name !== "model" && !known.includes(name));
}

/** What every reply has beside its own. */
function tailOf({ metadata }: Closing): JsonObject {
  const warnings = (arrayAt(objectAt(metadata.gateway)?.warnings) ?? []).filter(isObject);
  return { warnings, providerMetadata: metadata };
}

function objectOf(reply: string | Buffer): JsonObject {
  return objectAt(parseJson(typeof reply === "string" ? reply : reply.toString("utf8"))) ?? {};
}
