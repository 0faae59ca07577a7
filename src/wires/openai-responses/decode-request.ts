import type { Ask } from "../../core/ask.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, present, stringAt } from "../../core/json.ts";
import {
  type Dropped,
  EFFORTS,
  type OutputFormat,
  type Part,
  type Reasoning,
  type Request,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type Turn,
} from "../../core/request.ts";
import { decodeUrl } from "../openai-chat/source.ts";
import { hasSpare } from "../spare-tools.ts";
import { unsaidMembers } from "../unsaid.ts";
import { decodeReasoningItem } from "./reasoning.ts";

/** Members that have a word of their own in `Request`, or that only say how the reply is to be written. */
const NAMED = new Set(
  (
    "model input instructions stream stream_options tools tool_choice parallel_tool_calls max_output_tokens text reasoning " +
    "temperature top_p frequency_penalty presence_penalty user service_tier models provider providerOptions tags " +
    "caching cache_ttl"
  ).split(" "),
);

/** Members that mean the same on other wires, under the same name. */
const SHARED = new Set(["metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"]);

/** Values that ask for what there is anyway. */
const NOTHING_ASKED: Readonly<Record<string, JsonValue>> = {
  __proto__: null as never,
  background: false,
  store: false,
  truncation: "disabled",
  top_logprobs: 0,
};

/** Items that are read; any other travels whole. */
const SPOKEN: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  "message",
  "reasoning",
  "function_call",
  "custom_tool_call",
  "function_call_output",
  "custom_tool_call_output",
]);
const OF_ITEMS = new Set(
  "type id status role content summary encrypted_content call_id name arguments input output".split(" "),
);
const OF_REASONING = new Set(["effort", "summary", "generate_summary"]);
const OF_TOOLS = new Set(["type", "name", "description", "parameters", "strict"]);

/** What an item of `include` asks for: thinking that can be sent back comes without asking. */
const SEALED = "reasoning.encrypted_content";

/** The whole of a responses body that has passed the schema. */
export function decodeRequest({ body, stream }: Ask): Request {
  const { toolChoice, allowed } = decodeToolChoice(body.tool_choice);
  const spare = hasSpare(body);
  const tools = arrayAt(body.tools)?.map((tool) => decodeTool(tool as JsonObject, spare));
  const { extra, unsaid } = decodeOthers(body);
  const verbosity = stringAt(objectAt(body.text)?.verbosity);
  return present({
    turns: withPictures(decodeTurns(body)),
    stream,
    tools: allowed === undefined ? tools : tools?.filter((tool) => allowed.has(nameOf(tool))),
    toolChoice,
    parallelToolCalls: typeof body.parallel_tool_calls === "boolean" ? body.parallel_tool_calls : undefined,
    outputCap: numberAt(body.max_output_tokens),
    format: decodeFormat(objectAt(objectAt(body.text)?.format)),
    reasoning: decodeReasoning(objectAt(body.reasoning)),
    sampling: present({
      temperature: numberAt(body.temperature),
      topP: numberAt(body.top_p),
      frequencyPenalty: numberAt(body.frequency_penalty),
      presencePenalty: numberAt(body.presence_penalty),
    }),
    user: stringAt(body.user),
    serviceTier: stringAt(body.service_tier),
    extra: verbosity === undefined ? extra : { ...extra, verbosity },
    unsaid: unsaid.length === 0 ? undefined : unsaid,
    providerOptions: withoutGateway(objectAt(body.providerOptions)),
  });
}

/** Items as turns: what the assistant thinks, says and calls in a row is one turn; each result is one of its own. */
function decodeTurns({ instructions, input }: JsonObject): Turn[] {
  const turns: Turn[] = [];
  if (typeof instructions === "string" && instructions !== "")
    turns.push({ role: "system", parts: [{ kind: "text", text: instructions }] });
  if (typeof input === "string") return [...turns, { role: "user", parts: [{ kind: "text", text: input }] }];
  let assistant: Part[] | undefined;
  for (const item of arrayAt(input) ?? []) {
    const turn = decodeItem(item as JsonObject);
    if (turn.role !== "assistant") {
      assistant = undefined;
      turns.push(turn);
    } else if (assistant !== undefined) assistant.push(...turn.parts);
    else {
      assistant = [...turn.parts];
      turns.push({ role: "assistant", parts: assistant });
    }
  }
  return turns;
}

