import type { Ask } from "../../core/ask.ts";
import { arrayAt, type JsonObject, type JsonValue, objectAt, present, stringAt } from "../../core/json.ts";
import {
  type Dropped,
  EFFORTS,
  type Effort,
  type OutputFormat,
  type Reasoning,
  type Request,
  type Tool,
  type ToolChoice,
} from "../../core/request.ts";
import { unsaidMembers } from "../unsaid.ts";
import { decodeTurns } from "./decode-turns.ts";
import { decodeHosted, hostedNames, textTools } from "./hosted-tools.ts";
import { decodeOptions } from "./options.ts";
import { decodeCache } from "./source.ts";

/** Members that have a word of their own in `Request`, or that only say how the reply is to be written. */
const NAMED = new Set(
  (
    "model stream prompt maxOutputTokens temperature topP topK presencePenalty frequencyPenalty stopSequences seed " +
    "responseFormat tools toolChoice includeRawChunks reasoning providerOptions"
  ).split(" "),
);
const OF_MESSAGES = new Set(["role", "content", "providerOptions"]);
/** `originalUrl`: where the SDK had a file from that it sends itself. */
const OF_PARTS = new Set(
  (
    "type text data mediaType filename originalUrl toolCallId toolName input output providerExecuted dynamic title " +
    "kind approvalId approved reason providerOptions"
  ).split(" "),
);
const OF_TOOLS = new Set(["type", "name", "description", "inputSchema", "strict", "providerOptions"]);

/** The whole of a call that has passed the schema. */
export function decodeRequest({ body, stream, headers }: Ask): Request {
  const told = arrayAt(body.tools);
  const unsaid = new Set<Dropped>();
  const tools = told?.flatMap((tool) => decodeTool(tool as JsonObject, unsaid) ?? []);
  const options = decodeOptions(objectAt(body.providerOptions));
  const names = new Map(hostedNames(told));
  const forgets = options.forgets === true;
  const turns = decodeTurns(body.prompt, { texts: textTools(told), names, forgets, unsaid });
  for (const name of unsaidOf(body)) unsaid.add(name);
  return present({
    turns,
    stream,
    tools: tools?.length === 0 ? undefined : tools,
    // The client's choice is "auto" where it offers none as well.
    toolChoice: (tools ?? []).length === 0 ? undefined : decodeToolChoice(objectAt(body.toolChoice), names),
    parallelToolCalls: options.parallelToolCalls,
    outputCap: numberAt(body.maxOutputTokens),
    format: decodeFormat(objectAt(body.responseFormat), options.strict),
    reasoning: decodeEffort(body.reasoning, options.effort),
    sampling: present({
      temperature: numberAt(body.temperature),
      topP: numberAt(body.topP),
      topK: numberAt(body.topK),
      stop: arrayAt(body.stopSequences) as string[] | undefined,
      seed: numberAt(body.seed),
      frequencyPenalty: numberAt(body.frequencyPenalty),
      presencePenalty: numberAt(body.presencePenalty),
    }),
    extra: {},
    headers,
    unsaid: unsaid.size === 0 ? undefined : [...unsaid],
    providerOptions: options.rest,
  });
}

/** Members that no word covers. */
function unsaidOf(body: JsonObject): Dropped[] {
  const messages = arrayAt(body.prompt) ?? [];
  const parts = messages.flatMap((message) => arrayAt(objectAt(message)?.content) ?? []);
  return [
    ...unsaidMembers([body], NAMED, "").map((name) => name.slice(1)),
    ...unsaidMembers(messages, OF_MESSAGES, "prompt[]"),
    ...unsaidMembers(parts, OF_PARTS, "prompt[].content[]"),
    ...unsaidMembers((arrayAt(body.tools) ?? []).filter(isFunction), OF_TOOLS, "tools[]"),
  ];
}

function isFunction(tool: JsonValue): boolean {
  return objectAt(tool)?.type === "function";
}

function decodeTool(tool: JsonObject, unsaid: Set<Dropped>): Tool | undefined {
  if (tool.type !== "function") return decodeHosted(tool, unsaid);
  return present({
    kind: "function",
    name: stringAt(tool.name) ?? "",
    description: stringAt(tool.description),
    parameters: objectAt(tool.inputSchema),
    strict: typeof tool.strict === "boolean" ? tool.strict : undefined,
    cache: decodeCache(tool),
  });
}

function decodeToolChoice(choice: JsonObject | undefined, names: ReadonlyMap<string, string>): ToolChoice | undefined {
  switch (choice?.type) {
    case "auto":
    case "none":
    case "required":
      return { mode: choice.type };
    case "tool": {
      const name = stringAt(choice.toolName) ?? "";
      return { mode: "tool", name: names.get(name) ?? name };
    }
    default:
      return undefined;
  }
}

function decodeFormat(format: JsonObject | undefined, strict: boolean | undefined): OutputFormat | undefined {
  if (format?.type === "text") return { kind: "text" };
  if (format?.type !== "json") return undefined;
  const schema = objectAt(format.schema);
  if (schema === undefined) return { kind: "json" };
  return present({
    kind: "schema",
    name: stringAt(format.name) ?? "response",
    schema,
    strict,
    description: stringAt(format.description),
  });
}

/** What the provider does without a word is asked for without one. */
function decodeEffort(word: JsonValue | undefined, otherwise: Effort | undefined): Reasoning | undefined {
  const effort = EFFORTS.find((known) => known === word) ?? otherwise;
  return effort === undefined ? undefined : { effort };
}

/** A number; one that was kept in its own spelling (see `http/body.ts`) is rounded here, where nothing exact is needed. */
function numberAt(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  const exact = stringAt(objectAt(value)?.rawJSON);
  return exact === undefined ? undefined : Number(exact);
}
