import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { arrayAt, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Part, ToolCallPart } from "../../core/request.ts";
import type { Vocabulary } from "../left-out.ts";
import { encodeCitation } from "./citation.ts";
import { encodeFinish } from "./finish.ts";
import { encodeCallProof, encodeProof } from "./reasoning.ts";
import { EDITIONS, type Edition } from "./schema.ts";
import { encodeUsage } from "./usage.ts";

/** Whatever a provider's own tools did, what is cited, and files of any type. */
export const says: Vocabulary = {
  call: () => true,
  citation: (value) => encodeCitation(value, "") !== undefined,
  file: () => true,
};

/** A whole answer as a result of `doGenerate` (contract 4.3). */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing, ask?: Ask): JsonObject {
  const edition = editionOf(ask);
  const content = message.parts.flatMap((part, index) => encodePart(part, index, edition, ask));
  return {
    content: marked(content, stamp),
    finishReason: encodeFinish(refused(message) ? "refusal" : message.finish, message.rawFinish, edition),
    usage: encodeUsage(closing, edition),
    providerMetadata: closing.metadata,
    warnings: encodeWarnings(warningsIn(closing.metadata), edition),
    response: { id: stamp.id, timestamp: timeOf(stamp), modelId: stamp.model },
  };
}

/** The edition of whoever asked. */
export function editionOf(ask: Ask | undefined): Edition {
  return EDITIONS.find((known) => known === ask?.edition) ?? "v4";
}

export function timeOf({ created }: Stamp): string {
  return new Date(created * 1000).toISOString();
}

/** Others say that they refuse by what they say, and then that they stopped; here the reason to stop says it. */
function refused({ finish, parts }: Message): boolean {
  return finish === "stop" && parts.some(({ kind }) => kind === "refusal");
}

/** The first part says whose answer it is, as in a stream. */
function marked([first, ...rest]: JsonObject[], stamp: Stamp): JsonObject[] {
  if (first === undefined) return [];
  return [{ ...first, providerMetadata: withId(objectAt(first.providerMetadata), stamp) }, ...rest];
}

/** `providerMetadata` of the first that is told of an answer. */
export function withId(metadata: JsonObject | undefined, { id }: Stamp): JsonObject {
  return { ...metadata, gateway: { ...objectAt(metadata?.gateway), generationId: id } };
}

function encodePart(part: Part, index: number, edition: Edition, ask: Ask | undefined): JsonObject[] {
  switch (part.kind) {
    case "text":
      return [{ type: "text", text: part.text }, ...sourcesOf(part.citations, index)];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "reasoning":
      return [jsonObject({ type: "reasoning", text: part.text, providerMetadata: encodeProof(part) })];
    case "tool-call":
      return [encodeCall(part, ask)];
    case "file":
      return part.source.from === "data" ? [encodeFile(part.source.mediaType, part.source.base64, edition)] : [];
    default:
      return [];
  }
}

function sourcesOf(citations: readonly JsonValue[] | undefined, index: number): JsonObject[] {
  return (citations ?? []).flatMap<JsonObject>((value, place) => encodeCitation(value, `${index}-${place}`) ?? []);
}

/** The call of a tool: its arguments are a text of JSON, whatever they are. */
export function encodeCall(part: Omit<ToolCallPart, "kind">, ask: Ask | undefined): JsonObject {
  const { call, name, arguments: args, format, signature } = part;
  return jsonObject({
    type: "tool-call",
    toolCallId: call,
    toolName: name,
    input: format === "json" ? args || "{}" : JSON.stringify(args),
    ...ranBy(part, ask),
    providerMetadata: signature === undefined ? undefined : encodeCallProof(signature),
  });
}

/** Who runs a call: the client does not look for the provider's own among its tools where it offered none of that name. */
export function ranBy({ by, name }: Pick<ToolCallPart, "by" | "name">, ask: Ask | undefined): JsonObject {
  if (by === "client") return {};
  const isOffered = (arrayAt(ask?.body.tools) ?? []).some((tool) => objectAt(tool)?.name === name);
  return isOffered ? { providerExecuted: true } : { providerExecuted: true, dynamic: true };
}

/** A file that a model gives: base64, or the address where it lies. */
export function encodeFile(mediaType: string, base64: string, edition: Edition): JsonObject {
  if (edition !== "v4") return { type: "file", mediaType, data: base64 };
  const isAddress = /^https?:/.test(base64);
  return { type: "file", mediaType, data: isAddress ? { type: "url", url: base64 } : { type: "data", data: base64 } };
}

function warningsIn({ gateway }: JsonObject): JsonObject[] {
  return (arrayAt(objectAt(gateway)?.warnings) ?? []).flatMap<JsonObject>((one) => objectAt(one) ?? []);
}

/** What was left out, as warnings; the second edition has other words for it. */
export function encodeWarnings(warnings: readonly JsonObject[], edition: Edition): JsonObject[] {
  if (edition !== "v2") return [...warnings];
  return warnings.map((warning) =>
    warning.type === "unsupported"
      ? jsonObject({ type: "unsupported-setting", setting: stringAt(warning.feature), details: warning.details })
      : warning,
  );
}
