import { totalmem } from "node:os";
import { GatewayError } from "../core/error.ts";

const AGAIN_MS = 1000;
/** What is held of a body is there about twice: as it came, and as what it says. */
const SHARE = 1 / 4;
/** Of one caller so many times as much may be here as is left for others: three quarters where nobody else sends any, and some is left however many do. */
const TIMES_LEFT = 3;

/** How much of large bodies may be here at once: each may be small enough, and all of them together more than there is memory for. */
export class Uploads {
  private readonly most: number;
  private held = 0;
  /** By caller; of those of whom nothing is here, nothing. */
  private readonly heldOf = new Map<string, number>();

  /** @param most bytes, a quarter of the memory where nobody says; `largest` body, which always fits where it is alone */
  constructor(most: number | undefined, largest: number) {
    this.most = Math.max(largest, most ?? Math.floor(memory() * SHARE));
  }

  /** Bytes that are here. */
  get bytes(): number {
    return this.held;
  }

  /**
   * @param more of a body of which so many are here @throws GatewayError `overloaded` where so many more are too many,
   * `rate_limit_exceeded` where they are for this caller
   */
  mustFit(more: number, caller: string, here: number): void {
    const left = this.most - this.held - more;
    if (left < 0) throw overloaded();
    const own = this.heldOf.get(caller) ?? 0;
    // One that is alone always fits.
    if (own > here && own + more > TIMES_LEFT * left) throw tooManyOfOne();
  }

  add(bytes: number, caller: string): void {
    this.held += bytes;
    const own = (this.heldOf.get(caller) ?? 0) + bytes;
    if (own === 0) this.heldOf.delete(caller);
    else this.heldOf.set(caller, own);
  }
}

/** What one request holds of it, until its reply is over. */
export class Load {
  /** It was refused before all of it had come. */
  isCut = false;
  private readonly uploads: Uploads;
  private caller = "";
  private bytes = 0;
  private over = false;

  constructor(uploads: Uploads) {
    this.uploads = uploads;
  }

  /** Whose it is: told before anything of it is read. */
  belongsTo(caller: string): void {
    this.caller = caller;
  }

  /** What is promised is not here yet, and is not counted: but where there is no room for it, it need not come. @throws as `came` */
  expect(bytes: number): void {
    this.uploads.mustFit(bytes, this.caller, 0);
  }

  /** @param bytes that have come by now @throws GatewayError `overloaded`, `rate_limit_exceeded` */
  came(bytes: number): void {
    // Who is told that the time is over may be read to the end all the same.
    if (this.over) return;
    const more = bytes - this.bytes;
    try {
      this.uploads.mustFit(more, this.caller, this.bytes);
    } catch (thrown) {
      this.isCut = true;
      throw thrown;
    }
    this.uploads.add(more, this.caller);
    this.bytes = bytes;
  }

  /** It is held no longer. */
  end(): void {
    this.over = true;
    if (this.bytes > 0) this.uploads.add(-this.bytes, this.caller);
  }
}

function overloaded(): GatewayError {
  return new GatewayError("overloaded", "As many large bodies are being served as there is room for.", {
    retryAfterMs: AGAIN_MS,
  });
}

function tooManyOfOne(): GatewayError {
  const message = "As much of your large bodies is being served as one may have here at once.";
  return new GatewayError("rate_limit_exceeded", message, { retryAfterMs: AGAIN_MS });
}

/** Of the container, where that has less than the machine. */
function memory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
