import type { JsonValue } from "../core/json.ts";
import { mergeUsage, type Usage } from "../core/usage.ts";

/** Bytes of text that make about one token, for models of every vendor; good to a third. */
const BYTES_PER_TOKEN = 4;

/** Beyond this length a text without a space is data, not words. */
const WORD_CAP = 2000;

export interface Estimate {
  usage: Usage;
  /** Something in it is a guess. */
  estimated: boolean;
}

/** The usage, with input and output guessed from sizes where the provider did not tell them. */
export function completeUsage(told: Usage | undefined, request: JsonValue, contentBytes: number): Estimate {
  if (told?.input !== undefined && told.output !== undefined) return { usage: told, estimated: false };
  const guessed = { input: tokens(textSize(request)), output: tokens(contentBytes) };
  return { usage: mergeUsage(guessed, told ?? {}), estimated: true };
}

function tokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Characters of all the words in a body. Images and files in base64 are not words. */
function textSize(value: JsonValue | undefined): number {
  if (typeof value === "string")
    return value.length > WORD_CAP && !value.slice(0, WORD_CAP).includes(" ") ? 0 : value.length;
  if (typeof value === "number") return 1;
  if (typeof value !== "object" || value === null) return 0;
  let size = 0;
  for (const inner of Object.values(value)) size += textSize(inner);
  return size;
}
