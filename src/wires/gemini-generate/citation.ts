import { arrayAt, isObject, type JsonObject, jsonObject, objectAt, stringAt } from "../../core/json.ts";
import { count } from "../../core/usage.ts";

/**
 * What an answer rests on, as web citations that every door can tell: one for each page that a passage names, and where the
 * passage stands in the text. Pages that no passage names are cited for all of it.
 * https://ai.google.dev/gemini-api/docs/google-search, https://ai.google.dev/api/generate-content#GroundingMetadata
 */
export function decodeGrounding(grounding: JsonObject, text: string): JsonObject[] {
  const pages = (arrayAt(grounding.groundingChunks) ?? []).map((chunk) => pageOf(objectAt(chunk) ?? {}));
  const notes: JsonObject[] = [];
  const cited = new Set<JsonObject>();
  for (const support of (arrayAt(grounding.groundingSupports) ?? []).filter(isObject)) {
    const place = placeOf(objectAt(support.segment) ?? {}, text);
    for (const index of arrayAt(support.groundingChunkIndices) ?? []) {
      const page = pages[Number(index)];
      if (page === undefined) continue;
      cited.add(page);
      notes.push({ type: "url_citation", ...place, ...page });
    }
  }
  for (const page of pages) if (page !== undefined && !cited.has(page)) notes.push({ type: "url_citation", ...page });
  return notes;
}

/**
 * How often the web was searched, as Google bills it: by the prompt before Gemini 3, and since then by the query, once each, empty ones left
 * out. https://ai.google.dev/gemini-api/docs/google-search#pricing, recordings `gemini/*` (an empty one beside another)
 */
export function searchesIn(grounding: JsonObject, model: string): number {
  const queries = new Set((arrayAt(grounding.webSearchQueries) ?? []).filter((query) => query !== "")).size;
  return /gemini-[12]\b/.test(model) ? Math.min(queries, 1) : queries;
}

/**
 * How often a map was searched, as Google bills it: by the prompt before Gemini 3. Since then by the query, of which nobody tells how many beside
 * those of the web: one at least. https://ai.google.dev/gemini-api/docs/maps-grounding#pricing
 */
export function placesIn(grounding: JsonObject, model: string): number {
  const isMapped = (arrayAt(grounding.groundingChunks) ?? []).some((chunk) => objectAt(objectAt(chunk)?.maps));
  return isMapped && (/gemini-[12]\b/.test(model) || searchesIn(grounding, model) === 0) ? 1 : 0;
}

/** A page of the web, or a file of a store that has an address. */
function pageOf({ web, retrievedContext, maps }: JsonObject): JsonObject | undefined {
  const page = objectAt(web) ?? objectAt(retrievedContext) ?? objectAt(maps) ?? {};
  const url = stringAt(page.uri);
  return url === undefined ? undefined : { url, title: stringAt(page.title) ?? "" };
}

/** Theirs is counted in bytes, the others' in characters. */
function placeOf({ startIndex = 0, endIndex, text: passage }: JsonObject, text: string): JsonObject {
  const [from, to] = [count(startIndex), count(endIndex)];
  if (from === undefined || to === undefined) return {};
  const bytes = Buffer.from(text);
  const said = bytes.toString("utf8", from, to);
  // Of an answer in several parts the places are those of a part.
  const start =
    passage === undefined || said === passage ? bytes.toString("utf8", 0, from).length : text.indexOf(String(passage));
  if (start < 0) return {};
  const length = typeof passage === "string" ? passage.length : said.length;
  return jsonObject({ start_index: start, end_index: start + length });
}
