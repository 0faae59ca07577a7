import { randomBytes } from "node:crypto";
import type { Upload } from "../core/ask.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";

/** A body of fields and files, ready to send. */
export interface Form {
  readonly contentType: string;
  /** What it is made of, in order. Files are not copied. */
  readonly parts: readonly Uint8Array[];
  /** Bytes of all of them. */
  readonly length: number;
  /** All in one: a copy, made anew each time. */
  readonly bytes: Uint8Array;
}

/** As `multipart/form-data` (RFC 7578): a list is a field called `name[]` for each of its members, an object is JSON. */
export function encodeForm(fields: JsonObject, files: readonly Upload[]): Form {
  // Nobody who has not seen it can write it into a field.
  const boundary = `headgate-${randomBytes(18).toString("hex")}`;
  const parts: Uint8Array[] = [];
  const add = (head: string, value: Uint8Array) =>
    parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`), value, LINE);
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const one of value) add(`name="${quoted(`${name}[]`)}"`, written(one));
    else add(`name="${quoted(name)}"`, written(value));
  }
  for (const { field, name, mediaType, bytes } of files)
    add(`name="${quoted(field)}"; filename="${quoted(name)}"\r\ncontent-type: ${line(mediaType)}`, bytes);
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    parts,
    length,
    get bytes() {
      return Buffer.concat(parts, length);
    },
  };
}

const LINE = Buffer.from("\r\n");

function written(value: JsonValue): Uint8Array {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

/** As browsers write a name: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function quoted(name: string): string {
  return name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22");
}

function line(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}
