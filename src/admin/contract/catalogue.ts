/** Who serves what, where and for how much, as `GET /admin/models` and `GET /admin/models/{id}` tell it. */

/** What is paid for tokens of each kind. A kind that is absent costs what the whole costs that it is a part of. */
export type TokenPrices = {
  readonly [kind in
    | "input"
    | "cache_read"
    | "cache_write_5m"
    | "cache_write_1h"
    | "audio_input"
    | "image_input"
    | "output"
    | "reasoning"
    | "audio_output"
    | "image_output"
    | "citations"]?: number;
};

/** What is paid for one of each: `images`, `characters`, `seconds`, `search_units`, `searches`, `code_runs` and the like. */
export type UnitPrices = Readonly<Record<string, number>>;

export interface ListedPrice {
  /** Dollars for a million tokens. */
  readonly per_million_tokens: TokenPrices;
  /** Dollars for one. */
  readonly per_unit: UnitPrices;
  /** Dollars for one image of a quality, a size, or both (`high/1024x1024`), where that is not what `per_unit` says. */
  readonly images: readonly { readonly kind: string; readonly usd: number }[];
  /** Ascending. A request with more input tokens than `above` is paid for at these prices from its first token on; what a step does not name costs what it did below. */
  readonly tiers: readonly { readonly above: number; readonly per_million_tokens: TokenPrices }[];
}

/** One model at one provider. */
export interface ListedEndpoint {
  /** `provider:upstream_model` */
  readonly id: string;
  readonly provider: string;
  /** The catalogue's name for it, `creator/name`; of a virtual model that of the candidate. */
  readonly model: string;
  /** What the provider calls it. */
  readonly upstream_model: string;
  /** What it is asked for: `generate`, `embed`, `image`, … */
  readonly operations: readonly string[];
  /** `null` where nobody told: it is not free. */
  readonly price: ListedPrice | null;
  /** Tokens of input and output together; `null` where it is not known, as below. */
  readonly context_window: number | null;
  /** Most tokens of one answer. */
  readonly max_output: number | null;
  /** Whether a request that wants no more than usual would be sent there: credentials, the gateway's policy and its rules let it. */
  readonly is_served: boolean;
  /** Why not, in the words of plans; `null` where it is. */
  readonly why_not: string | null;
  /** Whether on one account at least nothing is kept, nothing is learned from, and HIPAA is agreed to. */
  readonly zero_data_retention: boolean;
  readonly no_training: boolean;
  readonly hipaa: boolean;
  /** Parts of the world in which a request can be made to stay there. */
  readonly regions: readonly ("eu" | "us")[];
  /** `closed` where requests flow, `open` where it is left alone for a while, `half-open` where one finds out: the best of its credentials. */
  readonly circuit: "closed" | "open" | "half-open";
  /** Percent of requests that worked; 100 where none failed, and where none were asked. */
  readonly uptime_last_1d: number;
  /** Milliseconds until the first content, of streams of the last hour; `null` where there were none. */
  readonly latency_last_1h: { readonly p50: number; readonly p95: number } | null;
  /** Output tokens a second, likewise. */
  readonly throughput_last_1h: { readonly p50: number; readonly p95: number } | null;
}

/** What may be asked for. */
export interface ListedModel {
  /** `creator/name` */
  readonly id: string;
  readonly object: "model";
  readonly name: string;
  readonly description: string | null;
  readonly type: "language" | "embedding" | "image" | "reranking" | "speech" | "transcription" | "moderation";
  readonly context_window: number | null;
  readonly max_output: number | null;
  /** ISO 8601, the day of its release; `null` where it is not known. */
  readonly released_at: string | null;
  /** Not offered any more, though it may still answer. */
  readonly is_deprecated: boolean;
  /** `catalogue`; `configuration` for the operator's own; `virtual` for a name that stands for others. */
  readonly kind: "catalogue" | "configuration" | "virtual";
  /** `tools`, `vision`, `files`, `audio-input`, `reasoning`, `structured-output`, `caching`, `explicit-caching`, `image-output`. */
  readonly abilities: readonly string[];
  /** Whether somebody can be asked for it. */
  readonly is_served: boolean;
  /** The rule that denies it, by its id; `null` where none does. */
  readonly denied_by: string | null;
  /** The model that a rule asks for in its place: `is_served` is about that one then. `null` where none does. */
  readonly led_to: string | null;
  /** In the catalogue's order; of a virtual model those of all that it may stand for. */
  readonly endpoints: readonly ListedEndpoint[];
}

export interface ModelPage {
  readonly object: "list";
  readonly data: readonly ListedModel[];
  readonly has_more: false;
  readonly next: null;
}
