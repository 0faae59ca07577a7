import { arrayAt, type JsonObject, objectAt, present } from "../../core/json.ts";
import { count, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * Bedrock's `usage` in our meters. Its `inputTokens` are only what was neither read from nor written to the cache, so the
 * whole input is the sum. `cacheDetails` says for how long what was written lives; without it that is five minutes.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function decodeUsage(raw: JsonObject): Usage {
  const fresh = count(raw.inputTokens);
  const read = count(raw.cacheReadInputTokens) ?? count(raw.cacheReadInputTokenCount);
  const written = count(raw.cacheWriteInputTokens) ?? count(raw.cacheWriteInputTokenCount);
  const long = writtenFor("1h", raw);
  return partsWithin(
    present({
      input: fresh === undefined ? undefined : count(fresh + (read ?? 0) + (written ?? 0)),
      cache_read: read,
      cache_write_5m: written === undefined ? undefined : Math.max(0, written - (long ?? 0)),
      cache_write_1h: long,
      output: count(raw.outputTokens),
    }),
  );
}

function writtenFor(ttl: string, raw: JsonObject): number | undefined {
  const detail = arrayAt(raw.cacheDetails)?.find((one) => objectAt(one)?.ttl === ttl);
  return count(objectAt(detail)?.inputTokens);
}
