import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** A JSON Web Token (RFC 7519) in its three parts, read and not yet believed. */
export interface IdToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: JsonObject;
  /** What the signature is of. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** Some list the groups of a person. All header fields of a request together may have 16 KiB. */
const LONGEST = 12_288;
/** An object in base64url, and two dots: no key of ours has any. */
const SHAPE = /^ey[^.]*\.[^.]*\.[^.]*$/;
const PART = /^[A-Za-z0-9_-]+$/;
/** What a token that lets somebody in may call itself (RFC 8725, 3.11). Others are made for something else. */
const TYPES = new Set(["jwt", "at+jwt", "application/at+jwt"]);

/** Whether a text could be a token at all. */
export function isTokenShaped(text: string): boolean {
  return text.startsWith("ey") && SHAPE.test(text);
}

/** @throws GatewayError `invalid_token` that says which rule it breaks, and nothing of what is in it */
export function readToken(text: string): IdToken {
  if (text.length > LONGEST) throw tokenFault("it is too long");
  const parts = text.split(".");
  const [head, body, proof] = parts;
  if (head === undefined || body === undefined || proof === undefined || parts.length !== 3)
    throw tokenFault("it is not three parts with dots between them");
  const header = objectIn(head, "header");
  const { alg, kid, typ } = header;
  if (typeof alg !== "string") throw tokenFault("its header names no algorithm");
  if (kid !== undefined && typeof kid !== "string") throw tokenFault("the `kid` of its header is no text");
  // What a token says that its reader must understand (RFC 7515, 4.1.11): nothing of the kind is understood here.
  for (const name of ["crit", "b64", "cty", "zip", "enc"])
    if (Object.hasOwn(header, name)) throw tokenFault(`its header has \`${name}\`, which is not taken here`);
  if (typ !== undefined && !(typeof typ === "string" && TYPES.has(typ.toLowerCase())))
    throw tokenFault("the `typ` of its header is not that of a token that lets somebody in");
  const signature = bytesIn(proof, "signature");
  return { algorithm: alg, keyId: kid, claims: objectIn(body, "payload"), signed: `${head}.${body}`, signature };
}

/** A refusal of a token. The words may be told to whoever shows it. */
export function tokenFault(reason: string): GatewayError {
  return new GatewayError("invalid_token", `The OIDC token is refused: ${reason}.`);
}

function bytesIn(part: string, what: string): Buffer {
  const bytes = PART.test(part) ? Buffer.from(part, "base64url") : undefined;
  // Of several ways to write the same bytes only one is taken.
  if (bytes === undefined || bytes.toString("base64url") !== part) throw tokenFault(`its ${what} is not base64url`);
  return bytes;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function objectIn(part: string, what: string): JsonObject {
  const bytes = bytesIn(part, what);
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw tokenFault(`its ${what} is not JSON`);
  }
  if (!isObject(value)) throw tokenFault(`its ${what} is not a JSON object`);
  if (membersOf(value) !== membersIn(text)) throw tokenFault(`its ${what} has a member twice`);
  return value;
}

/** Names in a text of JSON: outside of strings a colon stands behind each, and nowhere else. */
function membersIn(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

/** Names in a parsed value: of two that are alike one is left. */
function membersOf(value: JsonValue): number {
  let members = 0;
  // Without recursion: there may be thousands within each other.
  for (const rest: (JsonValue | undefined)[] = [value]; rest.length > 0; ) {
    const one = rest.pop();
    if (typeof one !== "object" || one === null) continue;
    const inner = Object.values(one);
    if (!Array.isArray(one)) members += inner.length;
    rest.push(...inner);
  }
  return members;
}
