import type { Ask } from "../../core/ask.ts";
import { type ByteText, readByteText, sendable } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, objectAt, parseJson, stringAt } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { type Edit, eachMember, endOfValue, NOWHERE, type Span, setMember, splice } from "../splice.ts";
import { weightOf } from "./content-size.ts";
import { decodeFailure } from "./error.ts";
import { decodeFinish, hasCalls, unended } from "./finish.ts";
import { encodeMetadata } from "./response.ts";
import { encodeUsage, HostedUse } from "./usage.ts";

/**
 * Reads a whole response and gives back its reply: the provider's bytes with `id`, `model` and `usage` ours, and
 * what the gateway knows added.
 * @throws GatewayError a response that has failed, or `upstream_malformed`
 */
export function relayAnswer(
  bytes: ByteText,
  { continues }: Ask,
  stamp: Stamp,
  readings: Readings,
): (closing: Closing) => string | Buffer {
  const response = parseJson(readByteText(bytes));
  if (!isObject(response)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
  if (response.status === "failed" || isObject(response.error)) throw decodeFailure(response.error ?? undefined);
  if (!Array.isArray(response.output))
    throw new GatewayError("upstream_malformed", "The provider's answer has no output list.");
  const ended = response.status === undefined ? { ...response, status: "completed" } : response;
  readResponse(ended, hasCalls(response), readings);
  if (readings.error !== undefined) throw readings.error;
  readings.content(response.output.reduce<number>((size, item) => size + weightOf(item), 0));
  const raw = objectAt(response.usage);
  return (closing) => sendable(splice(bytes, closingEdits(bytes, 0, { stamp, previous: continues?.id }, closing, raw)));
}

/** What the end of a response tells: whose it is, what it used, how it ended. @param hosted what was told of that before */
export function readResponse(response: JsonObject, calls: boolean, readings: Readings, hosted = new HostedUse()): void {
  readings.upstreamId ??= stringAt(response.id);
  readings.upstreamModel ??= stringAt(response.model);
  readings.serviceTier = stringAt(response.service_tier);
  for (const { usage, raw, withdrawn } of hosted.end(response)) readings.report(usage, raw, withdrawn);
  const end = decodeFinish(response, calls);
  if (end === undefined) {
    readings.error = unended(response);
    return;
  }
  readings.finish = end.finish;
  readings.rawFinish = end.raw;
  readings.committed = true;
  readings.ended = true;
}

/** Whose a response is, and from which of ours it goes on. */
export interface Names {
  readonly stamp: Stamp;
  readonly previous: string | undefined;
}

/** The edits to the response that begins at this place: whose it is. */
export function stampEdits(bytes: ByteText, start: number, names: Names): Edit[] {
  return nameEdits(membersOf(bytes, start), names);
}

/** The same, and what only the end can tell. */
export function closingEdits(
  bytes: ByteText,
  start: number,
  names: Names,
  closing: Closing,
  raw: JsonObject | undefined,
): Edit[] {
  const members = membersOf(bytes, start);
  const { spans, close } = members;
  const added = Object.entries(encodeMetadata(closing)).map(([name, value]) =>
    setMember(name, JSON.stringify(value), spans.get(name), close),
  );
  const usage = JSON.stringify(encodeUsage(closing, raw));
  return [...nameEdits(members, names), setMember("usage", usage, spans.get("usage"), close), ...added];
}

interface Members {
  readonly spans: ReadonlyMap<string, Span>;
  readonly close: number;
}

function nameEdits({ spans, close }: Members, { stamp, previous }: Names): Edit[] {
  const edits = [
    setMember("id", `"${stamp.id}"`, spans.get("id"), close),
    setMember("model", JSON.stringify(stamp.model), spans.get("model"), close),
  ];
  const told = spans.get("previous_response_id");
  if (told !== undefined && previous !== undefined) edits.push({ at: told, text: JSON.stringify(previous) });
  return edits;
}

function membersOf(bytes: ByteText, start: number): Members {
  const spans = new Map<string, Span>();
  const close = eachMember(bytes, start, (name, value) => {
    const end = endOfValue(bytes, value);
    spans.set(name, { start: value, end });
    return end;
  });
  if (close === NOWHERE) throw new GatewayError("upstream_malformed", "The provider's answer is not a response.");
  return { spans, close };
}
