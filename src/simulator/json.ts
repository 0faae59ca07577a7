/** JSON as it comes off the network. The simulator has its own few words for it: it shares no code with the gateway. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [member: string]: Json | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses text that somebody else wrote: `undefined` where it is not JSON. */
export function parseJson(text: string): Json | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

export function objectOr(value: Json | undefined, otherwise: JsonObject): JsonObject {
  return isObject(value) ? value : otherwise;
}

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: Json | undefined): JsonObject[] {
  return listOf(value).filter(isObject);
}

export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** `change` laid over `value`: objects member by member, everything else replaced. */
export function overlay(value: Json | undefined, change: Json): Json {
  if (!isObject(change) || !isObject(value)) return change;
  const copy: JsonObject = { ...value };
  for (const [name, member] of Object.entries(change)) copy[name] = overlay(copy[name], member ?? null);
  return copy;
}

/** A copy without the member at this path, as in `usage.total_tokens`. */
export function without(value: JsonObject, path: string): JsonObject {
  const [name = "", ...rest] = path.split(".");
  const member = value[name];
  if (rest.length > 0) return isObject(member) ? { ...value, [name]: without(member, rest.join(".")) } : value;
  const { [name]: _dropped, ...kept } = value;
  return kept;
}
