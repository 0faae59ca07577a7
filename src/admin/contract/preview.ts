/** What would become of a request now, as `POST /admin/preview` tells it. Nothing is sent, reserved or written down. */

/**
 * What it takes: the body of a chat completion (`model`, `messages`, `stream`, `max_tokens`, `providerOptions`, …), and beside it whose request it would be.
 * Where chance has a say (weights), another time may show another order.
 */
export interface AskedPreview {
  readonly model: string;
  readonly messages: readonly object[];
  /** A key's id. @default the playground's, `key_playground`, which may do anything */
  readonly api_key_id?: string;
  readonly [member: string]: unknown;
}

/** Who would be asked, in this order, as long as those before fail. */
export interface PreviewStep {
  readonly provider: string;
  /** `creator/name` */
  readonly model: string;
  /** `provider:upstream_model` */
  readonly endpoint: string;
  readonly upstream_model: string;
  /** Which of the provider's credentials; `null` where it has one. */
  readonly credential: string | null;
  /** What the provider is asked in, such as `openai-chat`. */
  readonly wire: string;
  /** Bytes passed on, or said in another format. */
  readonly mode: "relay" | "transcode";
  /** It fails just now, and would only be asked once everybody else has failed: with the code of its last error. */
  readonly left_alone: string | null;
  /**
   * Dollars that it would cost there: `least` with an empty answer; `most` with the longest, all of it as dear as it can be, `null` where nothing says
   * how long that is. `null` where the price is not known.
   */
  readonly cost: { readonly least: number; readonly most: number | null } | null;
}

/** Who would not be asked, and why. */
export interface PreviewSkipped {
  readonly model: string;
  /** `null` for a model that nobody serves, or that is denied. */
  readonly provider: string | null;
  /** `null` where it holds for all of the provider's. */
  readonly credential: string | null;
  readonly reason: string;
}

/** A budget that the request would be charged to. Dollars. */
export interface PreviewBudget {
  readonly id: string;
  readonly scope: string;
  readonly scope_id: string;
  readonly period: string;
  readonly limit_usd: number;
  readonly spent_usd: number;
  readonly reserved_usd: number;
  /** What it would reserve; 0 where it is soft, or nothing of it would be the operator's. `null` where the price of nobody who may be asked is known. */
  readonly wanted_usd: number | null;
  /** Whether there is so much left. */
  readonly is_enough: boolean;
}

/** A rate limit that it would be counted in. */
export interface PreviewLimit {
  readonly counts: "requests" | "tokens" | "streams";
  /** Whose it is, in words. */
  readonly of: string;
  readonly limit: number;
  readonly per: "minute" | "moment";
  /** What is left now. */
  readonly remaining: number;
  readonly wanted: number;
  readonly is_enough: boolean;
}

export interface Preview {
  readonly object: "preview";
  /** The key that it was drawn for. */
  readonly api_key_id: string;
  readonly api_key_name: string;
  readonly requested_model: string;
  /** Where rules and virtual models led; `null` where nothing would be asked. */
  readonly model: string | null;
  /** What led there, in its order: rules that rewrote or denied, and the virtual model. */
  readonly led_by: readonly {
    readonly kind: "routing_rule" | "virtual_model";
    readonly id: string;
    readonly to: string | null;
  }[];
  readonly steps: readonly PreviewStep[];
  readonly skipped: readonly PreviewSkipped[];
  /** What of the request nobody would obey. */
  readonly dropped: readonly string[];
  /** Tokens, about; `null` where nothing would be asked. */
  readonly input_tokens: number | null;
  /** Tokens that its answer may have, where that is held: by the request, or by what is left of a budget. */
  readonly output_cap: number | null;
  /** Calls that providers may make of tools of their own, where a budget holds them to that. */
  readonly call_cap: number | null;
  readonly budgets: readonly PreviewBudget[];
  readonly limits: readonly PreviewLimit[];
  /** What the client would be told instead of an answer, whatever providers do; `null` where it would be sent. */
  readonly refusal: {
    readonly status: number;
    /** A code of `docs/errors.md`. */
    readonly code: string;
    readonly message: string;
  } | null;
}
