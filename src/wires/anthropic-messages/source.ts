import { type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";
import type { Source } from "../../core/request.ts";

/** Where an image or a document comes from, or `undefined` for a kind of source that only this wire has. */
export function decodeSource(value: JsonValue | undefined): Source | undefined {
  const source = objectAt(value) ?? {};
  switch (source.type) {
    case "base64":
      return {
        from: "data",
        mediaType: stringAt(source.media_type) ?? "application/octet-stream",
        base64: stringAt(source.data) ?? "",
      };
    case "url":
      return { from: "url", url: stringAt(source.url) ?? "" };
    case "file":
      return { from: "upload", id: stringAt(source.file_id) ?? "" };
    default:
      return undefined;
  }
}

/** A plain text document, or search result, as the words it consists of, its title first. */
export function documentText(block: JsonObject): string | undefined {
  const source = objectAt(block.source);
  const words =
    block.type === "search_result"
      ? textsOf(block.content)
      : source?.type === "text"
        ? stringAt(source.data)
        : source?.type === "content"
          ? (stringAt(source.content) ?? textsOf(source.content))
          : undefined;
  if (words === undefined) return undefined;
  const from = block.type === "search_result" ? stringAt(block.source) : stringAt(block.context);
  return [stringAt(block.title), from, words].filter((piece) => piece !== undefined && piece !== "").join("\n");
}

/** The words of text blocks; `undefined` where there is anything else among them. */
function textsOf(value: JsonValue | undefined): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.map((inner) => stringAt(objectAt(inner)?.text));
  return texts.includes(undefined) ? undefined : texts.join("\n");
}
