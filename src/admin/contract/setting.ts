/** What is in force, as `GET /admin/settings` tells it. Nothing of it is changed over the admin API. */

export interface Setting {
  /** As in `docs/configuration.md`: `ledger.keep_days`, `providers.openai.base_url`. */
  readonly path: string;
  /** As JSON; `null` where it is not set, and of a secret. */
  readonly value: string | number | boolean | null | readonly unknown[] | object;
  /** It holds a secret: nothing is told but whether it `is_set`. */
  readonly is_secret: boolean;
  /** Whether it has a value at all. One that has none here may have been made at first start, as the admin token is. */
  readonly is_set: boolean;
  /** Where its value was told; `program`: by whoever embeds the gateway in a program of theirs. */
  readonly source: "default" | "file" | "environment" | "flag" | "program";
  /** The variable or the flag, `HEADGATE_PORT`, `--port`; `null` for the others. */
  readonly named: string | null;
  /** One or two sentences, as in `docs/configuration.md`; `code` stands between backticks. */
  readonly description: string;
  /** Whether a change holds only once the gateway is started anew. */
  readonly needs_restart: boolean;
}

export interface Settings {
  readonly object: "settings";
  readonly version: string;
  /** `bun 1.4.5` */
  readonly runtime: string;
  /** ISO 8601 */
  readonly started_at: string;
  /** The file that was read; `null` where there is none. */
  readonly file: string | null;
  /** Nothing can be changed by way of the admin API. */
  readonly is_locked: boolean;
  readonly database: {
    readonly engine: "sqlite" | "postgres";
    /** Bytes that it has on disk; `null` where nobody can say, or it is in memory. */
    readonly bytes: number | null;
  };
  /** Days that each is kept; `megabytes` that all of it may have, `null` for as much as there is. */
  readonly retention: {
    readonly requests_days: number;
    readonly bodies_days: number;
    readonly sums_days: number;
    readonly megabytes: number | null;
  };
  readonly settings: readonly Setting[];
}
