import { type JsonObject, type JsonValue, parseJson } from "../core/json.ts";

/** What the field of a form stands for, where it is no text. */
export type FieldKind = "number" | "boolean" | "json";

/** The fields of a form as the JSON that they stand for. What does not read so stays a text, for the schema to refuse. */
export function readFields(fields: JsonObject, kinds: Readonly<Record<string, FieldKind>>): JsonObject {
  const body = { ...fields };
  for (const [name, kind] of Object.entries(kinds)) {
    const value = fields[name];
    if (typeof value === "string") body[name] = readField(value, kind);
  }
  return body;
}

function readField(text: string, kind: FieldKind): JsonValue {
  if (kind === "json") return parseJson(text) ?? text;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
