import { Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import { free } from "../core/free.ts";
import { isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { pathText } from "../wires/shape.ts";
import { duplicateIn, type JsonLimits, scanJson } from "./json-scan.ts";
import type { Load } from "./uploads.ts";

export interface BodyLimits extends JsonLimits {
  readonly bytes: number;
  /** How long the body may take to arrive. */
  readonly milliseconds: number;
}

declare global {
  /** ES2026, in Bun since 1.4; not yet in TypeScript's library. https://github.com/tc39/proposal-json-parse-with-source */
  interface JSON {
    rawJSON(text: string): { rawJSON: string };
    parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): JsonValue;
  }
}

/**
 * Reads the body of a request as one JSON object, within the limits.
 * Whole numbers that a double would change, and what is too large for one, keep their spelling (`JSON.rawJSON`), so that
 * what is passed on is what was sent. Further digits of a fraction nobody reads.
 * @param load is told what is held of a large one
 * @throws GatewayError `unsupported_media_type`, `request_too_large`, `request_timeout`, `invalid_json`, `overloaded`, `rate_limit_exceeded`
 */
export function readJson(request: Request, limits: BodyLimits, load?: Load): Promise<JsonObject> {
  checkType(request.headers);
  return readBytes(request, limits, (bytes) => parseBody(bytes, limits), load);
}

function parseBody(bytes: Uint8Array, limits: BodyLimits): JsonObject {
  if (bytes.length === 0) throw new GatewayError("invalid_json", "The body is empty; send one JSON object.");
  const { members, longNumbers } = scanJson(bytes, limits);
  const text = decode(bytes);
  const body = parse(text, longNumbers);
  if (!isObject(body)) throw new GatewayError("invalid_json", "The body must be one JSON object.");
  if (countMembers(body) < members) {
    const param = pathText(duplicateIn(bytes) ?? []);
    throw new GatewayError("invalid_json", `The body names ${JSON.stringify(param)} twice; name it once.`, { param });
  }
  const half = text.includes("\\u") && SURROGATE.test(text) ? halfPairIn(body) : undefined;
  if (half !== undefined) {
    const param = pathText(half.reverse());
    const message = `${JSON.stringify(param)} holds half of a surrogate pair; send whole characters.`;
    throw new GatewayError("invalid_json", message, { param });
  }
  return body;
}

/** Most requests say it in one way. */
let lastGoodType: string | null = null;

function checkType(headers: Headers): void {
  const type = headers.get("content-type");
  if (type !== lastGoodType && type !== null && !/^application\/(json|[a-z0-9.-]+\+json)\s*(;|$)/i.test(type)) {
    throw new GatewayError(
      "unsupported_media_type",
      `Send "content-type: application/json", not ${JSON.stringify(type.slice(0, 80))}.`,
    );
  }
  lastGoodType = type;
  mustBePlain(headers);
}

/** @throws GatewayError `unsupported_media_type` for a body that is packed */
export function mustBePlain(headers: Headers): void {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new GatewayError("unsupported_media_type", "Send the body without content-encoding.");
  }
}

/** How long a body may take, and how much longer for what has come of it: whoever is slower holds a connection for nothing. */
const PATIENCE_MS = 12_000;
const BYTES_A_MS = 16;
/** From here on they are counted as they come; for smaller ones that costs more than all the rest of reading them. */
const LARGE = 256 * 1024;

/** What `parse` makes of the bytes, which are counted as they are read where no length was told, or a great one. */
export function readBytes<T>(
  request: Request,
  limits: BodyLimits,
  parse: (bytes: Uint8Array) => T,
  load?: Load,
): Promise<T> {
  const told = request.headers.get("content-length");
  if (told !== null && Number(told) > limits.bytes) throw tooLarge(limits);
  const isLarge = told === null || Number(told) > LARGE;
  if (isLarge) load?.expect(Number(told ?? 0));
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let allowed = Math.min(limits.milliseconds, PATIENCE_MS);
    const late = new Deadline(began + allowed, () =>
      reject(new GatewayError("request_timeout", `The body did not arrive within ${allowed} ms.`)),
    );
    const came = (size: number) => {
      allowed = Math.min(limits.milliseconds, PATIENCE_MS + Math.floor(size / BYTES_A_MS));
      late.move(began + allowed);
      if (size > LARGE) load?.came(size);
    };
    const arrived = (bytes: Uint8Array) => {
      late.clear();
      try {
        resolve(parse(bytes));
      } catch (thrown) {
        reject(thrown);
      }
    };
    const broken = (cause: unknown) => {
      late.clear();
      const error = new GatewayError("invalid_json", "The body could not be read to its end.", { cause });
      reject(cause instanceof GatewayError ? cause : error);
    };
    (isLarge ? readCounted(request, limits, came, Number(told ?? 0)) : request.bytes()).then(arrived, broken);
  });
}

