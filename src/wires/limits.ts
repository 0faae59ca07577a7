import type { Ask } from "../core/ask.ts";
import type { JsonObject } from "../core/json.ts";
import type { Dropped, Request } from "../core/request.ts";
import { hash } from "./call-id.ts";
import type { LegFacts, Quirks } from "./wire.ts";

/** OpenAI's chat completions refuse a longer id of a call, its newer API one beyond this. Others' are longer: xAI's, Kimi's of a long name. */
const LONGEST_ID = 40;
export const LONGEST_ITEM_ID = 64;

/** https://github.com/mistralai/mistral-vibe/issues/1075: "must be a-z, A-Z, 0-9, with a length of 9". */
const NINE = /^[a-zA-Z0-9]{9}$/;

/** The id of a call as a provider takes it. The same always becomes the same, so that both ends of a call change alike. */
export function callIdFor(id: string, quirks: Quirks): string {
  if (quirks.has("nine-letter-ids")) return NINE.test(id) ? id : letters(id);
  return quirks.has("short-ids") ? shortened(id, LONGEST_ID) : id;
}

/** An id with no more characters than this, told from others that begin alike. */
export function shortened(id: string, longest: number): string {
  return id.length <= longest ? id : `${id.slice(0, longest - 10)}_${letters(id)}`;
}

/** Nine letters and digits that stand for a text. */
export function letters(text: string): string {
  return `${hash(text)}${hash(`${text}.`)}`.padStart(9, "0").slice(-9);
}

/** Longer names of end users are refused: clients of Anthropic's put whole session ids there. https://github.com/looplj/axonhub/issues/1669 */
const LONGEST_USER = 64;

/** The end user as providers of OpenAI's formats take the name, or nobody, which is told. */
export function userFor(user: string | undefined, dropped: Set<Dropped>): string | undefined {
  if (user === undefined || user.length <= LONGEST_USER) return user;
  dropped.add("user");
  return undefined;
}

/** More than the model can give means all that it can give: asked for in so many words, most providers refuse it. */
export function capFor({ outputCap }: Request, { maxOutput }: LegFacts): number | undefined {
  return outputCap === undefined || maxOutput === undefined ? outputCap : Math.min(outputCap, maxOutput);
}

/** As OpenAI's and Anthropic's formats call it. */
const CAPS = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/** The cap was meant for the model that was asked for: whoever stands in for it gives all that it can, and is not refused for the rest. */
export function fitCap(body: JsonObject, ask: Ask, { model, maxOutput }: LegFacts): void {
  if (maxOutput === undefined || model === (ask.requested ?? ask.model)) return;
  for (const name of CAPS) {
    const cap = body[name];
    if (typeof cap === "number" && cap > maxOutput) body[name] = maxOutput;
  }
}
