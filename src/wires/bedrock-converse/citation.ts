import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";

/** The places that a citation may name: Anthropic's word for each, and for where it begins and ends. */
const PLACES = {
  documentChar: ["char_location", "start_char_index", "end_char_index"],
  documentPage: ["page_location", "start_page_number", "end_page_number"],
  documentChunk: ["content_block_location", "start_block_index", "end_block_index"],
} as const;

/**
 * A citation in the words of those who read it: a passage of a document as Anthropic says it, a web page as OpenAI does. What
 * is neither travels as it came.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html
 */
export function decodeCitation(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  const location = objectAt(value.location) ?? {};
  const web = objectAt(location.web);
  if (web !== undefined)
    return { type: "url_citation", url: web.url ?? "", title: stringAt(value.title) ?? web.domain ?? "" };
  for (const [place, [type, from, to]] of Object.entries(PLACES)) {
    const told = objectAt(location[place]);
    if (told === undefined) continue;
    return {
      type,
      cited_text: textOf(value),
      document_index: told.documentIndex ?? 0,
      document_title: value.title ?? null,
      [from]: told.start ?? 0,
      [to]: told.end ?? 0,
    };
  }
  return value;
}

function textOf({ sourceContent }: JsonObject): string {
  return (arrayAt(sourceContent) ?? []).map((piece) => stringAt(objectAt(piece)?.text) ?? "").join("");
}
