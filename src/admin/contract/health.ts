/** How those do who are asked, as `GET /admin/health` tells it. */

/** One endpoint by one credential, that was asked in the last day or is left alone just now. */
export interface ListedWay {
  /** `provider:upstream_model` */
  readonly endpoint: string;
  readonly provider: string;
  readonly model: string;
  readonly upstream_model: string;
  /** `null` where the provider has one. */
  readonly credential: string | null;
  readonly circuit: "closed" | "open" | "half-open";
  /** `null` where requests flow. */
  readonly left_alone: {
    /** ISO 8601: nobody asks before. */
    readonly until: string;
    /** A code of `docs/errors.md`. */
    readonly error: string;
    /** HTTP status of the provider's answer, where there was one. */
    readonly status?: number;
    readonly told_by_provider: boolean;
    readonly probing: boolean;
  } | null;
  readonly requests_last_15m: { readonly worked: number; readonly failed: number };
  /** Percent. */
  readonly uptime_last_15m: number;
  readonly uptime_last_1h: number;
  readonly uptime_last_1d: number;
  /** Milliseconds until the first content; tokens a second; `null` where nothing was streamed. */
  readonly latency_last_1h: { readonly p50: number; readonly p95: number } | null;
  readonly throughput_last_1h: { readonly p50: number; readonly p95: number } | null;
}

export interface Health {
  readonly object: "health";
  readonly simulated: boolean;
  readonly mode: {
    readonly worker: number | null;
    readonly database: "sqlite" | "postgres";
    readonly redis: "reached" | "out_of_reach" | null;
    readonly limits: "here" | "redis" | "database" | "by_itself";
    readonly key_changes: "told" | "looked_for" | "here" | "unknown";
  };
  readonly requests_in_flight: number;
  readonly streams_open: number;
  /** Rows that are not on disk yet; rows kept beside a database that fails, and those of them that are on no disk. */
  readonly ledger_lag: number;
  readonly rows_waiting: number;
  readonly rows_in_memory: number;
  readonly missing: readonly {
    readonly what: "database" | "redis";
    readonly since: string;
    readonly served_until: string | null;
  }[];
  readonly data: readonly ListedWay[];
}
