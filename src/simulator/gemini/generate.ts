import type { Answer, EventStream } from "../answer.ts";
import { generateId } from "../chance.ts";
import { type Json, type JsonObject, parseJson, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { groundedSearches } from "../searches.ts";
import { type Call, compose, type Finish, outputTokens, type Speech } from "../speech.ts";
import { promptTokens, readPrompt } from "./prompt.ts";
import { signCall } from "./signature.ts";

const FINISHES: Partial<Record<Finish, string>> = {
  stop: "STOP",
  tools: "STOP",
  sequence: "STOP",
  pause: "STOP",
  length: "MAX_TOKENS",
  refusal: "SAFETY",
  filter: "PROHIBITED_CONTENT",
};

/** What Gemini answers to a request for content. `model` and `stream` are not of the body but of its path. */
export function answerGenerate(body: JsonObject, scenario: Scenario): Answer {
  const model = textOf(body.model);
  const speech = compose(readPrompt(body), scenario);
  const told: Told = {
    id: generateId(),
    model,
    speech,
    finish: FINISHES[speech.finish] ?? speech.finish,
    input: promptTokens(body) + (scenario.cached ?? 0),
    searches: groundedSearches(body, scenario),
    scenario,
  };
  return {
    streamed: body.stream === true,
    pieces: speech.text?.count ?? speech.calls.length,
    promptTokens: told.input,
    plain: () => whole(told),
    stream: () => new GenerateStream(told),
  };
}

interface Told {
  id: string;
  model: string;
  speech: Speech;
  finish: string;
  input: number;
  searches: number;
  scenario: Scenario;
}

function whole(told: Told): string {
  const { thought, text } = told.speech;
  const parts = [
    ...(thought === null ? [] : [{ text: thought.toString(), thought: true }]),
    ...(text === null ? [] : [{ text: text.toString() }]),
    ...callParts(told),
  ];
  return JSON.stringify(chunkOf(told, parts, outputTokens(told.speech), told.finish, told.searches));
}

/** Chunks that hold what is new, each with the usage so far. */
class GenerateStream implements EventStream {
  readonly opening: string;
  readonly unfinished: string;
  private readonly told: Told;

  constructor(told: Told) {
    this.told = told;
    this.opening = this.frame([{ text: "" }], 0);
    this.unfinished = 'data: {"candidates":[{"content":{"parts":[{"text":"';
  }

  *content(): Generator<string, void> {
    const { thought, text, calls } = this.told.speech;
    let said = 0;
    for (const token of thought ?? []) yield this.frame([{ text: token, thought: true }], ++said);
    const { searches } = this.told;
    for (let at = 1; at <= searches; at++) yield this.frame([{ text: "" }], said, undefined, at);
    for (const token of text ?? []) yield this.frame([{ text: token }], ++said);
    if (calls.length > 0) yield this.frame(callParts(this.told), outputTokens(this.told.speech));
  }

  closing(): string {
    const { speech, finish, searches } = this.told;
    return this.frame([{ text: "" }], outputTokens(speech), finish, searches);
  }

  private frame(parts: JsonObject[], said: number, finish?: string, searches?: number): string {
    return `data: ${JSON.stringify(chunkOf(this.told, parts, said, finish, searches))}\n\n`;
  }
}

function chunkOf(told: Told, parts: JsonObject[], said: number, finish?: string, searches = 0): JsonObject {
  const content = { parts, role: "model" };
  const candidate = finish === undefined ? { content, index: 0 } : { content, finishReason: finish, index: 0 };
  const webSearchQueries = Array.from({ length: searches }, (_, at) => `query ${at + 1}`);
  return {
    candidates: [searches === 0 ? candidate : { ...candidate, groundingMetadata: { webSearchQueries } }],
    ...(told.scenario["no-usage"] ? {} : { usageMetadata: usageOf(told, said) }),
    modelVersion: told.model,
    responseId: told.id,
  };
}

/** Thought is counted beside the candidates, and what is not there is left out. */
function usageOf({ speech, input, scenario }: Told, said: number): JsonObject {
  const thought = Math.min(said, speech.thought?.count ?? 0);
  const usage: JsonObject = { promptTokenCount: input };
  if (said > thought) usage.candidatesTokenCount = said - thought;
  usage.totalTokenCount = input + said;
  if (scenario.cached !== undefined) usage.cachedContentTokenCount = scenario.cached;
  usage.promptTokensDetails = [{ modality: "TEXT", tokenCount: input }];
  if (thought > 0) usage.thoughtsTokenCount = thought;
  return usage;
}

/** Only the first of several calls is signed, and only the newer models give them ids. */
function callParts({ speech, model, id }: Told): JsonObject[] {
  return speech.calls.map((call, place) => {
    const args = argsOf(call);
    const named = { name: call.name, args };
    const functionCall = /^gemini-[3-9]/.test(model) ? { ...named, id: `${id.slice(-8, -1)}${place}` } : named;
    return place === 0 ? { functionCall, thoughtSignature: signCall(call.name, args) } : { functionCall };
  });
}

function argsOf(call: Call): Json {
  return parseJson(call.input) ?? { unreadable: call.input };
}
