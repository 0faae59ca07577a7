import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  present,
  stringAt,
} from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import type { Dropped } from "../../core/request.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { count, type Usage } from "../../core/usage.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { addOptions } from "../provider-options.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { ungranted } from "../wishes.ts";
import { textsOf } from "./schema.ts";

/** The gateway's own members, and what it does itself: fields are put together here, and documents are given back from here. */
const OWN = [
  "models",
  "provider",
  "providerOptions",
  "tags",
  "caching",
  "user",
  "rank_fields",
  "return_documents",
] as const;

/** The client's body as this endpoint shall get it: documents are texts, which all take. */
export function relayRequest(ask: Ask, { upstreamModel, provider }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { ...written, model: upstreamModel, documents: textsOf(written) };
  for (const name of OWN) delete body[name];
  const dropped = new Set<Dropped>(ungranted(ask));
  // The second edition counts tokens instead.
  if ((body.max_chunks_per_doc ?? null) !== null) dropped.add("max_chunks_per_doc");
  delete body.max_chunks_per_doc;
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  return { body, dropped: [...dropped] };
}

/**
 * Reads a ranking, whoever's: `results` (Cohere, Jina and whoever does as they do) or `data` (Voyage). The reply is Cohere's.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  { body }: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string {
  const answer = parseJson(readByteText(bytes));
  if (isObject(answer) && (answer.error ?? null) !== null) throw decodeErrorValue(answer.error!);
  const ranking = isObject(answer) ? (arrayAt(answer.results) ?? arrayAt(answer.data)) : undefined;
  // An error of theirs is its message.
  const said = isObject(answer) ? (answer.message ?? answer.detail) : undefined;
  if (ranking === undefined && typeof said === "string") throw decodeErrorValue({ message: said });
  if (!isObject(answer) || ranking === undefined)
    throw new GatewayError("upstream_malformed", "The provider's answer has no ranking.");
  const documents = arrayAt(body.documents) ?? [];
  const results = ranking.map((entry) => resultOf(entry, documents, body.return_documents === true));
  readings.upstreamId = stringAt(answer.id);
  readings.upstreamModel = stringAt(answer.model);
  const told = objectAt(answer.usage) ?? objectAt(answer.meta);
  const usage = usageOf(answer);
  if (told !== undefined && (Object.keys(usage).length > 0 || strangeIn(told) !== undefined))
    readings.report({ ...usage, output: 0 }, told);
  readings.finish = "stop";
  readings.committed = true;
  readings.ended = true;
  const { data: _, object: __, ...others } = answer;
  return ({ usage: used, metadata }) =>
    JSON.stringify({
      ...others,
      id: stamp.id,
      model: stamp.model,
      results,
      meta: { api_version: { version: "2" }, ...objectAt(answer.meta), ...billed(used) },
      providerMetadata: metadata,
    });
}

/** One of the documents with its place; the document itself as the client gave it, where it wants it back. */
function resultOf(entry: JsonValue, documents: readonly JsonValue[], isReturned: boolean): JsonObject {
  const { document: _, ...result } = objectAt(entry) ?? {};
  const { index, relevance_score: score } = result;
  if (typeof index !== "number" || !(index in documents) || typeof score !== "number")
    throw new GatewayError("upstream_malformed", "The provider's ranking has an entry that is none of the documents.");
  if (!isReturned) return result;
  const document = documents[index]!;
  return { ...result, document: typeof document === "string" ? { text: document } : document };
}

/** By search units (Cohere) or by tokens: of the whole, or of `meta` in the words that Cohere has for other work. */
function usageOf({ usage: told, meta }: JsonObject): Usage {
  const usage = objectAt(told);
  const units = objectAt(objectAt(meta)?.billed_units);
  const tokens = objectAt(objectAt(meta)?.tokens);
  return present({
    search_units: count(units?.search_units) ?? count(usage?.search_units),
    input:
      count(usage?.prompt_tokens) ??
      count(usage?.total_tokens) ??
      count(tokens?.input_tokens) ??
      count(units?.input_tokens) ??
      count(units?.total_tokens),
  });
}

/** What was paid, in Cohere's words. */
function billed(usage: Usage | undefined): JsonObject {
  const { search_units, input } = usage ?? {};
  if (search_units !== undefined) return { billed_units: { search_units } };
  return input === undefined ? {} : { billed_units: { input_tokens: input }, tokens: { input_tokens: input } };
}
