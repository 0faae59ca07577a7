import type { Seat } from "../access/admit.ts";
import type { GatewayError } from "../core/error.ts";
import type { Readings } from "../core/readings.ts";
import { after, type Soon } from "../core/soon.ts";
import { BYTES_PER_TOKEN } from "../ledger/estimate.ts";
import { callsIn } from "./hosted-calls.ts";

/** How much a stream may say, and have done for it, on what was reserved for it. */
export class Allowance {
  private readonly seat: Seat;
  /** Bytes of content; `Infinity` where nobody counts. */
  bytes: number;
  /** Calls of tools of the provider's own; `Infinity` where nobody counts. */
  calls: number;

  constructor(seat: Seat) {
    this.seat = seat;
    this.bytes = bytesOf(seat);
    this.calls = seat.calls ?? Number.POSITIVE_INFINITY;
  }

  /** Whether all of it is paid for. */
  covers({ contentBytes, usage }: Pick<Readings, "contentBytes" | "usage">): boolean {
    if (contentBytes > this.bytes) return false;
    return this.calls === Number.POSITIVE_INFINITY || usage === undefined || callsIn(usage) <= this.calls;
  }

  /** It is more than that. @returns the refusal where nobody pays for it */
  extend({ contentBytes, usage }: Pick<Readings, "contentBytes" | "usage">): Soon<GatewayError | undefined> {
    const said = contentBytes > this.bytes ? Math.ceil(contentBytes / BYTES_PER_TOKEN) : 0;
    return after(this.seat.extend(said, usage === undefined ? 0 : callsIn(usage)), (refusal) => {
      this.bytes = bytesOf(this.seat);
      this.calls = this.seat.calls ?? Number.POSITIVE_INFINITY;
      return refusal;
    });
  }
}

function bytesOf({ granted }: Seat): number {
  return granted === undefined ? Number.POSITIVE_INFINITY : granted * BYTES_PER_TOKEN;
}
