import type { ByteText } from "../../core/byte-text.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { endOfValue } from "../splice.ts";

const CONTENT = '"content":"';
/** Words that are no `content`, up to the first of them; and what else may be said. */
const WORDS = /"(?:reasoning|reasoning_content|refusal|arguments)":"(?!")/;
const OTHERS = /"(?:reasoning_details|tool_calls|images)":\[\{|"(?:function_call|audio)":\{/;
/** Of `[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":""}}]},"logprobs":null,"finish_reason":null}]}`. */
const OVERHEAD = 110;

/**
 * About how many bytes of content a plain chunk has: for an estimate, should the provider never tell its usage. Beside thinking and
 * tool calls, `content` may stand there and be empty (Ollama, OpenRouter); with nothing beside it, nothing is said.
 */
export function plainSize(frame: ByteText, from: number): number {
  const content = frame.indexOf(CONTENT, from);
  const size = content < 0 ? 0 : stringSize(frame, content + CONTENT.length);
  if (size > 0) return size;
  const rest = frame.slice(from);
  const words = WORDS.exec(rest);
  if (words !== null) return stringSize(rest, words.index + words[0].length);
  return content < 0 || OTHERS.test(rest) ? Math.max(1, rest.length - OVERHEAD) : 0;
}

/** Size of the string that begins here, behind its quote. */
function stringSize(text: ByteText, start: number): number {
  return Math.max(0, endOfValue(text, start - 1) - 1 - start);
}

/** Bytes of the text, thinking and arguments in a delta: content is what a reader or a tool would miss. */
export function contentSize(delta: JsonObject): number {
  let size = 0;
  for (const name of ["content", "refusal", "reasoning", "reasoning_content", "function_call", "audio", "images"]) {
    size += sizeOf(delta[name]);
  }
  // `reasoning` says again what the details of type text say; those of type encrypted stand alone.
  if (size === 0) size += sizeOf(delta.reasoning_details);
  for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) size += sizeOf(call);
  return size;
}

function sizeOf(value: JsonValue | undefined): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    ? 0
    : Buffer.byteLength(JSON.stringify(value));
}