/**
 * Results in a row are one turn of the user's where pictures are among them: a wire whose results hold only words can show those
 * behind all of them then.
 */
function withPictures(turns: readonly Turn[]): Turn[] {
  const told: Turn[] = [];
  for (let at = 0; at < turns.length; ) {
    let end = at;
    while (turns[end]?.role === "tool") end++;
    const run = turns.slice(at, Math.max(end, at + 1));
    const parts = run.flatMap((turn) => turn.parts);
    if (end > at && parts.some(isPictured)) told.push({ role: "user", parts });
    else told.push(...run);
    at += run.length;
  }
  return told;
}

function isPictured(part: Part): boolean {
  return part.kind === "tool-result" && part.parts.some(({ kind }) => kind === "image" || kind === "file");
}

function decodeItem(item: JsonObject): Turn {
  switch (item.type) {
    case "reasoning":
      return { role: "assistant", parts: decodeReasoningItem(item) };
    case "function_call":
    case "custom_tool_call":
      return { role: "assistant", parts: [decodeCall(item)] };
    case "function_call_output":
    case "custom_tool_call_output": {
      const call = stringAt(item.call_id) ?? "";
      return { role: "tool", parts: [{ kind: "tool-result", call, parts: decodeContent(item.output) }] };
    }
    case "message":
    case undefined:
    case null:
      return { role: item.role as Turn["role"], parts: decodeContent(item.content) };
    default:
      // An item of its own, not a piece of what a message holds.
      return {
        role: "assistant",
        parts: [{ kind: "native", wire: "openai-responses", value: item, extra: { item: true } }],
      };
  }
}

function decodeCall(item: JsonObject): ToolCallPart {
  const isJson = item.type === "function_call";
  const said = stringAt(isJson ? item.arguments : item.input) ?? "";
  return {
    kind: "tool-call",
    call: stringAt(item.call_id) ?? "",
    name: stringAt(item.name) ?? "",
    arguments: isJson && said.trim() === "" ? "{}" : said,
    by: "client",
    format: isJson ? "json" : "text",
  };
}

function decodeContent(content: JsonValue | undefined): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  return (arrayAt(content) ?? []).map((part) => decodePart(part as JsonObject));
}

function decodePart(value: JsonObject): Part {
  // https://platform.openai.com/docs/guides/prompt-caching: "cache the prompt up to here", in OpenAI's words.
  const cache = objectAt(value.prompt_cache_breakpoint) === undefined ? undefined : {};
  switch (value.type) {
    case "input_text":
    case "output_text":
      return present({ kind: "text", text: stringAt(value.text) ?? "", cache });
    case "refusal":
      return { kind: "refusal", text: stringAt(value.refusal) ?? "" };
    case "input_image":
      return present({
        kind: "image",
        source: decodeUrl(stringAt(value.image_url) ?? ""),
        detail: stringAt(value.detail),
        cache,
      });
    case "input_file": {
      const source = decodeUrl(stringAt(value.file_url) ?? stringAt(value.file_data) ?? "");
      return present({ kind: "file", source, filename: stringAt(value.filename), cache });
    }
    case "input_audio": {
      const audio = objectAt(value.input_audio);
      return { kind: "audio", base64: stringAt(audio?.data) ?? "", format: stringAt(audio?.format) ?? "" };
    }
    default:
      return { kind: "native", wire: "openai-responses", value };
  }
}

