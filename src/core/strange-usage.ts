import type { JsonObject, JsonValue } from "./json.ts";
import { count } from "./usage.ts";

/** The pairs in which a part can be told as more than its whole. What reasoning and audio are parts of differs among providers. */
const CACHED = [
  ["prompt_tokens", "prompt_tokens_details"],
  ["input_tokens", "input_tokens_details"],
] as const;

/**
 * What of a provider's usage is no count of anything: negative, a fraction, beyond all numbers, a text; or read from a cache though it
 * was never sent. Whoever reads it counts nothing for it; somebody should look into it.
 * @returns the path of the first such member, or `undefined`
 */
export function strangeIn(usage: JsonObject): string | undefined {
  const wrong = wrongIn(usage);
  if (wrong !== undefined) return wrong;
  for (const [whole, details] of CACHED) {
    const told = usage[details];
    const most = count(usage[whole]);
    if (most === undefined || typeof told !== "object" || told === null || Array.isArray(told)) continue;
    if ((count(told.cached_tokens) ?? 0) > most) return `${details}.cached_tokens`;
  }
  return undefined;
}

function wrongIn(usage: JsonObject): string | undefined {
  for (const name in usage) {
    const value = usage[name]!;
    if (typeof value === "object") {
      if (value === null || Array.isArray(value)) continue;
      const inner = wrongIn(value);
      if (inner !== undefined) return `${name}.${inner}`;
    } else if (isCounter(name) && isWrong(value)) return name;
  }
  return undefined;
}

function isCounter(name: string): boolean {
  return name.endsWith("okens") || name.endsWith("okenCount");
}

function isWrong(value: JsonValue): boolean {
  return typeof value !== "boolean" && count(value) === undefined;
}
