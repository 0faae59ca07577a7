import type { JsonObject } from "../core/json.ts";

/** So many are a dollar (https://docs.x.ai/docs/api-reference: `cost_in_usd_ticks`). */
const TICKS_OF_NANODOLLAR = 10;
/** Beyond this in nanodollars it is no figure that anybody means. */
const MOST = Number.MAX_SAFE_INTEGER;

/**
 * What a provider says that an answer cost, in nanodollars: dollars in `cost` (https://openrouter.ai/docs/use-cases/usage-accounting) or in
 * `cost.total_cost` (https://docs.perplexity.ai/api-reference/chat-completions-post), or ticks. It is kept beside what we reckon ourselves.
 * @returns `undefined` where it says none, or nothing that makes sense
 */
export function providerCostOf({ cost, cost_in_usd_ticks: ticks }: JsonObject): number | undefined {
  if (typeof ticks === "number" && Number.isSafeInteger(ticks) && ticks >= 0)
    return Math.round(ticks / TICKS_OF_NANODOLLAR);
  const dollars = typeof cost === "object" && cost !== null && !Array.isArray(cost) ? cost.total_cost : cost;
  if (typeof dollars !== "number" || !(dollars >= 0) || dollars >= 1e21) return undefined;
  // As the decimals of the number say it: a product of doubles would not.
  const nanodollars = Number(dollars.toFixed(9).replace(".", ""));
  return nanodollars > MOST ? undefined : nanodollars;
}
