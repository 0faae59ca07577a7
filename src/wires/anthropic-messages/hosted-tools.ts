import { arrayAt, isObject, type JsonObject } from "../../core/json.ts";
import { count } from "../../core/usage.ts";
import type { CallLimit } from "../wire.ts";

/**
 * Searches are paid for by the piece, and each tool has its own end: a search beyond it fails, and costs nothing.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool#max-uses
 */
export const callLimit: CallLimit = {
  of: "each",
  within(body: JsonObject, { each }) {
    const tools = arrayAt(body.tools) ?? [];
    const isOpen = (tool: JsonObject) => /^web_search_/.test(String(tool.type)) && !count(tool.max_uses);
    if (!tools.some((tool) => isObject(tool) && isOpen(tool))) return undefined;
    const ended = tools.map((tool) => (isObject(tool) && isOpen(tool) ? { ...tool, max_uses: each } : tool));
    return { body: { ...body, tools: ended }, calls: each };
  },
};
