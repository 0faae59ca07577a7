import { expect } from "bun:test";
import type { Rules } from "../rules.ts";
import { dataIn, eventsIn, hasMembers, isCount, isWords, type Loose } from "./frames.ts";

/** Responses: contract 3.4, https://platform.openai.com/docs/api-reference/responses-streaming */
export const responsesRules: Rules = { whole, stream, relayed, broken };

const RESPONSE =
  "id object created_at status error incomplete_details instructions metadata model output parallel_tool_calls temperature " +
  "tool_choice tools top_p max_output_tokens previous_response_id reasoning store text truncation usage user";

/** Items that the gateway writes itself; whatever else a provider made goes through as it is. */
const ITEMS: Record<string, string> = {
  message: "id type status role content",
  reasoning: "id type summary content? encrypted_content? status?",
  function_call: "id type status arguments call_id name",
  custom_tool_call: "id type status call_id name input",
  image_generation_call: "id type status result output_format?",
  web_search_call: "id type status action?",
};

const PART = "item_id output_index content_index";
const SUMMARY = "item_id output_index summary_index";
/** Members of every event, beside its type and number. */
const EVENTS: Record<string, string> = {
  "response.created": "response",
  "response.in_progress": "response",
  "response.completed": "response",
  "response.incomplete": "response",
  "response.output_item.added": "output_index item",
  "response.output_item.done": "output_index item",
  "response.content_part.added": `${PART} part`,
  "response.content_part.done": `${PART} part`,
  "response.output_text.delta": `${PART} delta logprobs`,
  "response.output_text.done": `${PART} text logprobs`,
  "response.output_text.annotation.added": `${PART} annotation_index annotation`,
  "response.refusal.delta": `${PART} delta`,
  "response.refusal.done": `${PART} refusal`,
  "response.reasoning_text.delta": `${PART} delta`,
  "response.reasoning_text.done": `${PART} text`,
  "response.reasoning_summary_part.added": `${SUMMARY} part`,
  "response.reasoning_summary_part.done": `${SUMMARY} part`,
  "response.reasoning_summary_text.delta": `${SUMMARY} delta`,
  "response.reasoning_summary_text.done": `${SUMMARY} text`,
  "response.function_call_arguments.delta": "item_id output_index delta",
  "response.function_call_arguments.done": "item_id output_index name arguments",
  "response.custom_tool_call_input.delta": "item_id output_index delta",
  "response.custom_tool_call_input.done": "item_id output_index input",
  "response.image_generation_call.completed": "item_id output_index",
  "response.web_search_call.in_progress": "item_id output_index",
  "response.web_search_call.searching": "item_id output_index",
  "response.web_search_call.completed": "item_id output_index",
};

function whole(body: string): void {
  const reply = JSON.parse(body);
  isResponse(reply);
  isEnd(reply);
}

function isResponse(response: Loose): void {
  for (const name of RESPONSE.split(" ")) expect(response).toHaveProperty(name);
  expect(response.object).toBe("response");
  expect(response.id).toStartWith("gen_");
  isCount(response.created_at);
}

