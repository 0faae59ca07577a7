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