function decodeTool(tool: JsonObject, spare: boolean): Tool {
  if (tool.type === "custom") {
    const { type, format, ...named } = tool;
    const { type: syntax, ...grammar } = objectAt(format) ?? {};
    // OpenAI's other API keeps the grammar in an object of its own.
    const kept = syntax === "grammar" ? { type: syntax, grammar } : objectAt(format);
    const custom = present({ ...named, format: kept });
    return { kind: "native", wire: "openai-chat", value: { type, custom } };
  }
  if (tool.type !== "function")
    return { kind: "native", wire: "openai-responses", value: tool, ...(spare ? { spare } : {}) };
  return present({
    kind: "function",
    name: stringAt(tool.name) ?? "",
    description: stringAt(tool.description),
    parameters: objectAt(tool.parameters),
    strict: typeof tool.strict === "boolean" ? tool.strict : undefined,
  });
}

function nameOf(tool: Tool): string | undefined {
  return tool.kind === "function" ? tool.name : stringAt(objectAt(tool.value.custom)?.name);
}

/** The choice, and the names of the tools that it leaves. */
function decodeToolChoice(choice: JsonValue | undefined): {
  toolChoice: ToolChoice | undefined;
  allowed?: ReadonlySet<string | undefined>;
} {
  if (choice === "auto" || choice === "none" || choice === "required") return { toolChoice: { mode: choice } };
  if (!isObject(choice)) return { toolChoice: undefined };
  if (choice.type === "allowed_tools") {
    const allowed = new Set((arrayAt(choice.tools) ?? []).map((tool) => stringAt(objectAt(tool)?.name)));
    return { toolChoice: { mode: choice.mode === "required" ? "required" : "auto" }, allowed };
  }
  const name = stringAt(choice.name);
  return { toolChoice: name === undefined ? undefined : { mode: "tool", name } };
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  if (format?.type === "text") return { kind: "text" };
  if (format?.type === "json_object") return { kind: "json" };
  if (format?.type !== "json_schema") return undefined;
  return present({
    kind: "schema",
    name: stringAt(format.name) ?? "response",
    schema: objectAt(format.schema) ?? {},
    strict: typeof format.strict === "boolean" ? format.strict : undefined,
    description: stringAt(format.description),
  });
}

function decodeReasoning(reasoning: JsonObject | undefined): Reasoning | undefined {
  const effort = EFFORTS.find((word) => word === reasoning?.effort);
  if (effort === undefined) return undefined;
  const summary = stringAt(reasoning?.summary) ?? stringAt(reasoning?.generate_summary);
  return present({ effort, summary: summary === "auto" ? undefined : summary });
}

/** What has no word: shared with other wires, or to be told as not said. */
function decodeOthers(body: JsonObject): { extra: JsonObject; unsaid: Dropped[] } {
  const extra: JsonObject = {};
  const unsaid: Dropped[] = [];
  for (const name in body) {
    const value = body[name];
    if (NAMED.has(name) || value === null || value === undefined || value === NOTHING_ASKED[name]) continue;
    if (SHARED.has(name)) extra[name] = value;
    else if (name !== "include" || arrayAt(value)?.some((one) => one !== SEALED)) unsaid.push(name);
  }
  const effort = objectAt(body.reasoning)?.effort;
  if (typeof effort === "string" && !EFFORTS.some((word) => word === effort)) unsaid.push("reasoning.effort");
  const items = (arrayAt(body.input) ?? []).filter((item) => SPOKEN.has(objectAt(item)?.type));
  unsaid.push(
    ...unsaidMembers([body.reasoning], OF_REASONING, "reasoning"),
    ...unsaidMembers(items, OF_ITEMS, "input[]"),
    ...unsaidMembers((arrayAt(body.tools) ?? []).filter(isFunction), OF_TOOLS, "tools[]"),
  );
  return { extra, unsaid };
}

function isFunction(tool: JsonValue): boolean {
  return objectAt(tool)?.type === "function";
}

function withoutGateway(options: JsonObject | undefined): JsonObject {
  const { gateway: _, ...others } = options ?? {};
  return others;
}

/** A number; one that was kept in its own spelling (see `http/body.ts`) is rounded here, where nothing exact is needed. */
function numberAt(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  const exact = stringAt(objectAt(value)?.rawJSON);
  return exact === undefined ? undefined : Number(exact);
}
