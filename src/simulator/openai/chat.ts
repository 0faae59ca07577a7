import type { Answer } from "../answer.ts";
import { callId, chatId } from "../chance.ts";
import { type Json, type JsonObject, numberOf, objectOr, textOf } from "../json.ts";
import { isThinker, snapshotOf } from "../models.ts";
import type { Scenario } from "../scenario.ts";
import { compose } from "../speech.ts";
import { ChatStream } from "./chat-stream.ts";
import { type Choice, type Completion, usageOf, wholeChat } from "./chat-whole.ts";
import { promptTokens, readPrompt } from "./prompt.ts";

/** What OpenAI answers to a request for a chat completion. */
export function answerChat(body: JsonObject, scenario: Scenario): Answer {
  const model = textOf(body.model);
  const prompt = readPrompt(body);
  const choices = Array.from({ length: numberOf(body.n) ?? 1 }, (_, index): Choice => {
    const speech = compose(prompt, scenario, index);
    return { speech, callIds: speech.calls.map(callId) };
  });
  const input = promptTokens(body) + (scenario.cached ?? 0) + (scenario["cache-write"] ?? 0);
  const completion: Completion = {
    id: chatId(),
    created: Math.floor(Date.now() / 1000),
    model: snapshotOf(model),
    thinks: isThinker(model),
    tier: tierOf(body.service_tier),
    choices,
    usage: usageOf(input, choices, scenario, model),
    alternatives: body.logprobs === true ? (numberOf(body.top_logprobs) ?? 0) : null,
    scenario,
  };
  return {
    streamed: body.stream === true,
    pieces: Math.max(...choices.map(({ speech }) => speech.text?.count ?? speech.calls.length)),
    promptTokens: input,
    plain: () => wholeChat(completion),
    stream: () => new ChatStream(completion, objectOr(body.stream_options, {})),
  };
}

function tierOf(asked: Json | undefined): string {
  return typeof asked === "string" && asked !== "auto" ? asked : "default";
}
