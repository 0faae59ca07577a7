import type { JsonValue } from "../core/json.ts";
import { mergeUsage, partsWithin, type Usage } from "../core/usage.ts";
import { dataTokens } from "./data-size.ts";

/** Bytes of text that make about one token, for models of every vendor; good to a third. */
export const BYTES_PER_TOKEN = 4;

/** Beyond this length a text of ASCII without a space is data, not words. Chinese has no spaces either, and is words. */
const WORD_CAP = 2000;
const NO_DATA = /[^!-~]/;

export interface Estimate {
  usage: Usage;
  /** Something in it is a guess. */
  estimated: boolean;
}

/** The usage, with input and output guessed from sizes where the provider did not tell them; no part is more than such a whole. */
export function completeUsage(told: Usage | undefined, request: JsonValue, contentBytes: number): Estimate {
  if (told?.input !== undefined && told.output !== undefined) return { usage: told, estimated: false };
  const guessed = { input: estimateInput(request), output: tokens(contentBytes) };
  return { usage: partsWithin(mergeUsage(guessed, told ?? {})), estimated: true };
}

/** About how many tokens a request has. */
export function estimateInput(request: JsonValue): number {
  return tokens(textSize(request));
}

function tokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Bytes of all the words in a body. Pictures and PDFs in base64 count for as many words as they are tokens; other data is nothing. */
function textSize(value: JsonValue | undefined): number {
  if (typeof value === "string") {
    const data = value.length > WORD_CAP && !NO_DATA.test(value.slice(0, WORD_CAP));
    return data ? dataTokens(value) * BYTES_PER_TOKEN : Buffer.byteLength(value);
  }
  if (typeof value === "number") return 1;
  if (typeof value !== "object" || value === null) return 0;
  let size = 0;
  for (const inner of Object.values(value)) size += textSize(inner);
  return size;
}
