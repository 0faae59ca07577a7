import { type ErrorRow, passing, row } from "./error-row.ts";

/** The one table that decides the status and type a client sees, and what happens next. */
export const ERRORS = {
  // The client's own: refused before anything is sent.
  invalid_request: row(
    400,
    "invalid_request_error",
    "never",
    "A field is missing, of the wrong type or out of range; `param` names it.",
  ),
  invalid_json: row(400, "invalid_request_error", "never", "The body is not one well-formed JSON object."),
  no_providers_available: row(
    400,
    "no_providers_available",
    "never",
    "The preferences left nobody who could serve the model; the message says who could and what excluded each.",
  ),
  unsupported: row(
    400,
    "invalid_request_error",
    "never",
    "Nobody in the plan can do what was asked for; the message names it.",
  ),
  invalid_token: row(
    401,
    "authentication_error",
    "never",
    "An OIDC token is not let in; the message says which rule it breaks.",
  ),
  invalid_api_key: row(401, "authentication_error", "never", "The key is missing, unknown, expired or disabled."),
  sign_in_refused: row(
    401,
    "authentication_error",
    "never",
    "What somebody wanted to sign in to the dashboard with is wrong, over or used up.",
  ),
  signed_out: row(
    401,
    "authentication_error",
    "never",
    "The session of the dashboard is over, or was ended: sign in again.",
  ),
  quota_for_entity_exceeded: row(
    402,
    "quota_for_entity_exceeded",
    "never",
    "A budget is spent, or does not pay for this request; the message names whose, what was spent of how much, and when it begins anew.",
  ),
  denied_by_rule: row(
    403,
    "forbidden",
    "never",
    "A routing rule of the operator's denies the model; `param.ruleId` names the rule.",
  ),
  denied_to_key: row(
    403,
    "forbidden",
    "never",
    "The key may not ask for this model; the message names those that it may.",
  ),
  admin_locked: row(
    403,
    "forbidden",
    "never",
    "Something was to be changed by way of the admin API, which the configuration has locked (`admin`).",
  ),
  denied_to_viewer: row(
    403,
    "forbidden",
    "never",
    "Who is signed in as a viewer sees, but changes and spends nothing, and does not read what people said.",
  ),
  cross_origin: row(
    403,
    "forbidden",
    "never",
    "A page of another origin, or one that does not say which it is of, asked with the session of whoever looks at it.",
  ),
  not_found: row(404, "not_found", "never", "No such path, or no such generation for this key."),
  model_not_found: row(
    404,
    "model_not_found",
    "never",
    "The model is not served here; the message names the nearest one.",
  ),
  method_not_allowed: row(
    405,
    "invalid_request_error",
    "never",
    "The path exists, the method does not; see the `allow` header.",
  ),
  rate_limit_exceeded: passing(
    429,
    "rate_limit_exceeded",
    "A limit of the gateway's, of the key's or of the end user's is reached; `retry-after` says when to come again.",
  ),
  idempotency_in_flight: passing(
    409,
    "invalid_request_error",
    "A request with this `idempotency-key` is being answered; the message names its generation.",
  ),
  idempotency_repeated: row(
    409,
    "invalid_request_error",
    "never",
    "A request with this `idempotency-key` was answered; the message names its generation. Answers are not kept.",
  ),
  idempotency_mismatch: row(
    422,
    "invalid_request_error",
    "never",
    "Another request was sent with this `idempotency-key` before.",
  ),
  request_timeout: passing(408, "invalid_request_error", "The body did not arrive in time."),
  request_too_large: row(
    413,
    "invalid_request_error",
    "never",
    "The body is over the limit in bytes, depth or number of JSON tokens, or its input over a limit of tokens a minute.",
  ),
  unsupported_media_type: row(
    415,
    "invalid_request_error",
    "never",
    "Send `content-type: application/json`, without content-encoding.",
  ),
  not_implemented: row(
    501,
    "invalid_request_error",
    "never",
    "A surface of the hosted service that does not exist here yet.",
  ),
  client_closed: row(
    499,
    "invalid_request_error",
    "never",
    "The client left before the end; only ever seen in the ledger.",
  ),
  outrun: row(499, "invalid_request_error", "never", "Another attempt spoke first; only seen among the attempts."),

  // A provider's, about the request: the same everywhere, so told at once.
  upstream_invalid_request: row(
    400,
    "invalid_request_error",
    "never",
    "The provider refused the request; the message is the provider's own.",
  ),
  context_length_exceeded: row(400, "invalid_request_error", "never", "The input is longer than the model's context."),
  upstream_too_large: row(413, "invalid_request_error", "never", "The provider refused the request for its size."),
  upstream_unprocessable: row(
    422,
    "invalid_request_error",
    "never",
    "The provider understood the request and would not process it.",
  ),

  upstream_seal_refused: row(
    400,
    "invalid_request_error",
    "unsealed",
    "Thinking that was sent back is signed or encrypted by somebody else, or was changed; without it the provider refused too.",
  ),

  // A provider's, about itself: somebody else may do better.
  upstream_own_limit: row(
    400,
    "invalid_request_error",
    "next",
    "The provider refused for a rule or a limit of its own, which others may not have; the message is the provider's own.",
  ),
  upstream_model_not_found: row(
    404,
    "model_not_found",
    "next",
    "The provider does not know the model under the name the catalogue has.",
  ),
  upstream_rate_limited: row(
    429,
    "rate_limit_exceeded",
    "same",
    "The provider is limiting us; `retry-after` says how long.",
  ),
  upstream_auth: row(
    502,
    "internal_server_error",
    "next",
    "The provider refused the gateway's own credential. Not the client's fault.",
  ),
  upstream_quota: row(
    503,
    "internal_server_error",
    "next",
    "The gateway's account with the provider is out of credit.",
  ),
  upstream_overloaded: row(503, "internal_server_error", "same", "The provider is overloaded."),
  upstream_unreachable: row(
    503,
    "internal_server_error",
    "same",
    "Connection refused or name not found: nothing was sent.",
  ),
  upstream_connect_timeout: row(
    504,
    "internal_server_error",
    "next",
    "The connection was not made in time: nothing was sent.",
  ),
  upstream_tls: row(
    502,
    "internal_server_error",
    "next",
    "The provider's certificate did not hold; the credential was not sent.",
  ),
  upstream_error: row(503, "internal_server_error", "once", "The provider failed (5xx)."),
  upstream_reset: row(
    503,
    "internal_server_error",
    "once",
    "The connection broke before an answer; the request may have been billed.",
  ),
  upstream_timeout: row(
    504,
    "internal_server_error",
    "once",
    "One of the gateway's clocks ran out; the message says which.",
  ),
  upstream_malformed: row(502, "internal_server_error", "once", "The answer was not what the wire allows."),
  upstream_truncated: row(502, "internal_server_error", "once", "The answer ended before its end mark."),
  provider_unavailable: row(
    503,
    "internal_server_error",
    "never",
    "Every leg of the plan failed; the message lists each with its reason.",
  ),

  // Ours.
  shutting_down: passing(
    503,
    "internal_server_error",
    "The gateway is draining; another replica, or a moment later, will do.",
  ),
  overloaded: passing(
    503,
    "internal_server_error",
    "More requests, or larger bodies, are here than the gateway can serve at once (`limits.open_requests`, `limits.open_bytes`); nothing was asked of anybody.",
  ),
  issuer_unavailable: passing(
    503,
    "internal_server_error",
    "The keys of an OIDC token's issuer cannot be had just now, so nobody knows whether it is good.",
  ),
  no_credentials: row(
    503,
    "internal_server_error",
    "never",
    "No provider has a credential; the message names the variables to set.",
  ),
  database_unavailable: passing(
    503,
    "internal_server_error",
    "The database does not answer. Requests are served from memory for a while (`ledger.grace_seconds`); what must be read there is not.",
  ),
  ledger_unavailable: passing(
    503,
    "internal_server_error",
    "The usage could not be recorded: the answer is withheld, or, where the database has been failing for too long, not asked for.",
  ),
  internal_error: passing(
    500,
    "internal_server_error",
    "A defect of the gateway; the request id leads to the log line.",
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
