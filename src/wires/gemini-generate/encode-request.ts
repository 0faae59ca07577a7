import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, jsonObject, objectAt } from "../../core/json.ts";
import type { Dropped, Request, Tool, ToolChoice } from "../../core/request.ts";
import { type AnswerTool, answerToolFor, choiceWith } from "../answer-tool.ts";
import { mustBeOpen } from "../kept-files.ts";
import { capFor } from "../limits.ts";
import { openaiSearchOf, webSearchOf } from "../web-search.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { encodeTurns } from "./encode-turns.ts";
import { encodeThinking } from "./thinking.ts";

/** More stop sequences are refused. */
const MOST_STOPS = 5;

/** A request as the body of `generateContent`; whether it streams is said by the path. https://ai.google.dev/api/generate-content */
export function encodeRequest(asked: Request, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  mustBeOpen(asked.turns, leg, isKept);
  const { request, search } = withoutSearch(asked, leg, dropped);
  const { system, contents } = encodeTurns(request.turns, leg.quirks, dropped);
  const answerTool = answerToolOf(request, leg, dropped);
  const declarations = encodeTools(request, answerTool, dropped);
  const choice = answerTool === undefined ? request.toolChoice : choiceWith(answerTool, request);
  if (request.parallelToolCalls === false) dropped.add("parallel_tool_calls");
  if (request.user !== undefined) dropped.add("user");
  if (request.caching?.ttl !== undefined) dropped.add("cache_ttl");
  const cap = capFor(request, leg);
  const config = jsonObject({
    maxOutputTokens: cap,
    ...encodeSampling(request, leg, dropped),
    ...(answerTool === undefined ? encodeFormat(request, leg, dropped) : {}),
    thinkingConfig: encodeThinking(request.reasoning, leg.quirks, dropped, cap),
    responseModalities: modalitiesOf(request.extra.modalities),
  });
  const body = jsonObject({
    systemInstruction: system.length === 0 ? undefined : { parts: system },
    contents,
    tools: toolsOf(request, declarations, search),
    toolConfig: declarations.length === 0 ? undefined : encodeToolChoice(request, choice),
    generationConfig: Object.keys(config).length === 0 ? undefined : config,
    serviceTier: encodeTier(request.serviceTier, leg, dropped),
  });
  for (const name in request.extra) if (name !== "modalities" || !config.responseModalities) dropped.add(name);
  for (const owner of leg.maker === undefined ? [leg.provider] : [leg.maker, leg.provider])
    addOptions(body, request.providerOptions, owner, dropped);
  const encoded = { body, dropped: [...dropped] };
  return answerTool === undefined ? encoded : { ...encoded, answerTool: answerTool.name };
}

