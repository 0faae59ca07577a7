import { GatewayError } from "../core/error.ts";
import { type Answer, Sending } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { Credential } from "./credentials.ts";
import type { Clocks } from "./watch.ts";

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

/** A connection that broke this soon after sending was closed under our feet: the provider never read the request. */
const RACE_MS = 1000;

/**
 * Sends a request with a credential to that credential's own origin and waits for the head of the answer. The one place
 * from which providers are called: redirects are not followed, nothing is decoded, no proxy is asked.
 *
 * A kept connection that breaks before one byte of an answer, at once after sending, was closed by the provider at that
 * very moment; the request is then sent again, once, on a new one.
 * @throws GatewayError `upstream_unreachable`, `upstream_tls`, `upstream_connect_timeout`, `upstream_timeout`,
 *   `upstream_reset`, `upstream_malformed`
 */
export async function open(
  credential: Credential,
  request: UpstreamRequest,
  clocks: Clocks,
  interruption: Interruption,
): Promise<Answer> {
  const { path, stream, body } = request;
  const bytes = Buffer.from(credential.head(path, stream, Buffer.byteLength(body)) + body);
  const connection = credential.pool.take();
  const reused = connection.uses > 0;
  const sentAt = performance.now();
  try {
    return await send(connection, bytes, { clocks, stream, interruption });
  } catch (thrown) {
    const reset = thrown instanceof GatewayError && thrown.code === "upstream_reset";
    if (!reused || !reset || performance.now() - sentAt > RACE_MS) throw thrown;
    return await send(credential.pool.fresh(), bytes, { clocks, stream, interruption });
  }
}

function send(
  connection: Connection,
  request: Buffer,
  { clocks, stream, interruption }: { clocks: Clocks; stream: boolean; interruption: Interruption },
): Promise<Answer> {
  const sending = new Sending(connection, clocks, stream);
  interruption.watch(() =>
    sending.abandon(new GatewayError("client_closed", "The client left while waiting for the answer.")),
  );
  connection.carry(request, sending);
  return sending.answer;
}
