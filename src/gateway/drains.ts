import { GatewayError } from "../core/error.ts";
import type { Credential } from "../upstream/credentials.ts";
import type { Interruption } from "../upstream/open.ts";
import type { Departure } from "./departure.ts";
import type { Live } from "./live.ts";

/** More than so many at once would keep providers busy for nobody. */
const CAP = 64;

/** Answers that are read on though their clients have left, where the operator would rather know than guess what they cost. */
export class Drains {
  private readonly wanted: boolean;
  /** What ends each of those that are read on now. */
  private readonly open = new Set<() => void>();

  constructor(wanted: boolean) {
    this.wanted = wanted;
  }

  /** A client has left in the middle of this: it is read to its end, or ends here. */
  leave(live: Live, reason?: GatewayError): void {
    const error = reason ?? new GatewayError("client_closed", "The client left in mid-stream.");
    // Whose account it is pays for what is read on.
    const isOurs = live.attempt.leg.credential === "system";
    const end = () => live.stop(error);
    // Who is still there is told at once.
    const isHeard = error.code !== "client_closed";
    if (!this.wanted || isHeard || !isOurs || this.open.size >= CAP) {
      end();
      return;
    }
    this.open.add(end);
    live.drain(error, () => this.open.delete(end));
  }

  /** Ends them: the gateway does, and what nobody ended would have no row. */
  stop(): void {
    for (const end of this.open) end();
  }

  /** Asks for a whole answer. If its client leaves, it is waited for all the same, or ends then. */
  whole<Answer>(
    departure: Departure,
    { kind }: Credential,
    ask: (interruption: Interruption) => Promise<Answer>,
  ): Promise<Answer> {
    if (!this.wanted || kind !== "system") return ask(departure);
    let end: (() => void) | undefined;
    const watch: Interruption["watch"] = (act, isSent) => {
      if (departure.gone) return act();
      departure.watch(() => {
        // Nothing is sent for nobody.
        if (this.open.size >= CAP || !isSent()) return act();
        end = act;
        this.open.add(act);
      });
    };
    return ask({ watch }).finally(() => {
      if (end !== undefined) this.open.delete(end);
    });
  }
}
