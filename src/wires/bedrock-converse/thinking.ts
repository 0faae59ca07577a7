import { arrayAt, type JsonObject, type JsonValue, jsonObject, objectAt } from "../../core/json.ts";
import type { Dropped, Request } from "../../core/request.ts";
import { beginsThoughtless, encodeThinking } from "../anthropic-messages/thinking.ts";
import { capFor } from "../limits.ts";
import { leaveSummary } from "../reasoning-model.ts";
import type { LegFacts } from "../wire.ts";

/** Room for the answer beside the thinking, where nobody says how long either may be. */
const DEFAULT_MAX_TOKENS = 4096;

interface ModelFields {
  /** `additionalModelRequestFields`: what goes to the model as it stands, in its maker's own words. */
  fields: JsonObject | undefined;
  /** The model will think: its sampling is fixed then. */
  thinks: boolean;
  /** A cap on the output that the thinking needs. */
  cap: number | undefined;
}

/** Who made the model: told by its name here, or, where that is an ARN of the operator's, by the name that clients use. */
export function isClaude({ upstreamModel, model = "" }: LegFacts): boolean {
  return /anthropic\.claude/.test(upstreamModel) || /^anthropic\/claude/.test(model);
}

function novaOf({ upstreamModel, model = "" }: LegFacts): string | undefined {
  return /amazon\.(nova-[\w-]+)/.exec(upstreamModel)?.[1] ?? /^amazon\/(nova-[\w.-]+)/.exec(model)?.[1];
}

function isGptOss({ upstreamModel, model = "" }: LegFacts): boolean {
  return /openai\.gpt-oss/.test(upstreamModel) || /^openai\/gpt-oss/.test(model);
}

/** Others answer a cache mark with an error. https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
export function caches(leg: LegFacts): boolean {
  return isClaude(leg) || novaOf(leg) !== undefined;
}

/** What Converse has no words for: thinking, and `top_k`. Each maker has its own; what a model has no word for is reported. */
export function encodeModelFields(
  request: Request,
  { forced, messages }: { forced: boolean; messages: readonly JsonObject[] },
  leg: LegFacts,
  dropped: Set<Dropped>,
): ModelFields {
  if (isClaude(leg)) return claude(request, { forced, thoughtless: thoughtless(messages) }, leg, dropped);
  const generation = novaOf(leg);
  if (generation !== undefined) return nova(request, generation, dropped);
  if (request.sampling.topK !== undefined) dropped.add("top_k");
  const effort = effortOf(request);
  if (effort === undefined) return none(request, dropped);
  leaveSummary(request.reasoning, dropped);
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
  if (isGptOss(leg)) return { fields: { reasoning_effort: effort }, thinks: false, cap: undefined };
  return none(request, dropped);
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
function claude(
  request: Request,
  turn: { forced: boolean; thoughtless: boolean },
  leg: LegFacts,
  dropped: Set<Dropped>,
): ModelFields {
  const maxTokens = capFor(request, leg) ?? leg.maxOutput ?? DEFAULT_MAX_TOKENS + (request.reasoning?.budget ?? 0);
  const { thinking, effort, thinks } = encodeThinking(request, { maxTokens, ...turn, leg }, dropped);
  const { topK } = request.sampling;
  const fixed = leg.quirks.has("fixed-sampling") || thinks;
  if (topK !== undefined && fixed) dropped.add("top_k");
  return {
    ...membersOf({
      thinking,
      output_config: effort === undefined ? undefined : { effort },
      top_k: fixed ? undefined : topK,
    }),
    thinks,
    cap: thinks ? maxTokens : undefined,
  };
}

/** The rule of Claude's own API, over messages in the form of this one. */
function thoughtless(messages: readonly JsonObject[]): boolean {
  const typed = messages.map(({ role, content }) => ({
    role,
    content: (arrayAt(content) ?? []).map((block) => ({ type: typeOf(objectAt(block)) })),
  }));
  return beginsThoughtless(typed as JsonValue);
}

function typeOf(block: JsonObject | undefined): string {
  if (block?.toolResult !== undefined) return "tool_result";
  return block?.reasoningContent === undefined ? "other" : "thinking";
}

/** https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html */
function nova(request: Request, generation: string, dropped: Set<Dropped>): ModelFields {
  const { topK } = request.sampling;
  const inferenceConfig = topK === undefined ? undefined : { topK };
  const asked = generation.startsWith("nova-2") ? effortOf(request) : undefined;
  // The most effort takes no cap; the client's counts for more.
  const effort = asked === "high" && request.outputCap !== undefined ? "medium" : asked;
  if (effort !== asked) dropped.add("reasoning.effort");
  if (effort === undefined) {
    none(request, dropped);
    return { ...membersOf({ inferenceConfig }), thinks: false, cap: undefined };
  }
  leaveSummary(request.reasoning, dropped);
  const reasoningConfig = { type: "enabled", maxReasoningEffort: effort };
  return { ...membersOf({ inferenceConfig, reasoningConfig }), thinks: effort === "high", cap: undefined };
}

/** How much to think, in the three words that these models have; `undefined` for not at all. */
function effortOf({ reasoning }: Request): "low" | "medium" | "high" | undefined {
  if (reasoning === undefined || reasoning.enabled === false || reasoning.effort === "none") return undefined;
  switch (reasoning.effort) {
    case "minimal":
    case "low":
      return "low";
    case "high":
    case "xhigh":
    case "max":
      return "high";
    default:
      return "medium";
  }
}

function none({ reasoning }: Request, dropped: Set<Dropped>): ModelFields {
  const asked = reasoning !== undefined && reasoning.enabled !== false && reasoning.effort !== "none";
  if (asked) dropped.add("reasoning");
  return { fields: undefined, thinks: false, cap: undefined };
}

function membersOf(members: Parameters<typeof jsonObject>[0]): { fields: JsonObject | undefined } {
  const fields = jsonObject(members);
  return { fields: Object.keys(fields).length === 0 ? undefined : fields };
}
