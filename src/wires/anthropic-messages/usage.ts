import type { Closing } from "../../core/closing.ts";
import { type JsonObject, type JsonValue, jsonObject, objectAt, present } from "../../core/json.ts";
import { cacheWrites, count, partsWithin, type Usage } from "../../core/usage.ts";

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
    // Programs are paid for by the hour, which is not told; what is fetched costs its tokens alone.
    // https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool#usage-and-pricing
    unmetered: count(objectAt(raw.server_tool_use)?.code_execution_requests) || undefined,
  });
  return partsWithin(usage);
}

function rest(whole: number, part = 0): number {
  return Math.max(0, whole - part);
}

/** The `usage` object of a reply: input without what the cache read or wrote, as this wire has it. What was not told is left out. */
export function encodeUsage({ usage, estimated }: Closing): JsonObject {
  const { input = 0, output = 0, cache_read: read, cache_write_5m: short, cache_write_1h: long } = usage ?? {};
  const written = usage === undefined ? undefined : cacheWrites(usage);
  return jsonObject({
    input_tokens: Math.max(0, input - (read ?? 0) - (written ?? 0)),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation:
      written === undefined
        ? undefined
        : { ephemeral_5m_input_tokens: short ?? 0, ephemeral_1h_input_tokens: long ?? 0 },
    output_tokens: output,
    output_tokens_details: usage?.reasoning === undefined ? undefined : { thinking_tokens: usage.reasoning },
    server_tool_use: usage?.searches === undefined ? undefined : { web_search_requests: usage.searches },
    estimated: estimated ? true : undefined,
  });
}

/** Members that a client adds up. */
const COUNTS = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"];

/** The provider's own usage with what the gateway tells laid over it: members that nobody here knows travel, counts that are none do not. */
export function laidOver(told: JsonObject | undefined, closing: Closing): JsonObject {
  const isNone = (name: string, value: JsonValue | undefined) =>
    COUNTS.includes(name) && count(value ?? 0) === undefined;
  const theirs = told && Object.fromEntries(Object.entries(told).filter(([name, value]) => !isNone(name, value)));
  const ours = encodeUsage(closing);
  const details = objectAt(theirs?.output_tokens_details);
  const tools = objectAt(theirs?.server_tool_use);
  return {
    ...theirs,
    ...ours,
    ...(details === undefined
      ? {}
      : { output_tokens_details: { ...details, ...objectAt(ours.output_tokens_details) } }),
    ...(tools === undefined ? {} : { server_tool_use: { ...tools, ...objectAt(ours.server_tool_use) } }),
  };
}
