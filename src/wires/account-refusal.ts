/**
 * What a 403 says, of the many things that one may mean, where it is the account or where we stand that is refused, whatever is asked for.
 * Codes are of the vendor's own making. Of a message only how it begins counts: what follows may be a client's words, and no client must be
 * able to have an account left alone for everybody. A page of a firewall in front of a provider says nothing: requests set it off too.
 */
const ACCOUNT_REFUSALS: readonly { readonly code?: RegExp; readonly says?: RegExp; readonly source: string }[] = [
  // A key or a signature that is no good. An `AccessDeniedException` may be about one model.
  {
    code: /^(ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|UnrecognizedClient)(Exception)?$/,
    source: "https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html",
  },
  // Reasons of Google's `ErrorInfo`. `IAM_PERMISSION_DENIED` may be about one model.
  {
    code: /^(API_KEY_[A-Z_]+|ACCESS_TOKEN_[A-Z_]+|SERVICE_DISABLED|CONSUMER_SUSPENDED|CONSUMER_INVALID|BILLING_DISABLED)$/,
    source: "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto",
  },
  { says: /^your api key was reported as leaked/i, source: "https://github.com/continuedev/continue/issues/10513" },
  { says: /^method doesn't allow unregistered callers/i, source: "https://github.com/tmc/langchaingo" },
  // Where the gateway stands.
  {
    code: /^unsupported_country_region_territory$/,
    source: "https://github.com/home-assistant/core/issues/120072",
  },
  {
    says: /^(access denied due to virtual network\/firewall rules|a virtual network is configured for this resource)/i,
    source:
      "https://github.com/Azure-Samples/azure-sql-db-chatbot/issues/3, https://github.com/continuedev/continue/issues/12547",
  },
  // What the key may spend is spent.
  { says: /^key limit exceeded/i, source: "https://github.com/gptme/gptme/issues/1449" },
  {
    says: /^oauth authentication is currently not allowed for this organization/i,
    source: "https://github.com/anthropics/claude-code/issues/65714",
  },
];

/** Whether a 403 refuses all that its account could ask for. */
export function isAccountRefused({ code = "", message = "" }: { code?: string; message?: string }): boolean {
  return ACCOUNT_REFUSALS.some((row) => row.code?.test(code) === true || row.says?.test(message) === true);
}
