import type { JsonObject } from "./json.ts";

/** Names the API answers with where it was asked for an alias; recordings of 2024 to 2026. */
const SNAPSHOTS: Record<string, string> = {
  "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
  "gpt-4": "gpt-4-0613",
  "gpt-4o": "gpt-4o-2024-08-06",
  "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "gpt-4.1": "gpt-4.1-2025-04-14",
  "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
  "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
  "gpt-5": "gpt-5-2025-08-07",
  "gpt-5-mini": "gpt-5-mini-2025-08-07",
  "gpt-5-nano": "gpt-5-nano-2025-08-07",
  "o3-mini": "o3-mini-2025-01-31",
  "o4-mini": "o4-mini-2025-04-16",
  "text-embedding-ada-002": "text-embedding-ada-002-v2",
};

const OTHERS = ["gpt-5.6-sol", "gpt-5.6-terra", "text-embedding-3-small", "text-embedding-3-large"];
const CLAUDES = ["claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", "claude-sonnet-4-6", "claude-haiku-4-5"];

/** The dated name behind an alias, as OpenAI tells it; other names are repeated. */
export function snapshotOf(model: string): string {
  return SNAPSHOTS[model] ?? model;
}

/** Whether this model thinks before it speaks, and so refuses to be tuned. */
export function isThinker(model: string): boolean {
  return /^(o\d|gpt-5)/.test(model) && !model.includes("chat");
}

/** `GET /models`, as OpenAI gives it. Any other model is served as well. */
export function openaiModels(): JsonObject {
  const ids = [...Object.keys(SNAPSHOTS), ...OTHERS];
  return { object: "list", data: ids.map((id) => ({ id, object: "model", created: 1722030252, owned_by: "system" })) };
}

/** `GET /v1/models`, as Anthropic gives it. Any other model is served as well. */
export function anthropicModels(): JsonObject {
  const data = CLAUDES.map((id) => ({
    type: "model",
    id,
    display_name: id
      .split("-")
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(" "),
    created_at: "2026-02-05T00:00:00Z",
    max_input_tokens: 1_000_000,
    max_tokens: 128_000,
  }));
  return { data, has_more: false, first_id: CLAUDES[0] as string, last_id: CLAUDES.at(-1) as string };
}
