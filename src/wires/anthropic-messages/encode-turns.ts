import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson } from "../../core/json.ts";
import type { Dropped, Part, ReasoningPart, Source, Turn } from "../../core/request.ts";
import { withoutForeign } from "../foreign.ts";
import { FORMAT } from "./reasoning.ts";

/**
 * A conversation as this API wants it: system texts apart, user and assistant in turn, tool results first in the user
 * message that follows their calls, however many messages they came in.
 */
export function encodeTurns(
  turns: readonly Turn[],
  dropped: Set<Dropped>,
): { system: JsonObject[]; messages: JsonObject[] } {
  const system: JsonObject[] = [];
  const messages: { role: "user" | "assistant"; content: JsonObject[] }[] = [];
  for (const turn of withoutForeign(turns, "anthropic-messages", dropped)) {
    const blocks = turn.parts.flatMap((part) => encodePart(part, dropped));
    if (turn.role === "system" || turn.role === "developer") {
      system.push(...blocks);
      continue;
    }
    if (turn.name !== undefined) dropped.add("messages[].name");
    if (blocks.length === 0) continue;
    const role = turn.role === "assistant" ? "assistant" : "user";
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else messages.push({ role, content: blocks });
  }
  // Without a message the request is refused: instructions that stand alone are what the user says.
  if (messages.length === 0 && system.length > 0) messages.push({ role: "user", content: system.splice(0) });
  // An answer that is to be gone on with may not end in white space.
  const last = messages.at(-1);
  const end = last?.role === "assistant" ? last.content.at(-1) : undefined;
  if (typeof end?.text === "string") last!.content.splice(-1, 1, { ...end, text: end.text.trimEnd() });
  return {
    system,
    messages: messages.map(({ role, content }) => ({
      role,
      content: role === "user" ? resultsFirst(content) : content,
    })),
  };
}

/** Anything before the results of the calls that were just made is refused. */
function resultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const isResult = (block: JsonObject) => block.type === "tool_result";
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}

function encodePart(part: Part, dropped: Set<Dropped>): JsonObject[] {
  const blocks = encodeBare(part, dropped);
  const last = blocks.at(-1);
  if (part.cache === undefined || last === undefined) return blocks;
  return [...blocks.slice(0, -1), { ...last, cache_control: jsonObject({ type: "ephemeral", ttl: part.cache.ttl }) }];
}

function encodeBare(part: Part, dropped: Set<Dropped>): JsonObject[] {
  switch (part.kind) {
    case "text":
    case "refusal":
      // A text block of nothing but white space is refused.
      return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    case "image":
      if (part.detail !== undefined && part.detail !== "auto") dropped.add("image_url.detail");
      return [{ type: "image", source: encodeSource(part.source) }];
    case "file":
      return [encodeDocument(part.source, part.filename)];
    case "reasoning":
      return encodeReasoning(part, dropped);
    case "tool-call":
      return [
        {
          ...(part.by === "client" ? { type: "tool_use" } : { type: "server_tool_use", ...part.extra }),
          id: toolId(part.call),
          name: part.name,
          input: argumentsObject(part.arguments, part.call),
        },
      ];
    case "tool-result":
      return [encodeToolResult(part, dropped)];
    case "native":
      if (part.wire === "anthropic-messages") return [part.value as JsonObject];
      throw cannot(`content of type ${JSON.stringify((part.value as JsonObject | null)?.type ?? "unknown")}`);
    case "audio":
      throw cannot("audio input");
  }
}

function cannot(what: string): GatewayError {
  return new GatewayError("unsupported", `The model cannot take ${what}.`, { param: "messages" });
}

/** Thinking goes back only with its own signature; that of other vendors is worthless here and is left out. */
function encodeReasoning(
  { text, signature, redacted, encrypted, format }: ReasoningPart,
  dropped: Set<Dropped>,
): JsonObject[] {
  const sealed = redacted ?? encrypted;
  if (sealed !== undefined && format === FORMAT) return [{ type: "redacted_thinking", data: sealed }];
  if (signature?.format === FORMAT) return [{ type: "thinking", thinking: text, signature: signature.value }];
  dropped.add(signature === undefined && sealed === undefined ? "reasoning" : "reasoning_details");
  return [];
}

function encodeToolResult(part: Extract<Part, { kind: "tool-result" }>, dropped: Set<Dropped>): JsonObject {
  const content = part.parts.flatMap((inner) => encodePart(inner, dropped));
  const only = content.length === 1 && content[0]?.type === "text" && content[0].cache_control === undefined;
  return jsonObject({
    type: "tool_result",
    tool_use_id: toolId(part.call),
    content: (only ? content[0]!.text : content.length === 0 ? undefined : content) as JsonValue | undefined,
    is_error: part.failed,
  });
}

/** Ids of other vendors may hold characters that are refused here (`functions.add:0`); both ends of a call change alike. */
function toolId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, "_");
}

function encodeSource(source: Source): JsonObject {
  if (source.from === "url") return { type: "url", url: source.url };
  if (source.from === "upload") return { type: "file", file_id: source.id };
  return { type: "base64", media_type: source.mediaType, data: source.base64 };
}

/** PDFs and plain text are documents; an image sent as a file is an image. */
function encodeDocument(source: Source, filename: string | undefined): JsonObject {
  if (source.from !== "data" || source.mediaType === "application/pdf") {
    return jsonObject({ type: "document", source: encodeSource(source), title: filename });
  }
  if (source.mediaType.startsWith("image/")) return { type: "image", source: encodeSource(source) };
  if (source.mediaType.startsWith("text/")) {
    const data = Buffer.from(source.base64, "base64").toString("utf8");
    return jsonObject({
      type: "document",
      source: { type: "text", media_type: "text/plain", data },
      title: filename,
    });
  }
  throw cannot(`files of type ${JSON.stringify(source.mediaType)}`);
}

/** A tool call's arguments as the object this API wants. @throws GatewayError where they are not JSON */
function argumentsObject(json: string, call: string): JsonValue {
  const parsed = parseJson(json);
  if (isObject(parsed)) return parsed;
  throw new GatewayError(
    "unsupported",
    `The arguments of tool call ${JSON.stringify(call)} must be a JSON object for this model.`,
    {
      param: "messages",
    },
  );
}
