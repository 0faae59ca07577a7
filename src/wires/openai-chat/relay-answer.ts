import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonValue, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { type Edit, elementsOf, type Members, membersOf, setMember, splice } from "../splice.ts";
import { decodeErrorValue } from "./error.ts";
import { decodeFinish } from "./finish.ts";
import { decodeUsage, encodeUsage, tellsUsage } from "./usage.ts";

/**
 * Reads a chat completion and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and
 * `provider_metadata` and `generationId` added.
 * @throws GatewayError an error inside a 200, or `upstream_malformed`
 */
export function relayAnswer(body: Buffer, _ask: Ask, stamp: Stamp, readings: Readings): (closing: Closing) => Buffer {
  const top = membersOf(body);
  const choices = top?.values.get("choices");
  const elements = choices === undefined ? undefined : elementsOf(body, choices.start);
  const first = elements?.[0] === undefined ? undefined : membersOf(body, elements[0].start);
  const message = first?.values.get("message");
  const inside = message === undefined ? undefined : membersOf(body, message.start);
  if (top === undefined || inside === undefined) return rebuilt(body, stamp, readings);
  if (top.values.has("error")) refuseError(memberValue(body, top, "error"));
  readings.upstreamId = stringAt(memberValue(body, top, "id"));
  readings.upstreamModel = stringAt(memberValue(body, top, "model"));
  const usage = memberValue(body, top, "usage");
  if (tellsUsage(usage)) readings.report(decodeUsage(usage), usage);
  read(readings, stringAt(memberValue(body, first!, "finish_reason")), message!.end - message!.start);
  return (closing) =>
    splice(body, [
      ...stamped(top, stamp),
      setMember(top, "usage", JSON.stringify(encodeUsage(closing))),
      setMember(inside, "provider_metadata", JSON.stringify(closing.metadata)),
      append(top, `"generationId":${JSON.stringify(stamp.id)}`),
    ]);
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

function memberValue(bytes: Buffer, members: Members, name: string): JsonValue | undefined {
  const at = members.values.get(name);
  return at === undefined ? undefined : parseJson(bytes.toString("utf8", at.start, at.end));
}

/** The edits that make an answer or a chunk ours. */
export function stamped(top: Members, stamp: Stamp): Edit[] {
  return [setMember(top, "id", JSON.stringify(stamp.id)), setMember(top, "model", JSON.stringify(stamp.model))];
}

function append(members: Members, text: string): Edit {
  return { at: { start: members.close, end: members.close }, text: `,${text}` };
}
