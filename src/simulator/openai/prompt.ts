import { type Json, type JsonObject, listOf, numberOf, objectOr, objectsOf, textOf } from "../json.ts";
import { withoutDirectives } from "../scenario.ts";
import type { Prompt, Tool } from "../speech.ts";
import { countTokens } from "../tokens.ts";

/** The text in which directives are looked for: the last message of the user that has any. */
export function lastUserText(messages: readonly JsonObject[]): string {
  return textIn(messages.findLast(isSpoken)?.content);
}

/** What the simulator counts for the prompt of this request. */
export function promptTokens(body: JsonObject): number {
  let count = 3;
  for (const message of objectsOf(body.messages)) {
    count += 4 + countTokens(textIn(message.content)) + 85 * imagesIn(message.content);
    for (const call of objectsOf(message.tool_calls)) count += countTokens(JSON.stringify(call.function ?? call));
  }
  const tools = body.tools;
  return tools === undefined ? count : count + countTokens(JSON.stringify(tools));
}

/** Thought goes in steps of 64, as the recordings have it. */
const EFFORTS: Record<string, number> = { low: 64, medium: 192, high: 512, xhigh: 1024 };

/** The request as the simulator needs it to decide what to say. */
export function readPrompt(body: JsonObject): Prompt {
  const messages = objectsOf(body.messages);
  const asked = messages.findLastIndex(isSpoken);
  const since = messages.slice(asked + 1);
  const format = objectOr(body.response_format, {});
  const choice = choiceOf(body.tool_choice);
  const offered = toolsOf(body);
  const stop = body.stop;
  return {
    text: withoutDirectives(textIn(messages[asked]?.content)),
    results: since.filter(({ role }) => role === "tool").map((message) => textIn(message.content)),
    rounds: since.filter((message) => listOf(message.tool_calls).length > 0).length,
    tools: choice.names === null ? offered : offered.filter(({ name }) => choice.names?.includes(name)),
    choice: choice.kind,
    parallel: body.parallel_tool_calls !== false,
    schema: schemaOf(format),
    limit: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens) ?? Number.POSITIVE_INFINITY,
    stops: typeof stop === "string" ? [stop] : listOf(stop).filter((one) => typeof one === "string"),
    thought: EFFORTS[textOf(body.reasoning_effort)],
  };
}

function isSpoken(message: JsonObject): boolean {
  return message.role === "user" && textIn(message.content) !== "";
}

function textIn(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return objectsOf(content)
    .map((part) => textOf(part.text))
    .filter((text) => text !== "")
    .join("\n");
}

function imagesIn(content: Json | undefined): number {
  return typeof content === "string" ? 0 : objectsOf(content).filter(({ type }) => type === "image_url").length;
}

function toolsOf(body: JsonObject): Tool[] {
  return objectsOf(body.tools)
    .map((tool) => objectOr(tool.function, {}))
    .filter(({ name }) => typeof name === "string")
    .map((tool) => ({ name: textOf(tool.name), schema: objectOr(tool.parameters, {}) }));
}

function choiceOf(choice: Json | undefined): { kind: Prompt["choice"]; names: string[] | null } {
  if (choice === "none") return { kind: "none", names: null };
  if (choice === "required") return { kind: "any", names: null };
  const named = objectOr(choice, {});
  const allowed = objectOr(named.allowed_tools, {});
  if (named.type === "allowed_tools") {
    const names = objectsOf(allowed.tools).map((tool) => textOf(objectOr(tool.function, {}).name));
    return { kind: allowed.mode === "required" ? "any" : "auto", names };
  }
  const name = textOf(objectOr(named.function, {}).name);
  return name === "" ? { kind: "auto", names: null } : { kind: "named", names: [name] };
}

function schemaOf(format: JsonObject): JsonObject | null {
  if (format.type === "json_object") return { properties: { answer: { type: "string" } } };
  if (format.type !== "json_schema") return null;
  return objectOr(objectOr(format.json_schema, {}).schema, {});
}