/**
 * Room is made for what has come, and three times as much: what a client says that it will send is not here yet.
 * @param came hears how much there is
 * @param told bytes that there will be, 0 where nobody says: no more room is made than for these
 */
async function readCounted(
  request: Request,
  limits: BodyLimits,
  came: (size: number) => void,
  told: number,
): Promise<Uint8Array> {
  let room = Buffer.alloc(0);
  let size = 0;
  for await (const piece of request.body ?? []) {
    const at = size;
    size += piece.length;
    try {
      if (size > limits.bytes) throw tooLarge(limits);
      came(size);
    } catch (thrown) {
      free(room);
      throw thrown;
    }
    if (size > room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, Math.min(4 * size, told || limits.bytes)));
      larger.set(room.subarray(0, at));
      // Many uploads at once would be held twice.
      free(room);
      room = larger;
    }
    room.set(piece, at);
  }
  return room.subarray(0, size);
}

function tooLarge(limits: BodyLimits): GatewayError {
  return new GatewayError("request_too_large", `The body is larger than ${limits.bytes} bytes.`);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new GatewayError("invalid_json", "The body is not UTF-8.");
  }
  if (text.startsWith("\uFEFF"))
    throw new GatewayError("invalid_json", "The body begins with a byte order mark; send UTF-8 without one.");
  return text;
}

function parse(text: string, longNumbers: boolean): JsonValue {
  try {
    return longNumbers ? JSON.parse(text, keepSpelling) : JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^JSON Parse error: /, "") : "";
    throw new GatewayError("invalid_json", `The body is not JSON: ${reason.slice(0, 200)}`);
  }
}

const WHOLE = /^-?[1-9]\d*$/;

/** A number that a double would make another one, as it was spelled. */
function keepSpelling(_name: string, value: unknown, context: { source?: string }): unknown {
  const { source } = context;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return WHOLE.test(source) || !Number.isFinite(value) ? JSON.rawJSON(source) : value;
}

function countMembers(value: JsonValue | undefined): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const element of value) count += countMembers(element);
  else if (Object.getPrototypeOf(value) !== null) for (const name in value) count += 1 + countMembers(value[name]);
  return count;
}

/**
 * @throws GatewayError `invalid_request` for what is kept here, and not passed on, and would be another, or be lost: a number that a
 * double would change, a member `__proto__`
 */
export function mustKeep(body: JsonObject): void {
  const [long, lost] = [longNumberIn(body), lostNameIn(body)];
  const path = long ?? lost;
  if (path === undefined) return;
  const param = pathText(path.reverse());
  const why =
    long === undefined
      ? "has a name that cannot be kept; choose another"
      : "is a number that is too large, or has too many digits, to be kept as it stands";
  throw new GatewayError("invalid_request", `${JSON.stringify(param.slice(0, 200))} ${why}.`, { param });
}

/** What sets an object's prototype wherever it is assigned: whoever copies member by member loses it. */
const LOST = "__proto__";

/** Where a member has such a name, from the inside out. */
function lostNameIn(value: JsonValue | undefined): (string | number)[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, LOST)) return [LOST];
  for (const [name, inner] of Object.entries(value)) {
    const found = lostNameIn(inner);
    if (found !== undefined) return [...found, Array.isArray(value) ? Number(name) : name];
  }
  return undefined;
}

/** Where a number kept its spelling, from the inside out. */
function longNumberIn(value: JsonValue | undefined): (string | number)[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.getPrototypeOf(value) === null) return [];
  for (const [name, inner] of Object.entries(value)) {
    const found = longNumberIn(inner);
    if (found !== undefined) return [...found, Array.isArray(value) ? Number(name) : name];
  }
  return undefined;
}

/** An escape that is half of a pair, whether or not the other half follows. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** Where a string holds half of a pair, from the inside out: that is no character, and no provider reads it as one. */
function halfPairIn(value: JsonValue | undefined): (string | number)[] | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = halfPairIn(value[i]);
      if (found !== undefined) return [...found, i];
    }
  } else if (Object.getPrototypeOf(value) !== null) {
    for (const name in value) {
      const found = halfPairIn(name) ?? halfPairIn(value[name]);
      if (found !== undefined) return [...found, name];
    }
  }
  return undefined;
}
