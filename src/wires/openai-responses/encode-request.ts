import { GatewayError } from "../../core/error.ts";
import { type JsonObject, type JsonValue, jsonObject, objectAt } from "../../core/json.ts";
import type { Dropped, OutputFormat, Part, Request, Tool, ToolChoice, Turn } from "../../core/request.ts";
import { withoutForeign } from "../foreign.ts";
import { capFor, LONGEST_ITEM_ID, shortened, userFor } from "../limits.ts";
import { encodeSource } from "../openai-chat/source.ts";
import { fixedSampling, LEAST_EFFORT, takenEffort } from "../reasoning-model.ts";
import { type WebSearch, webSearchOf } from "../web-search.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { soldTier } from "../wishes.ts";
import { encodeReasoningItems } from "./reasoning.ts";
import { addResponseOptions } from "./relay-request.ts";

/** Members that clients of other wires send at top level and that mean the same here. */
const TAKEN_AS_THEY_ARE = ["metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"];

/** A request as the body of `POST /responses`. The provider is to keep nothing of it: the history comes with every request. */
export function encodeRequest(request: Request, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  const { sampling, format, extra } = request;
  const reasoning = encodeReasoning(request, leg, dropped);
  const texts = textCalls(request.turns);
  const text = jsonObject({
    format: format === undefined ? undefined : encodeFormat(format),
    verbosity: extra.verbosity,
  });
  const body = jsonObject({
    model: leg.upstreamModel,
    input: withoutForeign(request.turns, "openai-responses", dropped).flatMap((turn) =>
      encodeTurn(turn, texts, dropped),
    ),
    stream: request.stream ? true : undefined,
    store: false,
    tools: request.tools?.map((tool) => encodeTool(tool, dropped)),
    tool_choice: request.toolChoice === undefined ? undefined : encodeToolChoice(request.toolChoice, request.tools),
    parallel_tool_calls: request.parallelToolCalls,
    max_output_tokens: capOf(request, leg, dropped),
    text: Object.keys(text).length === 0 ? undefined : text,
    reasoning,
    include: includedOf(request, reasoning !== undefined),
    ...encodeSampling(request, leg.quirks, dropped),
    user: userFor(request.user, dropped),
    service_tier: soldTier(request.serviceTier, leg, dropped),
  });
  for (const name in extra) {
    if (TAKEN_AS_THEY_ARE.includes(name)) body[name] = extra[name];
    else if (name !== "verbosity") dropped.add(name);
  }
  if (request.reasoning?.budget !== undefined) dropped.add("reasoning.max_tokens");
  if (request.caching?.ttl !== undefined) dropped.add("cache_ttl");
  if (sampling.topK !== undefined) dropped.add("top_k");
  if (sampling.stop !== undefined) dropped.add("stop");
  if (sampling.seed !== undefined) dropped.add("seed");
  if (sampling.frequencyPenalty !== undefined) dropped.add("frequency_penalty");
  if (sampling.presencePenalty !== undefined) dropped.add("presence_penalty");
  addResponseOptions(body, request.providerOptions, leg.provider, dropped);
  return { body, dropped: [...dropped] };
}

/** Less is refused. https://github.com/vectorize-io/hindsight/issues/58 */
const LEAST_CAP = 16;

function capOf(request: Request, leg: LegFacts, dropped: Set<Dropped>): number | undefined {
  const cap = capFor(request, leg);
  if (cap === undefined) return undefined;
  if (cap < LEAST_CAP) dropped.add("max_tokens");
  return Math.max(LEAST_CAP, cap);
}

/** What is only told to who asks for it: sealed thinking, and what programs printed. */
function includedOf(request: Request, thinks: boolean): JsonValue[] | undefined {
  const included: JsonValue[] = thinks && isAsked(request) ? ["reasoning.encrypted_content"] : [];
  const runs = request.tools?.some((tool) => tool.kind === "native" && tool.value.type === "code_interpreter") === true;
  if (runs) included.push("code_interpreter_call.outputs");
  return included.length === 0 ? undefined : included;
}

function isAsked({ reasoning }: Request): boolean {
  return reasoning !== undefined && reasoning.effort !== "none" && reasoning.enabled !== false;
}

