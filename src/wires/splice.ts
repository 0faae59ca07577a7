import { type ByteText, sendable, utf8ByteText } from "../core/byte-text.ts";
import type { JsonValue } from "../core/json.ts";

/**
 * Edits JSON where it stands: finds members in one pass, without parsing what lies between, so that what a provider
 * wrote is what the client reads, number spellings, escapes and white space included. It trusts its input to be JSON: of
 * anything else it says that there is no object, or finds nonsense that a parser will refuse after it.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** There is nothing of the kind here. */
export const NOWHERE = -1;

/** From the first character to behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Visits the members of the object at `start` (white space before it allowed). `visit` gets each name and where its value
 * begins, and returns the index behind the value if it went through it, or `undefined` to have it skipped.
 * @returns the index of the closing brace, or {@link NOWHERE}
 */
export function eachMember(
  text: ByteText,
  start: number,
  visit: (name: string, value: number) => number | undefined,
): number {
  let at = skipSpace(text, start);
  if (text.charCodeAt(at) !== OPEN_BRACE) return NOWHERE;
  at = skipSpace(text, at + 1);
  if (text.charCodeAt(at) === CLOSE_BRACE) return at;
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) return NOWHERE;
    const nameEnd = endOfString(text, at);
    const colon = skipSpace(text, nameEnd);
    if (nameEnd < 0 || text.charCodeAt(colon) !== COLON) return NOWHERE;
    const value = skipSpace(text, colon + 1);
    const end = visit(text.slice(at + 1, nameEnd - 1), value) ?? endOfValue(text, value);
    if (end < 0) return NOWHERE;
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === CLOSE_BRACE) return at;
    if (text.charCodeAt(at) !== COMMA) return NOWHERE;
    at = skipSpace(text, at + 1);
  }
}

/**
 * Goes through the array at `start`; `visit` gets where the first element begins, and returns the index behind it.
 * @returns the index behind the array, or {@link NOWHERE}
 */
export function firstElement(text: ByteText, start: number, visit: (element: number) => number): number {
  if (text.charCodeAt(start) !== OPEN_BRACKET) return NOWHERE;
  const first = skipSpace(text, start + 1);
  if (text.charCodeAt(first) === CLOSE_BRACKET) return first + 1;
  const end = visit(first);
  return end < 0 ? NOWHERE : endOfNested(text, end, 1);
}

/** Index behind the value that begins here, or {@link NOWHERE}. */
export function endOfValue(text: ByteText, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(text, start, 0);
  let end = start;
  while (isScalar(text.charCodeAt(end))) end++;
  return end === start ? NOWHERE : end;
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

/** Sets a member to JSON: in place where it stands, before the closing brace of its (not empty) object where it does not. */
export function setMember(name: string, json: string, at: Span | undefined, close: number): Edit {
  if (at !== undefined) return { at, text: json };
  return { at: { start: close, end: close }, text: `,"${name}":${json}` };
}

/** A whole object, not empty, with these members set, ready to be sent. What is `undefined` stays as it is. */
export function withMembers(
  bytes: ByteText,
  members: Readonly<Record<string, JsonValue | undefined>>,
): string | Buffer {
  const spans = new Map<string, Span>();
  const close = eachMember(bytes, 0, (name, start) => {
    const end = endOfValue(bytes, start);
    spans.set(name, { start, end });
    return end;
  });
  const edits = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [setMember(name, JSON.stringify(value), spans.get(name), close)],
  );
  return sendable(splice(bytes, edits));
}

function skipSpace(text: ByteText, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
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

/** Index behind the closing quote of the string that opens at `open`, or {@link NOWHERE}. */
function endOfString(text: ByteText, open: number): number {
  let quote = text.indexOf('"', open + 1);
  while (quote >= 0) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - 1 - before) % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return NOWHERE;
}

/** Index behind the bracket that brings the depth from `depth`, at `from`, down to none, or {@link NOWHERE}. */
function endOfNested(text: ByteText, from: number, depth: number): number {
  let open = depth;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at) - 1;
      if (at < 0) return NOWHERE;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) open++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open--;
      if (open === 0) return at + 1;
    }
  }
  return NOWHERE;
}
