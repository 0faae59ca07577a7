/** Sums of requests, as the admin API takes and tells them. */

/**
 * What `GET /admin/usage` is asked by. Several values of a list stand behind one comma each (`group_by=day,model`). A day is
 * `2026-01-31`, both ends of a report included; a moment, `2026-01-31T13:00Z`, makes it one of hours: from the hour of the first to that of the second.
 */
export interface UsageQuery {
  readonly start_date: string;
  readonly end_date: string;
  /**
   * `day` (for over time, whatever `date_part`), `model`, `provider`, `user`, `tag`, `team`, `api_key_id`, `api_key_name`, `credential_type`,
   * `zero_data_retention`, `app`, `error`. By `error`: requests that failed, and no others. `app` goes with neither `user` nor `tag`, unless `error` is there too.
   */
  readonly group_by?: string;
  /** `minute` of three hours at the most, `hour` of 92 days (31 with users, tags or apps, 7 with tags and users, or tags, models and keys). */
  readonly date_part?: "day" | "hour" | "minute";
  readonly user_id?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly team?: string;
  readonly api_key_id?: string;
  readonly credential_type?: "system" | "byok";
  readonly zero_data_retention?: "true" | "false";
  readonly tags?: string;
  readonly tags_match?: "any" | "all";
  /** As the lists tell it; empty for those that have none. */
  readonly app?: string;
  /** A code of `docs/errors.md`. */
  readonly error?: string;
  readonly format?: "json" | "csv";
}

/** Sums of one group of requests, as `GET /admin/usage` tells them. What it goes by has a member; what of that was not told is absent. Money is in dollars. */
export interface UsageGroup {
  /** As in `2026-01-31`, or by the hour as in `2026-01-31T13`, or by the minute as in `2026-01-31T13:05`; UTC. */
  readonly day?: string;
  readonly hour?: string;
  readonly minute?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly user?: string;
  readonly tag?: string;
  readonly team?: string;
  readonly credential_type?: "system" | "byok";
  readonly zero_data_retention?: boolean;
  readonly api_key_name?: string;
  readonly api_key_id?: string;
  /** Its name, or its address where it tells no name. */
  readonly app?: string;
  /** A code of `docs/errors.md`. */
  readonly error?: string;
  /** What the operator pays; and with what clients spent on accounts of their own. */
  readonly total_cost: number;
  readonly market_cost: number;
  readonly surcharge_cost: number;
  readonly gateway_cost: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly reasoning_tokens: number;
  readonly request_count: number;
  readonly error_count: number;
}

export interface UsageReport {
  readonly results: readonly UsageGroup[];
  /** By the minute, where there were more than 100,000 requests: only those from this moment on are in it. ISO 8601 */
  readonly since?: string;
}

/**
 * What `GET /admin/latency` is asked by: as {@link UsageQuery}. By key, user, tag or app it is made of single requests: the latest 50,000 of its
 * time, whoever they are of.
 */
export interface LatencyQuery {
  readonly start_date: string;
  readonly end_date: string;
  /** `day` (for over time), `model`, `provider`, `api_key_id`, `user`, `tag`, `app`; what is absent is one group. `all` is one for all of it. Without it: `day`. */
  readonly group_by?: string;
  /** `minute` of three hours at the most, `hour` of 7 days. */
  readonly date_part?: "day" | "hour" | "minute";
  readonly model?: string;
  readonly provider?: string;
  /** Any of these, a hundred at the most; an empty text is for those that did not tell. */
  readonly api_key_id?: readonly string[];
  readonly user_id?: readonly string[];
  readonly app?: readonly string[];
  /** Any of these, as in {@link UsageQuery}. */
  readonly tags?: string;
}

/** A measure over many requests, told to within a tenth. */
export interface Spread {
  /** Half of them had less than the first, nineteen of twenty less than the second. */
  readonly p50: number;
  readonly p95: number;
  /** How many were measured. */
  readonly count: number;
}

/** How fast requests that worked were answered. A measure that none of them has is `null`. */
export interface LatencyGroup {
  readonly day?: string;
  readonly hour?: string;
  readonly minute?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly api_key_id?: string;
  readonly user?: string;
  /** A request with several is counted in each. */
  readonly tag?: string;
  readonly app?: string;
  /** Milliseconds until the first content, what was tried in vain before included: of streams. */
  readonly first_token_ms: Spread | null;
  /** Milliseconds until the end. */
  readonly duration_ms: Spread | null;
  /** Output tokens a second behind the first content: of streams with enough of them to tell. */
  readonly tokens_per_second: Spread | null;
}

/** Those of a time together. */
export interface LatencyReport {
  readonly object: "list";
  readonly data: readonly LatencyGroup[];
  readonly has_more: false;
  readonly next: null;
  /** As in {@link UsageReport}; and where it is made of `latest` requests at the most, and there were more. */
  readonly since?: string;
  /** It is made of single requests: of so many at the most, the latest. */
  readonly latest?: number;
}
