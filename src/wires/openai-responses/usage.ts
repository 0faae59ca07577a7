import type { Closing } from "../../core/closing.ts";
import type { Event } from "../../core/event.ts";
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  objectAt,
  present,
  stringAt,
} from "../../core/json.ts";
import { strangeIn } from "../../core/strange-usage.ts";
import { cacheWrites, count, type Meter, partsWithin, type Usage } from "../../core/usage.ts";

/**
 * A provider's `usage` in our meters. xAI counts thinking beside the output where its total says so; what its
 * tools did comes as `server_side_tool_usage_details` there. https://platform.openai.com/docs/api-reference/responses/object
 */
export function decodeUsage(raw: JsonObject, response: JsonObject = {}): Usage {
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
      ...toolsIn(objectAt(raw.server_side_tool_usage_details), response),
    }),
  );
}

/** What the provider's own tools did: as xAI tells it, or by what came of it, as OpenAI does. */
function toolsIn(told: JsonObject | undefined, { output, tools, tool_usage: used }: JsonObject): Usage {
  if (told !== undefined) {
    const web = count(told.web_search_calls);
    const x = count(told.x_search_calls);
    return present({
      searches: web === undefined && x === undefined ? undefined : (web ?? 0) + (x ?? 0),
      code_runs: count(told.code_interpreter_calls),
      file_searches: count(told.file_search_calls),
      attachment_searches: count(told.document_search_calls),
      unmetered: count(told.image_generation_calls) || undefined,
    });
  }
  const did: Usage = {};
  const containers = new Set<JsonValue>();
  for (const value of arrayAt(output) ?? []) {
    const { type, action, name, container_id: container } = objectAt(value) ?? {};
    const meter = meterOf(type, name, container);
    // To open a page that was found is no search.
    if (meter === undefined || (type === "web_search_call" && (objectAt(action)?.type ?? "search") !== "search"))
      continue;
    if (meter !== "containers" || !containers.has(container!)) did[meter] = (did[meter] ?? 0) + 1;
    if (meter === "containers") containers.add(container!);
  }
  if (did.containers !== undefined) did.containers *= gigabytesOf(tools);
  const pictures = picturesIn(objectAt(used)?.image_gen);
  const drawn = (arrayAt(output) ?? []).reduce<number>((sum, item) => sum + drawnIn(objectAt(item)), 0);
  if (pictures === undefined) return drawn === 0 ? did : { ...did, picture_drawn: drawn };
  delete did.unmetered;
  return { ...did, ...pictures };
}

/** Of memory that a container has, by which it is paid: https://developers.openai.com/api/docs/pricing (1, 4, 16 or 64). */
function gigabytesOf(tools: JsonValue | undefined): number {
  for (const tool of arrayAt(tools) ?? []) {
    const { type, container } = objectAt(tool) ?? {};
    const limit = type === "code_interpreter" ? objectAt(container)?.memory_limit : undefined;
    const size = typeof limit === "string" ? /^(4|16|64)g$/.exec(limit)?.[1] : undefined;
    if (size !== undefined) return Number(size);
  }
  return 1;
}

/** Whole tokens of the model that made pictures, by kind, where they are told. https://developers.openai.com/api/reference/resources/responses */
function picturesIn(told: JsonValue | undefined): Usage | undefined {
  if (!isObject(told)) return undefined;
  const [read, wrote] = [count(told.input_tokens), count(told.output_tokens)];
  if (read === undefined || wrote === undefined || read + wrote === 0) return undefined;
  const [of, kept, drawn] = [told.input_tokens_details, told.cached_tokens_details, told.output_tokens_details].map(
    objectAt,
  );
  const part = (whole: number, value: JsonValue | undefined) => Math.min(whole, count(value) ?? 0);
  const cached = part(read, told.cached_tokens);
  const seen = Math.max(0, part(read, of?.image_tokens) - part(cached, kept?.cached_image_tokens));
  const said = part(wrote, drawn?.text_tokens);
  return present({
    picture_words: Math.max(0, read - cached - seen),
    picture_seen: seen || undefined,
    picture_kept: cached || undefined,
    picture_drawn: wrote - said,
    picture_said: said || undefined,
  });
}

/**
 * What a provider's own tools have done by now, by the items of a stream that are done: who leaves before the end of it, where usage is
 * told, has had all of them.
 */
