import type { Requirement } from "../core/ask.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue } from "../core/json.ts";

/**
 * What a request asks of a model beyond text; `undefined` for text alone, which is most.
 * @param holders messages, or items, whose `content` or `output` may be a list of parts
 * @param of what one part of that wire requires; parts within a part are looked at as well
 */
export function requirementsOf(
  tools: JsonValue | undefined,
  holders: readonly JsonValue[] | undefined,
  of: (part: JsonObject) => Requirement | undefined,
): readonly Requirement[] | undefined {
  const found: Requirement[] = [];
  const require = (requirement: Requirement | undefined) => {
    if (requirement !== undefined && !found.includes(requirement)) found.push(requirement);
  };
  const look = (value: JsonValue | undefined) => {
    if (!Array.isArray(value)) return;
    for (const part of value) {
      if (!isObject(part)) continue;
      require(of(part));
      look(part.content);
    }
  };
  if ((arrayAt(tools)?.length ?? 0) > 0) require("tools");
  for (const holder of holders ?? []) {
    if (!isObject(holder)) continue;
    look(holder.content);
    look(holder.output);
  }
  return found.length === 0 ? undefined : found;
}

/** What a file requires, by its media type: text of any kind can be read to every model, and of what nobody knows nothing is known. */
export function requiredFor(mediaType: string): Requirement | undefined {
  if (mediaType.startsWith("image/")) return "vision";
  if (mediaType.startsWith("audio/")) return "audio-input";
  return mediaType === "application/pdf" ? "files" : undefined;
}

/** The same of an address: a data URL says its type, any other at most how its path ends. */
export function requiredForUrl(url: string): Requirement | undefined {
  const told = /^data:([^;,]+)/i.exec(url.slice(0, 200))?.[1];
  if (told !== undefined) return requiredFor(told.toLowerCase());
  return /\.pdf(?:[?#]|$)/i.test(url.slice(0, 2000)) ? "files" : undefined;
}
