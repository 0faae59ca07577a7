import { GatewayError } from "../../core/error.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../../core/request.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
const IMAGES: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/csv": "csv",
  "text/html": "html",
  "text/markdown": "md",
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_VideoBlock.html */
const VIDEOS: Readonly<Record<string, string>> = {
  "video/x-matroska": "mkv",
  "video/quicktime": "mov",
  "video/mp4": "mp4",
  "video/webm": "webm",
  "video/x-flv": "flv",
  "video/mpeg": "mpeg",
  "video/x-ms-wmv": "wmv",
  "video/3gpp": "three_gp",
};

const ENDINGS: Readonly<Record<string, string>> = { jpg: "jpeg", htm: "html", "3gp": "three_gp" };

/** The one kind of address that is passed on: a file in AWS's own store. */
export function isStored(url: string): boolean {
  return url.startsWith("s3://");
}

/** Images and files of one request, sent as bytes. Documents need a name, and no two may have the same. */
export class Sources {
  private readonly names = new Set<string>();

  image(source: Source): JsonObject {
    const format = source.from === "data" ? IMAGES[source.mediaType] : endingOf(source);
    if (format === undefined) throw cannotTake(source);
    return { image: { format, source: bytesOf(source) } };
  }

  /** A document, an image or a video, whatever the bytes are. */
  file(source: Source, filename: string | undefined): JsonObject {
    if (source.from !== "data") {
      const format = endingOf(source);
      if (Object.values(VIDEOS).includes(format)) return { video: { format, source: bytesOf(source) } };
      return { document: { format, name: this.name(filename), source: bytesOf(source) } };
    }
    if (IMAGES[source.mediaType] !== undefined) return this.image(source);
    const video = VIDEOS[source.mediaType];
    if (video !== undefined) return { video: { format: video, source: bytesOf(source) } };
    const format = DOCUMENTS[source.mediaType] ?? (source.mediaType.startsWith("text/") ? "txt" : undefined);
    if (format === undefined) throw cannotTake(source);
    return { document: { format, name: this.name(filename), source: bytesOf(source) } };
  }

  /** Letters, digits, single spaces, hyphens, parentheses and brackets, without the ending that `format` says. */
  private name(filename = "document"): string {
    const name = filename
      .replace(/\.[a-zA-Z0-9]{1,5}$/, "")
      .replace(/[^a-zA-Z0-9()[\]-]+/g, " ")
      .trim()
      .slice(0, 190);
    const base = name === "" ? "document" : name;
    let free = base;
    for (let i = 2; this.names.has(free); i++) free = `${base} ${i}`;
    this.names.add(free);
    return free;
  }
}

function bytesOf(source: Source): JsonObject {
  if (source.from === "data") return { bytes: source.base64 };
  if (source.from === "url" && isStored(source.url)) return { s3Location: { uri: source.url } };
  throw cannotTake(source);
}

/** What the end of a stored file's name says it is. */
function endingOf(source: Source): string {
  if (source.from !== "url" || !isStored(source.url)) throw cannotTake(source);
  const ending = /\.([a-z0-9]+)$/i.exec(source.url)?.[1]?.toLowerCase() ?? "";
  return ENDINGS[ending] ?? ending;
}

function cannotTake(source: Source): GatewayError {
  const what =
    source.from === "data"
      ? `files of type ${JSON.stringify(source.mediaType)}`
      : source.from === "url"
        ? "files by their address"
        : "files that were uploaded to another provider";
  return new GatewayError("unsupported", `The model cannot take ${what}.`, { param: "messages" });
}
