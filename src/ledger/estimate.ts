import type { Endpoint } from "../catalog/endpoint.ts";
import type { Tariff } from "../catalog/tariffs.ts";
import type { Ask } from "../core/ask.ts";
import { isObject, type JsonObject, type JsonValue, present } from "../core/json.ts";
import type { Price } from "../core/money.ts";
import { mergeUsage, partsWithin, UNITS, type Usage } from "../core/usage.ts";
import { dataTokens } from "./data-size.ts";
import { picturesOf } from "./dearer.ts";
import { searchSizes } from "./offered-tools.ts";

/** Bytes of text that make about one token, for models of every vendor; good to a third. */
export const BYTES_PER_TOKEN = 4;

/** Beyond this length ASCII without a space is data where files stand. Elsewhere whatever stands is read, as words or not. */
const WORD_CAP = 2000;
const NO_DATA = /[^!-~]/;

export interface Estimate {
  usage: Usage;
  /** Something in it is a guess, or costs nobody knows how much. */
  estimated: boolean;
}

/** Of sound that is listened to: https://platform.openai.com/docs/pricing has $2.50 a million of GPT-4o Transcribe's, and $0.006 a minute for all. */
const TOKENS_PER_SECOND = 10;

/**
 * What was used for a request, told or guessed. A guess is also what pictures cost that a model made of which nobody knows which, and
 * containers, which are paid by the minute since 2026-06-02 (https://developers.openai.com/api/docs/changelog): nobody tells how many.
 */
export function usedBy(
  ask: Pick<Ask, "body" | "most" | "unheard">,
  told: Usage | undefined,
  contentBytes: number,
  { price, tariff = {} }: Partial<Pick<Endpoint, "price" | "tariff">> = {},
): Estimate {
  const units = ask.most === undefined ? undefined : unitsUsed(told, ask.most, price, contentBytes);
  if (units !== undefined) return units;
  const all = completeUsage(told ?? ask.unheard, ask.body, contentBytes, ask.most?.seconds);
  const { picture_drawn: drawn, containers } = all.usage;
  const isKnown = drawn === undefined || picturesOf(tariff, ask)?.isTold === true;
  const untold = requestOf(all.usage, ask.body, price) ?? unaskedOf(all.usage, tariff);
  if (untold !== undefined) return { usage: { ...all.usage, ...untold }, estimated: true };
  return isKnown && containers === undefined ? all : { ...all, estimated: true };
}

/** The request itself, where that has a price and nobody tells it: who is cut off before the end is not told. */
function requestOf(usage: Usage, body: JsonObject, price: Price | undefined): Usage | undefined {
  if (price?.rates.requests_low === undefined || REQUESTS.some((meter) => usage[meter] !== undefined)) return undefined;
  const size = searchSizes(body).find((one) => REQUESTS.some((meter) => meter === `requests_${one}`)) ?? "low";
  return { [`requests_${size}`]: 1 };
}

/** What a model looks up for every request, where nobody tells how often it did. */
function unaskedOf(usage: Usage, { unasked }: Tariff): Usage | undefined {
  if (unasked?.searches === undefined || usage.searches !== undefined) return undefined;
  return present({ searches: unasked.searches, citations: usage.citations ?? unasked.citations });
}

const REQUESTS = ["requests_low", "requests_medium", "requests_high"] as const;

/**
 * The usage, with input and output guessed from sizes where the provider did not tell them; no part is more than such a whole.
 * @param seconds of sound that came with the request
 */
export function completeUsage(
  told: Usage | undefined,
  request: JsonValue,
  contentBytes: number,
  seconds = 0,
): Estimate {
  if (told?.input !== undefined && told.output !== undefined)
    return { usage: told, estimated: (told.unmetered ?? 0) > 0 };
  const guessed = { input: estimateInput(request) + seconds * TOKENS_PER_SECOND, output: tokens(contentBytes) };
  return { usage: partsWithin(mergeUsage(guessed, told ?? {})), estimated: true };
}

/**
 * The usage of what is paid by something else than tokens: as told, or else the most that the request allowed. `undefined` where it is
 * paid by tokens.
 * @param contentBytes of text: nobody says so much in less time, whatever a file's own header told
 */
