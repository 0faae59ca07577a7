import { arrayAt, type JsonObject, objectAt } from "../core/json.ts";
import type { Dropped, Tool } from "../core/request.ts";

/**
 * A search of the web that the provider does by itself, as the Messages API offers it: others have it as well.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
 */
export interface WebSearch {
  /** By which a choice may name it. */
  readonly name: string;
  /** The only domains that may be searched; empty for all of them. */
  readonly allowed: readonly string[];
  /** Domains that may not be. */
  readonly blocked: readonly string[];
  /** Where the user is, roughly. */
  readonly place: JsonObject | undefined;
}

const TYPE = /^web_search_\d{8}$/;
const READ: ReadonlySet<string> = new Set(["type", "name", "allowed_domains", "blocked_domains", "user_location"]);

/** The search that this tool is, if it is one, and tells what else was said of it: how often, where marked, who may call it. */
export function webSearchOf(tool: Tool, dropped: Set<Dropped>): WebSearch | undefined {
  if (tool.kind !== "native" || tool.wire !== "anthropic-messages") return undefined;
  const { value } = tool;
  if (!TYPE.test(String(value.type))) return undefined;
  for (const name in value) {
    const said = value[name];
    if (READ.has(name) || said === null || said === false) continue;
    dropped.add(name === "cache_control" ? name : `tools[].${name}`);
  }
  return {
    name: String(value.name),
    allowed: (arrayAt(value.allowed_domains) ?? []) as string[],
    blocked: (arrayAt(value.blocked_domains) ?? []) as string[],
    place: objectAt(value.user_location),
  };
}

const OPENAIS = /^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/;
const READ_OF_OPENAIS: ReadonlySet<string> = new Set(["type", "filters", "user_location"]);

/** The same, as clients of OpenAI's offer it. https://platform.openai.com/docs/guides/tools-web-search */
export function openaiSearchOf(tool: Tool, dropped: Set<Dropped>): WebSearch | undefined {
  if (tool.kind !== "native" || tool.wire === "anthropic-messages") return undefined;
  const { value } = tool;
  if (!OPENAIS.test(String(value.type))) return undefined;
  for (const name in value) if (!READ_OF_OPENAIS.has(name) && value[name] !== null) dropped.add(`tools[].${name}`);
  const { allowed_domains, ...others } = objectAt(value.filters) ?? {};
  for (const name in others) dropped.add(`tools[].filters.${name}`);
  return {
    name: "web_search",
    allowed: (arrayAt(allowed_domains) ?? []) as string[],
    blocked: [],
    place: objectAt(value.user_location),
  };
}
