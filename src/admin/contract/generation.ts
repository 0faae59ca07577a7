/** Requests, one by one, as the admin API takes and tells them. */

import type { ShownAttempt, ShownPlan, ShownRouting } from "./attempt.ts";

/**
 * What `GET /admin/generations` is asked by. Members that may have several values are given once for each (`model=a&model=b` for either).
 * Where something is asked for that may be rare, a page is what the latest 10,000 requests before `before` have of it: it may have fewer than
 * its limit, or none, while `has_more` says that it goes on before `next`.
 */
/** Of what was not told of a request, an empty text finds those without it. */
export interface GenerationQuery {
  /** A day, which counts as a whole, or a moment in ISO 8601, UTC. `to` itself is not included where it is a moment. */
  readonly from?: string;
  readonly to?: string;
  /** `next` of the page before. */
  readonly before?: string;
  /** 50 unless told, 500 at the most. */
  readonly limit?: number;
  readonly api_key_id?: readonly string[];
  readonly team?: readonly string[];
  readonly model?: readonly string[];
  readonly requested_model?: readonly string[];
  readonly provider?: readonly string[];
  readonly user_id?: readonly string[];
  readonly quota_entity_id?: readonly string[];
  /** As the list tells it: a name, or an address where there is none. */
  readonly app?: readonly string[];
  /** Any of them among its own. */
  readonly tag?: readonly string[];
  readonly finish_reason?: readonly string[];
  /** Codes of `docs/errors.md`. */
  readonly error?: readonly string[];
  readonly operation?: readonly string[];
  readonly status?: "ok" | "error";
  readonly streamed?: "true" | "false";
  readonly credential_type?: "system" | "byok";
  /** Dollars at the market's price, as `market_cost` but for corrections; what costs exactly that is among them. */
  readonly min_cost?: string;
  readonly min_duration_ms?: number;
  /** In its id, models, user, app or error. */
  readonly search?: string;
  readonly format?: "json" | "jsonl" | "csv";
}

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
  /** What it cost is not known: the numbers are 0 and mean nothing. */
  readonly unpriced?: true;
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
  /** How the last attempt answered: bytes passed on, or said in another format; `null` where nobody was asked. */
  readonly mode: "relay" | "transcode" | null;
  /** What of the request nobody obeyed. */
  readonly dropped: readonly string[];
  readonly zero_data_retention: boolean;
  readonly plan: ShownPlan;
  readonly attempts: readonly ShownAttempt[];
  readonly routing: ShownRouting;
  readonly corrections: readonly ListedCorrection[];
  /** How its cost comes about; `null` where nothing was used, or nobody knows the price. */
  readonly arithmetic: ShownArithmetic | null;
  /** Budgets that there are now and that it was spent from, with what it added to each. */
  readonly charged: readonly ShownCharge[];
  /** Whether something is kept of what was said. */
  readonly has_bodies: boolean;
}

/**
 * What was used times what it costs. No request keeps its prices: these are those of now, in the way of being paid (tier, mode, region, hour) that comes to its cost.
 * Dollars; costs of attempts in vain (`attempts[].cost`) and corrections come on top.
 */
export interface ShownArithmetic {
  readonly lines: readonly {
    /** `input`, `cache_read`, `cache_write_5m`, `cache_write_1h`, `output`, `reasoning`, `searches`, `images`, … Parts are taken out of their whole. */
    readonly meter: string;
    readonly units: number;
    /** `token`: `price` is for a million of them; `unit`: for one. */
    readonly of: "token" | "unit";
    /** `null` where it has none. */
    readonly price: number | null;
    /** Not rounded. */
    readonly amount: number;
  }[];
  /** Input tokens above which these prices hold; `null` for those that hold from the first. */
  readonly above: number | null;
  /** How many times the usual price, as a fraction; `null` for once. */
  readonly times: readonly [of: number, by: number] | null;
  /** What the lines add up to, in whole nanodollars. */
  readonly sum: number;
  /** What of its cost they do not account for: prices have changed since, or a provider's own tools were used. */
  readonly rest: number;
}

/** What a request added to a budget. */
export interface ShownCharge {
  readonly budget_id: string;
  readonly scope: "gateway" | "team" | "key" | "user" | "entity" | "tag";
  readonly scope_id: string;
  readonly period: "daily" | "weekly" | "monthly" | "total";
  /** ISO 8601, when that period began; `null` for `total`. */
  readonly period_started_at: string | null;
  /** Dollars, corrections included. */
  readonly amount_usd: number;
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

/** A header field; `null` for what was there and is kept back. What lets anybody in is not even named. */
export interface KeptHeader {
  readonly name: string;
  readonly value: string | null;
}

/** What was said, where its key wants that kept; cut, and without what looks like a secret. */
export interface KeptBodies {
  readonly generation_id: string;
  readonly created_at: string;
  readonly asked: string | null;
  readonly answered: string | null;
  /** What the client sent beside the body; `null` for what was kept before these were. */
  readonly asked_headers: readonly KeptHeader[] | null;
  /** What providers answered with, attempt by attempt, as far as they answered at all. */
  readonly answered_headers:
    | readonly { readonly endpoint: string; readonly status: number; readonly headers: readonly KeptHeader[] }[]
    | null;
}
