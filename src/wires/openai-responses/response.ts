import type { Ask } from "../../core/ask.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { encodeUsage } from "./usage.ts";

/** How far a response of ours has come. */
export interface Progress {
  readonly status: "in_progress" | "completed" | "incomplete";
  readonly output: readonly JsonObject[];
  /** Why it is incomplete. */
  readonly reason?: string | undefined;
  readonly closing?: Closing;
}

/** A response object, members in OpenAI's order. What the client asked for is repeated, as OpenAI does. */
export function encodeResponse({ id, model, created }: Stamp, ask: Ask | undefined, progress: Progress): JsonObject {
  const { status, output, reason, closing } = progress;
  const asked = ask?.body ?? {};
  const told = (name: string, otherwise: JsonValue) => asked[name] ?? otherwise;
  return {
    id,
    object: "response",
    created_at: created,
    status,
    background: false,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: told("instructions", null),
    max_output_tokens: told("max_output_tokens", null),
    max_tool_calls: told("max_tool_calls", null),
    model,
    output: output as JsonValue,
    parallel_tool_calls: told("parallel_tool_calls", true),
    previous_response_id: null,
    prompt_cache_key: told("prompt_cache_key", null),
    reasoning: told("reasoning", { effort: null, summary: null }),
    safety_identifier: told("safety_identifier", null),
    service_tier: told("service_tier", null),
    // Nothing of it can be asked for later, whatever was asked for now.
    store: false,
    temperature: told("temperature", null),
    text: told("text", { format: { type: "text" } }),
    tool_choice: told("tool_choice", "auto"),
    tools: told("tools", []),
    top_logprobs: 0,
    top_p: told("top_p", null),
    truncation: "disabled",
    usage: closing === undefined ? null : encodeUsage(closing),
    user: told("user", null),
    metadata: told("metadata", {}),
    ...(closing === undefined ? {} : encodeMetadata(closing)),
  };
}

/** What the gateway knows of an answer: under the name in the hosted gateway's pages, and under the one that was seen (contract 3.4). */
export function encodeMetadata({ metadata }: Closing): JsonObject {
  return { providerMetadata: metadata, provider_metadata: metadata };
}

/** An item on its way out: it stands in the output as far as it has come. */
export interface OpenItem {
  readonly at: number;
  readonly item: JsonObject & { id: string };
}

/** A part of a message or of thinking. */
export interface OpenPart {
  readonly block: number;
  readonly place: number;
  /** Where it stands, as members of an event. */
  readonly at: string;
  readonly kind: "output_text" | "refusal" | "summary_text" | "reasoning_text";
  readonly words: string[];
  readonly notes: JsonObject[];
}

/** The event that says the next words of a part. */
export const DELTA: Record<OpenPart["kind"], string> = {
  output_text: "response.output_text.delta",
  refusal: "response.refusal.delta",
  summary_text: "response.reasoning_summary_text.delta",
  reasoning_text: "response.reasoning_text.delta",
};

/** The event that says a part once more as a whole, and its members. */
export const DONE: Record<OpenPart["kind"], (text: string) => [type: string, said: JsonObject]> = {
  output_text: (text) => ["response.output_text.done", { text, logprobs: [] }],
  refusal: (refusal) => ["response.refusal.done", { refusal }],
  summary_text: (text) => ["response.reasoning_summary_text.done", { text }],
  reasoning_text: (text) => ["response.reasoning_text.done", { text }],
};

export function placeOf({ at, item }: OpenItem): JsonObject {
  return { item_id: item.id, output_index: at };
}

export function partPlace({ kind, place }: Pick<OpenPart, "kind" | "place">): JsonObject {
  return kind === "summary_text" ? { summary_index: place } : { content_index: place };
}

export function partOf({ kind, words, notes }: OpenPart): JsonObject {
  const text = words.join("");
  if (kind === "refusal") return { type: kind, refusal: text };
  return kind === "output_text" ? { type: kind, annotations: notes, logprobs: [], text } : { type: kind, text };
}

/** An object's members as JSON, to be put among others. */
export function membersOf(object: JsonObject): string {
  return JSON.stringify(object).slice(1, -1);
}
