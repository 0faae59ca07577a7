import { Refusal } from "../answer.ts";
import { type JsonObject, textOf } from "../json.ts";
import { missing, refuseGateways, refuseUnknown, wrongType } from "./complaints.ts";
import { promptsOf } from "./completions.ts";
import { invalid } from "./vendor.ts";

const MEMBERS = new Set(
  (
    "model prompt best_of echo frequency_penalty logit_bias logprobs max_tokens n presence_penalty seed stop stream " +
    "stream_options suffix temperature top_p user"
  ).split(" "),
);
const COMPLETES = /^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)/;
const NO_COMPLETION =
  "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?";

/**
 * What the API refuses of a request for a completion. Not `strict` is another vendor, whose models all complete.
 *
 * @throws {Refusal}
 */
export function checkCompletions(body: JsonObject, strict: boolean): void {
  const model = textOf(body.model);
  if (model === "") throw invalid("you must provide a model parameter");
  if (strict) refuseUnknown(body, MEMBERS);
  else refuseGateways(body);
  if (strict && !COMPLETES.test(model)) {
    const error = { message: NO_COMPLETION, type: "invalid_request_error", param: "model", code: null };
    throw new Refusal(404, `${JSON.stringify({ error }, null, 2)}\n`);
  }
  const prompts = promptsOf(body.prompt);
  if (prompts.length === 0) throw missing("prompt");
  for (const prompt of prompts) {
    if (typeof prompt !== "string" && !(Array.isArray(prompt) && prompt.every(Number.isInteger)))
      throw wrongType("prompt", "a string or an array of tokens", body.prompt);
  }
  if (Number(body.n ?? 1) > Number(body.best_of ?? body.n ?? 1))
    throw invalid("You requested that the server return more choices than it will generate.", "best_of");
  if (body.stream !== true && (body.stream_options ?? null) !== null)
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
}
