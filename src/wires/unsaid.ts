import { isObject, type JsonValue } from "../core/json.ts";
import type { Dropped, Request } from "../core/request.ts";

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

/**
 * What was left out of a request and is missed: not what asked for that which holds anyway, such as a penalty of zero or
 * `logprobs: false`. Libraries send such members with every request.
 */
export function missed(dropped: readonly Dropped[], { sampling, extra }: Request): Dropped[] {
  const usual: Record<Dropped, boolean> = {
    frequency_penalty: sampling.frequencyPenalty === 0,
    presence_penalty: sampling.presencePenalty === 0,
    temperature: sampling.temperature === 1,
    top_p: sampling.topP === 1,
    stop: sampling.stop?.length === 0,
  };
  return dropped.filter((name) => usual[name] !== true && !(Object.hasOwn(extra, name) && isUsual(name, extra[name])));
}

function isUsual(name: string, value: JsonValue | undefined): boolean {
  if (name === "modalities") return Array.isArray(value) && value.every((modality) => modality === "text");
  return !saysMore(value) || (isObject(value) && Object.keys(value).length === 0);
}
