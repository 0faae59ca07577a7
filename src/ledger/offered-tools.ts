import { arrayAt, type JsonObject, type JsonValue, objectAt, stringAt } from "../core/json.ts";

const NONE: readonly JsonValue[] = [];

/** All tools that a request offers: those of its body, and those that options for a provider lay over them, whoever reads which. */
export function toolsIn({ tools, providerOptions }: JsonObject): readonly JsonValue[] {
  const own = arrayAt(tools) ?? NONE;
  if (providerOptions === undefined) return own;
  const more = optionsOf(providerOptions).flatMap(({ tools: told }) =>
    told === undefined ? [] : (arrayAt(told) ?? [told]),
  );
  return more.length === 0 ? own : [...own, ...more];
}

/** Whether a request has the web searched without a tool: in its body, or in options for a provider. */
export function asksWeb(body: JsonObject): boolean {
  if (objectAt(body.web_search_options) !== undefined) return true;
  if (body.providerOptions === undefined) return false;
  return optionsOf(body.providerOptions).some(
    ({ web_search_options: told, webSearchOptions = told }) => objectAt(webSearchOptions) !== undefined,
  );
}

/** How much is to be read for a search, in the words of whoever sells that by size: in the body, or in options for a provider. */
export function searchSizes(body: JsonObject): readonly JsonValue[] {
  const all = body.providerOptions === undefined ? [body] : [body, ...optionsOf(body.providerOptions)];
  return all.flatMap(({ web_search_options: told, webSearchOptions = told }) => {
    const { search_context_size: size, searchContextSize = size } = objectAt(webSearchOptions) ?? {};
    return searchContextSize === undefined ? [] : [searchContextSize];
  });
}

/** A turn of a provider's own tools has several calls side by side, nobody says how many at the most: counted as so many. */
const CALLS_A_TURN = 3;

/** How many calls of all tools together a request allows, the most that it says anywhere; `undefined` where it says none. */
export function capOfCalls(body: JsonObject): number | undefined {
  const all = body.providerOptions === undefined ? [body] : [body, ...optionsOf(body.providerOptions)];
  const told = all.flatMap(({ max_tool_calls, maxToolCalls = max_tool_calls, max_turns, maxTurns = max_turns }) =>
    [
      [maxToolCalls, 1],
      [maxTurns, CALLS_A_TURN],
    ].flatMap(([most, calls]) =>
      typeof most === "number" && Number.isSafeInteger(most) && most > 0 ? [most * (calls as number)] : [],
    ),
  );
  return told.length === 0 ? undefined : Math.max(...told);
}

/** What a tool may be taken for: the AI SDK names it by whose it is, Google's by a member, all others by its type. */
export function namesOf(tool: JsonValue): readonly string[] {
  const { id, type, ...members } = objectAt(tool) ?? {};
  const named = stringAt(type);
  const names = named === undefined ? Object.keys(members) : [named];
  return typeof id === "string" ? [id.slice(id.indexOf(".") + 1), ...names] : names;
}

function optionsOf(providerOptions: JsonValue): JsonObject[] {
  const all = objectAt(providerOptions) ?? {};
  return Object.keys(all).flatMap((provider) => {
    const options = provider === "gateway" ? undefined : objectAt(all[provider]);
    return options === undefined ? [] : [options];
  });
}
