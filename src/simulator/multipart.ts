import type { HttpRequest } from "./http.ts";
import type { Json, JsonObject } from "./json.ts";

/** A file in a form. */
export type FormFile = {
  filename: string;
  type: string;
  /** Each byte a character. */
  data: string;
};

/** A form as it was sent: its fields, and its files by the names of theirs. */
export type Form = {
  fields: JsonObject;
  files: Record<string, FormFile[]>;
};

/** Whether this content type is that of a form. */
export function isForm(type: string | undefined): boolean {
  return /^multipart\/form-data\s*;/i.test(type ?? "");
}

/** The fields of a request that is a form. */
export function fieldsOf(request: HttpRequest): JsonObject | undefined {
  return formIn(request)?.fields;
}

/** A request that is a form, as operations are told what was said. */
export function formAsked(request: HttpRequest): JsonObject | undefined {
  return formIn(request) as JsonObject | undefined;
}

/** The files of what was said, if it was a form. */
export function filesIn(said: JsonObject): Form["files"] {
  return (said as Partial<Form>).files ?? {};
}

function formIn({ headers, body }: HttpRequest): Form | undefined {
  const type = headers["content-type"] ?? "";
  return isForm(type) ? formOf(type, body) : undefined;
}

/** A form, each byte of it a character. `undefined` where it is none. https://www.rfc-editor.org/rfc/rfc7578 */
export function formOf(type: string, bytes: string): Form | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (boundary === null) return undefined;
  const line = `--${boundary[1] ?? boundary[2]}`;
  const form: Form = { fields: Object.create(null), files: Object.create(null) };
  const parts = `\r\n${bytes}`.split(`\r\n${line}`);
  if (!parts.at(-1)?.startsWith("--")) return undefined;
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf("\r\n\r\n");
    const head = part.slice(0, end);
    const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1];
    if (end < 0 || name === undefined) return undefined;
    const data = part.slice(end + 4);
    const filename = /filename="([^"]*)"/i.exec(head)?.[1];
    const kind = /^content-type:\s*(.*)$/im.exec(head)?.[1] ?? "";
    if (filename === undefined) put(form.fields, name, utf8(data));
    else form.files[name] = [...(form.files[name] ?? []), { filename: utf8(filename), type: kind.trim(), data }];
  }
  return form;
}

/** A name that ends in brackets stands for a list. */
function put(fields: JsonObject, name: string, value: string): void {
  if (!name.endsWith("[]")) {
    fields[name] = value;
    return;
  }
  const list = name.slice(0, -2);
  fields[list] = [...((fields[list] as Json[] | undefined) ?? []), value];
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}
