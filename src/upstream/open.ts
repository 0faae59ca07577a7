import { GatewayError } from "../core/error.ts";
import { Answer } from "./answer.ts";
import type { Credential } from "./credentials.ts";
import type { Clocks } from "./watch.ts";

const utf8 = new TextEncoder();

/** What is sent to a provider. */
export interface UpstreamRequest {
  /** Below the credential's base address. */
  readonly path: string;
  readonly stream: boolean;
  /** JSON. */
  readonly body: string;
}

/** Whoever asked may stop wanting the answer while it is waited for. */
export interface Interruption {
  /** What to do when that happens, from now on; at once if it has. */
  watch(act: () => void): void;
}

/**
 * Sends a request with a credential to that credential's own origin. The one place from which providers are called:
 * redirects are not followed, nothing is decoded, no proxy is asked.
 * @returns the answer, whatever its status: a stream from its head on, anything else whole
 * @throws GatewayError `upstream_unreachable`, `upstream_tls`, `upstream_connect_timeout`, `upstream_timeout`,
 *   `upstream_reset`, `upstream_truncated`, `upstream_malformed`, `client_closed`
 */
export function open(
  credential: Credential,
  { path, stream, body }: UpstreamRequest,
  clocks: Clocks,
  interruption: Interruption,
): Promise<Answer> {
  const request = utf8.encode(credential.head(path, stream, Buffer.byteLength(body)) + body);
  const answer = new Answer(credential.pool, request, clocks, stream);
  interruption.watch(() =>
    answer.abandon(new GatewayError("client_closed", "The client left while waiting for the answer.")),
  );
  return answer.ready;
}
