import type { Answer, EventStream } from "../answer.ts";
import { completionId, hash } from "../chance.ts";
import { type Json, type JsonObject, listOf, numberOf, objectOr, textOf } from "../json.ts";
import { snapshotOf } from "../models.ts";
import { type Scenario, withoutDirectives } from "../scenario.ts";
import { compose, outputTokens, type Speech } from "../speech.ts";
import { countTokens, pieces } from "../tokens.ts";
import { finishWord } from "./chat-whole.ts";

/** What is said where nobody says how much: https://platform.openai.com/docs/api-reference/completions/create */
const USUAL_LIMIT = 16;

interface Choice {
  speech: Speech;
  /** The prompt, where it is wanted again. */
  echo: string;
}

/** What the plain answer and the stream have in common. */
interface Completion {
  /** The members that every chunk begins with, before and behind the choices. */
  head: JsonObject;
  tail: JsonObject;
  choices: readonly Choice[];
  usage: JsonObject;
  /** How many alternatives each token has; `null` where no probabilities were asked for. */
  alternatives: number | null;
  scenario: Scenario;
}

/** What OpenAI answers to a request for a completion of the older kind. */
export function answerCompletions(body: JsonObject, scenario: Scenario): Answer {
  const prompts = promptsOf(body.prompt);
  const times = numberOf(body.n) ?? 1;
  const choices = prompts.flatMap((prompt, place) =>
    Array.from({ length: times }, (_, again): Choice => {
      const text = typeof prompt === "string" ? prompt : prompt.join(" ");
      const speech = compose(asPrompt(text, body), scenario, place * times + again);
      return { speech, echo: body.echo === true ? text : "" };
    }),
  );
  const input = prompts.reduce<number>(
    (sum, prompt) => sum + (typeof prompt === "string" ? countTokens(prompt) : prompt.length),
    0,
  );
  const output = choices.reduce((sum, { speech }) => sum + outputTokens(speech), 0);
  const completion: Completion = {
    head: { id: completionId(), object: "text_completion", created: Math.floor(Date.now() / 1000) },
    tail: { model: snapshotOf(textOf(body.model)) },
    choices,
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    alternatives: numberOf(body.logprobs) ?? null,
    scenario,
  };
  return {
    streamed: body.stream === true,
    pieces: Math.max(...choices.map(({ speech }) => speech.text?.count ?? 0)),
    promptTokens: input,
    plain: () => whole(completion),
    stream: () => new CompletionStream(completion, objectOr(body.stream_options, {}).include_usage === true),
  };
}

/** The text in which directives are looked for: all prompts that are text. */
export function promptText(body: JsonObject): string {
  return promptsOf(body.prompt)
    .filter((one) => typeof one === "string")
    .join("\n");
}

export function promptsOf(prompt: Json | undefined): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  if (!Array.isArray(prompt)) return [];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}

function asPrompt(text: string, { stop, max_tokens }: JsonObject) {
  return {
    text: withoutDirectives(text),
    results: [],
    rounds: 0,
    tools: [],
    choice: "none" as const,
    parallel: false,
    schema: null,
    limit: numberOf(max_tokens) ?? USUAL_LIMIT,
    stops: typeof stop === "string" ? [stop] : listOf(stop).filter((one) => typeof one === "string"),
    thought: undefined,
  };
}

function whole({ head, tail, choices, usage, alternatives, scenario }: Completion): string {
  const told = choices.map(({ speech, echo }, index) => {
    const text = speech.text?.toString() ?? "";
    const logprobs = alternatives === null ? null : probabilities(pieces(text), alternatives, echo.length);
    return { text: echo + text, index, logprobs, finish_reason: finishWord(speech.finish) };
  });
  const used = scenario["no-usage"] ? {} : { usage };
  return `${JSON.stringify({ ...head, ...tail, choices: told, ...used }, null, 2)}\n`;
}

/** In the lists that this API has, one of each token. */
function probabilities(tokens: readonly string[], alternatives: number, start: number): JsonObject {
  let offset = start;
  const offsets = tokens.map((token) => {
    const at = offset;
    offset += token.length;
    return at;
  });
  const of = (token: string) => -(hash(token) % 1000) / 10000;
  return {
    text_offset: offsets,
    token_logprobs: tokens.map(of),
    tokens: [...tokens],
    top_logprobs: alternatives === 0 ? null : tokens.map((token) => ({ [token]: of(token) })),
  };
}

/** A completion in frames. */
class CompletionStream implements EventStream {
  readonly opening: string;
  readonly unfinished: string;
  private readonly completion: Completion;
  private readonly tellsUsage: boolean;

  constructor(completion: Completion, isUsageWanted: boolean) {
    this.completion = completion;
    this.tellsUsage = isUsageWanted && !completion.scenario["no-usage"];
    this.opening = completion.choices.map(({ echo }, index) => this.frame(index, echo)).join("");
    this.unfinished = `data: ${JSON.stringify(completion.head).slice(0, -1)},"choices":[{"text":"`;
  }

  /** Choices speak in turns, a piece each. */
  *content(): Generator<string, void> {
    let speaking = this.completion.choices.map(({ speech }, index) => ({ index, words: wordsOf(speech) }));
    while (speaking.length > 0) {
      const still: typeof speaking = [];
      for (const speaker of speaking) {
        const next = speaker.words.next();
        if (next.done === true) continue;
        yield this.frame(speaker.index, next.value);
        still.push(speaker);
      }
      speaking = still;
    }
  }

  closing(): string {
    const { choices, head, tail, usage, scenario } = this.completion;
    const ends = choices.map(({ speech }, index) => this.frame(index, "", finishWord(speech.finish))).join("");
    const last = this.tellsUsage ? `data: ${JSON.stringify({ ...head, choices: [], ...tail, usage })}\n\n` : "";
    return scenario.quirk?.includes("no-done") ? ends + last : `${ends}${last}data: [DONE]\n\n`;
  }

  private frame(index: number, text: string, finish: string | null = null): string {
    const { head, tail, alternatives } = this.completion;
    const logprobs = alternatives === null || text === "" ? null : probabilities([text], alternatives, 0);
    const choice = { text, index, logprobs, finish_reason: finish };
    const usage = this.tellsUsage ? { usage: null } : {};
    return `data: ${JSON.stringify({ ...head, choices: [choice], ...tail, ...usage })}\n\n`;
  }
}

function* wordsOf({ text }: Speech): Generator<string, void> {
  if (text !== null) yield* text;
}
