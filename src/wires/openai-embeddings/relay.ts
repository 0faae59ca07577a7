import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import type { Dropped } from "../../core/request.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { count } from "../../core/usage.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { addOptions } from "../provider-options.ts";
import { eachMember, endOfValue, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { wishesOf } from "../wishes.ts";
import { encodeVector } from "./vector.ts";

/** The first vector begins within so many characters. */
const FIRST_VECTOR = 200;

const OWN = ["models", "provider", "providerOptions", "tags"] as const;

/** The client's body as this endpoint shall get it. @throws GatewayError `unsupported` for tokens where only text is taken */
export function relayRequest(ask: Ask, { upstreamModel, provider, quirks }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { ...written, model: upstreamModel };
  const dropped = new Set<Dropped>();
  for (const name of OWN) delete body[name];
  if (quirks.has("text-input-only") && Array.isArray(body.input) && typeof body.input[0] !== "string") {
    throw new GatewayError("unsupported", `"input" must be text for ${provider}: it takes no token arrays.`, {
      param: "input",
    });
  }
  if (quirks.has("output-dimension") && body.dimensions !== undefined) {
    body.output_dimension = body.dimensions;
    delete body.dimensions;
  }
  if (quirks.has("no-dimensions") && body.dimensions !== undefined) {
    throw new GatewayError("unsupported", `"dimensions" cannot be chosen at ${provider}.`, { param: "dimensions" });
  }
  if (quirks.has("float-embeddings")) delete body.encoding_format;
  const wishes = wishesOf(ask);
  if (wishes?.serviceTier !== undefined) dropped.add("service_tier");
  if (wishes?.safetyIdentifier !== undefined) body.user ??= wishes.safetyIdentifier;
  if (quirks.has("no-user")) {
    if (body.user !== undefined && body.user !== null) dropped.add("user");
    delete body.user;
  }
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  return { body, dropped: [...dropped] };
}

/**
 * Reads the provider's answer; its reply has the vectors in the encoding that was asked for, which providers do not all obey.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  { body }: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const encoding = body.encoding_format === "base64" ? "base64" : "float";
  const spans = new Map<string, Span>();
  let first = "";
  const close = eachMember(bytes, 0, (name, start) => {
    const end = endOfValue(bytes, start);
    spans.set(name, { start, end });
    if (name === "data") first = bytes.slice(start, start + FIRST_VECTOR);
    return end;
  });
  const isBase64 = /"embedding"\s*:\s*"/.test(first);
  const isFloat = /"embedding"\s*:\s*\[/.test(first);
  const asAsked = encoding === "base64" ? isBase64 && !isFloat : isFloat && !isBase64;
  const isWhole = close !== NOWHERE && bytes.slice(close + 1).trim() === "";
  if (!isWhole || !asAsked || spans.has("error")) return rebuilt(bytes, encoding, stamp, readings);
  const usage = spans.get("usage");
  readings.upstreamModel = stringAt(valueAt(bytes, spans.get("model")));
  read(readings, objectAt(valueAt(bytes, usage)));
  return (closing) =>
    sendable(
      splice(bytes, [
        setMember("model", JSON.stringify(stamp.model), spans.get("model"), close),
        setMember("usage", JSON.stringify(encodeUsage(closing)), usage, close),
        setMember("providerMetadata", JSON.stringify(closing.metadata), spans.get("providerMetadata"), close),
      ]),
    );
}

function valueAt(bytes: ByteText, at: Span | undefined): JsonValue | undefined {
  return at === undefined ? undefined : parseJson(readByteText(bytes.slice(at.start, at.end)));
}

/** The same by parsing: the vectors must be written anew. */
function rebuilt(
  bytes: ByteText,
  encoding: "float" | "base64",
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const answer = parseJson(readByteText(bytes));
  if (!isObject(answer)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  if (answer.error !== undefined && answer.error !== null) throw decodeErrorValue(answer.error);
  if (!Array.isArray(answer.data)) throw new GatewayError("upstream_malformed", "The provider's answer has no data.");
  const data = answer.data.map((entry) => {
    if (!isObject(entry))
      throw new GatewayError("upstream_malformed", "The provider's answer has an entry that is no object.");
    return { ...entry, embedding: encodeVector(entry.embedding, encoding) };
  });
  readings.upstreamModel = stringAt(answer.model);
  read(readings, objectAt(answer.usage));
  return (closing) =>
    JSON.stringify({
      ...answer,
      data,
      model: stamp.model,
      usage: encodeUsage(closing),
      providerMetadata: closing.metadata,
    });
}

function read(readings: Readings, usage: JsonObject | undefined): void {
  const input = count(usage?.prompt_tokens) ?? count(usage?.total_tokens);
  // An embedding has no output: that is known, not untold. Nonsense is kept, since somebody should hear of it.
  if (usage !== undefined && (input !== undefined || strangeIn(usage) !== undefined))
    readings.report(present({ input, output: 0 }), usage);
  readings.finish = "stop";
  readings.committed = true;
  readings.ended = true;
}

function encodeUsage({ usage }: Closing): JsonObject {
  const input = usage?.input ?? 0;
  return { prompt_tokens: input, total_tokens: input };
}
