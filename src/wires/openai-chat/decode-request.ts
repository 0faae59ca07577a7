import type { Ask } from "../../core/ask.ts";
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
import { decodeReasoningDetails } from "./reasoning.ts";
import { unsaidOf } from "./schema.ts";
import { decodeFile, decodeUrl } from "./source.ts";

/** Members that have a word of their own in `Request`, or are the gateway's: the rest is `extra`. */
const NAMED = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "top_k",
  "max_tokens",
  "max_completion_tokens",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "seed",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "reasoning_effort",
  "reasoning",
  "user",
  "service_tier",
  "models",
  "provider",
  "providerOptions",
  "tags",
]);

/** The whole of a chat completions body that has passed the schema. */
export function decodeRequest({ body, stream }: Ask): Request {
  const functions = arrayAt(body.functions)?.map((value) => decodeFunction(objectAt(value) ?? {}));
  const toolChoice = decodeToolChoice(body.tool_choice ?? body.function_call);
  const format = decodeFormat(objectAt(body.response_format));
  const reasoning = decodeReasoning(body);
  return present({
    turns: (arrayAt(body.messages) ?? []).map((message) => decodeTurn(message as JsonObject)),
    stream,
    tools: arrayAt(body.tools)?.map(decodeTool) ?? functions,
    toolChoice,
    parallelToolCalls: booleanAt(body.parallel_tool_calls),
    outputCap: numberAt(body.max_completion_tokens) ?? numberAt(body.max_tokens),
    format,
    reasoning,
    sampling: present({
      temperature: numberAt(body.temperature),
      topP: numberAt(body.top_p),
      topK: numberAt(body.top_k),
      stop: typeof body.stop === "string" ? [body.stop] : (arrayAt(body.stop) as string[] | undefined),
      seed: numberAt(body.seed),
      frequencyPenalty: numberAt(body.frequency_penalty),
      presencePenalty: numberAt(body.presence_penalty),
    }),
    user: stringAt(body.user),
    serviceTier: stringAt(body.service_tier),
    extra: extraOf(body, {
      tool_choice: toolChoice,
      response_format: format,
      reasoning_effort: reasoning?.effort,
    }),
    unsaid: unsaidOf(body),
    providerOptions: withoutGateway(objectAt(body.providerOptions)),
  });
}

function decodeTurn(message: JsonObject): Turn {
  const role = message.role as Turn["role"] | "function";
  const cache = decodeCache(message.cache_control);
  const parts = withCache(role === "assistant" ? assistantParts(message) : contentParts(message.content), cache);
  if (role === "tool" || role === "function") {
    // The old form has no ids: its only call is named by the function.
    const call = stringAt(message.tool_call_id) ?? stringAt(message.name) ?? "";
    return {
      role: "tool",
      parts: [present({ kind: "tool-result", call, parts: contentParts(message.content), cache })],
    };
  }
  return present({ role, parts, name: stringAt(message.name) });
}

function assistantParts(message: JsonObject): Part[] {
  const details = arrayAt(message.reasoning_details);
  const told = stringAt(message.reasoning) ?? stringAt(message.reasoning_content);
  const parts: Part[] = details !== undefined ? decodeReasoningDetails(details) : [];
  if (details === undefined && told !== undefined && told !== "") parts.push({ kind: "reasoning", text: told });
  parts.push(...contentParts(message.content));
  if (typeof message.refusal === "string") parts.push({ kind: "refusal", text: message.refusal });
  for (const call of arrayAt(message.tool_calls) ?? []) if (isObject(call)) parts.push(decodeToolCall(call));
  const old = objectAt(message.function_call);
  if (old !== undefined) parts.push({ ...decodeToolCall({ function: old }), call: stringAt(old.name) ?? "" });
  return parts;
}

/** A tool call of a message: of the history, or of an answer. */
export function decodeToolCall(call: JsonObject): ToolCallPart & { cache?: CacheMark } {
  const custom = objectAt(call.custom);
  const named = custom ?? objectAt(call.function) ?? {};
  const written = stringAt(custom?.input) ?? stringAt(named.arguments) ?? "";
  return present({
    kind: "tool-call",
    call: stringAt(call.id) ?? "",
    name: stringAt(named.name) ?? "",
    arguments: custom === undefined && written.trim() === "" ? "{}" : written,
    by: "client",
    format: custom === undefined ? "json" : "text",
    cache: decodeCache(call.cache_control),
  });
}

function contentParts(content: JsonValue | undefined): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  return (arrayAt(content) ?? []).map((value) => decodePart(value as JsonObject));
}

