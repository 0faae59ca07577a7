import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { decodeErrorValue } from "../openai-chat/error.ts";
import { decodeFinish } from "../openai-chat/finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "../openai-chat/usage.ts";
import { withMembers } from "../splice.ts";

/**
 * Reads a completion and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and what the gateway tells.
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
  const choices = isObject(answer) && Array.isArray(answer.choices) ? answer.choices.filter(isObject) : [];
  if (!isObject(answer) || choices.length === 0)
    throw new GatewayError("upstream_malformed", "The provider's answer is not a completion.");
  readings.upstreamId = stringAt(answer.id);
  readings.upstreamModel = stringAt(answer.model);
  readings.serviceTier = stringAt(answer.service_tier);
  if (tellsUsage(answer.usage)) readings.report(decodeUsage(answer.usage), answer.usage);
  for (const choice of choices) readings.content(textSize(choice));
  const finish = stringAt(choices[0]?.finish_reason);
  readings.finish = decodeFinish(finish ?? "stop");
  readings.rawFinish = finish ?? null;
  readings.committed = true;
  readings.ended = true;
  return (closing) =>
    withMembers(bytes, {
      id: stamp.id,
      model: stamp.model,
      usage: encodeUsage(closing),
      generationId: stamp.id,
      providerMetadata: closing.metadata,
    });
}

/** Bytes of what a choice says. */
export function textSize({ text }: JsonObject): number {
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}
