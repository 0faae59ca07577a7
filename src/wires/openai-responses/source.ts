import type { Block, Delta } from "../../core/event.ts";
import { type JsonObject, objectAt, parseJson, stringAt } from "../../core/json.ts";

/** What a provider's own search of the web is called on every wire. */
export const WEB_SEARCH = "web_search";

/** An item that is neither said, thought nor called: a picture, a search of the provider's own, or what only this wire knows. */
export function decodeOther(value: JsonObject): { block: Block; delta?: Delta } {
  const image = value.type === "image_generation_call" ? stringAt(value.result) : undefined;
  if (image !== undefined) {
    const mediaType = `image/${stringAt(value.output_format) ?? "png"}`;
    return { block: { kind: "file", mediaType }, delta: { kind: "data", base64: image } };
  }
  if (value.type !== "web_search_call") return { block: { kind: "native", wire: "openai-responses", value } };
  const { type: _type, sources: _sources, ...asked } = objectAt(value.action) ?? {};
  const call = stringAt(value.id) ?? "";
  // The whole item goes along: a client of this wire gets it as it came.
  return {
    block: { kind: "tool-call", call, name: WEB_SEARCH, by: "provider", format: "json", extra: { item: value } },
    delta: { kind: "arguments", json: JSON.stringify(asked) },
  };
}

/** The item of a search that begins, with the id that its provider gave it if that is one of this wire. */
export function searchItem(block: Block): JsonObject {
  const item = objectAt(block.extra?.item);
  if (item !== undefined) return { ...item, status: "in_progress" };
  const call = block.kind === "tool-call" && block.call.startsWith("ws_") ? { id: block.call } : {};
  return { ...call, type: "web_search_call", status: "in_progress" };
}

/** Makes the item of a call whole. @returns the event that says it once more, and its members */
export function wholeCall(item: JsonObject, said: string): [type: string, members: JsonObject] {
  switch (item.type) {
    case "web_search_call":
      item.action ??= { type: "search", query: stringAt(objectAt(parseJson(said))?.query) ?? "" };
      return ["response.web_search_call.completed", {}];
    case "custom_tool_call":
      item.input = said;
      return ["response.custom_tool_call_input.done", { input: said }];
    default:
      item.arguments = said === "" ? "{}" : said;
      return ["response.function_call_arguments.done", { name: item.name, arguments: item.arguments }];
  }
}