export function unitsUsed(
  told: Usage | undefined,
  most: Usage,
  price: Price | undefined,
  contentBytes = 0,
): Estimate | undefined {
  const paid = UNITS.filter(
    (unit) => most[unit] !== undefined && (price === undefined || price.rates[unit] !== undefined),
  );
  if (paid.length === 0) return undefined;
  if (paid.every((unit) => told?.[unit] !== undefined)) return { usage: told!, estimated: false };
  const guessed: Usage = { ...unitsIn(most) };
  if (guessed.seconds !== undefined) guessed.seconds = Math.max(guessed.seconds, Math.ceil(contentBytes / FASTEST));
  return { usage: mergeUsage(guessed, told ?? {}), estimated: true };
}

/** Bytes of text that who speaks fastest says in a second, with what subtitles have around it. */
const FASTEST = 60;

/** What of it is not counted in tokens. `undefined` for none. */
export function unitsIn(usage: Usage): Usage | undefined {
  const units: Usage = {};
  for (const unit of UNITS) if (usage[unit] !== undefined) units[unit] = usage[unit];
  return Object.keys(units).length === 0 ? undefined : units;
}

/** About how many tokens a request has. */
export function estimateInput(request: JsonValue): number {
  return tokens(textSize(request));
}

/** Where a file stands, or the address of one: what is there is no text to read. */
const FILE_MEMBER =
  /^(data|bytes|url|uri|file_?uri|file_?url|file_?data|image_?url|b64_json|signature|encrypted_content)$/i;
/** What tools take and are given is read as it is written, whatever its members are called. */
const TOOL_MEMBER = /^(input|args|arguments|parameters|.*schema)$/i;
const WRITTEN = "";
/** A file that is named by its address or its id counts for a large picture; of other data so many characters make a token. */
const BYTES_PER_FILE = 1600 * BYTES_PER_TOKEN;
const DATA_PER_TOKEN = 250;
const ADDRESS = /^(https?|gs|s3):/i;

/**
 * About the most tokens that a request has, for what must not be too little: whatever is not where files stand is text, whatever it looks
 * like, names of members are read as well, and each number is a token.
 */
export function mostInput(request: JsonValue): number {
  return tokens(mostBytes(request, "request"));
}

function mostBytes(value: JsonValue | undefined, member: string): number {
  if (typeof value === "string") return FILE_MEMBER.test(member) ? fileBytes(value) : Buffer.byteLength(value);
  if (typeof value === "number") return BYTES_PER_TOKEN;
  if (typeof value !== "object" || value === null) return 0;
  let size = 0;
  if (Array.isArray(value)) for (const inner of value) size += mostBytes(inner, member);
  else
    for (const name in value) {
      const inner = value[name];
      const isWritten = member === WRITTEN || (isObject(inner) && TOOL_MEMBER.test(name));
      size += Buffer.byteLength(name) + mostBytes(inner, isWritten ? WRITTEN : name);
      if (name === "file_id") size += BYTES_PER_FILE;
    }
  return size;
}

function fileBytes(value: string): number {
  if (ADDRESS.test(value)) return BYTES_PER_FILE;
  if (value.length <= WORD_CAP) return Buffer.byteLength(value);
  return (dataTokens(value) || Math.ceil(value.length / DATA_PER_TOKEN)) * BYTES_PER_TOKEN;
}

function tokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Bytes of all the words in a body. Pictures and PDFs where files stand count for as many words as they are tokens, other files by their length. */
function textSize(value: JsonValue | undefined, member = "request"): number {
  if (typeof value === "string") {
    const isData = value.length > WORD_CAP && FILE_MEMBER.test(member) && !NO_DATA.test(value.slice(0, WORD_CAP));
    return isData ? fileBytes(value) : Buffer.byteLength(value);
  }
  if (typeof value === "number") return 1;
  if (typeof value !== "object" || value === null) return 0;
  let size = 0;
  // Numbers in a list are a text in tokens.
  if (Array.isArray(value))
    for (const inner of value) size += typeof inner === "number" ? BYTES_PER_TOKEN : textSize(inner, member);
  else
    for (const name in value) {
      const inner = value[name];
      const isWritten = member === WRITTEN || (isObject(inner) && TOOL_MEMBER.test(name));
      size += textSize(inner, isWritten ? WRITTEN : name);
    }
  return size;
}
