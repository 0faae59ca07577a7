import { type Json, type JsonObject, listOf, numberOf, objectOr, objectsOf, textOf } from "../json.ts";
import { withoutDirectives } from "../scenario.ts";
import type { Prompt, Tool } from "../speech.ts";
import { countTokens } from "../tokens.ts";
import type { PromptPart } from "./prompt-cache.ts";

/** How long the simulator thinks when it is asked to think and not told for how long. */
const THOUGHT = 24;
/** Tokens of what is no text. */
const IMAGE = 250;
const DOCUMENT = 500;

/** The request as the simulator needs it to decide what to say. */
export function readPrompt(body: JsonObject): Prompt {
  const messages = objectsOf(body.messages);
  const asked = messages.findLastIndex(isSpoken);
  const since = messages.slice(asked + 1);
  const blocks = since.flatMap((message) => objectsOf(message.content));
  // Results may stand in the same message as the text they go with.
  const beside = objectsOf(messages[asked]?.content);
  const results = [...beside, ...blocks].filter(({ type }) => type === "tool_result");
  const choice = objectOr(body.tool_choice, {});
  const tools = toolsOf(body);
  const named = choice.type === "tool";
  const format = objectOr(objectOr(body.output_config, {}).format ?? body.output_format, {});
  const thinking = objectOr(body.thinking, {}).type;
  return {
    text: withoutDirectives(textIn(messages[asked]?.content)),
    results: results.map((result) => textIn(result.content)),
    rounds:
      since.filter(({ role, content }) => role === "assistant" && hasCall(content)).length +
      (beside.some(isResult) ? 1 : 0),
    tools: named ? tools.filter(({ name }) => name === choice.name) : tools,
    choice: named ? "named" : choice.type === "any" ? "any" : choice.type === "none" ? "none" : "auto",
    parallel: choice.disable_parallel_tool_use !== true,
    schema: format.type === "json_schema" ? objectOr(format.schema, {}) : null,
    limit: numberOf(body.max_tokens) ?? Number.POSITIVE_INFINITY,
    stops: listOf(body.stop_sequences).filter((one) => typeof one === "string"),
    thought: thinking === "enabled" || thinking === "adaptive" ? THOUGHT : undefined,
  };
}

/** The text in which directives are looked for: the last message of the user that has any. */
export function lastUserText(messages: readonly JsonObject[]): string {
  return textIn(messages.findLast(isSpoken)?.content);
}

/** The prompt in the order in which it is cached: tools, system, messages. */
export function partsOf(body: JsonObject): PromptPart[] {
  const parts = [
    ...objectsOf(body.tools).map((tool) => partOf(tool, countTokens(JSON.stringify(tool)))),
    ...blocksOf(body.system).map((block) => partOf(block, blockTokens(block))),
    ...objectsOf(body.messages).flatMap(({ content }) =>
      blocksOf(content).map((block) => partOf(block, blockTokens(block))),
    ),
  ];
  const last = parts.at(-1);
  // A mark on the request itself stands for one on its last block.
  if (last !== undefined && last.mark === null) last.mark = markOf(body);
  return parts;
}

/** What the simulator counts for the prompt of this request, cached or not. */
export function inputTokens(body: JsonObject, parts = partsOf(body)): number {
  return parts.reduce((sum, part) => sum + part.tokens, 3 + 4 * objectsOf(body.messages).length);
}

/** The text of a message, or of what a tool gave back. */
export function textIn(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return objectsOf(content)
    .filter(({ type }) => type === "text")
    .map((block) => textOf(block.text))
    .join("\n");
}

function isSpoken(message: JsonObject): boolean {
  return message.role === "user" && textIn(message.content) !== "";
}

function hasCall(content: Json | undefined): boolean {
  return objectsOf(content).some(({ type }) => type === "tool_use");
}

function isResult(block: JsonObject): boolean {
  return block.type === "tool_result";
}

/** Tools the client runs. The others have a dated type and no schema. */
function toolsOf(body: JsonObject): Tool[] {
  return objectsOf(body.tools)
    .filter((tool) => tool.type === undefined || tool.type === null || tool.type === "custom")
    .map((tool) => ({ name: textOf(tool.name), schema: objectOr(tool.input_schema, {}) }));
}

function blocksOf(content: Json | undefined): JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return objectsOf(content);
}

function blockTokens(block: JsonObject): number {
  switch (block.type) {
    case "text":
      return countTokens(textOf(block.text));
    case "thinking":
      return countTokens(textOf(block.thinking));
    case "tool_use":
      return countTokens(textOf(block.name)) + countTokens(JSON.stringify(block.input ?? {}));
    case "tool_result":
      return blocksOf(block.content).reduce((sum, inner) => sum + blockTokens(inner), 0);
    case "image":
      return IMAGE;
    default:
      return DOCUMENT;
  }
}

function partOf(block: JsonObject, tokens: number): PromptPart {
  return {
    tokens,
    text: () => JSON.stringify({ ...block, cache_control: undefined }),
    mark: markOf(block),
  };
}

function markOf(value: JsonObject): PromptPart["mark"] {
  const control = value.cache_control;
  if (control === undefined || control === null) return null;
  return objectOr(control, {}).ttl === "1h" ? "1h" : "5m";
}