/** What is not on the web lies in a bucket, and what was uploaded to this API has an address there. https://ai.google.dev/api/files */
function isKept(url: string): boolean {
  return !/^https?:/i.test(url) || /^https?:\/*[^/]*\bgenerativelanguage\b/i.test(url);
}

/**
 * The request without the search of the web that it offers, and that search in this API's words: it is had alone here, and cannot be
 * kept to some of the web. https://ai.google.dev/gemini-api/docs/google-search
 * @throws GatewayError `unsupported`
 */
function withoutSearch(
  request: Request,
  { quirks }: LegFacts,
  dropped: Set<Dropped>,
): { request: Request; search?: JsonObject[] } {
  const { tools = [], format, toolChoice } = request;
  const search = tools
    .map((tool) => webSearchOf(tool, dropped) ?? openaiSearchOf(tool, dropped))
    .find((one) => one !== undefined);
  if (search === undefined) return { request };
  const { tools: _tools, toolChoice: _choice, ...rest } = request;
  const formed = format !== undefined && format.kind !== "text" && quirks.has("schema-or-tools");
  const beside = tools.length > 1 ? "beside other tools" : formed ? "beside a format" : undefined;
  const within = search.allowed.length + search.blocked.length > 0 ? "within some domains" : undefined;
  const how = beside ?? within;
  if (how !== undefined)
    throw new GatewayError("unsupported", `This model cannot search the web ${how}.`, { param: "tools" });
  if (toolChoice?.mode === "none") return { request: rest };
  if (search.place !== undefined) dropped.add("tools[].user_location");
  // It searches where it sees need: nothing makes it.
  if (toolChoice !== undefined && toolChoice.mode !== "auto") dropped.add("tool_choice");
  return { request: rest, search: [{ googleSearch: {} }] };
}

/** Where the model takes a schema or tools, and the client wants both. */
function answerToolOf(request: Request, { quirks }: LegFacts, dropped: Set<Dropped>): AnswerTool | undefined {
  const { format, tools = [] } = request;
  if (format === undefined || format.kind === "text" || tools.length === 0 || !quirks.has("schema-or-tools"))
    return undefined;
  const answerTool = answerToolFor(request);
  if (answerTool === undefined) dropped.add("response_format");
  return answerTool;
}

/** Whether the tool is one of this API's own, said in its words. */
function isOwn(tool: Tool): boolean {
  return tool.kind === "native" && tool.wire === "gemini-generate";
}

/** What is declared, and what the API runs by itself. Which of them go together is a matter of the model. */
function toolsOf({ tools = [] }: Request, declarations: JsonObject[], search?: JsonObject[]): JsonObject[] | undefined {
  const declared = declarations.length === 0 ? [] : [{ functionDeclarations: declarations }];
  const own = tools.flatMap((tool) => (tool.kind === "native" && isOwn(tool) ? [tool.value] : []));
  const all = [...(search ?? []), ...declared, ...own];
  return all.length === 0 ? undefined : all;
}

function encodeTools({ tools = [] }: Request, answerTool: AnswerTool | undefined, dropped: Set<Dropped>): JsonObject[] {
  const others = tools.filter((tool) => !isOwn(tool));
  const declarations = others.map((tool) => {
    if (tool.kind === "native") {
      const type = JSON.stringify(tool.value.type ?? "unknown");
      throw new GatewayError("unsupported", `Tools of type ${type} cannot be offered to this model.`, {
        param: "tools",
      });
    }
    if (tool.cache !== undefined) dropped.add("cache_control");
    const { name, description, parameters } = tool;
    const untyped = parameters !== undefined && parameters.type === undefined;
    const schema = untyped ? { type: "object", ...parameters } : parameters;
    return jsonObject({ name, description, parametersJsonSchema: schema });
  });
  if (answerTool === undefined) return declarations;
  const { name, description, schema } = answerTool;
  return [{ name, description, parametersJsonSchema: schema }, ...declarations];
}

/** https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes */
function encodeToolChoice({ tools = [] }: Request, choice: ToolChoice | undefined): JsonObject | undefined {
  const strict = tools.some((tool) => tool.kind === "function" && tool.strict === true);
  switch (choice?.mode) {
    case undefined:
    case "auto":
      // Free to call or not, but what is called fits its schema.
      if (strict) return { functionCallingConfig: { mode: "VALIDATED" } };
      return choice === undefined ? undefined : { functionCallingConfig: { mode: "AUTO" } };
    case "none":
      return { functionCallingConfig: { mode: "NONE" } };
    case "required":
      return { functionCallingConfig: { mode: "ANY" } };
    case "tool":
      return { functionCallingConfig: { mode: "ANY", allowedFunctionNames: [choice.name] } };
  }
}

/** A whole JSON Schema; keywords that the model does not know are passed over there. https://ai.google.dev/gemini-api/docs/structured-output */
function encodeFormat(
  { format, tools = [] }: Request,
  { quirks }: LegFacts,
  dropped: Set<Dropped>,
): JsonObject | undefined {
  if (format === undefined || format.kind === "text") return undefined;
  if (format.kind === "json")
    return tools.length > 0 && quirks.has("schema-or-tools") ? undefined : { responseMimeType: "application/json" };
  if (format.description !== undefined) dropped.add("response_format.json_schema.description");
  return { responseMimeType: "application/json", responseJsonSchema: format.schema };
}

function encodeSampling({ sampling }: Request, { quirks }: LegFacts, dropped: Set<Dropped>): JsonObject {
  const { temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty } = sampling;
  const stops = stop?.filter((sequence) => sequence !== "").slice(0, MOST_STOPS) ?? [];
  if (stops.length < (stop?.length ?? 0)) dropped.add("stop");
  const penalized = !quirks.has("no-penalties");
  // A penalty of nothing is none.
  if (!penalized && frequencyPenalty) dropped.add("frequency_penalty");
  if (!penalized && presencePenalty) dropped.add("presence_penalty");
  return jsonObject({
    temperature,
    topP,
    topK,
    stopSequences: stops.length === 0 ? undefined : stops,
    seed: int32(seed, dropped),
    frequencyPenalty: penalized ? frequencyPenalty : undefined,
    presencePenalty: penalized ? presencePenalty : undefined,
  });
}

/** A seed has 32 bits here. */
function int32(seed: number | undefined, dropped: Set<Dropped>): number | undefined {
  if (seed === undefined || seed === (seed | 0)) return seed;
  dropped.add("seed");
  return undefined;
}

/** Chat's `modalities`, where they are not just text. */
function modalitiesOf(value: JsonValue | undefined): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((word) => typeof word === "string").map((word) => word.toUpperCase());
  return words.length === value.length && words.includes("IMAGE") ? words : undefined;
}

