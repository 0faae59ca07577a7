import { type JsonObject, listOf, numberOf, objectOr, objectsOf, textOf } from "../json.ts";
import { withoutDirectives } from "../scenario.ts";
import type { Prompt, Tool } from "../speech.ts";
import { countTokens } from "../tokens.ts";

/** How long the simulator thinks where a level says how hard, or nothing says how long. */
const LEVELS: Record<string, number> = { minimal: 8, low: 16, medium: 24, high: 32 };
const MEDIA = 258;

/** The text in which directives are looked for: the last of the user that has any. */
export function lastUserText(contents: readonly JsonObject[]): string {
  return textIn(contents.findLast(isSpoken));
}

/** The request as the simulator needs it to decide what to say. */
export function readPrompt(body: JsonObject): Prompt {
  const contents = objectsOf(body.contents);
  const config = objectOr(body.generationConfig, {});
  const calling = objectOr(objectOr(body.toolConfig, {}).functionCallingConfig, {});
  const asked = contents.findLastIndex(isSpoken);
  const since = contents.slice(asked + 1);
  const names = listOf(calling.allowedFunctionNames);
  const tools = toolsOf(body);
  const json = textOf(config.responseMimeType) === "application/json";
  return {
    text: withoutDirectives(textIn(contents[asked])),
    results: since.flatMap(partsOf).flatMap(({ functionResponse }) => {
      const { response } = objectOr(functionResponse, {});
      return response === undefined ? [] : [textOf(objectOr(response, {}).output) || JSON.stringify(response)];
    }),
    rounds: since.filter((content) => partsOf(content).some(({ functionCall }) => functionCall !== undefined)).length,
    tools: names.length > 0 ? tools.filter(({ name }) => names.includes(name)) : tools,
    choice: choiceOf(textOf(calling.mode), names.length),
    parallel: true,
    schema: json ? objectOr(config.responseJsonSchema ?? config.responseSchema, {}) : null,
    limit: numberOf(config.maxOutputTokens) ?? Number.POSITIVE_INFINITY,
    stops: listOf(config.stopSequences).filter((one) => typeof one === "string"),
    thought: thoughtOf(objectOr(config.thinkingConfig, {})),
  };
}

/** What the simulator counts for the prompt of this request. */
export function promptTokens(body: JsonObject): number {
  let count = body.tools === undefined ? 1 : 1 + countTokens(JSON.stringify(body.tools));
  for (const content of [objectOr(body.systemInstruction, {}), ...objectsOf(body.contents)])
    for (const part of partsOf(content))
      if (part.inlineData !== undefined || part.fileData !== undefined) count += MEDIA;
      else count += countTokens(textOf(part.text) || JSON.stringify(part.functionCall ?? part.functionResponse ?? ""));
  return count;
}

export function partsOf(content: JsonObject | undefined): JsonObject[] {
  return objectsOf(content?.parts);
}

function textIn(content: JsonObject | undefined): string {
  return partsOf(content)
    .map(({ text }) => textOf(text))
    .filter((text) => text !== "")
    .join("\n");
}

function isSpoken(content: JsonObject): boolean {
  return content.role !== "model" && textIn(content) !== "";
}

function toolsOf(body: JsonObject): Tool[] {
  return objectsOf(body.tools)
    .flatMap(({ functionDeclarations }) => objectsOf(functionDeclarations))
    .map((tool) => ({ name: textOf(tool.name), schema: objectOr(tool.parametersJsonSchema ?? tool.parameters, {}) }));
}

function choiceOf(mode: string, names: number): Prompt["choice"] {
  if (mode === "NONE") return "none";
  if (mode !== "ANY") return "auto";
  return names > 0 ? "named" : "any";
}

function thoughtOf({ thinkingBudget, thinkingLevel, includeThoughts }: JsonObject): number | undefined {
  const budget = numberOf(thinkingBudget);
  if (budget === 0) return undefined;
  const level = LEVELS[textOf(thinkingLevel)] ?? (includeThoughts === true ? LEVELS.medium : undefined);
  return budget === undefined || budget < 0 ? level : Math.min(budget, LEVELS.medium!);
}
