import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, stringAt } from "../../core/json.ts";

/**
 * The pages that an answer rests on, as citations: Perplexity lists them beside the choices, in every chunk anew, and the words
 * point to them by number. https://docs.perplexity.ai/api-reference/chat-completions-post (`search_results`)
 */
export function decodePages(list: JsonValue | undefined): JsonObject[] {
  return (arrayAt(list) ?? []).flatMap((page) =>
    isObject(page) && typeof page.url === "string"
      ? [{ type: "url_citation", url: page.url, title: stringAt(page.title) ?? "" }]
      : [],
  );
}

/**
 * A citation as an `annotations` entry. This wire knows web pages only (`url_citation`); a passage of a document has no
 * place in it, and `undefined` says so.
 */
export function encodeCitation(value: JsonValue): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  if (value.type === "url_citation" && isObject(value.url_citation)) return value;
  const url = stringAt(value.url);
  if (url === undefined) return undefined;
  const { start_index, end_index } = value;
  const place = value.type === "url_citation" ? { start_index, end_index } : {};
  return { type: "url_citation", url_citation: jsonObject({ ...place, url, title: stringAt(value.title) ?? "" }) };
}
