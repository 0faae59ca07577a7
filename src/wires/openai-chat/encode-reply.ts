import type { Closing, Stamp } from "../../core/closing.ts";
import { type JsonObject, jsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { Part, ToolCallPart } from "../../core/request.ts";
import type { Vocabulary } from "../left-out.ts";
import { encodeCitation } from "./citation.ts";
import { encodeImage, fingerprint } from "./encode-stream.ts";
import { encodeFinish } from "./finish.ts";
import { encodeReasoningDetail } from "./reasoning.ts";
import { encodeUsage } from "./usage.ts";

/** Pictures and web pages; what a provider's own tools did has no place in it. */
export const says: Vocabulary = {
  call: () => false,
  citation: (value) => encodeCitation(value) !== undefined,
  file: (mediaType) => mediaType.startsWith("image/"),
};

/** A whole answer as a chat completion, members in the order that the hosted gateway was seen to use (contract 3.1.8). */
export function encodeReply(message: Message, stamp: Stamp, closing: Closing): JsonObject {
  return {
    id: stamp.id,
    object: "chat.completion",
    created: stamp.created,
    model: stamp.model,
    choices: [
      {
        index: 0,
        message: { ...encodeAnswer(message.parts), provider_metadata: closing.metadata },
        logprobs: null,
        finish_reason: encodeFinish(message.finish),
      },
    ],
    usage: encodeUsage(closing),
    system_fingerprint: fingerprint(stamp),
    generationId: stamp.id,
  };
}

/** What an assistant said, as a message of this wire: of a reply, or of a request's history. */
export function encodeAnswer(parts: readonly Part[]): JsonObject {
  const text = parts.filter((part) => part.kind === "text");
  const refusals = parts.filter((part) => part.kind === "refusal");
  const thoughts = parts.filter((part) => part.kind === "reasoning");
  const calls = parts.filter((part) => part.kind === "tool-call" && part.by === "client") as ToolCallPart[];
  const images = parts.flatMap((part) =>
    part.kind === "file" && part.source.from === "data" && says.file(part.source.mediaType)
      ? [encodeImage(part.source.mediaType, part.source.base64)]
      : [],
  );
  const notes = text.flatMap((part) => part.citations ?? []).flatMap((note) => encodeCitation(note) ?? []);
  const thinking = thoughts.map((part) => part.text).join("");
  return jsonObject({
    role: "assistant",
    content: text.length === 0 ? null : text.map((part) => part.text).join(""),
    refusal: refusals.length === 0 ? undefined : refusals.map((part) => part.text).join(""),
    reasoning: thinking === "" ? undefined : thinking,
    reasoning_details: thoughts.length === 0 ? undefined : thoughts.map(encodeReasoningDetail),
    tool_calls: calls.length === 0 ? undefined : calls.map(encodeToolCall),
    images: images.length === 0 ? undefined : images,
    annotations: notes.length === 0 ? undefined : notes,
  });
}

function encodeToolCall({ call, name, arguments: args, format }: ToolCallPart): JsonObject {
  return format === "json"
    ? { id: call, type: "function", function: { name, arguments: args } }
    : { id: call, type: "custom", custom: { name, input: args } };
}
