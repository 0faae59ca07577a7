import type { Dropped, Reasoning, Sampling } from "../core/request.ts";

/** The least that every model takes which cannot stop thinking. https://platform.openai.com/docs/guides/reasoning */
export const LEAST_EFFORT = "low";

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
