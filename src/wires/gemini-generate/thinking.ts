import { type JsonObject, jsonObject } from "../../core/json.ts";
import type { Dropped, Effort, Reasoning } from "../../core/request.ts";
import { leaveSummary } from "../reasoning-model.ts";
import type { Quirks } from "../wire.ts";

/**
 * What an effort means, as Google's own translation of `reasoning_effort` has it: a budget for Gemini 2.5, a level from Gemini 3 on.
 * https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const BUDGETS: Record<Exclude<Effort, "none">, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};
const LEVELS: Record<Effort, string> = {
  none: "minimal",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

/** The least that a model may be told which cannot stop thinking. https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const LEAST_BUDGET = 128;
/** More is refused. Claude Code asks for 31,999 where it is to think hardest. */
const MOST_BUDGET = 24_576;
/** … by the models that cannot stop. */
const MOST_OF_PRO = 32_768;

/** The most of the output's cap that an effort may think away, as elsewhere (contract 3.1.5): thoughts count there, and an answer should be left. */
const SHARES: Record<Exclude<Effort, "none">, number> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};
/** Less is refused by the smallest model. https://ai.google.dev/gemini-api/docs/thinking#set-budget */
const LEAST_SHARE = 512;

/** `thinkingConfig`, in the words of the model's generation; `undefined` where the client said nothing of it. */
export function encodeThinking(
  reasoning: Reasoning | undefined,
  quirks: Quirks,
  dropped: Set<Dropped>,
  cap?: number,
): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budget, exclude } = reasoning;
  const off = effort === "none" || reasoning.enabled === false || budget === 0;
  if (quirks.has("never-thinks")) {
    if (!off) dropped.add("reasoning");
    return undefined;
  }
  if (!off) leaveSummary(reasoning, dropped);
  if (off && quirks.has("always-thinks")) dropped.add("reasoning");
  const includeThoughts = !off && exclude !== true;
  const most = quirks.has("always-thinks") ? MOST_OF_PRO : MOST_BUDGET;
  if (!quirks.has("thinking-level")) {
    const least = quirks.has("always-thinks") ? LEAST_BUDGET : 0;
    const asked = budget ?? (effort === undefined || effort === "none" ? undefined : budgetOf(effort, cap));
    const thinkingBudget = off ? least : asked === undefined ? undefined : Math.max(least, Math.min(asked, most));
    if (!off && budget !== undefined && thinkingBudget !== budget) dropped.add("reasoning.max_tokens");
    return jsonObject({ includeThoughts, thinkingBudget });
  }
  // Such a model still takes a budget, but not both.
  if (!off && budget !== undefined) {
    if (budget > most) dropped.add("reasoning.max_tokens");
    return { includeThoughts, thinkingBudget: Math.min(budget, most) };
  }
  const level = off ? "minimal" : effort === undefined ? undefined : LEVELS[effort];
  const lowest = level === "minimal" && quirks.has("always-thinks") ? "low" : level;
  return jsonObject({ includeThoughts, thinkingLevel: lowest });
}

function budgetOf(effort: Exclude<Effort, "none">, cap: number | undefined): number {
  if (cap === undefined) return BUDGETS[effort];
  return Math.min(BUDGETS[effort], Math.max(LEAST_SHARE, Math.round(cap * SHARES[effort])));
}
