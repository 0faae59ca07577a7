import type { Closing } from "../../core/closing.ts";
import { isObject, type JsonObject, objectAt } from "../../core/json.ts";
import { paidOf, usdNumber } from "../../core/money.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { cacheWrites, count, type Meter, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * A provider's `usage` in our meters.
 * Cache reads: `prompt_tokens_details.cached_tokens` (OpenAI), `prompt_cache_hit_tokens` (DeepSeek), `num_cached_tokens` (Mistral),
 * `cached_tokens` (Together), `prompt_token_details` (Writer). Searches of its own: `num_search_queries`, `citation_tokens`, `search_context_size` (Perplexity),
 * `server_tool_use_details` (OpenRouter). Reasoning that `total_tokens` shows to lie outside `completion_tokens` (xAI), or that is more than
 * these, is added to the output; audio that it shows to lie outside `prompt_tokens` (Mistral) to the input. No part is told as
 * more than its whole.
 */
export function decodeUsage(raw: JsonObject): Usage {
  const inputDetails = objectAt(raw.prompt_tokens_details) ?? objectAt(raw.prompt_token_details);
  const outputDetails = objectAt(raw.completion_tokens_details) ?? objectAt(raw.completion_token_details);
  const audio = count(inputDetails?.audio_tokens);
  const prompt = count(raw.prompt_tokens);
  const input = count(hasAudioBeside(audio, prompt, raw) ? prompt! + audio! : prompt);
  const visible = count(raw.completion_tokens);
  const reasoning = count(outputDetails?.reasoning_tokens);
  const output = count(isBeside(reasoning, visible, input, raw.total_tokens) ? visible! + reasoning! : visible);
  const usage: Usage = {};
  const tell = (meter: Meter, units: number | undefined) => {
    if (units !== undefined) usage[meter] = units;
  };
  tell("input", input);
  tell("output", output);
  tell(
    "cache_read",
    count(inputDetails?.cached_tokens) ??
      count(raw.prompt_cache_hit_tokens) ??
      count(raw.num_cached_tokens) ??
      count(raw.cached_tokens),
  );
  tell("cache_write_5m", count(inputDetails?.cache_write_tokens) ?? count(raw.cache_creation_input_tokens));
  tell("audio_input", audio);
  tell("reasoning", reasoning);
  tell("audio_output", count(outputDetails?.audio_tokens));
  tell("image_output", count(outputDetails?.image_tokens));
  tell("citations", count(raw.citation_tokens));
  const size = SIZES.get(raw.search_context_size);
  if (size !== undefined) tell(size, 1);
  tell("searches", count(objectAt(raw.server_tool_use_details)?.web_search_requests) ?? count(raw.num_search_queries));
  return partsWithin(usage);
}

/** How much Perplexity reads for a request, by which it charges. https://docs.perplexity.ai/getting-started/pricing */
const SIZES: ReadonlyMap<unknown, Meter> = new Map([
  ["low", "requests_low"],
  ["medium", "requests_medium"],
  ["high", "requests_high"],
]);

/** Whether the total, or its own size, shows that reasoning was not counted among the completion. */
function isBeside(reasoning = 0, visible: number | undefined, input: number | undefined, total: unknown): boolean {
  if (reasoning === 0 || visible === undefined) return false;
  return reasoning > visible || (input !== undefined && total === input + visible + reasoning);
}

/** Whether the total shows that audio was not counted among the prompt. */
function hasAudioBeside(
  audio = 0,
  prompt: number | undefined,
  { completion_tokens, total_tokens }: JsonObject,
): boolean {
  if (audio === 0 || prompt === undefined) return false;
  return total_tokens === prompt + audio + (count(completion_tokens) ?? 0);
}

/** Whether a chunk's `usage` says anything: providers send `null`, `{}` or zeros-only placeholders before the last. Nonsense is something too: somebody should hear of it. */
export function tellsUsage(value: unknown): value is JsonObject {
  return isObject(value) && (count(value.prompt_tokens) !== undefined || strangeIn(value) !== undefined);
}

/** The `usage` object of contract 3.1.8. What was not told is left out, never written as zero. */
export function encodeUsage({ usage, estimated, cost, byok, apart }: Closing): JsonObject {
  const input = usage?.input ?? 0;
  const output = usage?.output ?? 0;
  const price = cost === undefined ? undefined : usdNumber(cost.nanodollars);
  const paid = cost === undefined ? 0 : paidOf(cost.nanodollars, byok, apart);
  const own = cost === undefined ? 0 : cost.nanodollars - paid;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    cost: price === undefined ? undefined : usdNumber(paid),
    is_byok: byok,
    prompt_tokens_details: { cached_tokens: usage?.cache_read, audio_tokens: usage?.audio_input },
    cost_details: {
      upstream_inference_cost: own > 0 || (byok && price !== undefined) ? usdNumber(own) : null,
      upstream_inference_prompt_cost: byok && cost !== undefined ? usdNumber(cost.input) : 0,
      upstream_inference_completions_cost: byok && cost !== undefined ? usdNumber(cost.output) : 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage?.reasoning,
      audio_tokens: usage?.audio_output,
      image_tokens: usage?.image_output,
    },
    cache_creation_input_tokens: usage === undefined ? undefined : cacheWrites(usage),
    market_cost: price,
    estimated: estimated ? true : undefined,
  };
}