function isEnd(response: Loose): void {
  expect(["completed", "incomplete"]).toContain(response.status);
  expect(response.error).toBeNull();
  expect(response.incomplete_details === null).toBe(response.status === "completed");
  expect(response.provider_metadata).toBeObject();
  for (const item of response.output) isItem(item);
  const ids = response.output.map(({ id }: Loose) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const { usage } = response;
  isCount(usage.input_tokens);
  isCount(usage.output_tokens);
  expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
}

function isItem(item: Loose): void {
  isWords(item.type);
  isWords(item.id);
  const members = ITEMS[item.type];
  if (members === undefined) return;
  hasMembers(item, members);
  if (item.type === "function_call") isWords(item.arguments);
  if ("status" in item) expect(["completed", "incomplete"]).toContain(item.status);
  for (const part of item.type === "message" ? item.content : []) {
    if (part.type === "output_text") hasMembers(part, "type annotations logprobs text");
    else hasMembers(part, "type refusal");
  }
  for (const part of item.type === "reasoning" ? [...item.summary, ...(item.content ?? [])] : [])
    hasMembers(part, "type text");
}

/** An item that is being said, put together as its events tell it. */
interface Open {
  item: Loose;
  /** The part that is open, by the list that it stands in. */
  part: { list: "content" | "summary"; index: number; words: string; notes: Loose[]; said: boolean } | undefined;
  args: string;
  argsDone: boolean;
  done: Loose;
}

function stream(sse: string): void {
  const events = eventsIn(sse);
  expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
  for (const { type, sequence_number: _number, ...event } of events) {
    if (EVENTS[type] === undefined) throw new Error(`no event of ours: ${type}`);
    hasMembers(event, EVENTS[type]);
  }
  const [created, progress, ...rest] = events;
  expect([created.type, progress.type]).toEqual(["response.created", "response.in_progress"]);
  const last = rest.pop();
  const { id, model, created_at } = last.response;
  for (const { response } of [created, progress]) {
    isResponse(response);
    expect(response).toMatchObject({ id, model, created_at, status: "in_progress", output: [], usage: null });
  }
  expect(last.type).toBe(`response.${last.response.status}`);
  isResponse(last.response);
  isEnd(last.response);
  const items: Open[] = [];
  for (const event of rest) said(event, items);
  expect(last.response.output).toEqual(items.map(({ done }) => done));
}

/** One event. Items begin in their order; of those that are open, only calls may be more than one. */
function said(event: Loose, items: Open[]): void {
  if (event.type === "response.output_item.added") {
    expect(event.output_index).toBe(items.length);
    for (const { item, done } of items) if (done === undefined) expect(item.type).toMatch(/_call$/);
    isWords(event.item.id);
    const known = ITEMS[event.item.type] !== undefined;
    if (known && "status" in event.item) expect(event.item.status).toBe("in_progress");
    items.push({ item: event.item, part: undefined, args: "", argsDone: false, done: undefined });
    return;
  }
  const open = items[event.output_index];
  if (open === undefined || open.done !== undefined) throw new Error(`${event.type} of no item`);
  if (event.type === "response.output_item.done") {
    isDone(event.item, open);
    open.done = event.item;
    return;
  }
  expect(event.item_id).toBe(open.item.id);
  if (/_part\.|text|refusal/.test(event.type)) inPart(event, open);
  else inItem(event, open);
}

function isDone(item: Loose, open: Open): void {
  expect(open.part).toBeUndefined();
  expect([item.id, item.type]).toEqual([open.item.id, open.item.type]);
  if (ITEMS[item.type] === undefined) {
    expect(item).toEqual(open.item);
    return;
  }
  isItem(item);
  for (const list of ["content", "summary"]) expect(item[list] ?? []).toEqual(open.item[list] ?? []);
  if (!/function_call|custom_tool_call/.test(item.type)) return;
  expect(open.argsDone).toBe(true);
  expect(item.arguments ?? item.input).toBe(open.args);
}

function inPart(event: Loose, open: Open): void {
  const list = "summary_index" in event ? "summary" : "content";
  const index = event.summary_index ?? event.content_index;
  const [, kind] = /\.(added|delta|done)$/.exec(event.type)!;
  if (/_part\.added$/.test(event.type)) {
    expect(open.part).toBeUndefined();
    expect(index).toBe((open.item[list] ?? []).length);
    open.part = { list, index, words: "", notes: [], said: false };
    return;
  }
  const { part } = open;
  if (part === undefined) throw new Error(`${event.type} of no part`);
  expect([list, index]).toEqual([part.list, part.index]);
  if (event.type.endsWith("annotation.added")) {
    expect(event.annotation_index).toBe(part.notes.length);
    part.notes.push(event.annotation);
  } else if (kind === "delta") {
    isWords(event.delta);
    expect(part.said).toBe(false);
    part.words += event.delta;
  } else if (/_part\.done$/.test(event.type)) {
    expect(part.said).toBe(true);
    expect(event.part.text ?? event.part.refusal).toBe(part.words);
    if (event.part.type === "output_text") expect(event.part.annotations).toEqual(part.notes);
    open.item = { ...open.item, [list]: [...(open.item[list] ?? []), event.part] };
    open.part = undefined;
  } else {
    expect(part.said).toBe(false);
    expect(event.text ?? event.refusal).toBe(part.words);
    part.said = true;
  }
}

function inItem(event: Loose, open: Open): void {
  if (event.type.endsWith(".delta")) {
    expect(open.argsDone).toBe(false);
    isWords(event.delta);
    open.args += event.delta;
    return;
  }
  const whole = event.arguments ?? event.input;
  if (whole === undefined) return;
  expect(open.argsDone).toBe(false);
  // A call without arguments has nothing to say piece by piece.
  if (open.args === "" && /^(\{\})?$/.test(whole)) open.args = whole;
  expect(whole).toBe(open.args);
  open.argsDone = true;
}

function relayed(sse: string): void {
  const events = dataIn(sse).map((data) => JSON.parse(data));
  const last = events.at(-1);
  expect(last.type).toBe(`response.${last.response.status}`);
  expect(["completed", "incomplete"]).toContain(last.response.status);
  expect(events.filter(({ type }) => /^response\.(completed|incomplete|failed)$/.test(type))).toEqual([last]);
  for (const { response } of events)
    if (response !== undefined) expect(response).toMatchObject({ id: last.response.id, model: last.response.model });
  isCount(last.response.usage.input_tokens);
  isCount(last.response.usage.output_tokens);
}

function broken(sse: string): void {
  const events = dataIn(sse).map((data) => JSON.parse(data));
  const [failed, error] = events.slice(-2);
  expect(failed.type).toBe("response.failed");
  expect(failed.response.status).toBe("failed");
  hasMembers(failed.response.error, "code message");
  expect(error.type).toBe("error");
  hasMembers(error, "type sequence_number code message param error generationId providerMetadata");
  expect(error.sequence_number).toBe(failed.sequence_number + 1);
  expect(events.filter(({ type }) => /^response\.(completed|incomplete)$/.test(type))).toEqual([]);
}
