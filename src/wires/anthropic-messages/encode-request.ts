import { GatewayError } from "../../core/error.ts";
import { type JsonObject, jsonObject, present, stringAt } from "../../core/json.ts";
import type { Dropped, Request, Tool, ToolChoice } from "../../core/request.ts";
import { type AnswerTool, answerToolFor, choiceWith, isClosed } from "../answer-tool.ts";
import { withMarks } from "../auto-caching.ts";
import { capFor } from "../limits.ts";
import { addOptions } from "../provider-options.ts";
import { openaiSearchOf } from "../web-search.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { headersOf } from "./betas.ts";
import { encodeTurns } from "./encode-turns.ts";
import { beginsThoughtless, encodeThinking } from "./thinking.ts";

/** `max_tokens` is required; without a cap of the client's or one known of the model, this is enough for most answers. */
const DEFAULT_MAX_TOKENS = 4096;

/** Members that clients of other wires send at top level and that mean the same here. */
const TAKEN_AS_THEY_ARE = ["container", "context_management", "inference_geo", "mcp_servers"];

/** A request as the body of `POST /v1/messages`. https://platform.claude.com/docs/en/api/messages/create */
export function encodeRequest(unmarked: Request, leg: LegFacts): EncodedRequest {
  const request = withMarks(unmarked);
  const dropped = new Set<Dropped>();
  const { system, messages } = encodeTurns(request.turns, dropped);
  // Thinking is part of what is capped.
  const maxTokens = capFor(request, leg) ?? leg.maxOutput ?? DEFAULT_MAX_TOKENS + (request.reasoning?.budget ?? 0);
  const answerTool = answerToolOf(request, leg, dropped);
  const tools = encodeTools(request, answerTool, dropped);
  const choice = answerTool === undefined ? request.toolChoice : choiceWith(answerTool, request);
  const parallel = answerTool === undefined ? request.parallelToolCalls : false;
  const forced = choice?.mode === "required" || choice?.mode === "tool";
  const thinking = encodeThinking(
    request,
    { maxTokens, forced, thoughtless: beginsThoughtless(messages), leg },
    dropped,
  );
  const { safety_identifier: safetyIdentifier, ...extra } = request.extra;
  const user = stringAt(safetyIdentifier) ?? request.user;
  if (request.user !== undefined && request.user !== user) dropped.add("user");
  const body = jsonObject({
    model: leg.upstreamModel,
    max_tokens: maxTokens,
    system: system.length === 0 ? undefined : system,
    messages,
    stream: request.stream ? true : undefined,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : encodeToolChoice(choice, parallel),
    thinking: thinking.thinking,
    output_config: outputConfig(request, leg, thinking.effort),
    ...encodeSampling(request, leg, thinking.thinks, dropped),
    metadata: user === undefined ? undefined : { user_id: user },
    service_tier: encodeTier(request.serviceTier, dropped),
  });
  for (const name in extra) {
    if (TAKEN_AS_THEY_ARE.includes(name)) body[name] = extra[name];
    else dropped.add(name);
  }
  if (leg.maker !== undefined) addOptions(body, request.providerOptions, leg.maker, dropped);
  addOptions(body, request.providerOptions, leg.provider, dropped);
  const headers = headersOf(request.headers, leg, dropped);
  const encoded = { body, dropped: [...dropped], ...(headers === undefined ? {} : { headers }) };
  return answerTool === undefined ? encoded : { ...encoded, answerTool: answerTool.name };
}

/**
 * The tool whose arguments are the answer, where the format cannot be asked for otherwise: the model has no schema mode,
 * the schema is open (the schema mode wants every object closed), or any JSON will do.
 */
function answerToolOf(request: Request, { quirks }: LegFacts, dropped: Set<Dropped>): AnswerTool | undefined {
  const { format } = request;
  if (format?.kind === "schema" && !quirks.has("schema-by-tool") && isClosed(format.schema)) return undefined;
  const tool = answerToolFor(request);
  if (tool === undefined && format?.kind === "json") dropped.add("response_format");
  return tool;
}

function outputConfig(request: Request, { quirks }: LegFacts, effort: string | undefined): JsonObject | undefined {
  const { format } = request;
  const native = format?.kind === "schema" && !quirks.has("schema-by-tool") && isClosed(format.schema);
  if (!native && effort === undefined) return undefined;
  return jsonObject({ effort, format: native ? { type: "json_schema", schema: format.schema } : undefined });
}

