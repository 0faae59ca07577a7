import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Dropped } from "../core/request.ts";

/** What was routed, is metered and paid for: options cannot change it. */
const FIXED: ReadonlySet<string> = new Set([
  "model",
  "models",
  "messages",
  "input",
  "prompt",
  "query",
  "documents",
  "image",
  "images",
  "mask",
  "n",
  "best_of",
  "stream",
  "stream_options",
  "background",
]);

/**
 * Lays `providerOptions.<provider>` over a body: the AI SDK writes them in camelCase (`reasoningEffort`), the providers of
 * these wires in snake_case. Names are changed in the options and one level below, values never.
 */
export function addOptions(
  body: JsonObject,
  providerOptions: JsonObject | undefined,
  provider: string,
  dropped: Set<Dropped>,
): void {
  const options: JsonValue | undefined = providerOptions?.[provider];
  if (!isObject(options)) return;
  for (const name in options) {
    const member = snake(name);
    const value = options[name];
    if (FIXED.has(member)) dropped.add(`providerOptions.${provider}.${name}`);
    else body[member] = isObject(value) ? renamed(value) : value;
  }
}

function renamed(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
}

/** A name in the AI SDK's way of writing, as the providers of these wires write it. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
