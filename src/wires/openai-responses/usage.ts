import type { Closing } from "../../core/closing.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt, present } from "../../core/json.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { cacheWrites, count, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * A provider's `usage` in our meters. xAI counts thinking beside the output where its total says so; web searches come as
 * `server_side_tool_usage_details` there. https://platform.openai.com/docs/api-reference/responses/object
 */
export function decodeUsage(raw: JsonObject, output?: JsonValue): Usage {
  const inputDetails = objectAt(raw.input_tokens_details);
  const outputDetails = objectAt(raw.output_tokens_details);
  const input = count(raw.input_tokens);
  const visible = count(raw.output_tokens);
  const reasoning = count(outputDetails?.reasoning_tokens);
  const beside =
    reasoning !== undefined &&
    reasoning > 0 &&
    visible !== undefined &&
    (reasoning > visible || (input !== undefined && raw.total_tokens === input + visible + reasoning));
  return partsWithin(
    present({
      input,
      cache_read: count(inputDetails?.cached_tokens),
      cache_write_5m: count(inputDetails?.cache_write_tokens),
      output: count(beside ? visible! + reasoning : visible),
      reasoning,
      searches: count(objectAt(raw.server_side_tool_usage_details)?.web_search_calls) ?? searchesIn(output),
    }),
  );
}

/** OpenAI tells searches by what came of them alone; to open a page that was found is none. */
function searchesIn(output: JsonValue | undefined): number | undefined {
  const searches = arrayAt(output)?.filter((value) => {
    const item = objectAt(value);
    return item?.type === "web_search_call" && (objectAt(item.action)?.type ?? "search") === "search";
  });
  return searches === undefined || searches.length === 0 ? undefined : searches.length;
}

/** Whether a `usage` says anything: until the end it is `null`. Nonsense is something too: somebody should hear of it. */
export function tellsUsage(value: unknown): value is JsonObject {
  return isObject(value) && (count(value.input_tokens) !== undefined || strangeIn(value) !== undefined);
}

/**
 * Our `usage` over the provider's own, whose further members stay. What was not told is left out; so is the object it would stand in,
 * since typed clients ask for all of it.
 */
export function encodeUsage({ usage, estimated }: Closing, raw: JsonObject = {}): JsonObject {
  const input = usage?.input ?? 0;
  const output = usage?.output ?? 0;
  return jsonObject({
    ...raw,
    input_tokens: input,
    input_tokens_details: details(raw.input_tokens_details, {
      cached_tokens: usage?.cache_read,
      cache_write_tokens: usage === undefined ? undefined : cacheWrites(usage),
    }),
    output_tokens: output,
    output_tokens_details: details(raw.output_tokens_details, { reasoning_tokens: usage?.reasoning }),
    total_tokens: input + output,
    estimated: estimated ? true : undefined,
  });
}

function details(theirs: unknown, ours: JsonObject): JsonObject | undefined {
  const all = jsonObject({ ...(isObject(theirs) ? theirs : {}), ...jsonObject(ours) });
  return Object.keys(all).length === 0 ? undefined : all;
}
