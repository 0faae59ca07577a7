import type { Answer } from "../answer.ts";
import { messageId, toolUseId } from "../chance.ts";
import { type JsonObject, objectOr, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { messageSearches } from "../searches.ts";
import { compose, type Finish, outputTokens } from "../speech.ts";
import { MessageStream } from "./messages-stream.ts";
import { type Block, type Message, wholeMessage } from "./messages-whole.ts";
import { inputTokens, partsOf, readPrompt } from "./prompt.ts";
import type { CacheUse, PromptCache } from "./prompt-cache.ts";
import { redact, signThought } from "./signature.ts";

/** What Anthropic answers to a request for a message. */
export function answerMessages(body: JsonObject, scenario: Scenario, cache: PromptCache): Answer {
  const model = textOf(body.model);
  const speech = compose(readPrompt(body), scenario);
  const parts = partsOf(body);
  const use = withScenario(cache.use(model, parts), scenario);
  const extra = (scenario.cached ?? 0) + (scenario["cache-write"] ?? 0);
  const total = inputTokens(body, parts) + extra;
  const omitted = displayOf(body, model) === "omitted";
  const blocks: Block[] = [];
  if (speech.thought !== null) {
    const words = omitted ? speech.thought.take(0) : speech.thought;
    if (scenario.redacted) blocks.push({ type: "redacted_thinking", data: redact(speech.thought.toString()) });
    else blocks.push({ type: "thinking", words, signature: signThought(words.toString()) });
  }
  const searches = messageSearches(body, scenario);
  for (let at = 1; at <= searches; at++) {
    const id = toolUseId().replace("toolu_", "srvtoolu_");
    blocks.push({ type: "search", id, query: `query ${at}` }, { type: "found", id });
  }
  if (speech.text !== null) blocks.push({ type: "text", words: speech.text });
  for (const call of speech.calls) blocks.push({ type: "tool_use", id: toolUseId(), call });
  const message: Message = {
    id: messageId(),
    model,
    blocks,
    stopReason: FINISHES[speech.finish] ?? speech.finish,
    stopSequence: speech.sequence,
    input: inputUsage(total, use),
    output: outputTokens(speech),
    thought: speech.thought?.count ?? 0,
    searches,
    scenario,
  };
  return {
    streamed: body.stream === true,
    pieces: speech.text?.count ?? blocks.length,
    promptTokens: total,
    plain: () => wholeMessage(message),
    stream: () => new MessageStream(message),
  };
}

const FINISHES: Partial<Record<Finish, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  sequence: "stop_sequence",
  filter: "refusal",
  pause: "pause_turn",
};

/** Models since the fifth generation keep their thought to themselves unless asked to show it: recordings of July 2026. */
function displayOf(body: JsonObject, model: string): string {
  const display = textOf(objectOr(body.thinking, {}).display);
  if (display !== "") return display;
  return /claude-[a-z]+-[5-9]/.test(model) ? "omitted" : "summarized";
}

function withScenario(use: CacheUse, scenario: Scenario): CacheUse {
  return {
    ...use,
    read: use.read + (scenario.cached ?? 0),
    written5m: use.written5m + (scenario["cache-write"] ?? 0),
  };
}

/** What is neither read from the cache nor written to it is plain input. */
function inputUsage(total: number, { read, written5m, written1h }: CacheUse): JsonObject {
  return {
    input_tokens: total - read - written5m - written1h,
    cache_creation_input_tokens: written5m + written1h,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
  };
}
