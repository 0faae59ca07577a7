import { GatewayError } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from "../../core/json.ts";
import { ChatAnswer } from "./decode-stream.ts";

/** A whole chat completion, as the events of a stream that says it in one chunk. */
export function decodeAnswer(body: JsonObject): Event[] {
  if (body.error === undefined && !Array.isArray(body.choices)) {
    const error = new GatewayError("upstream_malformed", "The provider's answer has no choices.");
    return [{ type: "error", error }];
  }
  const answer = new ChatAnswer();
  const events = answer.chunk({ ...body, choices: (arrayAt(body.choices) ?? []).map(asChunkChoice) });
  return [...events, ...answer.end()];
}

/** A message's tool calls have no `index`: their place is theirs. An answer without a finish reason has finished all the same. */
function asChunkChoice(choice: JsonValue): JsonValue {
  if (!isObject(choice)) return choice;
  const message = objectAt(choice.message) ?? {};
  const calls = arrayAt(message.tool_calls)?.map((call, index) => (isObject(call) ? { ...call, index } : call));
  const finish = choice.finish_reason ?? (calls === undefined || calls.length === 0 ? "stop" : "tool_calls");
  return { ...choice, delta: calls === undefined ? message : { ...message, tool_calls: calls }, finish_reason: finish };
}