/** What is asked of thinking, as far as the model takes it: of one that refuses the words it is not asked, and that is told. */
function encodeReasoning(request: Request, { quirks }: LegFacts, dropped: Set<Dropped>): JsonObject | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  if (quirks.has("never-thinks")) {
    if (isAsked(request)) dropped.add("reasoning");
    return undefined;
  }
  if (!isAsked(request)) {
    if (!quirks.has("always-thinks") && !quirks.has("no-reasoning-effort")) return { effort: "none" };
    dropped.add("reasoning");
    return quirks.has("no-reasoning-effort") ? undefined : { effort: LEAST_EFFORT };
  }
  const summary = reasoning.exclude === true ? undefined : (reasoning.summary ?? "auto");
  if (!quirks.has("no-reasoning-effort"))
    return jsonObject({ effort: takenEffort(reasoning.effort, quirks, dropped), summary });
  if (reasoning.effort !== undefined) dropped.add("reasoning.effort");
  return jsonObject({ summary });
}

/** Reasoning models refuse both, but for the value that there is without a word. */
function encodeSampling({ sampling }: Request, quirks: LegFacts["quirks"], dropped: Set<Dropped>): JsonObject {
  const { temperature, topP } = sampling;
  if (!quirks.has("fixed-sampling")) return jsonObject({ temperature, top_p: topP });
  for (const name of fixedSampling(sampling)) dropped.add(name);
  return {};
}

/** Calls whose arguments are free text: their results are items of another type. */
function textCalls(turns: readonly Turn[]): ReadonlySet<string> {
  const parts = turns.flatMap((turn) => turn.parts);
  return new Set(parts.flatMap((part) => (part.kind === "tool-call" && part.format === "text" ? [part.call] : [])));
}

/** A turn as items, in the order in which they were said: what stands in a row of thinking, or of words, is one. */
function encodeTurn(turn: Turn, texts: ReadonlySet<string>, dropped: Set<Dropped>): JsonObject[] {
  if (turn.name !== undefined) dropped.add("messages[].name");
  return runsOf(turn.parts).flatMap(({ kind, parts }) => {
    if (parts.some(({ cache }) => cache !== undefined)) dropped.add("cache_control");
    if (kind === "words") return [encodeMessage(turn.role, parts, dropped)];
    if (kind === "item") return parts.map((part) => encodeItem(part, texts, dropped));
    const { items, left } = encodeReasoningItems(parts.filter((part) => part.kind === "reasoning"));
    if (left > 0) dropped.add("reasoning_details");
    return items;
  });
}

interface Run {
  kind: "thoughts" | "words" | "item";
  parts: Part[];
}

function runsOf(parts: readonly Part[]): Run[] {
  const runs: Run[] = [];
  for (const part of parts) {
    const kind = part.kind === "reasoning" ? "thoughts" : isItem(part) ? "item" : "words";
    const last = runs.at(-1);
    if (last?.kind === kind) last.parts.push(part);
    else runs.push({ kind, parts: [part] });
  }
  return runs;
}

function isItem(part: Part): boolean {
  return part.kind === "tool-call" || part.kind === "tool-result" || part.extra?.item === true;
}

function encodeItem(part: Part, texts: ReadonlySet<string>, dropped: Set<Dropped>): JsonObject {
  if (part.kind === "tool-call") return encodeCall(part);
  if (part.kind === "tool-result") return encodeResult(part, texts.has(part.call), dropped);
  return encodePart(part, true, dropped) as JsonObject;
}

function encodeMessage(role: Turn["role"], parts: readonly Part[], dropped: Set<Dropped>): JsonObject {
  const [first] = parts;
  const from = role === "tool" ? "user" : role;
  if (parts.length === 1 && first?.kind === "text") return { role: from, content: first.text };
  return { role: from, content: parts.map((part) => encodePart(part, from === "assistant", dropped)) };
}

function encodeCall(part: Extract<Part, { kind: "tool-call" }>): JsonObject {
  const { name, arguments: said } = part;
  const call_id = shortened(part.call, LONGEST_ITEM_ID);
  return part.format === "json"
    ? { type: "function_call", call_id, name, arguments: said }
    : { type: "custom_tool_call", call_id, name, input: said };
}

