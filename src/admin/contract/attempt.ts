/** What was tried for one request, as `GET /admin/generations/{id}` tells it. Times are milliseconds. */

/** One try at one endpoint. */
export interface ShownAttempt {
  /** `provider:upstream_model` */
  readonly endpoint: string;
  /** Absent for the model that the client asked for. */
  readonly model?: string;
  /** What the provider was asked in. */
  readonly wire: string;
  readonly mode: "relay" | "transcode";
  readonly credential: "system" | "byok";
  /** Which of the provider's credentials, by name; absent where it has one. */
  readonly account?: string;
  /** Where it was processed, where that is known: `eu`, `global`, `eu/europe-west4`. */
  readonly place?: string;
  /** After the request had begun; absent for none. */
  readonly at?: number;
  readonly ms: number;
  /** HTTP status of the provider's answer; `null` where there was none. */
  readonly status: number | null;
  /** By which the provider's own people find the answer, and the request. */
  readonly upstreamId?: string;
  readonly requestId?: string;
  /** It was sent once more, as a kept connection broke behind it. */
  readonly askedTwice?: true;
  /** The client's own limit that ran out. */
  readonly timeoutMs?: number;
  /** Nanodollars that it is estimated to have cost beside the answer. */
  readonly cost?: number;
  readonly units?: Readonly<Record<string, number>>;
  /** A code of `docs/errors.md`, and what was said; absent where it worked. */
  readonly error?: string;
  readonly message?: string;
  /** Nobody knows what the provider charges for it. */
  readonly maybe_billed?: true;
}

/** The plan and its course, as replies tell them (`provider_metadata.gateway.routing`). */
export interface ShownRouting {
  readonly originalModelId: string;
  readonly resolvedProvider?: string;
  readonly resolvedProviderApiModelId?: string;
  readonly speed?: "fast";
  readonly canonicalSlug: string;
  readonly finalProvider?: string;
  readonly fallbacksAvailable: readonly string[];
  /** Sentences: the order, who was passed over and why, who was left alone. */
  readonly planningReasoning: string;
  readonly sort?: object;
  readonly modelAttemptCount: number;
  readonly totalProviderAttemptCount: number;
  readonly modelAttempts: readonly object[];
}

/** Who was to be asked, in this order, and who was not, and why: what `planningReasoning` says in words. */
export interface ShownPlan {
  readonly legs: readonly { readonly endpoint: string; readonly credential: "system" | "byok" }[];
  /** `who` is a provider, `provider/credential`, or a model. */
  readonly skipped: readonly { readonly who: string; readonly reason: string }[];
  /** Who failed a moment before and was put last, with the code of that error. */
  readonly left_alone: readonly { readonly who: string; readonly error: string }[];
}

/** How far one attempt is: what `POST /admin/playground/chat/completions?attempts=true` tells beside the answer, as events called `attempt`. */
export interface LiveAttempt {
  /** Which of the request's it is, from 0 on. */
  readonly nth: number;
  readonly provider: string;
  readonly model: string;
  /** Its credential by name, where the provider has several. */
  readonly account?: string;
  readonly state: "asked" | "speaks" | "failed";
  /** When it was asked, in Unix milliseconds. */
  readonly asked_at: number;
  /** Since then. */
  readonly ms: number;
  /** HTTP status of a provider that refused. */
  readonly status?: number;
  /** A code of `docs/errors.md`, and what was said; absent where it did not fail. */
  readonly error?: string;
  readonly message?: string;
}
