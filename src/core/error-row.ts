/**
 * What the attempt loop does after an error.
 * - `never`: the answer would be the same everywhere; tell the client at once.
 * - `next`: nothing was produced or billed; the next leg of the plan may try.
 * - `same`: the same, and it passes: where nobody else is left, the same leg may try again after a moment.
 * - `once`: it may have been billed; one further leg may try, not more.
 * - `unsealed`: nothing was billed; the same leg tries again without the proofs of origin that it could not read, then the next.
 */
export type Retry = "never" | "next" | "same" | "once" | "unsealed";

/** `type` as the official SDKs of the hosted service map it (contract 2.3). */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "forbidden"
  | "not_found"
  | "model_not_found"
  | "no_providers_available"
  | "rate_limit_exceeded"
  | "quota_for_entity_exceeded"
  | "internal_server_error";

export interface ErrorRow {
  readonly status: number;
  readonly type: ErrorType;
  readonly retry: Retry;
  /** A moment later the same request may do better. Of anything else clients are told not to ask again: SDKs would, of every 5xx. */
  readonly again?: boolean;
  /** One line for the reference: when it happens and what to do. */
  readonly means: string;
}

export function row(status: number, type: ErrorType, retry: Retry, means: string): ErrorRow {
  return { status, type, retry, means };
}

/** Nothing was asked of a provider, or nothing came of it, for a reason that passes. */
export function passing(status: number, type: ErrorType, means: string): ErrorRow {
  return { status, type, retry: "never", again: true, means };
}
