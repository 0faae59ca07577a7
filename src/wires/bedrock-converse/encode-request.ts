import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, type JsonValue, jsonObject, objectAt } from "../../core/json.ts";
import type { Dropped, OutputFormat, Request, Turn } from "../../core/request.ts";
import { type AnswerTool, answerToolFor, choiceWith, isClosed } from "../answer-tool.ts";
import { withMarks } from "../auto-caching.ts";
import { mustBeOpen } from "../kept-files.ts";
import { capFor } from "../limits.ts";
import type { EncodedRequest, LegFacts } from "../wire.ts";
import { cachePoint, encodeTurns } from "./encode-turns.ts";
import { isStored } from "./source.ts";
import { caches, encodeModelFields, isClaude } from "./thinking.ts";

/** Members of the body that clients may lay over it by `providerOptions`; what was routed, metered and paid for is not among them. */
const OPTIONS = [
  "additionalModelResponseFieldPaths",
  "guardrailConfig",
  "outputConfig",
  "performanceConfig",
  "requestMetadata",
  "serviceTier",
];

/** Makers whose models take a schema as such here, beside Claude's. Recordings of 2026, and https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
const SCHEMA_MODE = /(^|[./])(google\.gemma|minimax\.|mistral\.|qwen\.|zai\.)/;

/** Where Claude tells which sequence stopped it, whole and streamed; a place that an answer does not have is passed over. */
const STOPPED_BY = ["/stop_sequence", "/delta/stop_sequence"];

/** A request as the body of `POST /model/{id}/converse`. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function encodeRequest(asked: Request, leg: LegFacts): EncodedRequest {
  const dropped = new Set<Dropped>();
  mustBeOpen(asked.turns, leg, isStored);
  const request = caches(leg) ? withMarks(asked) : asked;
  if (request === asked && asked.caching?.ttl !== undefined) dropped.add("cache_ttl");
  const { system, messages } = encodeTurns(request.turns, { caches: caches(leg), isClaude: isClaude(leg) }, dropped);
  const answerTool = answerToolOf(request, leg, dropped);
  const choice = answerTool === undefined ? request.toolChoice : choiceWith(answerTool, request);
  const forced = choice?.mode === "required" || choice?.mode === "tool";
  const { fields, thinks, cap } = encodeModelFields(request, { forced, messages }, leg, dropped);
  const stops = stopsOf(request, dropped);
  const body = jsonObject({
    messages,
    system: system.length === 0 ? undefined : system,
    inferenceConfig: encodeSampling(request, leg, { thinks, stops, cap: capFor(request, leg) ?? cap }, dropped),
    toolConfig: encodeTools(request, { answerTool, choice }, leg, dropped),
    outputConfig: takesSchema(request.format, leg) ? { textFormat: schemaFormat(request.format) } : undefined,
    serviceTier: encodeTier(request.serviceTier, dropped),
    additionalModelRequestFields: fields,
    additionalModelResponseFieldPaths: isClaude(leg) && stops.length > 0 ? STOPPED_BY : undefined,
  });
  if (request.user !== undefined) dropped.add("user");
  if (request.parallelToolCalls === false) dropped.add("parallel_tool_calls");
  for (const name in request.extra) dropped.add(name);
  addOptions(body, request.providerOptions[leg.provider], leg.provider, dropped);
  const encoded: EncodedRequest = { body, dropped: [...dropped] };
  if (request.stream) encoded.headers = { accept: "application/vnd.amazon.eventstream" };
  return answerTool === undefined ? encoded : { ...encoded, answerTool: answerTool.name };
}

function answerToolOf(request: Request, leg: LegFacts, dropped: Set<Dropped>): AnswerTool | undefined {
  if (takesSchema(request.format, leg)) return undefined;
  const tool = answerToolFor(request);
  if (tool === undefined && request.format?.kind === "json") dropped.add("response_format");
  return tool;
}

function takesSchema(
  format: OutputFormat | undefined,
  leg: LegFacts,
): format is Extract<OutputFormat, { kind: "schema" }> {
  if (format?.kind !== "schema" || leg.quirks.has("schema-by-tool")) return false;
  return (isClaude(leg) || SCHEMA_MODE.test(leg.upstreamModel)) && isClosed(format.schema);
}

function schemaFormat({ name, description, schema }: Extract<OutputFormat, { kind: "schema" }>): JsonObject {
  const jsonSchema = jsonObject({ name, description, schema: JSON.stringify(schema) });
  return { type: "json_schema", structure: { jsonSchema } };
}

function encodeTools(
  request: Request,
  { answerTool, choice }: { answerTool: AnswerTool | undefined; choice: Request["toolChoice"] },
  leg: LegFacts,
  dropped: Set<Dropped>,
): JsonObject | undefined {
  const tools: JsonObject[] = [];
  if (answerTool !== undefined) {
    const { name, description, schema } = answerTool;
    tools.push({ toolSpec: { name, description, inputSchema: { json: schema } } });
  }
  // There is no word for "none": tools that must not be called are not offered.
  for (const tool of choice?.mode === "none" ? [] : (request.tools ?? []))
    tools.push(...encodeTool(tool, leg, dropped));
  const offered = tools.length > 0;
  if (!offered) tools.push(...calledIn(request.turns));
  if (tools.length === 0) return undefined;
  return jsonObject({ tools, toolChoice: offered ? encodeChoice(choice) : undefined });
}

function encodeTool(tool: NonNullable<Request["tools"]>[number], leg: LegFacts, dropped: Set<Dropped>): JsonObject[] {
  if (tool.kind === "native") {
    if (tool.wire === "bedrock-converse") return [tool.value];
    throw new GatewayError(
      "unsupported",
      `Tools of type ${JSON.stringify(tool.value.type)} cannot be offered to this model.`,
      { param: "tools" },
    );
  }
  const { name, description, parameters, cache } = tool;
  const claude = isClaude(leg);
  const strict = tool.strict === true && claude && !leg.quirks.has("schema-by-tool") && isClosed(parameters);
  if (tool.strict === true && !strict) dropped.add("tools[].function.strict");
  const spec: JsonObject = {
    toolSpec: jsonObject({
      name,
      // An empty description is refused.
      description: description === "" ? undefined : description,
      inputSchema: { json: { type: "object", ...parameters } },
      strict: strict ? true : undefined,
    }),
  };
  if (cache === undefined) return [spec];
  // Nova caches what is said, not what it is offered.
  if (claude) return [spec, cachePoint(cache)];
  dropped.add("cache_control");
  return [spec];
}

/** A history with calls is refused where no tools are offered: the tools that were called stand in. */
function calledIn(turns: readonly Turn[]): JsonObject[] {
  const names = new Set(
    turns.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === "tool-call" ? [part.name] : []))),
  );
  return [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: "object" } } } }));
}

