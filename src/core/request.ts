import type { Signature, WireName } from "./event.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/**
 * What a client asks for, in no vendor's accent: decoded from the client's wire, encoded into the provider's.
 * Everything optional is absent when the client did not say it; a default is the provider's business.
 */
export interface Request {
  turns: readonly Turn[];
  stream: boolean;
  tools?: readonly Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  /** Most tokens that the answer may have, thinking included. */
  outputCap?: number;
  format?: OutputFormat;
  reasoning?: Reasoning;
  sampling: Sampling;
  /** The end user on whose behalf the client asks, as the client named them. */
  user?: string;
  serviceTier?: string;
  /** The gateway is to mark what is worth caching, in this way, where a cache wants marks. */
  caching?: CacheMark;
  /** Members of the client's body that no word here covers, by name. A target that knows them may take them; else they are dropped. */
  extra: JsonObject;
  /** Members of the client's body that only its own wire gives a meaning: told as dropped, whatever the target. */
  unsaid?: readonly Dropped[];
  /** Header fields that belong to one wire: whoever speaks it gets them, as far as it takes them. */
  headers?: Readonly<Record<string, string>>;
  /** `providerOptions.<provider>`: options a client addressed to one provider by name. */
  providerOptions: JsonObject;
}

export interface Turn {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  parts: readonly Part[];
  name?: string;
}

/** A piece of a turn, or of a model's answer. */
export type Part = { cache?: CacheMark; extra?: JsonObject } & (
  | { kind: "text"; text: string; citations?: readonly JsonValue[] }
  | { kind: "refusal"; text: string }
  | { kind: "image"; source: Source; detail?: string }
  | { kind: "file"; source: Source; filename?: string }
  | { kind: "audio"; base64: string; format: string }
  | ReasoningPart
  | ToolCallPart
  | { kind: "tool-result"; call: string; parts: readonly Part[]; failed?: boolean }
  | { kind: "native"; wire: WireName; value: JsonValue }
);

export interface ReasoningPart {
  kind: "reasoning";
  text: string;
  id?: string;
  /** The text is a summary that the provider wrote of its thinking. */
  summary?: boolean;
  signature?: Signature;
  /** Thinking that the provider encrypted: opaque, to be sent back as it came. */
  encrypted?: string;
  /** Thinking that the provider withheld for safety: opaque, to be sent back as it came. */
  redacted?: string;
  format?: string;
}

export interface ToolCallPart {
  kind: "tool-call";
  call: string;
  name: string;
  /** JSON text for format `json` (`{}` when there are none), free text otherwise. */
  arguments: string;
  by: "client" | "provider";
  format: "json" | "text";
  signature?: Signature;
}

export type Source =
  | { from: "url"; url: string }
  | { from: "data"; mediaType: string; base64: string }
  | { from: "upload"; id: string };

/** "Cache the prompt up to here." */
export interface CacheMark {
  ttl?: "5m" | "1h";
}

export type Tool =
  | {
      kind: "function";
      name: string;
      description?: string;
      parameters?: JsonObject;
      strict?: boolean;
      cache?: CacheMark;
      extra?: JsonObject;
    }
  /** `spare`: offered beside tools of the client's own, and none must be called: an answer is what was asked for without it too. */
  | { kind: "native"; wire: WireName; value: JsonObject; spare?: true };

export type ToolChoice = { mode: "auto" | "none" | "required" } | { mode: "tool"; name: string };

export type OutputFormat =
  | { kind: "text" }
  | { kind: "json" }
  | { kind: "schema"; name: string; schema: JsonObject; strict?: boolean; description?: string };

export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

export interface Reasoning {
  enabled?: boolean;
  effort?: Effort;
  /** Tokens that the model may think for. */
  budget?: number;
  /** Think, but leave the thinking out of the reply. */
  exclude?: boolean;
  /** How much of the thinking is told, in OpenAI's words: `concise`, `detailed`. Absent: as the model likes. */
  summary?: string;
}

export interface Sampling {
  temperature?: number;
  topP?: number;
  topK?: number;
  stop?: readonly string[];
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
}

/** Something the client asked for that the target wire cannot say: the field's name in the client's body. */
export type Dropped = string;
