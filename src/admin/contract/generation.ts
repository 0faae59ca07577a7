/** Requests, one by one, as the admin API takes and tells them. */

/** One request. Tokens that nobody told are 0; `estimated`, where they were guessed. Money is in dollars, times in milliseconds. */
export interface ListedGeneration {
  readonly id: string;
  /** ISO 8601 */
  readonly created_at: string;
  readonly api_key_id: string;
  /** `null` where there is no such key any more. */
  readonly api_key_name: string | null;
  readonly team: string | null;
  readonly quota_entity_id: string | null;
  readonly operation: string;
  readonly wire: string;
  readonly model: string;
  readonly requested_model: string;
  readonly provider_name: string | null;
  readonly streamed: boolean;
  readonly finish_reason: string | null;
  /** A code of `docs/errors.md`. */
  readonly error: string | null;
  readonly total_cost: number;
  readonly upstream_inference_cost: number;
  readonly usage: number;
  readonly market_cost: number;
  readonly surcharge_cost: number;
  readonly gateway_cost: number;
  /** What the provider itself says, where it does. */
  readonly provider_cost?: number;
  /** What was found wrong since; it is in the others already. */
  readonly correction?: number;
  readonly is_byok: boolean;
  readonly latency: number;
  readonly generation_time: number;
  readonly tokens_prompt: number;
  readonly tokens_completion: number;
  readonly native_tokens_prompt: number;
  readonly native_tokens_completion: number;
  readonly native_tokens_reasoning: number;
  readonly native_tokens_cached: number;
  readonly native_tokens_cache_creation: number;
  readonly billable_web_search_calls: number;
  readonly estimated: boolean;
  readonly app: string | null;
  readonly app_url: string | null;
  readonly user: string | null;
  readonly tags: readonly string[];
  readonly trace_id: string;
}

export interface GenerationPage {
  readonly object: "list";
  readonly data: readonly ListedGeneration[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}

/** With what was tried, why, and what was found wrong since. */
export interface ShownGeneration extends ListedGeneration {
  readonly attempts: readonly object[];
  readonly routing: object;
  readonly corrections: readonly ListedCorrection[];
}

export interface ListedCorrection {
  readonly id: string;
  readonly generation_id: string;
  /** Dollars that were added; negative where they were taken away. */
  readonly adjustment_usd: number;
  readonly reason: string;
  readonly created_at: string;
}

/** What `POST …/corrections` takes. */
export interface ToldCorrection {
  /** Dollars, with nine decimals at most. */
  readonly adjustment_usd: number | string;
  readonly reason: string;
}

/** As `POST …/corrections` answers. */
export interface MadeCorrection extends ListedCorrection {
  /** What the request costs by now. */
  readonly market_cost: number;
}

/** What was said, where its key wants that kept; cut, and without what looks like a secret. */
export interface KeptBodies {
  readonly generation_id: string;
  readonly created_at: string;
  readonly asked: string | null;
  readonly answered: string | null;
}
