import type { Closing, Stamp } from "../../core/closing.ts";
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Part, ToolCallPart } from "../../core/request.ts";
import type { Vocabulary } from "../left-out.ts";
import { encodeCitation, isCitation } from "./citation.ts";
import { encodeFinish } from "./finish.ts";
import { encodeReasoning, sealedCall } from "./reasoning.ts";
import { encodeUsage } from "./usage.ts";

/** What Anthropic's own tools do, and what they and others cite; pictures, which its own models do not give. */
export const says: Vocabulary = {
  call: () => true,
  citation: isCitation,
  file: (mediaType) => mediaType.startsWith("image/"),
};

/** A whole answer as a message (contract 3.5). */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing): JsonObject {
  return {
    id: stamp.id,
    type: "message",
    role: "assistant",
    model: stamp.model,
    content: message.parts.flatMap(encodePart),
    ...encodeFinish(refused(message) ? "refusal" : message.finish, message.stopSequence),
    usage: encodeUsage(closing),
    provider_metadata: closing.metadata,
  };
}

/** Others say that they refuse by what they say, and then that they stopped; here the reason to stop says it. */
function refused({ finish, parts }: Message): boolean {
  return finish === "stop" && parts.some(({ kind }) => kind === "refusal");
}

/** A piece of an answer as the blocks that say it. What only another wire can say is left out. */
function encodePart(part: Part): JsonObject[] {
  switch (part.kind) {
    case "text": {
      const citations = part.citations?.map(encodeCitation);
      return [jsonObject({ type: "text", text: part.text, citations: citations ?? null })];
    }
    case "refusal":
      return [{ type: "text", text: part.text, citations: null }];
    case "reasoning":
      return [encodeReasoning(part)];
    case "tool-call":
      return encodeCall(part);
    case "file":
      return part.source.from === "data" && says.file(part.source.mediaType)
        ? [imageBlock(part.source.mediaType, part.source.base64)]
        : [];
    case "native":
      return part.wire === "anthropic-messages" ? [nativeBlock(part.value)] : [];
    default:
      return [];
  }
}

function encodeCall(part: ToolCallPart & { extra?: JsonObject }): JsonObject[] {
  const { call, name, signature } = part;
  const block = { type: callType(part.by, part.extra), id: call, name, input: inputOf(part) };
  return signature === undefined ? [block] : [block, sealedCall(call, signature)];
}

export function callType(by: "client" | "provider", extra: JsonObject | undefined): JsonValue {
  return by === "client" ? "tool_use" : (extra?.type ?? "server_tool_use");
}

/** The arguments as an object, which is all that this wire has. */
function inputOf({ arguments: args, format }: ToolCallPart): JsonObject {
  if (format === "text") return { input: args };
  const parsed = parseJson(args);
  // A model that was cut off, or that cannot write JSON: what it said is not lost.
  return isObject(parsed) ? parsed : { input: args };
}

/** An image that a model gives. Anthropic's own give none, and clients pass what they do not know. */
export function imageBlock(mediaType: string, base64: string): JsonObject {
  const source = /^https?:/.test(base64)
    ? { type: "url", url: base64 }
    : { type: "base64", media_type: mediaType, data: base64 };
  return { type: "image", source };
}

function nativeBlock(value: JsonValue): JsonObject {
  const block = isObject(value) ? value : {};
  // What was streamed piece by piece is folded as its start and the pieces.
  return isObject(block.start) && Array.isArray(block.deltas) ? block.start : block;
}
