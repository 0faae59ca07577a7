import type { Seat } from "../access/admit.ts";
import type { GatewayError } from "../core/error.ts";
import { after, type Soon } from "../core/soon.ts";
import { BYTES_PER_TOKEN } from "../ledger/estimate.ts";

/** How much a stream may say on what was reserved for it. */
export class Allowance {
  private readonly seat: Seat;
  /** Bytes of content; `Infinity` where nobody counts. */
  bytes: number;

  constructor(seat: Seat) {
    this.seat = seat;
    this.bytes = bytesOf(seat);
  }

  /** It says more than that. @returns the refusal where nobody pays for it */
  extend(contentBytes: number): Soon<GatewayError | undefined> {
    return after(this.seat.extend(Math.ceil(contentBytes / BYTES_PER_TOKEN)), (refusal) => {
      this.bytes = bytesOf(this.seat);
      return refusal;
    });
  }
}

function bytesOf({ granted }: Seat): number {
  return granted === undefined ? Number.POSITIVE_INFINITY : granted * BYTES_PER_TOKEN;
}