function encodeChoice(choice: Request["toolChoice"]): JsonObject | undefined {
  switch (choice?.mode) {
    case "auto":
      return { auto: {} };
    case "required":
      return { any: {} };
    case "tool":
      return { tool: { name: choice.name } };
    default:
      return undefined;
  }
}

/** What this API takes of the sampling; the rest is reported. */
function encodeSampling(
  { sampling }: Request,
  leg: LegFacts,
  { thinks, stops, cap }: { thinks: boolean; stops: readonly string[]; cap: number | undefined },
  dropped: Set<Dropped>,
): JsonObject | undefined {
  const { temperature, topP } = sampling;
  if (sampling.seed !== undefined) dropped.add("seed");
  if (sampling.frequencyPenalty !== undefined) dropped.add("frequency_penalty");
  if (sampling.presencePenalty !== undefined) dropped.add("presence_penalty");
  const members: JsonObject = {};
  if (cap !== undefined) members.maxTokens = cap;
  const fixed = leg.quirks.has("fixed-sampling") || thinks;
  if (temperature !== undefined) {
    if (fixed) dropped.add("temperature");
    else {
      members.temperature = Math.min(temperature, 1);
      if (temperature > 1) dropped.add("temperature");
    }
  }
  if (topP !== undefined) {
    // Claude since 4.1 refuses both at once.
    const beside = members.temperature !== undefined && isClaude(leg);
    if (fixed || beside) dropped.add("top_p");
    else members.topP = topP;
  }
  if (stops.length > 0) members.stopSequences = [...stops];
  return Object.keys(members).length === 0 ? undefined : members;
}

/** A stop sequence of white space alone is refused. */
function stopsOf({ sampling: { stop = [] } }: Request, dropped: Set<Dropped>): readonly string[] {
  const stops = stop.filter((sequence) => sequence.trim() !== "");
  if (stops.length < stop.length) dropped.add("stop");
  return stops;
}

function encodeTier(tier: string | undefined, dropped: Set<Dropped>): JsonObject | undefined {
  if (tier === undefined || tier === "auto") return undefined;
  if (["default", "flex", "priority", "reserved"].includes(tier)) return { type: tier };
  dropped.add("service_tier");
  return undefined;
}

function addOptions(body: JsonObject, told: JsonValue | undefined, provider: string, dropped: Set<Dropped>): void {
  if (!isObject(told)) return;
  for (const name in told) {
    const value = told[name];
    if (name === "additionalModelRequestFields" && isObject(value)) body[name] = { ...objectAt(body[name]), ...value };
    else if (OPTIONS.includes(name)) body[name] = value;
    else dropped.add(`providerOptions.${provider}.${name}`);
  }
}