export class HostedUse {
  private readonly items: JsonObject[] = [];
  private tools: JsonValue | undefined;
  private did: Usage = {};
  private isOver = false;

  /** Once some of the response is told. */
  begin({ tools }: JsonObject): void {
    this.tools ??= tools;
  }

  /** Of an item that is done: all that is known by now. */
  done(item: JsonObject): Told[] {
    if (this.isOver || meterOf(item.type, item.name, item.container_id) === undefined) return [];
    const { type, action, name, container_id, quality, size } = item;
    const result = stringAt(item.result) ? DRAWN : undefined;
    this.items.push(jsonObject({ type, action, name, container_id, quality, size, result }));
    const { unmetered: _, ...usage } = toolsIn(undefined, jsonObject({ output: this.items, tools: this.tools }));
    this.did = usage;
    return Object.keys(usage).length === 0 ? [] : [{ type: "usage", usage }];
  }

  /** Of the whole response, in which all of it is told anew, where anything is. */
  end(response: JsonObject): Told[] {
    const { usage: raw } = response;
    if (!tellsUsage(raw)) return [];
    this.isOver = true;
    const usage = decodeUsage(raw, response);
    const withdrawn = (Object.keys(this.did) as Meter[]).filter((meter) => usage[meter] === undefined);
    return [{ type: "usage", usage, raw, ...(withdrawn.length === 0 ? {} : { withdrawn }) }];
  }
}

type Told = Extract<Event, { type: "usage" }>;

const DRAWN = "-";

/** Tokens of a picture, by its quality, the larger sizes: https://developers.openai.com/api/docs/guides/image-generation#calculating-costs */
const PICTURE: Readonly<Record<string, number>> = { __proto__: null as never, low: 408, medium: 1584, high: 6240 };

/** About how many tokens were drawn for an item; of which nobody tells how good it is, as many as for the best. */
function drawnIn({ type, result, quality }: JsonObject = {}): number {
  if (type !== "image_generation_call" || !stringAt(result)) return 0;
  return PICTURE[stringAt(quality) ?? ""] ?? PICTURE.high!;
}

/** A picture is paid for by tokens of a model of its own, which OpenAI has told since 2026, and others do not. */
const TOOLS: ReadonlyMap<unknown, Meter> = new Map([
  ["web_search_call", "searches"],
  ["x_search_call", "searches"],
  ["file_search_call", "file_searches"],
  ["code_interpreter_call", "containers"],
  ["image_generation_call", "unmetered"],
]);

/** How xAI tells of its searches of X: https://docs.x.ai/developers/tools/tool-usage-details (function names) */
const OF_X = /^x_(user|keyword|semantic)_search$|^x_thread_fetch$/;

/** Who names no machine has programs paid for by the run: recordings `xai/*`. */
function meterOf(type: unknown, name: unknown, container: unknown): Meter | undefined {
  if (type === "custom_tool_call" && OF_X.test(String(name))) return "searches";
  return type === "code_interpreter_call" && typeof container !== "string" ? "code_runs" : TOOLS.get(type);
}

/** Whether a `usage` says anything: until the end it is `null`. Nonsense is something too: somebody should hear of it. */
export function tellsUsage(value: unknown): value is JsonObject {
  return isObject(value) && (count(value.input_tokens) !== undefined || strangeIn(value) !== undefined);
}

/**
 * Our `usage` over the provider's own, whose further members stay. What was not told is left out, but for the two members without which a typed
 * client cannot read the whole answer: OpenAI's API always has them. https://platform.openai.com/docs/api-reference/responses/object
 */
export function encodeUsage({ usage, estimated }: Closing, raw: JsonObject = {}): JsonObject {
  const input = usage?.input ?? 0;
  const output = usage?.output ?? 0;
  return jsonObject({
    ...raw,
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: 0,
      ...objectAt(raw.input_tokens_details),
      ...jsonObject({
        cached_tokens: usage?.cache_read,
        cache_write_tokens: usage === undefined ? undefined : cacheWrites(usage),
      }),
    },
    output_tokens: output,
    output_tokens_details: {
      reasoning_tokens: 0,
      ...objectAt(raw.output_tokens_details),
      ...jsonObject({ reasoning_tokens: usage?.reasoning }),
    },
    total_tokens: input + output,
    estimated: estimated ? true : undefined,
  });
}
