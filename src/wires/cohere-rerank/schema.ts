import { arrayAt, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { anObject, array, boolean, integer, object, record, type Shape, string, text } from "../shape.ts";

/** https://docs.cohere.com/reference/rerank, what its first edition had beside, and the gateway's own fields (contract 3.6). */

const document: Shape = (value) =>
  typeof value === "string" || isObject(value) ? undefined : { path: [], expected: "a string or an object" };

export const rerankBody = object(
  {
    model: text,
    query: text,
    documents: array(document, 1),
    top_n: integer(1),
    max_tokens_per_doc: integer(1),
    max_chunks_per_doc: integer(1),
    rank_fields: array(text),
    return_documents: boolean,
    user: string,
    models: array(text),
    tags: array(string),
    provider: anObject,
    providerOptions: record(anObject),
  },
  ["model", "query", "documents"],
);

/** The documents as the model shall read them: an object by the fields that count, each in a line of its own. */
export function textsOf({ documents, rank_fields: told }: JsonObject): string[] {
  const fields = arrayAt(told)?.filter((field) => typeof field === "string");
  return (arrayAt(documents) ?? []).map((one) => (isObject(one) ? textIn(one, fields) : String(one)));
}

/** Without fields that are named, the text stands for the whole where there is one: so the first edition has it. */
function textIn(document: JsonObject, fields: readonly string[] | undefined): string {
  const named = fields ?? (typeof document.text === "string" ? ["text"] : Object.keys(document));
  const there = named.filter((name) => Object.hasOwn(document, name));
  if (there.length === 1) return said(document[there[0]!]);
  return there.map((name) => `${name}: ${said(document[name])}`).join("\n");
}

function said(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
