import type { EventStream } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import type { Call } from "../speech.ts";
import { pieces } from "../tokens.ts";
import type { Words } from "../words.ts";

/** One item of the output. */
export type Item =
  | { type: "reasoning"; id: string; words: Words | null; seal: string | undefined }
  | { type: "web_search_call"; id: string; query: string }
  | { type: "message"; id: string; words: Words; refusal: boolean }
  | { type: "function_call"; id: string; callId: string; call: Call };

/** What the plain answer and the stream have in common. */
export interface Told {
  id: string;
  created: number;
  model: string;
  /** The request, which the API repeats. */
  asked: JsonObject;
  items: readonly Item[];
  /** Why it ended before its end. */
  incomplete: string | undefined;
  usage: JsonObject;
  scenario: Scenario;
}

/** The answer that is not streamed. */
export function wholeResponse(told: Told): string {
  return `${JSON.stringify(responseOf(told, true), null, 2)}\n`;
}

/** The response as it is at its beginning, or at its end. Members in the order of recordings of July 2026. */
function responseOf(
  { id, created, model, asked, items, incomplete, usage, scenario }: Told,
  ended: boolean,
): JsonObject {
  const status = !ended ? "in_progress" : incomplete === undefined ? "completed" : "incomplete";
  return {
    id,
    object: "response",
    created_at: created,
    status,
    background: false,
    completed_at: status === "completed" ? created + 1 : null,
    error: null,
    incomplete_details: ended && incomplete !== undefined ? { reason: incomplete } : null,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    model,
    output: ended ? items.map((item) => itemOf(item, incomplete)) : [],
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: asked.previous_response_id ?? null,
    reasoning: asked.reasoning ?? { effort: null, summary: null },
    service_tier: ended ? "default" : "auto",
    store: asked.store ?? true,
    temperature: asked.temperature ?? 1,
    text: asked.text ?? { format: { type: "text" }, verbosity: "medium" },
    tool_choice: asked.tool_choice ?? "auto",
    tools: asked.tools ?? [],
    top_p: asked.top_p ?? 1,
    truncation: "disabled",
    usage: ended && !scenario["no-usage"] ? usage : null,
    user: null,
    metadata: asked.metadata ?? {},
  };
}

/** The items as they stand in the end. */
export function outputOf({ items, incomplete }: Told): JsonObject[] {
  return items.map((item) => itemOf(item, incomplete));
}

function itemOf(item: Item, incomplete: string | undefined): JsonObject {
  const { id, type } = item;
  if (item.type === "reasoning") {
    const summary = item.words === null ? [] : [{ type: "summary_text", text: item.words.toString() }];
    return { id, type, summary, ...(item.seal === undefined ? {} : { encrypted_content: item.seal }) };
  }
  if (item.type === "web_search_call")
    return { id, type, status: "completed", action: { type: "search", query: item.query } };
  if (item.type === "message") {
    const status = incomplete === undefined ? "completed" : "incomplete";
    return { id, type, status, content: [partOf(item, item.words.toString())], role: "assistant" };
  }
  return { id, type, status: "completed", arguments: item.call.input, call_id: item.callId, name: item.call.name };
}

function partOf({ refusal }: { refusal: boolean }, text: string): JsonObject {
  if (refusal) return { type: "refusal", refusal: text };
  return { type: "output_text", annotations: [], logprobs: [], text };
}

/** A response in events, as OpenAI tells it. */
export class ResponseEvents implements EventStream {
  readonly opening: string;
  readonly unfinished: string;
  private readonly told: Told;
  private sequence = 0;

  constructor(told: Told) {
    this.told = told;
    const response = responseOf(told, false);
    this.opening = this.event("response.created", { response }) + this.event("response.in_progress", { response });
    this.unfinished = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"';
  }

  *content(): Generator<string, void> {
    for (const [at, item] of this.told.items.entries()) {
      if (item.type === "reasoning") yield* this.thought(at, item);
      else if (item.type === "web_search_call") yield this.searched(at, item);
      else if (item.type === "message") yield* this.message(at, item);
      else yield* this.called(at, item);
    }
  }

  closing(): string {
    const type = this.told.incomplete === undefined ? "response.completed" : "response.incomplete";
    return this.event(type, { response: responseOf(this.told, true) });
  }

  private *thought(at: number, item: Extract<Item, { type: "reasoning" }>): Generator<string, void> {
    const begin = { id: item.id, type: item.type, summary: [] };
    let frames = this.event("response.output_item.added", { output_index: at, item: begin });
    const place = { item_id: item.id, output_index: at, summary_index: 0 };
    if (item.words !== null) {
      const part = (text: string) => ({ part: { type: "summary_text", text } });
      frames += this.event("response.reasoning_summary_part.added", { ...place, ...part("") });
      for (const delta of item.words) {
        yield frames + this.event("response.reasoning_summary_text.delta", { ...place, delta, obfuscation: "x" });
        frames = "";
      }
      const text = item.words.toString();
      frames += this.event("response.reasoning_summary_text.done", { ...place, text });
      frames += this.event("response.reasoning_summary_part.done", { ...place, ...part(text) });
    }
    yield frames + this.event("response.output_item.done", { output_index: at, item: itemOf(item, undefined) });
  }

  private searched(at: number, item: Extract<Item, { type: "web_search_call" }>): string {
    const place = { item_id: item.id, output_index: at };
    const begun = { id: item.id, type: item.type, status: "in_progress" };
    return (
      this.event("response.output_item.added", { output_index: at, item: begun }) +
      this.event("response.web_search_call.in_progress", place) +
      this.event("response.web_search_call.searching", place) +
      this.event("response.web_search_call.completed", place) +
      this.event("response.output_item.done", { output_index: at, item: itemOf(item, undefined) })
    );
  }

  private *message(at: number, item: Extract<Item, { type: "message" }>): Generator<string, void> {
    const begin = { id: item.id, type: item.type, status: "in_progress", content: [], role: "assistant" };
    const place = { item_id: item.id, output_index: at, content_index: 0 };
    let frames =
      this.event("response.output_item.added", { output_index: at, item: begin }) +
      this.event("response.content_part.added", { ...place, part: partOf(item, "") });
    const kind = item.refusal ? "response.refusal" : "response.output_text";
    const beside = item.refusal ? {} : { logprobs: [] };
    for (const delta of item.words) {
      yield frames + this.event(`${kind}.delta`, { ...place, delta, ...beside, obfuscation: "x" });
      frames = "";
    }
    const text = item.words.toString();
    const said = item.refusal ? { refusal: text } : { text, ...beside };
    yield frames +
      this.event(`${kind}.done`, { ...place, ...said }) +
      this.event("response.content_part.done", { ...place, part: partOf(item, text) }) +
      this.event("response.output_item.done", { output_index: at, item: itemOf(item, this.told.incomplete) });
  }

  private *called(at: number, item: Extract<Item, { type: "function_call" }>): Generator<string, void> {
    const whole = itemOf(item, undefined);
    const place = { item_id: item.id, output_index: at };
    let frames = this.event("response.output_item.added", {
      output_index: at,
      item: { ...whole, status: "in_progress", arguments: "" },
    });
    for (const delta of pieces(item.call.input)) {
      yield frames + this.event("response.function_call_arguments.delta", { ...place, delta, obfuscation: "x" });
      frames = "";
    }
    yield frames +
      this.event("response.function_call_arguments.done", { ...place, arguments: item.call.input }) +
      this.event("response.output_item.done", { output_index: at, item: whole });
  }

  private event(type: string, members: JsonObject): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: this.sequence++ })}\n\n`;
  }
}
