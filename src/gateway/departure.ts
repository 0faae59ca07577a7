import { GatewayError } from "../core/error.ts";
import type { Interruption } from "../upstream/open.ts";

export const LEFT = new GatewayError("client_closed", "The client left before the answer.");

/** The client may leave at any moment until its reply is over. The one place that knows, and knows what to do then. */
export class Departure implements Interruption {
  gone = false;
  /** Why it is over, where that is not that the client left. */
  reason: GatewayError | undefined;
  /** What is done when the reply is over, however that came. */
  atEnd: (() => void) | undefined;
  private settled = false;
  private act: (() => void) | undefined;
  private readonly onSettled: () => void;
  private readonly hangUp: (() => void) | undefined;

  /** @param onSettled hears once that the reply is over, however it ended; `hangUp` closes the client's connection */
  constructor(onSettled: () => void, hangUp?: () => void) {
    this.onSettled = onSettled;
    this.hangUp = hangUp;
  }

  watch(act: () => void): void {
    this.act = act;
    if (this.gone) act();
  }

  /** The client has left, or there is another reason to stop. Told twice, it acts once. */
  leave(reason?: GatewayError): void {
    if (this.gone || this.settled) return;
    this.gone = true;
    this.reason = reason;
    this.act?.();
  }

  /** The client has not left, but is served no longer. */
  expel(reason: GatewayError): void {
    this.leave(reason);
    this.hangUp?.();
  }

  /** The reply is over but for its last bytes: the client may go. */
  settle(): void {
    if (this.settled) return;
    this.settled = true;
    this.act = undefined;
    this.atEnd?.();
    this.onSettled();
  }
}
