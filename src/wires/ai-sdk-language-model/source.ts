import { isObject, type JsonObject, type JsonValue, objectAt, present, stringAt } from "../../core/json.ts";
import type { CacheMark, Part, Source } from "../../core/request.ts";
import { decodeUrl } from "../openai-chat/source.ts";

/** First characters of base64, by which a picture shows its type where only `image/*` was said. */
const BEGINNINGS = [
  ["iVBORw", "image/png"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
  ["/9j/", "image/jpeg"],
] as const;

/**
 * A file of a prompt, or of a tool's result, in the words of any edition: a picture, a sound, plain text, or whatever else it is.
 * An address may be a data URL.
 */
export function decodeFile(part: JsonObject, cache?: CacheMark): Part {
  const data = objectAt(part.data);
  const filename = stringAt(part.filename);
  if (data?.type === "text") return present({ kind: "text", text: stringAt(data.text) ?? "", cache });
  const told = mediaTypeOf(part);
  const source = sourceOf(part, data, told);
  const mediaType = source.from === "data" ? source.mediaType : told;
  if (mediaType.startsWith("image/") || /^image-/.test(String(part.type)))
    return present({ kind: "image", source, detail: detailOf(part), cache });
  if (source.from === "data" && mediaType.startsWith("audio/"))
    return present({ kind: "audio", base64: source.base64, format: formatOf(mediaType), cache });
  return present({ kind: "file", source, filename, cache });
}

/** The newest edition may say no more than `image`. */
export function mediaTypeOf(part: JsonObject): string {
  const told = stringAt(part.mediaType) ?? "";
  return told === "" || told.includes("/") ? told : `${told}/*`;
}

function sourceOf(part: JsonObject, data: JsonObject | undefined, told: string): Source {
  const id = uploaded(part, data);
  if (id !== undefined) return { from: "upload", id };
  const written = stringAt(part.data) ?? stringAt(data?.data) ?? stringAt(data?.url) ?? stringAt(part.url) ?? "";
  // The first editions do not say which of the two a text is.
  if (/^(?:data|https?|gs|s3):/i.test(written)) return typed(decodeUrl(written, told), told);
  if (data?.type === "url" || stringAt(part.url) !== undefined) return { from: "url", url: written };
  return typed({ from: "data", mediaType: told, base64: written }, told);
}

/** `image/*` stands for whatever picture it is. */
function typed(source: Source, told: string): Source {
  if (source.from !== "data" || (source.mediaType !== "" && !source.mediaType.endsWith("/*"))) return source;
  const { base64 } = source;
  const shown = BEGINNINGS.find(([beginning]) => base64.startsWith(beginning))?.[1];
  const otherwise = told.startsWith("image/") ? "image/jpeg" : "application/octet-stream";
  return { ...source, mediaType: shown ?? otherwise };
}

/** The id of a file that a provider keeps: by the names of those who do, or alone. */
export function uploaded(part: JsonObject, data = objectAt(part.data)): string | undefined {
  const named: JsonValue | undefined = data?.type === "reference" ? data.reference : part.fileId;
  if (!isObject(named)) return stringAt(named);
  return Object.values(named).find((id) => typeof id === "string") as string | undefined;
}

/** OpenAI's word, in its options for the part. */
function detailOf({ providerOptions }: JsonObject): string | undefined {
  return stringAt(objectAt(objectAt(providerOptions)?.openai)?.imageDetail);
}

const FORMATS: Readonly<Record<string, string>> = {
  __proto__: null as never,
  mpeg: "mp3",
  "x-wav": "wav",
  wave: "wav",
  "vnd.wave": "wav",
};

function formatOf(mediaType: string): string {
  const name = mediaType.slice("audio/".length).split(";")[0]!.toLowerCase();
  return FORMATS[name] ?? name;
}

/** A mark for a cache, in the words of Anthropic's options, which others read as well. */
export function decodeCache({ providerOptions }: JsonObject): CacheMark | undefined {
  const all = objectAt(providerOptions);
  for (const name in all) {
    const options = objectAt(all[name]);
    const mark = objectAt(options?.cacheControl ?? options?.cache_control ?? options?.cachePoint);
    if (mark !== undefined) return mark.ttl === "1h" || mark.ttl === "5m" ? { ttl: mark.ttl } : {};
  }
  return undefined;
}
