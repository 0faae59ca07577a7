/** What the admin API takes and tells, for whoever calls it. */

/** An account at a provider. Its secret is told to nobody. */
export interface ProviderCredential {
  readonly provider: string;
  /** By which it is found: its provider has no other of that name. `default` where the configuration gives it none. */
  readonly name: string;
  readonly source: "api" | "configuration" | "environment";
  /** It is changed where it stands. */
  readonly read_only: boolean;
  /** How often it is asked first, against its provider's others. */
  readonly weight: number;
  readonly zero_data_retention: boolean;
  readonly no_training: boolean;
  readonly hipaa: boolean;
  readonly regions: readonly string[] | null;
  /** Of one that was entered here, by which people tell them apart. */
  readonly hint?: string | null;
  /** Of one that was entered here: where it is, as far as that was told. */
  readonly base_url?: string;
  readonly region?: string;
  readonly project?: string;
  readonly location?: string;
  /** ISO 8601 */
  readonly created_at?: string;
  readonly updated_at?: string;
  /** Why it is not asked. */
  readonly problem?: string;
}

/** Whoever could answer. */
export interface ListedProvider {
  readonly name: string;
  readonly title: string;
  /** The vendor's page. */
  readonly docs: string | null;
  readonly base_url: string | null;
  /** How many models it has by the catalogue and the configuration. */
  readonly models: number;
  readonly credentials: readonly ProviderCredential[];
}

/** What came of trying a credential. */
export interface CredentialTrial {
  readonly ok: boolean;
  readonly model: string;
  /** As the provider answered, where it did. */
  readonly status: number | null;
  readonly duration_ms: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A client key, as `POST`, `PATCH` and `GET /admin/keys` tell it. What a policy does not say is absent. */
export interface ListedKey {
  readonly id: string;
  readonly object: "key";
  readonly name: string;
  /** Its first characters, by which people tell them apart. */
  readonly hint: string;
  readonly status: "active" | "disabled" | "expired" | "leaked" | "revoked";
  /** That of the environment is listed last; it is changed where it stands. */
  readonly source: "api" | "environment";
  readonly read_only: boolean;
  readonly owner: string | null;
  readonly team: string | null;
  readonly disabled: boolean;
  /** ISO 8601, as all times here. */
  readonly expires_at: string | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly revoked_at: string | null;
  readonly leaked_at: string | null;
  /** Until when the secret before its last rotation opens as well. */
  readonly previous_until: string | null;
  readonly models?: readonly string[];
  readonly providers?: readonly string[];
  readonly zero_data_retention?: boolean;
  readonly no_training?: boolean;
  readonly hipaa?: boolean;
  readonly limits?: {
    readonly requests_per_minute?: number | null;
    readonly tokens_per_minute?: number | null;
    readonly concurrent_streams?: number | null;
  };
  readonly hedge?: boolean;
  readonly user?: { readonly required?: boolean; readonly fixed?: string };
  readonly entity?: { readonly required?: boolean; readonly fixed?: string };
  readonly tags?: {
    readonly required?: boolean;
    readonly fixed?: readonly string[];
    readonly allowed?: readonly string[];
    readonly most?: number;
  };
  readonly keep_bodies?: boolean;
  readonly metadata?: object;
  /** The one that it has, where it has one; all of them stand in `budgets`, as `/admin/budgets` tells them. */
  readonly budget: object | null;
  readonly budgets: readonly object[];
  /** The secret: when it is made, and when it is rotated. */
  readonly key?: string;
}

export interface KeyPage {
  readonly object: "list";
  readonly data: readonly ListedKey[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}

/** A group of keys. */
export interface ListedTeam {
  readonly id: string;
  readonly object: "team";
  readonly name: string;
  readonly metadata?: object;
  readonly created_at: string;
}

/** Something that was done. */
export interface AuditEntry {
  readonly id: string;
  /** ISO 8601 */
  readonly created_at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: object | null;
}

export interface AuditPage {
  readonly object: "list";
  readonly data: readonly AuditEntry[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}

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

/** Something that somebody should look into. */
export interface ListedAlarm {
  readonly id: string;
  readonly created_at: string;
  readonly kind: string;
  readonly target: string;
  readonly detail: object;
}

export interface AlarmPage {
  readonly object: "list";
  readonly data: readonly ListedAlarm[];
  readonly has_more: boolean;
  /** For `before`, to have the next page. */
  readonly next: string | null;
}
