import type { Answer } from "../answer.ts";
import { callId, itemId, responseId } from "../chance.ts";
import { type Json, type JsonObject, listOf, objectOr, objectsOf, textOf } from "../json.ts";
import { snapshotOf } from "../models.ts";
import type { Scenario } from "../scenario.ts";
import { responseSearches } from "../searches.ts";
import { compose, outputTokens, type Speech } from "../speech.ts";
import { promptTokens, readPrompt } from "./prompt.ts";
import { sealThought } from "./responses-seal.ts";
import { type Item, outputOf, ResponseEvents, type Told, wholeResponse } from "./responses-stream.ts";
import { invalid } from "./vendor.ts";

/** How many conversations are remembered. */
const KEPT = 1000;

/** What OpenAI answers to a request for a response. `kept` are the conversations up to each response that was to be kept. */
export function answerResponses(body: JsonObject, scenario: Scenario, kept: Map<string, Json[]>): Answer {
  const input = conversationOf(body, kept);
  const chat = asChat({ ...body, input });
  const speech = compose(readPrompt(chat), scenario);
  const tokens = promptTokens(chat) + (scenario.cached ?? 0) + (scenario["cache-write"] ?? 0);
  const output = outputTokens(speech);
  const told: Told = {
    id: responseId(),
    created: Math.floor(Date.now() / 1000),
    model: snapshotOf(textOf(body.model)),
    asked: body,
    items: itemsOf(speech, body, scenario),
    incomplete: INCOMPLETE[speech.finish],
    usage: {
      input_tokens: tokens,
      input_tokens_details: { cached_tokens: scenario.cached ?? 0 },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: speech.thought?.count ?? 0 },
      total_tokens: tokens + output,
    },
    scenario,
  };
  if (body.store !== false && kept.size < KEPT) kept.set(told.id, [...input, ...outputOf(told)]);
  return {
    streamed: body.stream === true,
    pieces: speech.text?.count ?? speech.calls.length,
    promptTokens: tokens,
    plain: () => wholeResponse(told),
    stream: () => new ResponseEvents(told),
  };
}

/** Everything that was said before this response. @throws {Refusal} */
function conversationOf(body: JsonObject, kept: Map<string, Json[]>): Json[] {
  const previous = textOf(body.previous_response_id);
  const before = previous === "" ? [] : kept.get(previous);
  if (before === undefined)
    throw invalid(
      `Previous response with id '${previous}' not found.`,
      "previous_response_id",
      "previous_response_not_found",
    );
  return [...before, ...(Array.isArray(body.input) ? body.input : [{ role: "user", content: body.input ?? "" }])];
}

/** A conversation, made shorter: what the user said, and one item that only the API can read. */
export function compacted(body: JsonObject, kept: Map<string, Json[]>): JsonObject {
  const input = conversationOf(body, kept);
  const asked = objectsOf(input).filter(({ role }) => role === "user");
  const tokens = promptTokens(asChat({ ...body, input }));
  const sealed = {
    id: itemId.call().replace("fc_", "cmp_"),
    type: "compaction",
    encrypted_content: sealThought("compacted"),
  };
  return {
    id: responseId(),
    object: "response.compaction",
    created_at: Math.floor(Date.now() / 1000),
    output: [...asked.map(({ content }) => ({ type: "message", role: "user", content: content ?? "" })), sealed],
    usage: {
      input_tokens: tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens + 9,
    },
  };
}

const INCOMPLETE: Record<string, string | undefined> = { length: "max_output_tokens", filter: "content_filter" };

function itemsOf(speech: Speech, body: JsonObject, scenario: Scenario): Item[] {
  const items: Item[] = [];
  const { thought, text } = speech;
  if (thought !== null) {
    const shown = textOf(objectOr(body.reasoning, {}).summary) !== "";
    const sealed = listOf(body.include).includes("reasoning.encrypted_content");
    const seal = sealed ? sealThought(thought.toString()) : undefined;
    items.push({ type: "reasoning", id: itemId.thought(), words: shown ? thought : null, seal });
  }
  const searches = responseSearches(body, scenario);
  for (let at = 1; at <= searches; at++)
    items.push({ type: "web_search_call", id: itemId.search(), query: `query ${at}` });
  if (text !== null) items.push({ type: "message", id: itemId.message(), words: text, refusal: speech.refusal });
  for (const call of speech.calls) items.push({ type: "function_call", id: itemId.call(), callId: callId(), call });
  return items;
}

/** The same request as the older API would have it: what is said of it, and counted, is the same. */
export function asChat(body: JsonObject): JsonObject {
  const messages: JsonObject[] = [];
  if (typeof body.instructions === "string") messages.push({ role: "system", content: body.instructions });
  if (typeof body.input === "string") messages.push({ role: "user", content: body.input });
  for (const item of objectsOf(body.input)) messages.push(...messageOf(item));
  const format = objectOr(objectOr(body.text, {}).format, {});
  const { type, ...schema } = format;
  return {
    messages,
    ...(listOf(body.tools).length === 0
      ? {}
      : { tools: objectsOf(body.tools).map(({ type: kind, ...named }) => ({ type: kind, function: named })) }),
    tool_choice: choiceOf(body.tool_choice),
    parallel_tool_calls: body.parallel_tool_calls,
    response_format: type === "json_schema" ? { type, json_schema: schema } : format,
    max_completion_tokens: body.max_output_tokens,
    reasoning_effort: objectOr(body.reasoning, {}).effort,
  };
}

function messageOf(item: JsonObject): JsonObject[] {
  if (item.type === "function_call" || item.type === "custom_tool_call") {
    const { call_id: id, name, arguments: args, input } = item;
    return [{ role: "assistant", tool_calls: [{ id, function: { name, arguments: args ?? input } }] }];
  }
  if (item.type === "function_call_output" || item.type === "custom_tool_call_output")
    return [{ role: "tool", tool_call_id: item.call_id, content: partsOf(item.output) }];
  return item.role === undefined ? [] : [{ role: item.role, content: partsOf(item.content) }];
}

function partsOf(content: Json | undefined): Json | undefined {
  if (!Array.isArray(content)) return content;
  return objectsOf(content).map((part) => (part.type === "input_image" ? { type: "image_url" } : part));
}

function choiceOf(choice: Json | undefined): Json | undefined {
  const { type, name } = objectOr(choice, {});
  return type === "function" ? { type, function: { name } } : choice;
}