function encodeResult(
  { call, parts, failed }: Extract<Part, { kind: "tool-result" }>,
  isText: boolean,
  dropped: Set<Dropped>,
): JsonObject {
  if (failed === true) dropped.add("is_error");
  const [first] = parts;
  const only = parts.length === 1 && first?.kind === "text" ? first.text : undefined;
  const output = only ?? (parts.length === 0 ? "" : parts.map((part) => encodePart(part, false, dropped)));
  const type = isText ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: shortened(call, LONGEST_ITEM_ID), output };
}

function encodePart(part: Part, isAnswer: boolean, dropped: Set<Dropped>): JsonValue {
  switch (part.kind) {
    case "text":
      return isAnswer
        ? { type: "output_text", text: part.text, annotations: [] }
        : { type: "input_text", text: part.text };
    case "refusal":
      return isAnswer ? { type: "refusal", refusal: part.text } : { type: "input_text", text: part.text };
    case "image":
      return jsonObject({
        type: "input_image",
        detail: part.detail ?? (part.source.from === "upload" ? undefined : "auto"),
        ...(part.source.from === "upload" ? { file_id: part.source.id } : { image_url: encodeSource(part.source) }),
      });
    case "file": {
      const { source, filename } = part;
      const at = { data: "file_data", url: "file_url", upload: "file_id" }[source.from];
      // A file that comes as data must have a name.
      const named = filename ?? (source.from === "data" ? "file" : undefined);
      return jsonObject({ type: "input_file", [at]: encodeSource(source), filename: named });
    }
    case "audio":
      return { type: "input_audio", input_audio: { data: part.base64, format: part.format } };
    case "native":
      if (part.wire === "openai-responses") return part.value;
      throw cannot(`content of type ${JSON.stringify(objectAt(part.value)?.type ?? "unknown")}`, "messages");
    default:
      dropped.add(part.kind);
      return { type: "input_text", text: "" };
  }
}

function cannot(what: string, param: string): GatewayError {
  return new GatewayError("unsupported", `The model cannot take ${what}.`, { param });
}

/** Tools that the provider runs and that name nothing which it keeps: asked for in chat completions they mean the same here. */
export const HOSTED = /^web_search/;

function encodeTool(tool: Tool, dropped: Set<Dropped>): JsonObject {
  if (tool.kind === "native") {
    if (tool.wire === "openai-responses") return tool.value;
    const search = webSearchOf(tool, dropped);
    if (search !== undefined) return encodeSearch(search);
    if (tool.wire === "openai-chat" && HOSTED.test(String(tool.value.type))) return tool.value;
    const custom = objectAt(tool.value.custom);
    if (tool.value.type !== "custom" || custom === undefined)
      throw cannot(`tools of type ${JSON.stringify(tool.value.type)}`, "tools");
    const { format, ...named } = custom;
    const grammar = objectAt(objectAt(format)?.grammar);
    return jsonObject({
      type: "custom",
      ...named,
      format: grammar === undefined ? format : { type: "grammar", ...grammar },
    });
  }
  const { name, description, parameters, strict } = tool;
  // Left out, this API would take it for `true`.
  return jsonObject({ type: "function", name, description, parameters: parameters ?? null, strict: strict ?? false });
}

/** https://platform.openai.com/docs/guides/tools-web-search: domains can be chosen there, and none excluded. */
function encodeSearch({ allowed, blocked, place }: WebSearch): JsonObject {
  if (blocked.length > 0) throw cannot("a search with domains that it must not use", "tools");
  return jsonObject({
    type: "web_search",
    filters: allowed.length === 0 ? undefined : { allowed_domains: [...allowed] },
    user_location: place,
  });
}

function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[] = []): JsonValue {
  if (choice.mode !== "tool") return choice.mode;
  const isSearch = tools.some((tool) => webSearchOf(tool, new Set())?.name === choice.name);
  // https://platform.openai.com/docs/api-reference/responses/create#responses-create-tool_choice
  const hosted = tools.find((tool) => tool.kind === "native" && tool.value.type === choice.name);
  if (hosted?.kind === "native") return jsonObject({ type: choice.name, server_label: hosted.value.server_label });
  if (!isSearch) return { type: "function", name: choice.name };
  return tools.length === 1 ? "required" : { type: "web_search" };
}

function encodeFormat(format: OutputFormat): JsonObject {
  if (format.kind === "text") return { type: "text" };
  if (format.kind === "json") return { type: "json_object" };
  const { name, schema, strict, description } = format;
  return jsonObject({ type: "json_schema", name, description, schema, strict });
}
