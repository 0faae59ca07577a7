import type { Dropped, Reasoning, Sampling } from "../core/request.ts";
import type { Quirks } from "./wire.ts";

/** The least that every model takes which cannot stop thinking. https://platform.openai.com/docs/guides/reasoning */
export const LEAST_EFFORT = "low";

/**
 * The effort that is nearest to what was asked for, of those that the model takes: an unknown one is refused. That it is less is told.
 * https://github.com/The-PR-Agent/pr-agent/issues/3271
 */
export function takenEffort<E extends string | undefined>(
  effort: E,
  quirks: Quirks,
  dropped: Set<Dropped>,
): E | "low" | "high" | "xhigh" {
  if (effort === "minimal" && quirks.has("no-minimal-effort")) return "low";
  const most = quirks.has("effort-to-high") ? "high" : quirks.has("effort-to-xhigh") ? "xhigh" : "max";
  const isMore = effort === "max" ? most !== "max" : effort === "xhigh" && most === "high";
  if (!isMore || most === "max") return effort;
  dropped.add("reasoning.effort");
  return most;
}

/**
 * What is lost of the sampling where it is fixed: nothing of what is so without a word. Clients of Anthropic's send `temperature: 1`
 * with every request.
 */
export function fixedSampling({ temperature, topP }: Sampling): Dropped[] {
  return [...lost("temperature", temperature), ...lost("top_p", topP)];
}

function lost(name: Dropped, value: number | undefined): Dropped[] {
  return value === undefined || value === 1 ? [] : [name];
}

/** Tells that how much of the thinking is told cannot be chosen. */
export function leaveSummary(reasoning: Reasoning | undefined, dropped: Set<Dropped>): void {
  if (reasoning?.summary !== undefined && reasoning.summary !== "auto") dropped.add("reasoning.summary");
}
