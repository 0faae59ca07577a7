import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../../core/json.ts";

const OWN: ReadonlySet<unknown> = new Set(["file_citation", "container_file_citation", "file_path"]);

/** A citation as an `annotations` entry of this wire; `undefined` for a passage of a document, which has no place in it. */
export function encodeCitation(value: JsonValue): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  if (OWN.has(value.type)) return value;
  const named = objectAt(value.url_citation) ?? value;
  const url = stringAt(named.url);
  if (url === undefined) return undefined;
  if (value.type === "url_citation" && named === value) return value;
  const place = (member: JsonValue | undefined) => (typeof member === "number" ? member : 0);
  return {
    type: "url_citation",
    start_index: place(named.start_index),
    end_index: place(named.end_index),
    url,
    title: stringAt(named.title) ?? "",
  };
}
