import { type JsonObject, stringAt } from "../../core/json.ts";
import type { Source } from "../../core/request.ts";

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
    if (isBase64 === undefined)
      return { from: "data", mediaType: type || mediaType || "text/plain", base64: spelled(written) };
    return { from: "data", mediaType: type || mediaType || "application/octet-stream", base64: written };
  }
  if (mediaType !== undefined && !/^https?:/i.test(url)) return { from: "data", mediaType, base64: url };
  return { from: "url", url };
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
