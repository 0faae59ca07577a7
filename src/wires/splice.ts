import { type ByteText, utf8ByteText } from "./byte-text.ts";

/**
 * Edits JSON where it stands: finds the members of objects without parsing the values between them, so that what a
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

/** From the first character to behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The members of one object: where each value stands, and where a further member could be added. */
export interface Members {
  readonly values: ReadonlyMap<string, Span>;
  /** Index of the closing brace. */
  readonly close: number;
}

/**
 * The members of the object that begins at `start` (white space before it allowed). `undefined` when there is no object
 * there, or a key has escapes, or stands twice, or the text breaks off: the caller then parses.
 */
export function membersOf(text: ByteText, start = 0): Members | undefined {
  let at = skipSpace(text, start);
  if (text.charCodeAt(at) !== OPEN_BRACE) return undefined;
  const values = new Map<string, Span>();
  at = skipSpace(text, at + 1);
  if (text.charCodeAt(at) === CLOSE_BRACE) return { values, close: at };
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) return undefined;
    const keyEnd = endOfString(text, at);
    if (keyEnd < 0) return undefined;
    const key = text.slice(at + 1, keyEnd - 1);
    if (key.includes("\\") || values.has(key)) return undefined;
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== COLON) return undefined;
    const value = valueAt(text, at + 1);
    if (value === undefined) return undefined;
    values.set(key, value);
    at = skipSpace(text, value.end);
    if (text.charCodeAt(at) === CLOSE_BRACE) return { values, close: at };
    if (text.charCodeAt(at) !== COMMA) return undefined;
    at = skipSpace(text, at + 1);
  }
}

/** The members of the object that comes first in the array which begins at `start`. */
export function firstMembersOf(text: ByteText, start: number): Members | undefined {
  const at = skipSpace(text, start);
  return text.charCodeAt(at) === OPEN_BRACKET ? membersOf(text, at + 1) : undefined;
}

export interface Edit {
  /** What is replaced; an empty span inserts. */
  readonly at: Span;
  /** Ordinary text. */
  readonly text: string;
}

/** The text with the edits made. Edits must not overlap; their order does not matter. */
export function splice(bytes: ByteText, edits: readonly Edit[]): ByteText {
  let spliced = "";
  let from = 0;
  for (const { at, text } of edits.toSorted((a, b) => a.at.start - b.at.start)) {
    spliced += bytes.slice(from, at.start) + utf8ByteText(text);
    from = at.end;
  }
  return spliced + bytes.slice(from);
}

/** The edit that sets a member: in place where it exists, at the end of the object where it does not. */
export function setMember(members: Members, key: string, json: string): Edit {
  const value = members.values.get(key);
  if (value !== undefined) return { at: value, text: json };
  const comma = members.values.size === 0 ? "" : ",";
  return { at: { start: members.close, end: members.close }, text: `${comma}"${key}":${json}` };
}

function skipSpace(text: ByteText, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** Where the value at (or after white space from) `from` stands. */
function valueAt(text: ByteText, from: number): Span | undefined {
  const start = skipSpace(text, from);
  const first = text.charCodeAt(start);
  if (first === QUOTE) return span(start, endOfString(text, start));
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return span(start, endOfNested(text, start));
  let end = start;
  while (isScalar(text.charCodeAt(end))) end++;
  return end === start ? undefined : { start, end };
}

function span(start: number, end: number): Span | undefined {
  return end < 0 ? undefined : { start, end };
}

/** Letters, digits, sign, point: what `true`, `null` and numbers are made of. NaN, behind the end, is none of them. */
function isScalar(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    code === 0x45
  );
}

/** Index behind the closing quote of the string that opens at `open`, or -1. */
function endOfString(text: ByteText, open: number): number {
  let quote = text.indexOf('"', open + 1);
  while (quote >= 0) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - 1 - before) % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

/** Index behind the bracket that closes the one at `open`, or -1. */
function endOfNested(text: ByteText, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at) - 1;
      if (at < 0) return -1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
