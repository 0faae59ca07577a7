import { isObject, type JsonObject, type JsonValue, jsonObject, stringAt } from "../../core/json.ts";

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
