import { GatewayError } from "../../core/error.ts";
import type { Finish } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from "../../core/json.ts";

/** The events that end an answer. */
export function isEnd(type: string): boolean {
  return type === "response.completed" || type === "response.incomplete";
}

/** Nothing stands in it: such an end tells nothing. */
export function isBlank(response: JsonObject | undefined): response is undefined {
  return response === undefined || Object.keys(response).length === 0;
}

export function unended({ status = null }: JsonObject): GatewayError {
  const message = `The provider's answer has not ended: its status is ${JSON.stringify(status)}.`;
  return new GatewayError("upstream_malformed", message);
}

export function withoutResponse(): GatewayError {
  return new GatewayError("upstream_malformed", "The provider ended the answer without a response.");
}

/** Why an answer is incomplete, in our words. https://platform.openai.com/docs/api-reference/responses/object */
const INCOMPLETE: Readonly<Record<string, Finish>> = {
  // A provider's word is looked up here: "constructor" must not be found.
  __proto__: null as never,
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "content-filter",
};

/** Items that only the client can answer. */
const CALLS: ReadonlySet<unknown> = new Set(["function_call", "custom_tool_call"]);

/**
 * How a response ended, and the provider's own word for it; `undefined` for one that has not ended, or has failed.
 * @param calls whether the answer waits for the client, for which this wire has no word of its own
 */
export function decodeFinish(response: JsonObject, calls: boolean): { finish: Finish; raw: string } | undefined {
  if (response.status === "incomplete") {
    const reason = stringAt(objectAt(response.incomplete_details)?.reason) ?? "incomplete";
    return { finish: INCOMPLETE[reason] ?? "other", raw: reason };
  }
  if (response.status !== "completed") return undefined;
  return { finish: calls ? "tool-calls" : "stop", raw: "completed" };
}

export function isCall(item: unknown): boolean {
  return isObject(item) && CALLS.has(item.type);
}

export function hasCalls({ output }: JsonObject): boolean {
  return arrayAt(output)?.some(isCall) === true;
}

/**
 * The status of a reply, and why it is incomplete where it is. Who refused to go on did not finish: a model that says so in words has
 * finished, but is then told to have stopped.
 */
export function encodeFinish(finish: Finish): { status: "completed" | "incomplete"; reason?: string } {
  if (finish === "length") return { status: "incomplete", reason: "max_output_tokens" };
  if (finish === "content-filter" || finish === "refusal") return { status: "incomplete", reason: "content_filter" };
  return { status: "completed" };
}

/** Members of a response that the events already say, or that repeat the request: everything else is the provider's metadata. */
const KNOWN = new Set(
  (
    "id object created_at completed_at status model output output_text usage error incomplete_details instructions metadata " +
    "max_output_tokens max_tool_calls tools tool_choice temperature top_p top_logprobs parallel_tool_calls text reasoning " +
    "truncation user store background previous_response_id conversation prompt prompt_cache_key prompt_cache_options " +
    "prompt_cache_retention safety_identifier frequency_penalty presence_penalty provider_metadata providerMetadata"
  ).split(" "),
);

/** The provider's own facts about an answer. */
export function factsOf(response: JsonObject): JsonObject | undefined {
  const facts = Object.entries(response).filter(
    ([name, value]) => !KNOWN.has(name) && value !== null && value !== undefined,
  );
  return facts.length === 0 ? undefined : Object.fromEntries(facts);
}
