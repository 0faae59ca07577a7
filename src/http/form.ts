import type { Upload } from "../core/ask.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import type { Call } from "../gateway/call.ts";
import type { Inbound } from "../wires/wire.ts";
import { type BodyLimits, mustBePlain, readBytes, readJson } from "./body.ts";
import type { Load } from "./uploads.ts";

/** Fields and files of one form. */
const PARTS = 1000;
/** Bytes of what stands above a field or a file. */
const HEAD = 4096;

const FORM = /^multipart\/form-data\s*(;|$)/i;

/** How the body of a request is read: as JSON, or as a form where the door takes one and one is sent. @param load is told what is held of a large one */
export function bodyOf(
  request: Request,
  { takesForms, isBase64 }: Inbound,
  told: BodyLimits,
  load?: Load,
): Pick<Call, "body" | "files"> {
  const limits = isBase64 === true ? { ...told, bytes: largestOf(told) } : told;
  const asJson = (caller: string) => {
    load?.belongsTo(caller);
    return readJson(request, limits, load);
  };
  if (takesForms !== true) return { body: asJson };
  const type = request.headers.get("content-type") ?? "";
  if (!FORM.test(type)) return { body: asJson };
  const files: Upload[] = [];
  const body = (caller: string) => {
    load?.belongsTo(caller);
    return readForm({ request, limits, load }, type, files);
  };
  return { files, body };
}

/** Bytes of the largest body that any door takes. */
export function largestOf({ bytes }: BodyLimits): number {
  return Math.ceil((bytes * 4) / 3);
}

interface Sent {
  readonly request: Request;
  readonly limits: BodyLimits;
  readonly load: Load | undefined;
}

/**
 * Reads a form (RFC 7578) within the limits: its fields as texts, those called `name[]` as lists; `null` for none that is empty.
 * @param files gets what came with a file's name, as it came
 * @throws GatewayError `invalid_request`, `unsupported_media_type`, `request_too_large`, `request_timeout`, `overloaded`, `rate_limit_exceeded`
 */
async function readForm({ request, limits, load }: Sent, type: string, files: Upload[]): Promise<JsonObject> {
  mustBePlain(request.headers);
  const boundary = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined)
    throw malformed(`names no boundary in its content-type (${JSON.stringify(type.slice(0, 100))})`);
  const parsed = (bytes: Uint8Array) =>
    parseForm(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), mark, files);
  return readBytes(request, limits, parsed, load);
}

function parseForm(bytes: Buffer, boundary: string, files: Upload[]): JsonObject {
  const body: JsonObject = {};
  const mark = Buffer.from(`\r\n--${boundary}`);
  // The first may stand at the very beginning.
  const first = bytes.indexOf(mark.subarray(2));
  if (first !== 0 && bytes.indexOf(mark) + 2 !== first) throw malformed("does not begin with its boundary");
  let at = first < 0 ? -1 : first + mark.length - 2;
  if (at < 0) throw malformed("does not begin with its boundary");
  for (let parts = 0; ; parts++) {
    if (bytes.toString("latin1", at, at + 2) === "--") return body;
    if (parts >= PARTS) throw malformed(`has more than ${PARTS} fields`);
    const lineEnd = bytes.indexOf("\r\n", at);
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    const end = headEnd < 0 ? -1 : bytes.indexOf(mark, headEnd + 2);
    if (lineEnd < 0 || headEnd < 0 || end < 0 || headEnd - at > HEAD) throw malformed("breaks off before its end");
    const head = bytes.toString("utf8", lineEnd + 2, headEnd);
    // A field that is empty may have the line of the boundary right below its head.
    take(body, files, head, bytes.subarray(Math.min(headEnd + 4, end), end));
    at = end + mark.length;
  }
}

function take(body: JsonObject, files: Upload[], head: string, value: Buffer): void {
  const disposition = /^content-disposition:[ \t]*form-data[ \t]*;(.*)$/im.exec(head)?.[1];
  const name = disposition === undefined ? undefined : parameter(disposition, "name");
  if (disposition === undefined || name === undefined) throw malformed("has a field without a name");
  const fileName = parameter(disposition, "filename");
  if (fileName !== undefined) {
    const mediaType = /^content-type:[ \t]*([^\r\n]+)$/im.exec(head)?.[1]?.trim() ?? "application/octet-stream";
    files.push({ field: name, name: fileName, mediaType, bytes: value });
    return;
  }
  const text = decode(value, name);
  if (name.endsWith("[]")) {
    const list = name.slice(0, -2);
    const known = Object.hasOwn(body, list) ? body[list] : undefined;
    if (Array.isArray(known)) known.push(text);
    else if (known !== undefined) throw twice(list);
    else define(body, list, [text]);
  } else if (Object.hasOwn(body, name)) throw twice(name);
  else define(body, name, text);
}

const PARAMETERS = {
  name: /(?:^|;)[ \t]*name=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i,
  filename: /(?:^|;)[ \t]*filename=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i,
};

function parameter(disposition: string, name: keyof typeof PARAMETERS): string | undefined {
  const found = PARAMETERS[name].exec(disposition);
  const told = found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2];
  return told
    ?.replace(/%22/g, '"')
    .replace(/%0[Dd]/g, "\r")
    .replace(/%0[Aa]/g, "\n");
}

/** Whatever it is called: `__proto__` too. */
function define(body: JsonObject, name: string, value: JsonObject[string]): void {
  Object.defineProperty(body, name, { value, enumerable: true, writable: true, configurable: true });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(value: Buffer, name: string): string {
  try {
    return utf8.decode(value);
  } catch {
    const param = name.slice(0, 100);
    throw new GatewayError("invalid_request", `${JSON.stringify(param)} is not UTF-8.`, { param });
  }
}

function twice(name: string): GatewayError {
  const param = name.slice(0, 100);
  return new GatewayError("invalid_request", `The form names ${JSON.stringify(param)} twice; name it once.`, { param });
}

function malformed(how: string): GatewayError {
  return new GatewayError("invalid_request", `The form ${how}.`);
}
