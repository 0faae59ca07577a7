import { GatewayError } from "../core/error.ts";

/** How much JSON a body may hold, beside its bytes. */
export interface JsonLimits {
  /** Arrays and objects within each other. */
  readonly depth: number;
  /** Values and member names; a name counts as four, since that is about what it costs. */
  readonly tokens: number;
}

export interface JsonFacts {
  /** Member names in the text: a parsed tree that has fewer has lost a duplicate. */
  members: number;
  /** Some number may be more than a double keeps. */
  longNumbers: boolean;
}

const NAME_WEIGHT = 4;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Digits that every double keeps. */
const SAFE_DIGITS = 15;
/** `1e309` */
const SHORTEST_OVERFLOW = 5;

/**
 * Looks a body over before it is parsed, without building anything: one pass over the bytes, strings skipped.
 * Says nothing of whether the JSON is well-formed: the parser will.
 * @throws GatewayError `request_too_large` beyond the limits
 */
export function scanJson(bytes: Uint8Array, limits: JsonLimits): JsonFacts {
  let depth = 0;
  let members = 0;
  let separators = 1;
  let longNumbers = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      continue;
    }
    // `[` and `{`, `]` and `}` differ in one bit.
    const bracket = byte | 0x20;
    if (bracket === 0x7b) {
      if (++depth > limits.depth) throw tooMuch(`nested deeper than ${limits.depth} levels`);
      separators++;
    } else if (bracket === 0x7d) depth--;
    else if (byte === COLON) members++;
    else if (byte === COMMA) separators++;
    else if (byte >= 0x30 && byte <= 0x39) {
      const end = endOfNumber(bytes, at);
      if (end - at > SAFE_DIGITS || (end - at >= SHORTEST_OVERFLOW && hasExponent(bytes, at, end))) longNumbers = true;
      at = end - 1;
    }
    if (members * NAME_WEIGHT + separators > limits.tokens)
      throw tooMuch(`of more than ${limits.tokens} values, where a name counts as ${NAME_WEIGHT}`);
  }
  return { members, longNumbers };
}

function tooMuch(what: string): GatewayError {
  return new GatewayError("request_too_large", `The body is JSON ${what}. Send less in one request.`);
}

/** Where a member is named for the second time, from the outside in. Only ever looked for in well-formed JSON that is refused. */
export function duplicateIn(bytes: Uint8Array): (string | number)[] | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const open: { step: string | number; names: Set<string> }[] = [];
  let start = 0;
  let end = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      start = at;
      end = at = endOfString(bytes, at);
      continue;
    }
    const bracket = byte | 0x20;
    const inmost = open.at(-1);
    if (bracket === 0x7b) open.push({ step: 0, names: new Set() });
    else if (bracket === 0x7d) open.pop();
    else if (byte === COMMA && typeof inmost?.step === "number") inmost.step++;
    else if (byte === COLON && inmost !== undefined) {
      const written = text.toString("utf8", start, end + 1);
      const name: string = written.includes("\\") ? JSON.parse(written) : written.slice(1, -1);
      inmost.step = name;
      if (inmost.names.has(name)) return open.map(({ step }) => step);
      inmost.names.add(name);
    }
  }
  return undefined;
}

/** Index of the closing quote, or of the end. */
function endOfString(bytes: Uint8Array, open: number): number {
  const quote = bytes.indexOf(QUOTE, open + 1);
  if (quote < 0) return bytes.length;
  let before = quote - 1;
  while (bytes[before] === BACKSLASH) before--;
  if ((quote - before) % 2 === 1) return quote;
  // One that is escaped: others will follow, and a search for each would cost more than a look at every byte.
  for (let at = quote + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function hasExponent(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at]! | 0x20) === 0x65) return true;
  return false;
}

/** Index behind the digits, point and exponent. */
function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    const digit = byte !== undefined && byte >= 0x30 && byte <= 0x39;
    if (!digit && byte !== 0x2e && byte !== 0x65 && byte !== 0x45 && byte !== 0x2b && byte !== 0x2d) return at;
    at++;
  }
}
