import { isObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";

/**
 * A citation as a text block of this wire has them. A web page that another wire cites becomes a search result without the
 * proof that only Anthropic's own search gives; anything else travels as it came.
 */
export function encodeCitation(value: JsonValue): JsonValue {
  if (!isObject(value) || value.type !== "url_citation") return value;
  const page = objectAt(value.url_citation) ?? value;
  return {
    type: "web_search_result_location",
    url: stringAt(page.url) ?? "",
    title: stringAt(page.title) ?? null,
    encrypted_index: "",
    cited_text: "",
  };
}