function decodePart(value: JsonObject): Part {
  const cache = decodeCache(value.cache_control) ?? decodeBreakpoint(value.prompt_cache_breakpoint);
  switch (value.type) {
    case "text":
      return present({ kind: "text", text: stringAt(value.text) ?? "", cache });
    case "refusal":
      return present({ kind: "refusal", text: stringAt(value.refusal) ?? "", cache });
    case "image_url": {
      const image = objectAt(value.image_url) ?? { url: value.image_url };
      return present({
        kind: "image",
        source: decodeUrl(stringAt(image.url) ?? ""),
        detail: stringAt(image.detail),
        cache,
      });
    }
    case "input_audio": {
      const audio = objectAt(value.input_audio) ?? {};
      return present({
        kind: "audio",
        base64: stringAt(audio.data) ?? "",
        format: stringAt(audio.format) ?? "",
        cache,
      });
    }
    case "file": {
      const file = objectAt(value.file) ?? {};
      return present({ kind: "file", source: decodeFile(file), filename: stringAt(file.filename), cache });
    }
    case "thinking":
      return { kind: "reasoning", text: thinkingText(value) };
    default:
      return present({ kind: "native", wire: "openai-chat", value, cache });
  }
}

/** Mistral's thinking: a list of text parts. https://docs.mistral.ai/capabilities/reasoning/ */
export function thinkingText(part: JsonObject): string {
  if (typeof part.thinking === "string") return part.thinking;
  return (arrayAt(part.thinking) ?? []).map((piece) => stringAt(objectAt(piece)?.text) ?? "").join("");
}

function decodeCache(mark: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(mark)) return undefined;
  return mark.ttl === "1h" || mark.ttl === "5m" ? { ttl: mark.ttl } : {};
}

/** OpenAI's own word for a mark. https://platform.openai.com/docs/guides/prompt-caching */
function decodeBreakpoint(value: JsonValue | undefined): CacheMark | undefined {
  return isObject(value) ? {} : undefined;
}

/** A mark on a message means its last part. */
function withCache(parts: Part[], cache: CacheMark | undefined): Part[] {
  const last = parts.at(-1);
  if (cache === undefined || last === undefined) return parts;
  return [...parts.slice(0, -1), { ...last, cache: last.cache ?? cache }];
}

function decodeTool(value: JsonValue): Tool {
  const tool = value as JsonObject;
  const named = objectAt(tool.function);
  if ((tool.type ?? "function") !== "function" || named === undefined)
    return { kind: "native", wire: "openai-chat", value: tool };
  return decodeFunction(named, decodeCache(tool.cache_control));
}

function decodeFunction(named: JsonObject, cache?: CacheMark): Tool {
  return present({
    kind: "function",
    name: stringAt(named.name) ?? "",
    description: stringAt(named.description),
    parameters: objectAt(named.parameters),
    strict: booleanAt(named.strict),
    cache,
  });
}

function decodeToolChoice(choice: JsonValue | undefined): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  if (choice === "any") return { mode: "required" };
  if (!isObject(choice)) return undefined;
  const name = stringAt((objectAt(choice.function) ?? objectAt(choice.custom) ?? choice).name);
  return name === undefined ? undefined : { mode: "tool", name };
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  switch (format?.type) {
    case "text":
      return { kind: "text" };
    case "json_object":
      return { kind: "json" };
    case "json": {
      // The hosted gateway's older form (contract 3.1.4).
      const schema = objectAt(format.schema);
      if (schema === undefined) return { kind: "json" };
      return present({
        kind: "schema",
        name: stringAt(format.name) ?? "response",
        schema,
        description: stringAt(format.description),
      });
    }
    case "json_schema": {
      const named = objectAt(format.json_schema) ?? {};
      return present({
        kind: "schema",
        name: stringAt(named.name) ?? "response",
        schema: objectAt(named.schema) ?? {},
        strict: booleanAt(named.strict),
        description: stringAt(named.description),
      });
    }
    default:
      return undefined;
  }
}

/** The `reasoning` object of contract 3.1.5, or OpenAI's `reasoning_effort`. */
function decodeReasoning(body: JsonObject): Reasoning | undefined {
  const object = objectAt(body.reasoning);
  const effort = EFFORTS.find((word) => word === (object?.effort ?? body.reasoning_effort));
  if (object === undefined && effort === undefined) return undefined;
  return present({
    enabled: booleanAt(object?.enabled),
    effort,
    budget: numberAt(object?.max_tokens),
    exclude: booleanAt(object?.exclude),
    summary: object?.summary === "auto" ? undefined : stringAt(object?.summary),
  });
}

/** @param read members that have a word, and what was read there: where that is nothing, the member is extra after all */
function extraOf(body: JsonObject, read: Record<string, unknown>): JsonObject {
  const extra: JsonObject = {};
  for (const name in body) {
    const isNamed = NAMED.has(name) && (read[name] !== undefined || !Object.hasOwn(read, name));
    // One answer is what there is without the word.
    if (name === "n" && body.n === 1) continue;
    if (!isNamed && body[name] !== null) extra[name] = body[name];
  }
  return extra;
}

function withoutGateway(options: JsonObject | undefined): JsonObject {
  const { gateway: _, ...others } = options ?? {};
  return others;
}

function booleanAt(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A number; one that was kept in its own spelling (see `http/body.ts`) is rounded here, where nothing exact is needed. */
export function numberAt(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  const exact = stringAt(objectAt(value)?.rawJSON);
  return exact === undefined ? undefined : Number(exact);
}

/** Arguments are JSON text; some servers send the object itself. */
export function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
