/**
 * Edits JSON where it stands: finds the bytes of members without parsing the values between them, so that what a
 * provider wrote is what the client reads, number spellings, escapes and white space included.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** From the first byte to behind the last. */
export interface Span {
  start: number;
  end: number;
}

/** The members of one object: where each value stands, and where a further member could be added. */
export interface Members {
  values: Map<string, Span>;
  /** Index of the closing brace. */
  close: number;
}

/**
 * The members of the object that begins at `start` (white space before it allowed).
 * `undefined` when there is no object there, or a key has escapes, or stands twice, or the text breaks off: the caller then parses.
 */
export function membersOf(bytes: Buffer, start = 0): Members | undefined {
  let at = skipSpace(bytes, start);
  if (bytes[at] !== OPEN_BRACE) return undefined;
  const values = new Map<string, Span>();
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return { values, close: at };
  for (;;) {
    if (bytes[at] !== QUOTE) return undefined;
    const keyEnd = endOfString(bytes, at);
    if (keyEnd < 0) return undefined;
    const key = asciiKey(bytes, at + 1, keyEnd - 1);
    if (key === undefined || values.has(key)) return undefined;
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== COLON) return undefined;
    const value = valueAt(bytes, at + 1);
    if (value === undefined) return undefined;
    values.set(key, value);
    at = skipSpace(bytes, value.end);
    if (bytes[at] === CLOSE_BRACE) return { values, close: at };
    if (bytes[at] !== COMMA) return undefined;
    at = skipSpace(bytes, at + 1);
  }
}

/** The elements of the array that begins at `start`, or `undefined` where there is none. */
export function elementsOf(bytes: Buffer, start: number): Span[] | undefined {
  let at = skipSpace(bytes, start);
  if (bytes[at] !== OPEN_BRACKET) return undefined;
  const elements: Span[] = [];
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACKET) return elements;
  for (;;) {
    const value = valueAt(bytes, at);
    if (value === undefined) return undefined;
    elements.push(value);
    at = skipSpace(bytes, value.end);
    if (bytes[at] === CLOSE_BRACKET) return elements;
    if (bytes[at] !== COMMA) return undefined;
    at++;
  }
}

export interface Edit {
  /** What is replaced; an empty span inserts. */
  at: Span;
  text: string;
}

/** The bytes with the edits made. Edits must not overlap; their order does not matter. */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { at, text } of edits.toSorted((a, b) => a.at.start - b.at.start)) {
    pieces.push(bytes.subarray(from, at.start), Buffer.from(text));
    from = at.end;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}

/** The edit that sets a member: in place where it exists, at the end of the object where it does not. */
export function setMember(members: Members, key: string, json: string): Edit {
  const value = members.values.get(key);
  if (value !== undefined) return { at: value, text: json };
  const comma = members.values.size === 0 ? "" : ",";
  return { at: { start: members.close, end: members.close }, text: `${comma}${JSON.stringify(key)}:${json}` };
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** Where the value at (or after white space from) `from` stands. */
function valueAt(bytes: Buffer, from: number): Span | undefined {
  const start = skipSpace(bytes, from);
  const first = bytes[start];
  if (first === undefined) return undefined;
  if (first === QUOTE) return span(start, endOfString(bytes, start));
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return span(start, endOfNested(bytes, start));
  let end = start;
  while (isScalar(bytes[end])) end++;
  return end === start ? undefined : { start, end };
}

function span(start: number, end: number): Span | undefined {
  return end < 0 ? undefined : { start, end };
}

/** Letters, digits, sign, point: what `true`, `null` and numbers are made of. */
function isScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}

/** Index behind the closing quote of the string that opens at `open`, or -1. */
function endOfString(bytes: Buffer, open: number): number {
  let quote = bytes.indexOf(QUOTE, open + 1);
  while (quote >= 0) {
    let before = quote - 1;
    while (bytes[before] === BACKSLASH) before--;
    if ((quote - 1 - before) % 2 === 0) return quote + 1;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  return -1;
}

/** Index behind the bracket that closes the one at `open`, or -1. */
function endOfNested(bytes: Buffer, open: number): number {
  let depth = 0;
  for (let at = open; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function asciiKey(bytes: Buffer, start: number, end: number): string | undefined {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return undefined;
  }
  return bytes.toString("latin1", start, end);
}
