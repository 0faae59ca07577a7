import type { Operation, Requirement } from "../core/ask.ts";
import type { Price } from "../core/money.ts";
import type { Quirk } from "../wires/quirk.ts";

export const MODEL_TYPES = [
  "language",
  "embedding",
  "image",
  "reranking",
  "speech",
  "transcription",
  "moderation",
] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** What is asked of models of each type. */
export const OPERATIONS = {
  language: ["generate", "complete"],
  embedding: ["embed"],
  image: ["image"],
  reranking: ["rerank"],
  speech: ["speech"],
  transcription: ["transcribe"],
  moderation: ["moderate"],
} as const satisfies Record<ModelType, readonly Operation[]>;

/** What a model can do beyond text in, text out. A closed list. */
export const ABILITIES = [
  "tools",
  "vision",
  "files",
  "audio-input",
  "reasoning",
  "structured-output",
  "caching",
  "explicit-caching",
  "image-output",
] as const;
export type Ability = (typeof ABILITIES)[number];

/** Those that a request may require. */
export const REQUIREMENTS = ["tools", "vision", "files", "audio-input"] as const satisfies readonly (Ability &
  Requirement)[];

/** What is asked for: `creator/name`, whoever serves it. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly type: ModelType;
  /** Tokens of input and output together. */
  readonly contextWindow?: number;
  /** Most tokens of one answer. */
  readonly maxOutput?: number;
  /** Unix seconds of the public release. */
  readonly released?: number;
  /** Not offered any more, though it may still answer. */
  readonly deprecated?: boolean;
  /** The operator's, not the catalogue's: shown only to those who have a key. */
  readonly own?: boolean;
  readonly abilities: readonly Ability[];
  /** Deviations of the model itself, wherever it is served. */
  readonly quirks?: readonly Quirk[];
  readonly offers: readonly Offer[];
}

/** One provider that serves a model, and under which name. */
export interface Offer {
  readonly provider: string;
  readonly upstream: string;
  /** Listed by the operator, before those of the catalogue. */
  readonly placed?: true;
  /** The price is the operator's own: what is paid where it is asked. */
  readonly told?: true;
  /** Absent where nobody told: the model is then unpriced, which is not free. */
  readonly price?: Price;
}
