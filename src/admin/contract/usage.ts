/** Sums of requests, as the admin API takes and tells them. */

/** Sums of one group of requests, as `GET /admin/usage` tells them. What it goes by has a member; what of that was not told is absent. Money is in dollars. */
export interface UsageGroup {
  /** As in `2026-01-31`, or by the hour as in `2026-01-31T13`; UTC. */
  readonly day?: string;
  readonly hour?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly user?: string;
  readonly tag?: string;
  readonly team?: string;
  readonly credential_type?: "system" | "byok";
  readonly zero_data_retention?: boolean;
  readonly api_key_name?: string;
  readonly api_key_id?: string;
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
}
