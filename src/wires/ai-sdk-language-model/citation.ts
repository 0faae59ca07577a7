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
  if (typeof value.type !== "string") return undefined;
  if (FILES.has(value.type)) return encodeFile(value, id);
  if (!DOCUMENTS.test(value.type)) return undefined;
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

/** https://platform.openai.com/docs/api-reference/responses/object: files that a tool of OpenAI's found or wrote. */
const FILES: ReadonlySet<string> = new Set(["file_citation", "container_file_citation", "file_path"]);

/** As the SDK's own provider of OpenAI tells them. */
function encodeFile(
  { type, file_id: fileId, filename: told, container_id: containerId, index }: JsonObject,
  id: string,
): JsonObject {
  const filename = stringAt(told) ?? stringAt(fileId);
  return jsonObject({
    type: "source",
    sourceType: "document",
    id,
    mediaType: type === "file_path" ? "application/octet-stream" : "text/plain",
    title: filename ?? "document",
    filename,
    providerMetadata: { openai: jsonObject({ type, fileId, containerId, index }) },
  });
}

/** https://platform.claude.com/docs/en/build-with-claude/citations */
const DOCUMENTS = /^(?:char|page|content_block|search_result)_location$/;
