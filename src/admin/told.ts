import type { JsonObject } from "../core/json.ts";

/** What a route answers. */
export interface Told {
  readonly status: number;
  readonly body: JsonObject;
  /** What is told in its place, where that is no JSON. */
  readonly text?: { readonly type: string; readonly content: string | ReadableStream<Uint8Array> };
  /** What is told in its place, where that is served as a client's request is. */
  readonly reply?: Response;
  /** Header fields that the reply has beside the usual ones. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What a browser is to keep: a `set-cookie` each. */
  readonly cookies?: readonly string[];
}

/** Of a list without pages. */
export const WHOLE = { has_more: false, next: null } as const;

/** What was asked for. */
export function ok(body: JsonObject): Told {
  return { status: 200, body };
}

/** The same in the words of the contract, whose types are closed. */
export function answered(body: object): Told {
  return { status: 200, body: body as JsonObject };
}
