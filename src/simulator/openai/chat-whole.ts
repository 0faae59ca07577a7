import { hash } from "../chance.ts";
import type { JsonObject } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { type Call, type Finish, outputTokens, type Speech } from "../speech.ts";
import { pieces } from "../tokens.ts";

/** One choice of a chat completion: what is said, and the ids of its calls. */
export interface Choice {
  speech: Speech;
  callIds: readonly string[];
}

/** What the plain answer and the stream have in common. */
export interface Completion {
  id: string;
  created: number;
  model: string;
  /** The models that think give no `logprobs` member and no fingerprint. */
  thinks: boolean;
  tier: string;
  choices: readonly Choice[];
  usage: JsonObject;
  /** How many alternatives each token has; `null` where no probabilities were asked for. */
  alternatives: number | null;
  scenario: Scenario;
}

/** The reason in OpenAI's words. */
export function finishWord(finish: Finish): string {
  return FINISHES[finish] ?? finish;
}

/** Probabilities of one token, made up but always the same. */
export function probability(token: string, alternatives: number): JsonObject {
  const one = (text: string, place: number) => ({
    token: text,
    logprob: place === 0 ? -(hash(text) % 1000) / 10000 : -2 * place - (hash(text) % 1000) / 1000,
    bytes: [...new TextEncoder().encode(text)],
  });
  const others = Array.from({ length: alternatives }, (_, place) =>
    one(place === 0 ? token : `${token}~${place}`, place),
  );
  return { ...one(token, 0), top_logprobs: others };
}

const FINISHES: Record<string, string> = {
  tools: "tool_calls",
  sequence: "stop",
  refusal: "stop",
  filter: "content_filter",
  pause: "stop",
};

/** The usage of a whole completion. */
export function usageOf(input: number, choices: readonly Choice[], scenario: Scenario, model: string): JsonObject {
  const output = choices.reduce((sum, { speech }) => sum + outputTokens(speech), 0);
  const thought = choices.reduce((sum, { speech }) => sum + (speech.thought?.count ?? 0), 0);
  const written = scenario["cache-write"];
  // Models since gpt-5.6 tell of writes: recordings of July 2026.
  const tells = written !== undefined || /^gpt-5\.[6-9]/.test(model);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: scenario.cached ?? 0,
      ...(tells ? { cache_write_tokens: written ?? 0 } : {}),
      audio_tokens: 0,
    },
    ...(scenario.searches === undefined ? {} : { num_search_queries: scenario.searches }),
    completion_tokens_details: {
      reasoning_tokens: thought,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The answer that is not streamed. */
export function wholeChat(completion: Completion): string {
  const { id, created, model, thinks, choices, usage, scenario } = completion;
  const body: JsonObject = {
    id,
    object: "chat.completion",
    created,
    model,
    choices: choices.map((choice, index) => ({
      index,
      message: messageOf(choice, scenario),
      ...(thinks ? {} : { logprobs: logprobsOf(choice.speech, completion.alternatives) }),
      finish_reason: finishWord(choice.speech.finish),
    })),
    ...(scenario["no-usage"] ? {} : { usage }),
    service_tier: completion.tier,
    system_fingerprint: thinks ? null : "fp_5afb40c0de",
  };
  // Answers that are not streamed are printed over many lines.
  return `${JSON.stringify(body, null, 2)}\n`;
}

function messageOf({ speech, callIds }: Choice, { quirk }: Scenario): JsonObject {
  const calls = speech.calls.map((call, place) => toolCall(call, callIds[place] as string));
  const text = speech.text === null ? null : speech.text.toString();
  return {
    role: "assistant",
    content: speech.refusal || (text === null && calls.length > 0) ? null : (text ?? ""),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(quirk?.includes("reasoning") ? { reasoning_content: speech.thought?.toString() ?? "" } : {}),
    refusal: speech.refusal ? text : null,
    annotations: [],
  };
}

function toolCall(call: Call, id: string): JsonObject {
  return { id, type: "function", function: { name: call.name, arguments: call.input } };
}

function logprobsOf(speech: Speech, alternatives: number | null): JsonObject | null {
  if (alternatives === null || speech.text === null) return null;
  const content = pieces(speech.text.toString()).map((token) => probability(token, alternatives));
  return { content, refusal: null };
}
