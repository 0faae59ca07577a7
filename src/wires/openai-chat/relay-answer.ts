import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { type ByteText, fromByteText, readByteText, toByteText } from "../byte-text.ts";
import { type Edit, firstMembersOf, type Members, membersOf, setMember, splice } from "../splice.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

/**
 * Reads a chat completion and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and
 * `provider_metadata` and `generationId` added.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(answer: Buffer, _ask: Ask, stamp: Stamp, readings: Readings): (closing: Closing) => Buffer {
  const bytes = toByteText(answer);
  const top = membersOf(bytes);
  const choices = top?.values.get("choices");
  const first = choices === undefined ? undefined : firstMembersOf(bytes, choices.start);
  const message = first?.values.get("message");
  const inside = message === undefined ? undefined : membersOf(bytes, message.start);
  if (top === undefined || first === undefined || message === undefined || inside === undefined) {
    return rebuilt(answer, stamp, readings);
  }
  if (top.values.has("error")) refuseError(memberValue(bytes, top, "error"));
  readings.upstreamId = memberString(bytes, top, "id");
  readings.upstreamModel = memberString(bytes, top, "model");
  const usage = memberValue(bytes, top, "usage");
  if (tellsUsage(usage)) readings.report(decodeUsage(usage), usage);
  read(readings, memberString(bytes, first, "finish_reason"), message.end - message.start);
  return (closing) =>
    fromByteText(
      splice(bytes, [
        ...stamped(top, stamp),
        setMember(top, "usage", JSON.stringify(encodeUsage(closing))),
        setMember(inside, "provider_metadata", JSON.stringify(closing.metadata)),
        setMember(top, "generationId", JSON.stringify(stamp.id)),
      ]),
    );
}

/** The same by parsing, for bytes that the scanner would not vouch for. */
function rebuilt(body: Buffer, stamp: Stamp, readings: Readings): (closing: Closing) => Buffer {
  const answer = parseJson(body.toString("utf8"));
  if (!isObject(answer)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  refuseError(answer.error);
  const choice = Array.isArray(answer.choices) ? objectAt(answer.choices[0]) : undefined;
  if (choice === undefined) throw new GatewayError("upstream_malformed", "The provider's answer has no choices.");
  readings.upstreamId = stringAt(answer.id);
  readings.upstreamModel = stringAt(answer.model);
  if (tellsUsage(answer.usage)) readings.report(decodeUsage(answer.usage), answer.usage);
  const message = objectAt(choice.message) ?? {};
  read(readings, stringAt(choice.finish_reason), JSON.stringify(message).length);
  return (closing) => {
    const [, ...others] = answer.choices as JsonValue[];
    const told = { ...choice, message: { ...message, provider_metadata: closing.metadata } };
    return Buffer.from(
      JSON.stringify({
        ...answer,
        id: stamp.id,
        model: stamp.model,
        choices: [told, ...others],
        usage: encodeUsage(closing),
        generationId: stamp.id,
      }),
    );
  };
}

function read(readings: Readings, finish: string | undefined, messageBytes: number): void {
  // An answer without a finish reason has finished all the same; OpenAI itself has sent `null` there.
  readings.finish = decodeFinish(finish ?? "stop");
  readings.rawFinish = finish ?? null;
  readings.content(messageBytes);
  readings.ended = true;
}

function refuseError(error: JsonValue | undefined): void {
  if (error !== undefined && error !== null) throw decodeErrorValue(error);
}

function memberValue(bytes: ByteText, members: Members, name: string): JsonValue | undefined {
  const at = members.values.get(name);
  return at === undefined ? undefined : parseJson(readByteText(bytes.slice(at.start, at.end)));
}

function memberString(bytes: ByteText, members: Members, name: string): string | undefined {
  const at = members.values.get(name);
  if (at === undefined || bytes.charAt(at.start) !== '"') return undefined;
  const inside = bytes.slice(at.start + 1, at.end - 1);
  return inside.includes("\\") ? stringAt(memberValue(bytes, members, name)) : readByteText(inside);
}

/** The edits that make an answer or a chunk ours. */
export function stamped(top: Members, stamp: Stamp): Edit[] {
  return [setMember(top, "id", JSON.stringify(stamp.id)), setMember(top, "model", JSON.stringify(stamp.model))];
}