function encodeTools(request: Request, answerTool: AnswerTool | undefined, dropped: Set<Dropped>): JsonObject[] {
  const tools: JsonObject[] = [];
  if (answerTool !== undefined) {
    const { name, description, schema } = answerTool;
    tools.push({ name, description, input_schema: schema });
  }
  for (const tool of request.tools ?? []) {
    if (tool.kind === "native") {
      tools.push(tool.wire === "anthropic-messages" ? tool.value : encodeSearch(tool, dropped));
      continue;
    }
    const { name, description, parameters, cache } = tool;
    if (tool.strict === true && !isClosed(parameters)) dropped.add("tools[].function.strict");
    tools.push(
      jsonObject({
        name,
        description,
        input_schema: { type: "object", ...parameters },
        strict: tool.strict === true && isClosed(parameters) ? true : undefined,
        cache_control: cache === undefined ? undefined : present({ type: "ephemeral", ttl: cache.ttl }),
      }),
    );
  }
  return tools;
}

/** A search of the web is all that others' providers run and this one does too. @throws GatewayError `unsupported` for anything else */
function encodeSearch(tool: Extract<Tool, { kind: "native" }>, dropped: Set<Dropped>): JsonObject {
  const search = openaiSearchOf(tool, dropped);
  if (search === undefined) {
    const message = `Tools of type ${JSON.stringify(tool.value.type)} cannot be offered to this model.`;
    throw new GatewayError("unsupported", message, { param: "tools" });
  }
  const { name, allowed, place } = search;
  return jsonObject({
    type: "web_search_20250305",
    name,
    allowed_domains: allowed.length === 0 ? undefined : [...allowed],
    user_location: place === undefined ? undefined : { type: "approximate", ...place },
  });
}

function encodeToolChoice(choice: ToolChoice | undefined, parallel: boolean | undefined): JsonObject | undefined {
  const single = parallel === false ? { disable_parallel_tool_use: true } : {};
  switch (choice?.mode) {
    case undefined:
      return parallel === false ? { type: "auto", ...single } : undefined;
    case "auto":
      return { type: "auto", ...single };
    case "required":
      return { type: "any", ...single };
    case "none":
      return { type: "none" };
    case "tool":
      return { type: "tool", name: choice.name, ...single };
  }
}

/** What this API takes of the sampling; the rest is reported. */
function encodeSampling(
  { sampling }: Request,
  { quirks }: LegFacts,
  thinks: boolean,
  dropped: Set<Dropped>,
): JsonObject {
  const { temperature, topP, topK, stop } = sampling;
  if (sampling.seed !== undefined) dropped.add("seed");
  if (sampling.frequencyPenalty !== undefined) dropped.add("frequency_penalty");
  if (sampling.presencePenalty !== undefined) dropped.add("presence_penalty");
  const members: JsonObject = {};
  // A stop sequence of white space alone is refused.
  const stops = stop?.filter((sequence) => sequence.trim() !== "") ?? [];
  if (stops.length < (stop?.length ?? 0)) dropped.add("stop");
  if (stops.length > 0) members.stop_sequences = stops;
  // https://platform.claude.com/docs/en/models/opus-4-7/migration-guide: sampling is refused from Opus 4.7 on, and with thinking.
  const fixed = quirks.has("fixed-sampling") || thinks;
  if (temperature !== undefined) {
    if (fixed) dropped.add("temperature");
    else {
      members.temperature = Math.min(temperature, 1);
      if (temperature > 1) dropped.add("temperature");
    }
  }
  if (topP !== undefined) {
    // Models since Claude 4.1 refuse both at once.
    if (fixed || members.temperature !== undefined) dropped.add("top_p");
    else members.top_p = topP;
  }
  if (topK !== undefined) {
    if (fixed) dropped.add("top_k");
    else members.top_k = topK;
  }
  return members;
}

/** Priority is what `auto` asks for: it is given to who has bought some. https://platform.claude.com/docs/en/api/service-tiers */
export function encodeTier(tier: string | undefined, dropped: Set<Dropped>): string | undefined {
  if (tier === undefined || tier === "auto") return tier;
  if (tier === "priority") return "auto";
  if (tier === "default" || tier === "standard_only") return "standard_only";
  dropped.add("service_tier");
  return undefined;
}