const TIERS: Readonly<Record<string, string>> = {
  __proto__: null as never,
  default: "standard",
  standard: "standard",
  flex: "flex",
  priority: "priority",
};

/** https://ai.google.dev/api/generate-content: `serviceTier`, of AI Studio only. */
function encodeTier(tier: string | undefined, { quirks }: LegFacts, dropped: Set<Dropped>): string | undefined {
  if (tier === undefined || tier === "auto") return undefined;
  const theirs = quirks.has("no-service-tier") ? undefined : TIERS[tier];
  if (theirs === undefined) dropped.add("service_tier");
  return theirs;
}

/** What was routed, is metered and paid for, or belongs to the gateway's account: options cannot change it. */
const FIXED: ReadonlySet<string> = new Set([
  "model",
  "contents",
  "systemInstruction",
  "candidateCount",
  "cachedContent",
]);

/** Members of the body itself; every other option is one of `generationConfig`. */
const AT_TOP: ReadonlySet<string> = new Set([
  "tools",
  "toolConfig",
  "safetySettings",
  "labels",
  "modelArmorConfig",
  "serviceTier",
  "store",
]);

/**
 * Lays `providerOptions.<provider>` over a body: the AI SDK writes them in camelCase, as this API does. Tools are added to the
 * client's, the rest replaces.
 */
function addOptions(
  body: JsonObject,
  providerOptions: JsonObject | undefined,
  provider: string,
  dropped: Set<Dropped>,
): void {
  const options: JsonValue | undefined = providerOptions?.[provider];
  if (!isObject(options)) return;
  for (const name in options) {
    const value = options[name];
    if (FIXED.has(camel(name))) dropped.add(`providerOptions.${provider}.${name}`);
    else if (name === "tools") body.tools = [...listOf(body.tools), ...listOf(value)];
    else if (AT_TOP.has(name)) body[name] = laid(body[name], value);
    else {
      const config = objectAt(body.generationConfig);
      body.generationConfig = { ...config, [name]: laid(config?.[name], value) };
    }
  }
}

/** This API takes its members in snake_case as well. https://protobuf.dev/programming-guides/json/#field-names */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object over an object, member by member. */
function laid(before: JsonValue | undefined, value: JsonValue | undefined): JsonValue | undefined {
  return isObject(before) && isObject(value) ? { ...before, ...value } : value;
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}
