import { GatewayError } from "../core/error.ts";
import { Answer } from "./answer.ts";
import type { Credential, HeadFields, UpstreamRequest } from "./credentials.ts";
import type { Clocks } from "./watch.ts";

const utf8 = new TextEncoder();

/** Whoever asked may stop wanting the answer while it is waited for. */
export interface Interruption {
  /**
   * What to do when that happens, from now on; at once if it has.
   * @param isSent whether the provider may have read the request by then
   */
  watch(act: () => void, isSent: () => boolean): void;
}

/**
 * Sends a request with a credential to that credential's own origin. The one place from which providers are called:
 * redirects are not followed, nothing is decoded, no proxy is asked.
 * @returns the answer, whatever its status: a stream from its head on, anything else whole
 * @throws GatewayError `upstream_unreachable`, `upstream_tls`, `upstream_connect_timeout`, `upstream_timeout`,
 *   `upstream_reset`, `upstream_truncated`, `upstream_malformed`, `client_closed`; and what preparing throws
 */
export function open(
  credential: Credential,
  sent: UpstreamRequest,
  clocks: Clocks,
  interruption: Interruption,
): Promise<Answer> {
  const prepared = credential.prepare?.(sent);
  if (prepared instanceof Promise)
    return unlessLeft(prepared, interruption).then((fields) => send(credential, sent, fields, clocks, interruption));
  return send(credential, sent, prepared, clocks, interruption);
}

/** What is prepared before anything is sent, as long as somebody wants it. @throws GatewayError `client_closed` */
export function unlessLeft<T>(prepared: Promise<T>, interruption: Interruption): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const left = () => reject(new GatewayError("client_closed", "The client left before anything was sent."));
  interruption.watch(left, () => false);
  prepared.then(resolve, reject);
  return promise;
}

function send(
  credential: Credential,
  sent: UpstreamRequest,
  prepared: HeadFields | undefined,
  clocks: Clocks,
  interruption: Interruption,
): Promise<Answer> {
  const { form } = sent;
  const head = credential.head(sent, prepared);
  const request =
    form === undefined ? utf8.encode(head + sent.body) : Buffer.concat([utf8.encode(head), ...form.parts]);
  const answer = new Answer(credential.pool, request, clocks, sent.stream);
  interruption.watch(
    () => answer.abandon(new GatewayError("client_closed", "The client left while waiting for the answer.")),
    () => answer.isSent,
  );
  return answer.ready;
}
