import { type JsonObject, jsonObject, stringAt } from "../../core/json.ts";
import type { Source } from "../../core/request.ts";
import type { Quirks } from "../wire.ts";

/** OpenAI's `file_data` (a data URL) and `file_id`; the hosted gateway's `data` + `media_type` (contract 3.1.2). */
export function decodeFile(file: JsonObject): Source {
  if (typeof file.file_id === "string") return { from: "upload", id: file.file_id };
  if (typeof file.data === "string") {
    return decodeUrl(file.data, stringAt(file.media_type));
  }
  return decodeUrl(stringAt(file.file_data) ?? "");
}

const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,/i;

/** A data URL as data, anything else with a scheme as a URL; bare base64 where the media type is told beside it. */
export function decodeUrl(url: string, mediaType?: string): Source {
  const data = DATA_URL.exec(url.slice(0, 200));
  if (data !== null) {
    const [beginning, type, isBase64] = data;
    const written = url.slice(beginning.length);
    const told = type || mediaType;
    if (isBase64 === undefined)
      return { from: "data", mediaType: usual(told ?? "text/plain"), base64: spelled(written) };
    return { from: "data", mediaType: usual(told ?? "application/octet-stream"), base64: written };
  }
  if (mediaType !== undefined && !/^https?:/i.test(url))
    return { from: "data", mediaType: usual(mediaType), base64: url };
  return { from: "url", url };
}

/** OpenAI takes a media type however it is written; others know it by its registered name alone. */
function usual(mediaType: string): string {
  const name = mediaType.toLowerCase();
  return name === "image/jpg" ? "image/jpeg" : name;
}

/** A data URL may also hold its text as it stands, or byte for byte as `%20`. https://www.rfc-editor.org/rfc/rfc2397 */
function spelled(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const unescaped = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(unescaped, "latin1").toString("base64");
}

export function encodeSource(source: Source): string {
  if (source.from === "data") return `data:${source.mediaType};base64,${source.base64}`;
  return source.from === "url" ? source.url : source.id;
}

/** Without a name a file is refused. https://github.com/openai/openai-agents-python/pull/1513 */
const UNNAMED = "file";

const SOUND = /^data:audio\/(?:x-)?([\w.+-]+)(?![\w.+-])[^,]*?;base64,/i;
/** Names of formats, where the media type has another. */
const FORMATS: Record<string, string> = { mpeg: "mp3", wave: "wav", "vnd.wave": "wav", mp4: "m4a" };

/**
 * A `file` part as the provider has it: the hosted gateway's own form in OpenAI's, and sounds and pictures, which it takes as files too
 * (contract 3.1.2), in the parts that OpenAI has for them.
 */
export function editFile(part: JsonObject, file: JsonObject, quirks: Quirks): JsonObject {
  const { type: _type, file: _file, ...rest } = part;
  const { data, media_type: mediaType, ...own } = file;
  const isHosted = typeof data === "string";
  const url = isHosted ? addressOf(data, stringAt(mediaType)) : (stringAt(file.file_data) ?? "");
  const sound = SOUND.exec(url.slice(0, 200));
  if (sound !== null) {
    const [beginning, named = ""] = sound;
    const format = FORMATS[named.toLowerCase()] ?? named.toLowerCase();
    return { type: "input_audio", input_audio: { data: url.slice(beginning.length), format }, ...rest };
  }
  const isPicture = /^data:image\//i.test(url) || (isHosted && mediaType?.toString().startsWith("image/"));
  if (isPicture) return { type: "image_url", image_url: { url }, ...rest };
  if (quirks.has("document-url") && url !== "")
    return { type: "document_url", document_url: url, ...jsonObject({ document_name: file.filename }), ...rest };
  const named = /^data:/i.test(url) && typeof file.filename !== "string" ? { filename: UNNAMED } : {};
  if (!isHosted) return "filename" in named ? { ...part, file: { ...file, ...named } } : part;
  return { ...part, file: { ...own, ...named, file_data: url } };
}

function addressOf(data: string, mediaType = "application/octet-stream"): string {
  return /^(?:data|https?):/i.test(data) ? data : `data:${mediaType};base64,${data}`;
}
