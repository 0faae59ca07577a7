import { GatewayError } from "../../core/error.ts";
import { arrayAt, type JsonObject, type JsonValue, jsonObject, objectAt } from "../../core/json.ts";
import type { CacheMark, Dropped, OutputFormat, Part, Request, Tool, ToolChoice, Turn } from "../../core/request.ts";
import { withMarks } from "../auto-caching.ts";
import { withNamesInWords } from "../foreign.ts";
import { capFor, userFor } from "../limits.ts";
import { fixedSampling } from "../reasoning-model.ts";
import type { LegFacts } from "../wire.ts";
import { soldTier } from "../wishes.ts";
import { encodeAnswer } from "./encode-reply.ts";
import { editForProvider, setSafety } from "./relay-request.ts";
import { encodeSource } from "./source.ts";

/** A request as a chat completions body for this endpoint. */
export function encodeRequest(asked: Request, leg: LegFacts): { body: JsonObject; dropped: Dropped[] } {
  const request = leg.quirks.has("cache-marks") ? withMarks(asked) : asked;
  const { sampling, reasoning } = request;
  const dropped = new Set<Dropped>();
  if (request === asked && asked.caching?.ttl !== undefined) dropped.add("cache_ttl");
  if (sampling.topK !== undefined && !leg.quirks.has("top-k")) dropped.add("top_k");
  const fixed = leg.quirks.has("fixed-sampling");
  if (fixed) for (const name of fixedSampling(sampling)) dropped.add(name);
  const said = jsonObject({
    model: leg.upstreamModel,
    messages: request.turns.flatMap((turn) => encodeTurn(withNamesInWords(turn, "openai-chat", dropped), dropped)),
    stream: request.stream ? true : undefined,
    tools: request.tools?.flatMap(encodeTool),
    tool_choice: request.toolChoice === undefined ? undefined : encodeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    max_completion_tokens: capFor(request, leg),
    response_format: request.format === undefined ? undefined : encodeFormat(request.format),
    reasoning:
      reasoning === undefined
        ? undefined
        : jsonObject({
            enabled: reasoning.enabled,
            effort: reasoning.effort,
            max_tokens: reasoning.budget,
            exclude: reasoning.exclude,
            summary: reasoning.summary,
          }),
    temperature: fixed ? undefined : sampling.temperature,
    top_p: fixed ? undefined : sampling.topP,
    top_k: leg.quirks.has("top-k") ? sampling.topK : undefined,
    stop: sampling.stop as JsonValue | undefined,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    user: userFor(request.user, dropped),
    service_tier: soldTier(request.serviceTier, leg, dropped),
  });
  const { safety_identifier: safetyIdentifier, ...extra } = request.extra;
  if (safetyIdentifier !== undefined) setSafety(said, safetyIdentifier, leg.quirks, dropped);
  const edited = editForProvider({ ...extra, ...said }, request.providerOptions, leg);
  return dropped.size === 0 ? edited : { ...edited, dropped: [...new Set([...dropped, ...edited.dropped])] };
}

function encodeTurn(turn: Turn, dropped: Set<Dropped>): JsonObject[] {
  const results = turn.parts.filter((part) => part.kind === "tool-result");
  // A turn of the tool's own is in this wire's form already.
  const shown = turn.role === "tool" ? [] : results.flatMap(({ parts }) => parts.filter(isShown));
  const others = [...shown, ...turn.parts.filter((part) => part.kind !== "tool-result" && !isForeign(part, dropped))];
  if (results.some(({ failed }) => failed === true)) dropped.add("is_error");
  const messages: JsonObject[] = results.map((part) =>
    withCache({ role: "tool", tool_call_id: part.call, content: resultContent(turn, part.parts, dropped) }, part.cache),
  );
  if (turn.role === "tool" || (results.length > 0 && others.length === 0)) return messages;
  const message: JsonObject =
    turn.role === "assistant" ? encodeAssistant(others) : { role: turn.role, content: encodeContent(others) };
  if (turn.name !== undefined) message.name = turn.name;
  return [...messages, message];
}

