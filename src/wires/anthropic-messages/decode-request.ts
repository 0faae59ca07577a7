import type { Ask } from "../../core/ask.ts";
import type { Signature } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, present, stringAt } from "../../core/json.ts";
import {
  type CacheMark,
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
import { unsaidMembers } from "../unsaid.ts";
import { decodeReasoning, isSealed, unseal } from "./reasoning.ts";
import { decodeSource, documentText } from "./source.ts";

/** Members that have a word of their own in `Request`, or are the gateway's: the rest is `extra`. */
const NAMED = new Set([
  "model",
  "messages",
  "system",
  "max_tokens",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
  "metadata",
  "service_tier",
  "models",
  "provider",
  "providerOptions",
  "tags",
]);

const SPOKEN: ReadonlySet<unknown> = new Set(["text", "image", "document", "tool_use", "tool_result"]);
/** `caller`: mostly the model itself, which needs no word. */
const OF_BLOCKS = new Set(
  "type text citations source title context cache_control id name input caller tool_use_id content is_error".split(" "),
);

const OF_TOOLS = new Set(["type", "name", "description", "input_schema", "strict", "cache_control"]);

/** The whole of a messages body that has passed the schema. */
export function decodeRequest({ body, stream, headers }: Ask): Request {
  const config = objectAt(body.output_config) ?? {};
  const choice = objectAt(body.tool_choice);
  const thinking = objectAt(body.thinking);
  return present({
    turns: [
      ...decodeSystem(body.system),
      ...(arrayAt(body.messages) ?? []).map((turn) => decodeTurn(turn as JsonObject)),
    ],
    stream,
    tools: arrayAt(body.tools)?.map((tool) => decodeTool(tool as JsonObject)),
    toolChoice: decodeToolChoice(choice),
    parallelToolCalls: choice?.disable_parallel_tool_use === true ? false : undefined,
    outputCap: numberAt(body.max_tokens),
    format: decodeFormat(objectAt(config.format) ?? objectAt(body.output_format)),
    reasoning: decodeThinking(thinking, config),
    sampling: present({
      temperature: numberAt(body.temperature),
      topP: numberAt(body.top_p),
      topK: numberAt(body.top_k),
      stop: arrayAt(body.stop_sequences) as string[] | undefined,
    }),
    user: stringAt(objectAt(body.metadata)?.user_id),
    serviceTier: body.service_tier === "standard_only" ? "default" : stringAt(body.service_tier),
    extra: {},
    unsaid: unsaidOf(body, headers),
    providerOptions: withoutGateway(objectAt(body.providerOptions)),
  });
}

function decodeSystem(system: JsonValue | undefined): Turn[] {
  const parts = contentParts(system);
  return parts.length === 0 ? [] : [{ role: "system", parts }];
}

function decodeTurn(message: JsonObject): Turn {
  const role = message.role as "user" | "assistant" | "system";
  const signatures = callSignatures(message.content);
  const parts = contentParts(message.content).map((part) => {
    const signature = part.kind === "tool-call" ? signatures.get(part.call) : undefined;
    return signature === undefined ? part : { ...part, signature };
  });
  return { role, parts };
}

/** Signatures of tool calls, which stand sealed in blocks of their own. */
function callSignatures(content: JsonValue | undefined): Map<string, Signature> {
  const found = new Map<string, Signature>();
  for (const block of arrayAt(content) ?? []) {
    const data = objectAt(block)?.data;
    const sealed = isSealed(data) ? unseal(data) : undefined;
    if (sealed?.call === undefined || sealed.signature === undefined) continue;
    found.set(sealed.call, { format: sealed.format ?? "unknown", value: sealed.signature });
  }
  return found;
}

function contentParts(content: JsonValue | undefined): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  return (arrayAt(content) ?? []).flatMap((block) => decodeBlock(block as JsonObject));
}

function decodeBlock(block: JsonObject): Part[] {
  const cache = decodeCache(block.cache_control);
  switch (block.type) {
    case "text":
      return [present({ kind: "text", text: stringAt(block.text) ?? "", citations: citationsOf(block), cache })];
    case "image": {
      const source = decodeSource(block.source);
      return source === undefined ? [native(block)] : [present({ kind: "image", source, cache })];
    }
    case "document":
    case "search_result":
      return [decodeDocument(block, cache)];
    case "thinking":
    case "redacted_thinking":
      return [decodeReasoning(block) ?? []].flat();
    case "tool_use":
      return [present({ ...decodeCall(block, "client"), cache })];
    case "server_tool_use":
    case "mcp_tool_use": {
      const { id: _id, name: _name, input: _input, cache_control: _mark, ...extra } = block;
      return [present({ ...decodeCall(block, "provider"), extra, cache })];
    }
    case "tool_result":
      return [
        present({
          kind: "tool-result",
          call: stringAt(block.tool_use_id) ?? "",
          parts: contentParts(block.content),
          failed: block.is_error === true ? true : undefined,
          cache,
        }),
      ];
    default:
      return [native(block)];
  }
}

