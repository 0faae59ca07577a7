import { isObject } from "../../core/json.ts";
import { isCall } from "./finish.ts";

/**
 * About how many bytes of content an item has, for an estimate, should the provider never tell its usage. Of what only comes
 * whole, all of it counts; an empty message, or thinking without a word, is nothing.
 */
export function weightOf(item: unknown): number {
  if (!isObject(item)) return 0;
  const { type, content, summary, encrypted_content: sealed } = item;
  if (type === "message" || type === "reasoning") return wordsIn(content) + wordsIn(summary) + (sealed ? 1 : 0);
  const call = textAt(item.arguments) ?? textAt(item.input);
  if (isCall(item) && call !== undefined) return Math.max(1, call.length);
  // A picture is no text: a megabyte of it would be a quarter of a million tokens.
  return JSON.stringify(type === "image_generation_call" ? { ...item, result: null } : item).length;
}

function wordsIn(parts: unknown): number {
  if (!Array.isArray(parts)) return 0;
  return parts.reduce<number>((size, part) => {
    if (!isObject(part)) return size;
    return size + (textAt(part.text) ?? textAt(part.refusal) ?? "").length;
  }, 0);
}

const textAt = (value: unknown) => (typeof value === "string" ? value : undefined);
