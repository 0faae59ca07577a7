import { type JsonObject, present } from "../../core/json.ts";
import type { Dropped, Effort, Request } from "../../core/request.ts";
import type { LegFacts } from "../wire.ts";

/** Share of `max_tokens` that an effort means where thinking is asked for by budget (contract 3.1.5). */
const SHARES: Record<Exclude<Effort, "none">, number> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};

/** Less than this is refused. https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const LEAST_BUDGET = 1024;

interface Thinking {
  thinking?: JsonObject;
  /** `output_config.effort`, for models that think adaptively. */
  effort?: string;
  /** The model will think: sampling is fixed then. */
  thinks: boolean;
}

/** What the client asked of reasoning, in the words of the model's generation: a budget, or adaptive with an effort. */
export function encodeThinking(
  { reasoning }: Request,
  { maxTokens, forced, leg }: { maxTokens: number; forced: boolean; leg: LegFacts },
  dropped: Set<Dropped>,
): Thinking {
  if (reasoning === undefined) return { thinks: false };
  if (reasoning.effort === "none" || reasoning.enabled === false)
    return { thinking: { type: "disabled" }, thinks: false };
  if (forced) {
    // Thinking and a forced tool exclude each other; the tool is what the answer is for.
    dropped.add("reasoning");
    return { thinks: false };
  }
  if (leg.quirks.has("adaptive-thinking")) {
    if (reasoning.budget !== undefined) dropped.add("reasoning.max_tokens");
    const thinking = { type: "adaptive", display: reasoning.exclude === true ? "omitted" : "summarized" };
    const effort = reasoning.effort === "minimal" ? "low" : reasoning.effort;
    return present({ thinking, effort, thinks: true });
  }
  const asked = reasoning.budget ?? Math.round(maxTokens * SHARES[reasoning.effort ?? "medium"]);
  const budget = Math.max(LEAST_BUDGET, Math.min(asked, maxTokens - 1));
  if (budget >= maxTokens) {
    dropped.add("reasoning");
    return { thinks: false };
  }
  if (reasoning.budget !== undefined && budget !== reasoning.budget) dropped.add("reasoning.max_tokens");
  return { thinking: { type: "enabled", budget_tokens: budget }, thinks: true };
}
