import { GatewayError } from "../core/error.ts";
import type { Live } from "./live.ts";

/** More than so many at once would keep providers busy for nobody. */
const CAP = 64;

/** Streams that are read on though their clients have left, where the operator would rather know than guess what they cost. */
export class Drains {
  private readonly wanted: boolean;
  private open = 0;

  constructor(wanted: boolean) {
    this.wanted = wanted;
  }

  /** A client has left in the middle of this: it is read to its end, or ends here. */
  leave(live: Live): void {
    const error = new GatewayError("client_closed", "The client left in mid-stream.");
    // Whose account it is pays for what is read on.
    const isOurs = live.attempt.leg.credential === "system";
    if (!this.wanted || !isOurs || this.open >= CAP) {
      live.stop(error);
      return;
    }
    this.open++;
    live.drain(error, () => this.open--);
  }
}
