import { arrayAt, type JsonObject, stringAt } from "../../core/json.ts";
import {
  anObject,
  array,
  boolean,
  integer,
  number,
  object,
  record,
  type Shape,
  string,
  stringOr,
  text,
} from "../shape.ts";

/** https://platform.openai.com/docs/api-reference/completions/create, and the gateway's own fields. */

const WHAT = "a string, an array of strings, an array of tokens, or an array of arrays of tokens";
const texts = array(string, 1);
const tokens = array(integer(0), 1);
const batches = array(tokens, 1);

const prompt: Shape = (value) => {
  if (typeof value === "string") return undefined;
  if (!Array.isArray(value) || value.length === 0) return { path: [], expected: WHAT };
  // The first element says what the others must be.
  const [first] = value;
  if (typeof first === "string") return texts(value);
  return Array.isArray(first) ? batches(value) : tokens(value);
};

export const completionsBody = object(
  {
    model: text,
    prompt,
    suffix: string,
    stream: boolean,
    stream_options: object({ include_usage: boolean }),
    max_tokens: integer(0),
    temperature: number(0),
    top_p: number(0),
    n: integer(1),
    best_of: integer(1),
    logprobs: integer(0),
    echo: boolean,
    stop: stringOr(array(string), "a string or an array of strings"),
    frequency_penalty: number(),
    presence_penalty: number(),
    logit_bias: record(number()),
    seed: integer(),
    user: string,
    models: array(text),
    tags: array(string),
    provider: anObject,
    providerOptions: record(anObject),
  },
  ["model", "prompt"],
);

/** What only a model that completes can be asked, so that leaving it out would change what was asked for. */
export function needsOf(body: JsonObject): string[] {
  const needs: string[] = [];
  if (promptOf(body) === undefined) needs.push("prompt");
  if (stringAt(body.suffix)) needs.push("suffix");
  if (typeof body.n === "number" && body.n > 1) needs.push("n");
  if (typeof body.logprobs === "number") needs.push("logprobs");
  return needs;
}

/** The prompt, where it is one text that says something; `undefined` for several, for tokens and for nothing. */
export function promptOf({ prompt: told }: JsonObject): string | undefined {
  const list = arrayAt(told);
  const one = stringAt(list?.length === 1 ? list[0] : told);
  return one === "" ? undefined : one;
}

/** How many completions a body asks for: `n` of each prompt. */
export function choicesOf({ prompt: told, n }: JsonObject): number {
  const list = arrayAt(told);
  const prompts = list === undefined || typeof list[0] === "number" ? 1 : list.length;
  return prompts * (typeof n === "number" ? n : 1);
}
