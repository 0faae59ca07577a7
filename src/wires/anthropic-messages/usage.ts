import { type JsonObject, objectAt, present } from "../../core/json.ts";
import { count, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * Anthropic's `usage` in our meters. Its `input_tokens` are only what was neither read from nor written to the cache
 * (scar 10), so the whole input is the sum. Give it the reports of a stream merged, or the sum lacks what an earlier one told.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function decodeUsage(raw: JsonObject): Usage {
  const fresh = count(raw.input_tokens);
  const read = count(raw.cache_read_input_tokens);
  const written = count(raw.cache_creation_input_tokens);
  const byTtl = objectAt(raw.cache_creation);
  const long = count(byTtl?.ephemeral_1h_input_tokens);
  const short = count(byTtl?.ephemeral_5m_input_tokens) ?? (written === undefined ? undefined : rest(written, long));
  const writes = written ?? (short ?? 0) + (long ?? 0);
  const usage = present({
    input: fresh === undefined ? undefined : count(fresh + (read ?? 0) + writes),
    cache_read: read,
    cache_write_5m: short,
    cache_write_1h: long,
    output: count(raw.output_tokens),
    reasoning: count(objectAt(raw.output_tokens_details)?.thinking_tokens),
    searches: count(objectAt(raw.server_tool_use)?.web_search_requests),
  });
  return partsWithin(usage);
}

function rest(whole: number, part = 0): number {
  return Math.max(0, whole - part);
}
