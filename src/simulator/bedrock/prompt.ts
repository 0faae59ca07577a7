import { isRedacted, isSignatureOf } from "../anthropic/signature.ts";
import { type Json, type JsonObject, listOf, numberOf, objectOr, objectsOf, textOf } from "../json.ts";
import { withoutDirectives } from "../scenario.ts";
import type { Prompt, Tool } from "../speech.ts";
import { countTokens } from "../tokens.ts";
import { exception } from "./vendor.ts";

/** How long the simulator thinks when it is asked to think and not told for how long. */
const THOUGHT = 24;
/** Tokens of what is no text. */
const MEDIA = 250;

/** The request as the simulator needs it to decide what to say. */
export function readPrompt(body: JsonObject): Prompt {
  const messages = objectsOf(body.messages);
  const asked = messages.findLastIndex(isSpoken);
  const since = messages.slice(asked + 1);
  const blocks = since.flatMap((message) => objectsOf(message.content));
  const beside = objectsOf(messages[asked]?.content);
  const results = [...beside, ...blocks].flatMap(({ toolResult }) => (toolResult ? [objectOr(toolResult, {})] : []));
  const config = objectOr(body.toolConfig, {});
  const choice = objectOr(config.toolChoice, {});
  const named = objectOr(choice.tool, {}).name;
  const tools = toolsOf(config);
  const inference = objectOr(body.inferenceConfig, {});
  return {
    text: withoutDirectives(textIn(messages[asked]?.content)),
    results: results.map((result) => textIn(result.content)),
    rounds:
      since.filter(({ content }) => objectsOf(content).some(({ toolUse }) => toolUse !== undefined)).length +
      (beside.some(({ toolResult }) => toolResult !== undefined) ? 1 : 0),
    tools: named === undefined ? tools : tools.filter(({ name }) => name === named),
    choice: named !== undefined ? "named" : choice.any !== undefined ? "any" : "auto",
    parallel: true,
    schema: schemaIn(objectOr(body.outputConfig, {})),
    limit: numberOf(inference.maxTokens) ?? Number.POSITIVE_INFINITY,
    stops: listOf(inference.stopSequences).filter((one) => typeof one === "string"),
    thought: thinks(objectOr(body.additionalModelRequestFields, {})) ? THOUGHT : undefined,
  };
}

/** The text in which directives are looked for: the last message of the user that has any. */
export function lastUserText(messages: readonly JsonObject[]): string {
  return textIn(messages.findLast(isSpoken)?.content);
}

/** What the simulator counts for the prompt of this request. */
export function inputTokens(body: JsonObject): number {
  const blocks = [...objectsOf(body.system), ...objectsOf(body.messages).flatMap(({ content }) => objectsOf(content))];
  const tools = body.toolConfig === undefined ? 0 : countTokens(JSON.stringify(body.toolConfig));
  return blocks.reduce((sum, block) => sum + tokensOf(block), 3 + tools);
}

/** @throws {Refusal} for what Converse would not take */
export function checkConverse(body: JsonObject): void {
  const messages = objectsOf(body.messages);
  if (messages[0]?.role !== "user")
    throw exception(
      400,
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  const blocks = messages.map(({ content }) => objectsOf(content));
  for (const [i, { role }] of messages.entries()) {
    if (blocks[i]?.length === 0)
      throw exception(
        400,
        `The content field in the Message object at messages.${i} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    if (i > 0 && role === messages[i - 1]?.role)
      throw exception(
        400,
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
      );
    const called = (blocks[i - 1] ?? []).flatMap(({ toolUse }) => (toolUse ? [objectOr(toolUse, {}).toolUseId] : []));
    const answered = (blocks[i] ?? []).flatMap(({ toolResult }) =>
      toolResult ? [objectOr(toolResult, {}).toolUseId] : [],
    );
    if (role === "user" && called.some((id) => !answered.includes(id)))
      throw exception(
        400,
        `Expected toolResult blocks at messages.${i}.content for the following Ids: ${called.join(", ")}`,
      );
    if (answered.length > called.length)
      throw exception(
        400,
        `The number of toolResult blocks at messages.${i}.content exceeds the number of toolUse blocks of previous turn.`,
      );
  }
  for (const [i, list] of blocks.entries())
    for (const [j, { reasoningContent }] of list.entries()) {
      const wrong = reasoningContent === undefined ? undefined : wrongWith(objectOr(reasoningContent, {}));
      if (wrong !== undefined)
        throw exception(400, `The model returned the following errors: messages.${i}.content.${j}: ${wrong}`);
    }
  const uses = blocks.flat().some(({ toolUse, toolResult }) => (toolUse ?? toolResult) !== undefined);
  if (uses && body.toolConfig === undefined)
    throw exception(400, "The toolConfig field must be defined when using toolUse and toolResult content blocks.");
  for (const text of [...objectsOf(body.system), ...blocks.flat()].map((block) => block.text))
    if (typeof text === "string" && text.trim() === "")
      throw exception(
        400,
        "The text field in the ContentBlock object is blank. Add text to the text field, and try again.",
      );
}

/** Thinking is taken back only as it was given. */
function wrongWith({ reasoningText, redactedContent }: JsonObject): string | undefined {
  if (redactedContent !== undefined) {
    const data = Buffer.from(textOf(redactedContent), "base64").toString("utf8");
    return isRedacted(data) ? undefined : "Invalid `data` in `redacted_thinking` block";
  }
  const { text, signature } = objectOr(reasoningText, {});
  return isSignatureOf(textOf(signature), textOf(text)) ? undefined : "Invalid `signature` in `thinking` block";
}

function textIn(content: Json | undefined): string {
  return objectsOf(content)
    .map(({ text }) => textOf(text))
    .filter((text) => text !== "")
    .join("\n");
}

function isSpoken(message: JsonObject): boolean {
  return message.role === "user" && textIn(message.content) !== "";
}

function toolsOf(config: JsonObject): Tool[] {
  return objectsOf(config.tools).flatMap(({ toolSpec }) => {
    const spec = objectOr(toolSpec, {});
    if (spec.name === undefined) return [];
    return [{ name: textOf(spec.name), schema: objectOr(objectOr(spec.inputSchema, {}).json, {}) }];
  });
}

function schemaIn(config: JsonObject): JsonObject | null {
  const structure = objectOr(objectOr(config.textFormat, {}).structure, {});
  const schema = objectOr(structure.jsonSchema, {}).schema;
  return typeof schema === "string" ? (JSON.parse(schema) as JsonObject) : null;
}

function thinks(fields: JsonObject): boolean {
  const { type } = objectOr(fields.thinking ?? fields.reasoningConfig, {});
  return type === "enabled" || type === "adaptive" || typeof fields.reasoning_effort === "string";
}

function tokensOf(block: JsonObject): number {
  if (typeof block.text === "string") return countTokens(block.text);
  const { toolUse, toolResult, cachePoint } = block;
  if (cachePoint !== undefined) return 0;
  if (toolUse !== undefined) return countTokens(JSON.stringify(toolUse));
  if (toolResult !== undefined)
    return objectsOf(objectOr(toolResult, {}).content).reduce((sum, one) => sum + tokensOf(one), 0);
  return MEDIA;
}
