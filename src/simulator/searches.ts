import { type JsonObject, numberOf, objectsOf, textOf } from "./json.ts";
import type { Scenario } from "./scenario.ts";

/** How often the provider searches the web by itself. @param allowed by the request; absent: as often as it likes */
export function searchesFor({ searches = 0, heedless }: Scenario, allowed: number | undefined): number {
  return heedless || allowed === undefined ? searches : Math.min(searches, allowed);
}

/** … of Anthropic's, where a tool is offered: each has its end. */
export function messageSearches(body: JsonObject, scenario: Scenario): number {
  const tools = objectsOf(body.tools).filter(({ type }) => /^web_search_/.test(textOf(type)));
  if (tools.length === 0) return 0;
  const ends = tools.map(({ max_uses: most }) => numberOf(most) ?? Number.POSITIVE_INFINITY);
  return searchesFor(scenario, Math.max(...ends));
}

/** … of OpenAI's and of who speaks as they do: all tools have one end. */
export function responseSearches(body: JsonObject, scenario: Scenario): number {
  if (!objectsOf(body.tools).some(({ type }) => /^web_search/.test(textOf(type)))) return 0;
  return searchesFor(scenario, numberOf(body.max_tool_calls) ?? numberOf(body.max_turns));
}

/** … of Google's, which have none. */
export function groundedSearches(body: JsonObject, scenario: Scenario): number {
  const isOffered = objectsOf(body.tools).some(({ googleSearch, google_search }) => googleSearch ?? google_search);
  return isOffered ? searchesFor(scenario, undefined) : 0;
}
