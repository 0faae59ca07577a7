import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, present, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import type { Dropped } from "../../core/request.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { count } from "../../core/usage.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { addOptions } from "../provider-options.ts";
import { withMembers } from "../splice.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { ungranted } from "../wishes.ts";

/** The gateway's own members. The API knows no end users: whoever is named is for reports. */
const OWN = ["models", "provider", "providerOptions", "tags", "caching", "user"] as const;

/** The client's body as this endpoint shall get it. @throws GatewayError `unsupported` for pictures where only text is taken */
export function relayRequest(ask: Ask, { upstreamModel, provider, quirks }: LegFacts): EncodedRequest {
  const { body: written } = ask;
  const body: JsonObject = { ...written, model: upstreamModel };
  for (const name of OWN) delete body[name];
  if (quirks.has("text-input-only")) body.input = textsOf(written.input, provider);
  const dropped = new Set<Dropped>(ungranted(ask));
  addOptions(body, objectAt(written.providerOptions), provider, dropped);
  return { body, dropped: [...dropped] };
}

/** Parts are one thing to be judged, and so are their texts. */
function textsOf(input: JsonValue | undefined, provider: string): JsonValue | undefined {
  if (!Array.isArray(input) || typeof input[0] === "string") return input;
  const texts = input.map((part) => stringAt(objectAt(part)?.text));
  if (!texts.includes(undefined)) return texts.join("\n");
  const message = `"input" must be text for ${provider}: it looks at no pictures.`;
  throw new GatewayError("unsupported", message, { param: "input" });
}

/**
 * Reads what was found; its reply is the provider's, with the id and the model ours. Who does not say whether a text is flagged
 * has found a category that is: https://docs.mistral.ai/capabilities/guardrailing
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  _ask: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const answer = parseJson(readByteText(bytes));
  if (isObject(answer) && (answer.error ?? null) !== null) throw decodeErrorValue(answer.error!);
  if (!isObject(answer) || !Array.isArray(answer.results) || !answer.results.every(isFinding))
    throw new GatewayError("upstream_malformed", "The provider's answer has no list of what it found.");
  readings.upstreamId = stringAt(answer.id);
  readings.upstreamModel = stringAt(answer.model);
  const usage = objectAt(answer.usage);
  const input = count(usage?.prompt_tokens) ?? count(usage?.total_tokens);
  if (usage !== undefined && (input !== undefined || strangeIn(usage) !== undefined))
    readings.report(present({ input, output: 0 }), usage);
  readings.finish = "stop";
  readings.committed = true;
  readings.ended = true;
  const isWhole = answer.results.every(({ flagged }) => typeof flagged === "boolean");
  const results = isWhole ? undefined : answer.results.map(withFlag);
  return (closing) =>
    withMembers(bytes, { id: stamp.id, model: stamp.model, results, providerMetadata: closing.metadata });
}

function isFinding(result: JsonValue): result is JsonObject {
  return isObject(result) && isObject(result.categories);
}

function withFlag(result: JsonObject): JsonObject {
  return { flagged: Object.values(objectAt(result.categories) ?? {}).includes(true), ...result };
}