function native(value: JsonObject): Part {
  return { kind: "native", wire: "anthropic-messages", value };
}

/** Plain text is told as text: files of it are something that few providers take. */
function decodeDocument(block: JsonObject, cache: CacheMark | undefined): Part {
  const text = documentText(block);
  if (text !== undefined) return present({ kind: "text", text, cache });
  const source = decodeSource(block.source);
  if (source === undefined) return native(block);
  return present({ kind: "file", source, filename: stringAt(block.title), cache });
}

function citationsOf({ citations }: JsonObject): JsonValue[] | undefined {
  const list = arrayAt(citations);
  return list === undefined || list.length === 0 ? undefined : list;
}

function decodeCall(block: JsonObject, by: "client" | "provider"): ToolCallPart {
  return {
    kind: "tool-call",
    call: stringAt(block.id) ?? "",
    name: stringAt(block.name) ?? "",
    arguments: JSON.stringify(block.input ?? {}),
    by,
    format: "json",
  };
}

function decodeCache(mark: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(mark)) return undefined;
  return mark.ttl === "1h" || mark.ttl === "5m" ? { ttl: mark.ttl } : {};
}

function decodeTool(tool: JsonObject): Tool {
  if (typeof tool.type === "string" && tool.type !== "custom")
    return { kind: "native", wire: "anthropic-messages", value: tool };
  return present({
    kind: "function",
    name: stringAt(tool.name) ?? "",
    description: stringAt(tool.description),
    parameters: objectAt(tool.input_schema),
    strict: typeof tool.strict === "boolean" ? tool.strict : undefined,
    cache: decodeCache(tool.cache_control),
  });
}

function decodeToolChoice(choice: JsonObject | undefined): ToolChoice | undefined {
  switch (choice?.type) {
    case "auto":
      return { mode: "auto" };
    case "any":
      return { mode: "required" };
    case "none":
      return { mode: "none" };
    case "tool":
      return { mode: "tool", name: stringAt(choice.name) ?? "" };
    default:
      return undefined;
  }
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  if (format?.type !== "json_schema") return undefined;
  return { kind: "schema", name: "response", schema: objectAt(format.schema) ?? {} };
}

/** A budget, or adaptive thinking with an effort. Not to think is what most models do unasked, and more than some can be told. */
function decodeThinking(thinking: JsonObject | undefined, config: JsonObject): Reasoning | undefined {
  const effort = EFFORTS.find((word) => word === config.effort);
  const thinks = thinking?.type === "enabled" || thinking?.type === "adaptive";
  if (!thinks && effort === undefined) return undefined;
  return present({
    enabled: thinks ? true : undefined,
    effort,
    budget: thinking?.type === "enabled" ? numberAt(thinking.budget_tokens) : undefined,
    exclude: thinks && thinking.display === "omitted" ? true : undefined,
  });
}

/** What no word covers: only this wire gives it a meaning. */
function unsaidOf(body: JsonObject, headers: Ask["headers"]): string[] | undefined {
  const unsaid = Object.keys(body).filter((name) => !NAMED.has(name) && body[name] !== null);
  const { user_id: _user, ...metadata } = objectAt(body.metadata) ?? {};
  unsaid.push(...Object.keys(metadata).map((name) => `metadata.${name}`));
  const { effort: _effort, format: _format, ...config } = objectAt(body.output_config) ?? {};
  unsaid.push(...Object.keys(config).map((name) => `output_config.${name}`));
  if (objectAt(body.thinking)?.type === "disabled") unsaid.push("thinking");
  const blocks = (arrayAt(body.messages) ?? []).flatMap((message) => arrayAt(objectAt(message)?.content) ?? []);
  unsaid.push(...unsaidMembers(blocks.filter(isOfClient), OF_BLOCKS, "messages[].content[]"));
  if (blocks.some((block) => isObject(objectAt(block)?.citations))) unsaid.push("citations");
  if (blocks.some((block) => (objectAt(objectAt(block)?.caller)?.type ?? "direct") !== "direct"))
    unsaid.push("messages[].content[].caller");
  const tools = (arrayAt(body.tools) ?? [])
    .filter(isObject)
    .filter(({ type }) => type === undefined || type === "custom");
  const more = new Set(tools.flatMap((tool) => Object.keys(tool).filter((name) => !OF_TOOLS.has(name))));
  for (const name of more) unsaid.push(`tools[].${name}`);
  for (const name in headers) unsaid.push(name);
  return unsaid.length === 0 ? undefined : unsaid;
}

/** Blocks that are read member by member; every other travels whole. */
function isOfClient(block: JsonValue): boolean {
  return SPOKEN.has(objectAt(block)?.type);
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
