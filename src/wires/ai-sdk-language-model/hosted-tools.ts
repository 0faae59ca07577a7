import type { WireName } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Dropped, Tool } from "../../core/request.ts";
import { WEB_SEARCH } from "../openai-responses/source.ts";
import { snake } from "../provider-options.ts";

/** Tools that a provider runs, or has a form of its own for: by whose they are, the wire that says them, and how. */
const OWNERS: Readonly<
  Record<string, { wire: WireName; tool(type: string, args: JsonObject, name: string): JsonObject }>
> = {
  __proto__: null as never,
  // https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview: `type` is dated, `name` is its own.
  anthropic: {
    wire: "anthropic-messages",
    tool: (type, args) => ({ type: renamed(type), name: undated(type), ...snaked(args) }),
  },
  // https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools
  openai: { wire: "openai-responses", tool: (type, args, name) => openaiTool(type, args, name) },
  // https://ai.google.dev/api/caching#Tool
  google: { wire: "gemini-generate", tool: (type, args) => ({ [camel(type)]: args }) },
};

/** Named by what a project keeps: the account is shared here. */
const KEPT: ReadonlySet<string> = new Set(["google.vertex_rag_store"]);

/** A tool by its id, `<owner>.<type>`, as the owner's wire says it; `undefined` for one that nobody here knows, which is told. */
export function decodeHosted(tool: JsonObject, unsaid: Set<Dropped>): Extract<Tool, { kind: "native" }> | undefined {
  const id = stringAt(tool.id) ?? "";
  const dot = id.indexOf(".");
  const owner = OWNERS[id.slice(0, dot)];
  if (owner === undefined || KEPT.has(id)) {
    unsaid.add(id);
    return undefined;
  }
  const args = isObject(tool.args) ? tool.args : {};
  const type = id.slice(dot + 1);
  return { kind: "native", wire: owner.wire, value: owner.tool(type, args, stringAt(tool.name) ?? type) };
}

/** Tools that the provider has a name of its own for: the client's name of each, and the provider's. */
export function hostedNames(tools: JsonValue | undefined): readonly (readonly [ours: string, theirs: string])[] {
  return (arrayAt(tools) ?? []).flatMap((tool) => {
    const { id, name } = objectAt(tool) ?? {};
    if (typeof id !== "string" || typeof name !== "string") return [];
    const [owner, type = ""] = id.split(".");
    const theirs = owner === "anthropic" ? undated(type) : owner === "openai" ? plain(type) : type;
    return theirs === undefined || theirs === name ? [] : [[name, theirs] as const];
  });
}

/** What OpenAI's tools are called where it is told what they did. */
function plain(type: string): string | undefined {
  if (type.startsWith("web_search")) return WEB_SEARCH;
  return ["code_interpreter", "file_search", "mcp"].find((known) => known === type);
}

/**
 * Beta features that Anthropic wants named for its tools, as the SDK's own provider names them.
 * https://github.com/vercel/ai/blob/main/packages/anthropic/src/anthropic-prepare-tools.ts
 */
const BETAS: readonly (readonly [RegExp, string])[] = [
  [/^code_execution_20250522$/, "code-execution-2025-05-22"],
  [/^code_execution_20250825$/, "code-execution-2025-08-25"],
  [/^(?:computer|text_editor|bash)_20250124$|^text_editor_20250429$/, "computer-use-2025-01-24"],
  [/^computer_20251124$/, "computer-use-2025-11-24"],
  [/^(?:computer|text_editor|bash)_20241022$/, "computer-use-2024-10-22"],
  [/^memory_20250818$/, "context-management-2025-06-27"],
  [/^web_fetch_20250910$/, "web-fetch-2025-09-10"],
  [/^web_(?:fetch|search)_20260209$/, "code-execution-web-tools-2026-02-09"],
  [/^advisor_20260301$/, "advisor-tool-2026-03-01"],
];

/** The beta features of the tools that are offered, each once. */
export function betasOf(tools: JsonValue | undefined): readonly string[] {
  const found = new Set<string>();
  for (const tool of arrayAt(tools) ?? []) {
    const [owner, type = ""] = (stringAt(objectAt(tool)?.id) ?? "").split(".");
    if (owner !== "anthropic") continue;
    for (const [pattern, beta] of BETAS) if (pattern.test(type)) found.add(beta);
  }
  return [...found];
}

/** Names of tools whose arguments are free text. */
export function textTools(tools: readonly JsonValue[] | undefined): ReadonlySet<string> {
  const named = (tools ?? []).filter(isObject).filter(({ id }) => id === "openai.custom");
  return new Set(named.flatMap(({ name }) => stringAt(name) ?? []));
}

function openaiTool(type: string, { name: told, filters, ...args }: JsonObject, name: string): JsonObject {
  if (type === "mcp") return { type, ...server(args) };
  const wider = isObject(filters) && type.startsWith("web_search") ? { filters: snaked(filters) } : { filters };
  const members: JsonObject = { ...snaked(args), ...(filters === undefined ? {} : wider) };
  if (type === "custom") return { type, name: told ?? name, ...members };
  if (type === "code_interpreter") return { type, ...members, container: container(members.container) };
  return told === undefined ? { type, ...members } : { type, name: told, ...members };
}

/** A machine by its name, or a new one. https://platform.openai.com/docs/guides/tools-code-interpreter */
function container(told: JsonValue | undefined): JsonValue {
  if (typeof told === "string") return told;
  return { type: "auto", ...(isObject(told) ? snaked(told) : {}) };
}

/** Another's server; unlike OpenAI, the SDK asks nobody before its tools are called, unless it is told to. https://ai-sdk.dev/providers/ai-sdk-providers/openai#mcp-tool */
function server({ allowedTools, requireApproval = "never", ...args }: JsonObject): JsonObject {
  const [allowed_tools, require_approval] = [snakedWithin(allowedTools), snakedWithin(requireApproval)];
  return jsonObject({ ...snaked(args), allowed_tools, require_approval });
}

/** Names of members, however deep: where no name is the client's own. */
export function snakedWithin(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((one) => snakedWithin(one) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [snake(name), snakedWithin(one)]));
}

/** The AI SDK calls the search among tools shorter than Anthropic does. */
function renamed(type: string): string {
  return type.replace(/^tool_search_(?=regex|bm25)/, "tool_search_tool_");
}

const NAMES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  text_editor_20241022: "str_replace_editor",
  text_editor_20250124: "str_replace_editor",
  text_editor_20250429: "str_replace_based_edit_tool",
  text_editor_20250728: "str_replace_based_edit_tool",
};

function undated(type: string): string {
  return NAMES[type] ?? renamed(type).replace(/_\d{8}$/, "");
}

function snaked(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
}

export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