/** The words of a tool result, which is all that a message of a tool can hold: pictures go to the user message behind it. */
function resultContent({ role }: Turn, parts: readonly Part[], dropped: Set<Dropped>): JsonValue {
  if (role === "tool") return encodeContent(parts);
  return encodeContent(parts.filter((part) => !isShown(part) && !isForeign(part, dropped)));
}

function isShown(part: Part): boolean {
  return part.kind === "image" || part.kind === "file";
}

/** What another wire's provider did for itself has no place in this history, and is told. */
function isForeign(part: Part, dropped: Set<Dropped>): boolean {
  if (part.kind === "native" && part.wire !== "openai-chat") {
    dropped.add(String(objectAt(part.value)?.type ?? part.wire));
    return true;
  }
  if (part.kind !== "tool-call" || part.by === "client") return false;
  dropped.add(part.name);
  return true;
}

/** As in a reply, but with the bounds of its texts and every cache mark where it was set. */
function encodeAssistant(parts: readonly Part[]): JsonObject {
  const message = encodeAnswer(parts);
  const texts = parts.filter((part) => part.kind === "text");
  if (texts.length > 1 || texts[0]?.cache !== undefined) message.content = encodeContent(texts);
  const calls = parts.filter((part) => part.kind === "tool-call" && part.by === "client");
  // It was cut off while it thought, or said nothing: without content that is refused.
  if (parts.every(({ kind }) => kind === "reasoning")) message.content = "";
  message.tool_calls = arrayAt(message.tool_calls)?.map((call, i) => withCache(call as JsonObject, calls[i]?.cache));
  return jsonObject(message);
}

/** Plain text as a string, anything more as parts. */
function encodeContent(parts: readonly Part[]): JsonValue {
  const [first] = parts;
  if (parts.length === 0) return "";
  if (parts.length === 1 && first?.kind === "text" && first.cache === undefined) return first.text;
  return parts.flatMap((part) => {
    const encoded = encodePart(part);
    return encoded === undefined ? [] : [withCache(encoded, part.cache)];
  });
}

function encodePart(part: Part): JsonObject | undefined {
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      if (part.source.from === "upload")
        throw new GatewayError("unsupported", "The model cannot take an image by the id of a file.", {
          param: "messages",
        });
      return {
        type: "image_url",
        image_url: jsonObject({ url: encodeSource(part.source), detail: part.detail }),
      };
    case "audio":
      return { type: "input_audio", input_audio: { data: part.base64, format: part.format } };
    case "file": {
      const { source, filename } = part;
      const file = source.from === "upload" ? { file_id: source.id } : { file_data: encodeSource(source) };
      return { type: "file", file: jsonObject({ ...file, filename }) };
    }
    case "native":
      return part.wire === "openai-chat" ? (part.value as JsonObject) : undefined;
    default:
      return undefined;
  }
}

function withCache(object: JsonObject, cache: CacheMark | undefined): JsonObject {
  if (cache === undefined) return object;
  return { ...object, cache_control: jsonObject({ type: "ephemeral", ttl: cache.ttl }) };
}

function encodeTool(tool: Tool): JsonObject[] {
  if (tool.kind === "native") {
    if (tool.wire === "openai-chat") return [tool.value];
    const message = `Tools of type ${JSON.stringify(tool.value.type)} cannot be offered to this model.`;
    throw new GatewayError("unsupported", message, { param: "tools" });
  }
  const { name, description, parameters, strict } = tool;
  const named = jsonObject({ name, description, parameters, strict });
  return [withCache({ type: "function", function: named }, tool.cache)];
}

function encodeToolChoice(choice: ToolChoice): JsonValue {
  return choice.mode === "tool" ? { type: "function", function: { name: choice.name } } : choice.mode;
}

function encodeFormat(format: OutputFormat): JsonObject {
  if (format.kind === "text") return { type: "text" };
  if (format.kind === "json") return { type: "json_object" };
  const { name, schema, strict, description } = format;
  return { type: "json_schema", json_schema: jsonObject({ name, description, schema, strict }) };
}
