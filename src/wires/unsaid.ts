import { isObject, type JsonValue } from "../core/json.ts";
import type { Dropped } from "../core/request.ts";

/**
 * Members that objects of a client's body have beside those that this wire has a word for: `messages[].prefix`. What says nothing (null, false,
 * an empty list) is left out.
 */
export function unsaidMembers(list: readonly unknown[], known: ReadonlySet<unknown>, at: string): Dropped[] {
  const found = new Set<Dropped>();
  for (const value of list) {
    if (!isObject(value)) continue;
    for (const name in value) if (!known.has(name) && saysMore(value[name])) found.add(`${at}.${name}`);
  }
  return [...found];
}

function saysMore(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !Array.isArray(value) || value.length > 0;
}
