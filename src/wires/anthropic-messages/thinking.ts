import { arrayAt, type JsonObject, type JsonValue, objectAt, present } from "../../core/json.ts";
import type { Dropped, Effort, Request } from "../../core/request.ts";
import { leaveSummary } from "../reasoning-model.ts";
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
export const LEAST_BUDGET = 1024;

interface Thinking {
  thinking?: JsonObject;
  /** `output_config.effort`, for models that think adaptively. */
  effort?: string;
  /** The model will think: sampling is fixed then. */
  thinks: boolean;
}

interface Circumstances {
  maxTokens: number;
  /** A tool must be called. */
  forced: boolean;
  /** The answer is to go on in a turn that did not begin with a thought of this model's. */
  thoughtless?: boolean;
  leg: LegFacts;
}

/** What the client asked of reasoning, in the words of the model's generation: a budget, or adaptive with an effort. */
export function encodeThinking(
  { reasoning }: Request,
  { maxTokens, forced, thoughtless = false, leg }: Circumstances,
  dropped: Set<Dropped>,
): Thinking {
  if (reasoning === undefined) return { thinks: false };
  const never = leg.quirks.has("never-thinks");
  if (reasoning.effort === "none" || reasoning.enabled === false)
    return never ? { thinks: false } : { thinking: { type: "disabled" }, thinks: false };
  if (never) {
    dropped.add("reasoning");
    return { thinks: false };
  }
  leaveSummary(reasoning, dropped);
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
  if (thoughtless) {
    dropped.add("reasoning");
    return { thinks: false };
  }
  const asked = reasoning.budget ?? Math.round(maxTokens * SHARES[reasoning.effort ?? "medium"]);
  const budget = Math.max(LEAST_BUDGET, Math.min(asked, maxTokens - 1));
  if (budget >= maxTokens) {
    dropped.add("reasoning");
    return { thinks: false };
  }
  if (reasoning.budget !== undefined && budget !== reasoning.budget) dropped.add("reasoning.max_tokens");
  const thinking = { type: "enabled", budget_tokens: budget };
  // Signed all the same, so that the next turn can go on from it.
  return { thinking: reasoning.exclude === true ? { ...thinking, display: "omitted" } : thinking, thinks: true };
}

/**
 * Whether the answer is to go on behind the results of tools in a turn that does not begin with a thought: what was thought came
 * from another provider, or was refused. With a budget that is refused; without one, or adaptively, it is taken.
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking#toggling-thinking-modes-in-conversations
 * @param messages as this wire writes them
 */
export function beginsThoughtless(messages: JsonValue | undefined): boolean {
  const turns = (arrayAt(messages) ?? []).map((message) => ({
    isUser: objectAt(message)?.role === "user",
    blocks: (arrayAt(objectAt(message)?.content) ?? []).map((block) => objectAt(block)?.type),
  }));
  const isResults = ({ isUser, blocks }: (typeof turns)[number]) => isUser && blocks.includes("tool_result");
  if (turns.length === 0 || !isResults(turns.at(-1)!)) return false;
  const start = turns.findLastIndex((turn) => turn.isUser && !isResults(turn));
  const first = turns.slice(start + 1).find(({ isUser }) => !isUser);
  return first !== undefined && first.blocks[0] !== "thinking" && first.blocks[0] !== "redacted_thinking";
}
