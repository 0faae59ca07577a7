import type { Ask, Upload } from "../core/ask.ts";
import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import type { HeaderFields } from "../core/headers.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from "../core/json.ts";
import type { Dropped } from "../core/request.ts";
import { encodeError, encodeErrorFrame } from "./ai-sdk-language-model/error.ts";
import { mustFit, type Shape } from "./shape.ts";
import { HEARTBEAT } from "./sse.ts";
import type { Inbound, LegFacts, Relay } from "./wire.ts";

/**
 * The AI SDK's wires for all but language (contract 4.5): each asks what a wire of OpenAI's or Cohere's asks, in other words, and
 * is served by way of that one.
 */

/** How such a wire is said in another, and answered from there. */
export interface Words {
  /** What a body must fit. */
  readonly shape: Shape;
  /** The files that a body holds in base64, and the body without them. `undefined` where it holds none. */
  take?(body: JsonObject): { body: JsonObject; files: readonly Upload[] } | undefined;
  /** The body as the other wire has it, and what that has no words for. @param leg absent where nobody is asked yet */
  request(body: JsonObject, leg?: LegFacts): { body: JsonObject; dropped?: readonly Dropped[] };
  /** What the other wire's codec has left out, in this one's words; `undefined` where the client never said it. @default as it is */
  left?(name: Dropped, body: JsonObject): Dropped | undefined;
  /** The other's whole reply, in this one's words. */
  reply(reply: JsonObject, closing: Closing): JsonObject;
}

const MODEL = "ai-model-id";

/**
 * How clients of such a wire are heard and refused.
 * @param other how those of the other are
 * @param edition of the protocol, where it is not the newest
 */
export function inboundOf(wire: WireName, words: Words, other: Inbound, edition?: "v2"): Inbound {
  const specification = `ai-${/^ai-sdk-([a-z]+)/.exec(wire)?.[1]}-model-specification-version`;
  return {
    read(told, headers) {
      const model = modelIn(headers, specification);
      mustFit(words.shape, told);
      const { headers: _, ...whole } = told;
      const { body, files } = words.take?.(whole) ?? { body: whole, files: undefined };
      // What it may use at most the other knows.
      const { isBytes: __, ...ask } = other.read(inOther(words, { ...body, model }), headers, files);
      const asked: Ask = { ...ask, wire, body: { ...body, model }, stream: false };
      return edition === undefined ? asked : { ...asked, edition };
    },
    encodeError,
    encodeErrorFrame,
    heartbeat: HEARTBEAT,
  };
}

/** The body has none of it. @param specification the field with the version of what the client takes a model for */
function modelIn(headers: HeaderFields | undefined, specification: string): string {
  const model = headers?.get(MODEL) ?? "";
  if (model === "") throw wrong(MODEL, "given: these routes take the model from there");
  const version = headers?.get(specification) ?? "";
  if (!/^[234]?$/.test(version)) throw wrong(specification, "2, 3 or 4");
  return model;
}

function wrong(name: string, what: string): GatewayError {
  return new GatewayError("invalid_request", `The header ${JSON.stringify(name)} must be ${what}.`, { param: name });
}

function inOther({ request }: Words, body: JsonObject, leg?: LegFacts): JsonObject {
  const { model, providerOptions } = body;
  const options = providerOptions === undefined ? {} : { providerOptions };
  return { ...request(body, leg).body, ...options, model: model! };
}

/** The relay of `wire`, for clients who ask in these words. */
export function reworded(wire: WireName, relay: Relay, words: Words): Relay {
  const inIts = (ask: Ask, leg?: LegFacts): Ask => ({ ...ask, wire, body: inOther(words, ask.body, leg) });
  return {
    request(ask, leg, files) {
      const encoded = relay.request(inIts(ask, leg), leg, files);
      const { dropped = [] } = words.request(ask.body, leg);
      const theirs = encoded.dropped.flatMap((name) => (words.left ? (words.left(name, ask.body) ?? []) : name));
      return { ...encoded, dropped: [...new Set([...dropped, ...theirs])] };
    },
    answer(bytes, ask, stamp, readings) {
      const close = relay.answer(bytes, inIts(ask), stamp, readings);
      return (closing) =>
        JSON.stringify({ ...tailOf(closing, ask), ...words.reply(objectOf(close(closing)), closing) });
    },
  };
}

/** Members of a body that its wire does not name: nobody knows what they would be in another. */
export function strangersIn(body: JsonObject, known: readonly string[]): Dropped[] {
  return Object.keys(body).filter((name) => body[name] !== undefined && name !== "model" && !known.includes(name));
}

/** An option for the provider that is asked, where another of that name is none of the client's to say (`provider-options.ts`). */
export function optionOf(
  name: string,
  { providerOptions }: JsonObject,
  leg: LegFacts | undefined,
): JsonValue | undefined {
  return objectAt(objectAt(providerOptions)?.[leg?.provider ?? ""])?.[name] ?? undefined;
}

/** Whether what was left out is such an option. */
export function isOption(name: string, left: Dropped): boolean {
  return left.startsWith("providerOptions.") && left.endsWith(`.${name}`);
}

/** What every reply has beside its own. The first edition has one kind of warning. */
function tailOf({ metadata }: Closing, { edition }: Ask): JsonObject {
  const all = (arrayAt(objectAt(metadata.gateway)?.warnings) ?? []).filter(isObject);
  const plain = ({ feature, message }: JsonObject) =>
    stringAt(message) ?? `${JSON.stringify(feature ?? "")} is not supported, and was left out.`;
  const warnings = edition === "v2" ? all.map((one) => ({ type: "other", message: plain(one) })) : all;
  return { warnings, providerMetadata: metadata };
}

function objectOf(reply: string | Buffer): JsonObject {
  return objectAt(parseJson(typeof reply === "string" ? reply : reply.toString("utf8"))) ?? {};
}
