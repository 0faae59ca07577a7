import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson } from "../../core/json.ts";
import type { CacheMark, Dropped, Part, Turn } from "../../core/request.ts";
import { withoutForeign } from "../foreign.ts";
import { encodeReasoning } from "./reasoning.ts";
import { Sources } from "./source.ts";

/**
 * A conversation as Converse wants it: system texts apart, user and assistant in turn, the results of calls first in the user
 * message that follows them, however many messages they came in.
 */
export function encodeTurns(
  turns: readonly Turn[],
  model: ModelFacts,
  dropped: Set<Dropped>,
): { system: JsonObject[]; messages: JsonObject[] } {
  const encoder = new PartEncoder(model, dropped);
  const system: JsonObject[] = [];
  const messages: { role: "user" | "assistant"; content: JsonObject[] }[] = [];
  for (const turn of withoutForeign(turns, "bedrock-converse", dropped)) {
    const blocks = turn.parts.flatMap((part) => encoder.encode(part));
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
  return {
    system,
    messages: messages.map(({ role, content }) => ({
      role,
      content: role === "user" ? resultsFirst(content) : content,
    })),
  };
}

/** Anything before the results of the calls that were just made is refused by some models, a cache mark among them. */
function resultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const results: JsonObject[] = [];
  const others: JsonObject[] = [];
  let current = others;
  for (const block of blocks) {
    // A mark stays behind what it marks.
    if (block.cachePoint === undefined) current = block.toolResult === undefined ? others : results;
    current.push(block);
  }
  return [...results, ...others];
}

/** "Cache the prompt up to here." https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
export function cachePoint({ ttl }: CacheMark): JsonObject {
  return { cachePoint: jsonObject({ type: "default", ttl }) };
}

/**
 * Ids of other vendors may hold characters that are refused here, or be too long: what tells them apart stands at their end. Both ends of a call
 * change alike. Claude refuses what others give themselves: Kimi counts on `functions.add:0`.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
 */
function toolId(id: string, { isClaude }: ModelFacts): string {
  return id.replace(isClaude ? /[^a-zA-Z0-9_-]/g : /[^a-zA-Z0-9_.:-]/g, "_").slice(-64);
}

interface ModelFacts {
  /** Takes cache marks. */
  readonly caches: boolean;
  readonly isClaude: boolean;
}

class PartEncoder {
  private readonly model: ModelFacts;
  private readonly dropped: Set<Dropped>;
  private readonly sources = new Sources();

  constructor(model: ModelFacts, dropped: Set<Dropped>) {
    this.model = model;
    this.dropped = dropped;
  }

  encode(part: Part): JsonObject[] {
    const blocks = this.bare(part);
    if (part.cache === undefined || blocks.length === 0) return blocks;
    if (this.model.caches) return [...blocks, cachePoint(part.cache)];
    this.dropped.add("cache_control");
    return blocks;
  }

  private bare(part: Part): JsonObject[] {
    switch (part.kind) {
      case "text":
      case "refusal":
        // A text of nothing but white space is refused.
        return part.text.trim() === "" ? [] : [{ text: part.text }];
      case "image":
        if (part.detail !== undefined && part.detail !== "auto") this.dropped.add("image_url.detail");
        return [this.sources.image(part.source)];
      case "file":
        return [this.sources.file(part.source, part.filename)];
      case "reasoning":
        return encodeReasoning(part, this.dropped);
      case "tool-call":
        return [
          {
            toolUse: {
              toolUseId: toolId(part.call, this.model),
              name: part.name,
              input: argumentsObject(part.arguments, part.call),
            },
          },
        ];
      case "tool-result":
        return [this.toolResult(part)];
      case "native":
        if (part.wire === "bedrock-converse") return [part.value as JsonObject];
        throw cannot(`content of type ${JSON.stringify((part.value as JsonObject | null)?.type ?? "unknown")}`);
      case "audio":
        throw cannot("audio input");
    }
  }

  /** A mark inside of a result would be refused: it goes behind the whole. */
  private toolResult({ call, parts, failed }: Extract<Part, { kind: "tool-result" }>): JsonObject {
    if (parts.some(({ cache }) => cache !== undefined)) this.dropped.add("cache_control");
    const content = parts.flatMap((inner) => this.bare(inner));
    return {
      toolResult: jsonObject({
        toolUseId: toolId(call, this.model),
        content: content.length === 0 ? [{ text: "(nothing)" }] : content,
        status: failed === undefined ? undefined : failed ? "error" : "success",
      }),
    };
  }
}

export function cannot(what: string): GatewayError {
  return new GatewayError("unsupported", `The model cannot take ${what}.`, { param: "messages" });
}

/** A tool call's arguments as the object this API wants. @throws GatewayError where they are not JSON */
function argumentsObject(json: string, call: string): JsonValue {
  const parsed = parseJson(json);
  if (isObject(parsed)) return parsed;
  throw new GatewayError(
    "unsupported",
    `The arguments of tool call ${JSON.stringify(call)} must be a JSON object for this model.`,
    { param: "messages" },
  );
}
