import { isObject, type JsonObject, type JsonValue, jsonObject, objectAt, stringAt } from "../../core/json.ts";

/**
 * A citation as a `source` part: a page of the web, or a document of the request. `undefined` for what is neither.
 * @param id unique within the answer
 */
export function encodeCitation(value: JsonValue, id: string): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const page = objectAt(value.url_citation) ?? value;
  const url = stringAt(page.url);
  const title = stringAt(page.title) ?? stringAt(value.document_title);
  if (url !== undefined) return jsonObject({ type: "source", sourceType: "url", id, url, title });
  if (typeof value.type !== "string" || !DOCUMENTS.test(value.type)) return undefined;
  const { type: _, document_title: __, file_id: ___, ...place } = value;
  return {
    type: "source",
    sourceType: "document",
    id,
    mediaType: value.type === "page_location" ? "application/pdf" : "text/plain",
    title: title ?? "document",
    providerMetadata: { gateway: { citation: place } },
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/citations */
const DOCUMENTS = /^(?:char|page|content_block|search_result)_location$/;
