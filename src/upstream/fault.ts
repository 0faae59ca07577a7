import { type ErrorCode, GatewayError } from "../core/error.ts";
import { ProtocolFault } from "./http1.ts";

/** What a socket reports when nothing was sent because no connection could be made. */
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|DNS_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EMFILE|ENFILE)$/;

/** A failure to connect: nothing was sent. */
export function connectFault(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const code = codeOf(cause);
  if (UNREACHABLE.test(code))
    return new GatewayError("upstream_unreachable", `No connection to the provider (${code}).`, { cause });
  return new GatewayError("upstream_unreachable", "No connection to the provider.", { cause });
}

/** The provider's name led nowhere: nothing was sent. */
export function nameFault(cause: unknown): GatewayError {
  const code = codeOf(cause);
  const why = code === "" ? "" : ` (${code})`;
  const message = `No connection to the provider: its name could not be resolved${why}.`;
  return new GatewayError("upstream_unreachable", message, { cause });
}

/** The certificate did not hold: nothing was sent, the credential least of all. */
export function tlsFault(cause: unknown): GatewayError {
  const reason = codeOf(cause);
  return new GatewayError(
    "upstream_tls",
    `The provider's certificate did not hold${reason === "" ? "" : ` (${reason})`}.`,
    { cause },
  );
}

/** What went wrong after the request was sent. */
export function answerFault(code: ErrorCode, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof ProtocolFault) return new GatewayError("upstream_malformed", cause.message, { cause });
  const message =
    code === "upstream_truncated"
      ? "The connection broke before the answer was whole."
      : "The connection broke before an answer.";
  return new GatewayError(code, message, { cause });
}

function codeOf(cause: unknown): string {
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
}
