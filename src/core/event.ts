import type { GatewayError } from "./error.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Meter, Usage } from "./usage.ts";

/** The formats on the network. A provider or a client speaks one or more of them. */
export type WireName =
  | "openai-chat"
  | "openai-responses"
  | "openai-compaction"
  | "anthropic-messages"
  | "ai-sdk-language-model"
  | "gemini-generate"
  | "bedrock-converse"
  | "openai-embeddings"
  | "ai-sdk-embedding-model"
  | "ai-sdk-speech-model"
  | "ai-sdk-transcription-model"
  | "ai-sdk-reranking-model"
  | "ai-sdk-image-model"
  | "ai-sdk-image-edits"
  | "openai-images"
  | "openai-image-edits"
  | "gemini-images"
  | "openai-completions"
  | "openai-moderations"
  | "openai-speech"
  | "openai-transcriptions"
  | "openai-translations"
  | "cohere-rerank"
  | "xai-speech"
  | "voyage-rerank"
  | "bedrock-rerank";

/**
 * What a model says, piece by piece. A whole message is its events folded (`message.ts`).
 * Block indexes run 0, 1, 2 … without gaps, in the order in which the blocks begin; deltas of different blocks may interleave.
 */
export type Event =
  | { type: "message-start"; id: string; model: string }
  | { type: "block-start"; index: number; block: Block }
  | { type: "block-delta"; index: number; delta: Delta }
  | { type: "block-end"; index: number; signature?: Signature }
  /**
   * Running totals: set, never add; the last is the truth. `raw` is the provider's own object. `withdrawn`: meters told
   * before, whose last report is no number anyone could believe.
   */
  | { type: "usage"; usage: Usage; raw?: JsonObject; withdrawn?: readonly Meter[] }
  /** The provider's own facts about the answer, passed on under its name. */
  | { type: "metadata"; values: JsonObject }
  | { type: "message-end"; finish: Finish; raw: string | null; stopSequence?: string }
  | { type: "ping" }
  | { type: "error"; error: GatewayError };

/** Proof of origin of a piece of thinking, or of a tool call. Worthless to anyone but the format that minted it. */
export interface Signature {
  format: string;
  value: string;
}

export type Block = { id?: string; extra?: JsonObject } & (
  | { kind: "text" }
  | { kind: "refusal" }
  | { kind: "reasoning"; summary?: boolean; redacted?: string; encrypted?: string; format?: string }
  | { kind: "tool-call"; call: string; name: string; by: "client" | "provider"; format: "json" | "text" }
  | { kind: "file"; mediaType: string }
  | { kind: "native"; wire: WireName; value: JsonValue }
);

export type Delta =
  | { kind: "text"; text: string; logprobs?: JsonValue }
  | { kind: "arguments"; json: string }
  | { kind: "citation"; value: JsonValue }
  | { kind: "data"; base64: string }
  | { kind: "native"; wire: WireName; value: JsonValue };

/** Why the model stopped, in one clean word; the provider's own word travels beside it. */
export type Finish = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "pause" | "error" | "other";

/** One direction of a wire. Holds the state of one stream and of nothing else. Synchronous. */
export interface Stage<In, Out> {
  push(input: In): Iterable<Out>;
  end(): Iterable<Out>;
}

/** One unit of a stream, read: for SSE what its `event:` and `data:` lines say. */
export interface Frame {
  event?: string;
  data: string;
  /** The framing itself says that this one tells of a failure. */
  failure?: true;
}
