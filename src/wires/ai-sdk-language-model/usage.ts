import type { Closing } from "../../core/closing.ts";
import { type JsonObject, jsonObject, objectAt } from "../../core/json.ts";
import { cacheWrites } from "../../core/usage.ts";
import type { Edition } from "./schema.ts";

/** `usage`: flat in the second edition, nested since. What was not told is left out, never written as zero. */
export function encodeUsage({ usage = {}, estimated, metadata }: Closing, edition: Edition): JsonObject {
  const { input, output, cache_read: read, reasoning } = usage;
  if (edition === "v2")
    return jsonObject({
      inputTokens: input,
      outputTokens: output,
      totalTokens: input === undefined || output === undefined ? undefined : input + output,
      reasoningTokens: reasoning,
      cachedInputTokens: read,
    });
  const written = cacheWrites(usage);
  return jsonObject({
    inputTokens: jsonObject({
      total: input,
      noCache: less(input, (read ?? 0) + (written ?? 0)),
      cacheRead: read,
      cacheWrite: written,
    }),
    outputTokens: jsonObject({ total: output, text: less(output, reasoning ?? 0), reasoning }),
    raw: rawOf(metadata),
    estimated: estimated ? true : undefined,
  });
}

function less(whole: number | undefined, part: number): number | undefined {
  return whole === undefined ? undefined : Math.max(0, whole - part);
}

/** The provider's own object. */
function rawOf(metadata: JsonObject): JsonObject | undefined {
  for (const name in metadata) {
    const usage = name === "gateway" ? undefined : objectAt(objectAt(metadata[name])?.usage);
    if (usage !== undefined) return usage;
  }
  return undefined;
}
