import { isObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";

/** Where a citation of this wire may point to. https://platform.claude.com/docs/en/build-with-claude/citations */
const PLACES: ReadonlySet<unknown> = new Set([
  "char_location",
  "page_location",
  "content_block_location",
  "search_result_location",
  "web_search_result_location",
  "url_citation",
]);

/** Whether a citation of any wire can be told in this one. */
export function isCitation(value: JsonValue): boolean {
  return PLACES.has(objectAt(value)?.type);
}

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
