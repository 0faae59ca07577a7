import { totalmem } from "node:os";
import { GatewayError } from "../core/error.ts";

const AGAIN_MS = 1000;
/** What is held of a body is there about twice: as it came, and as what it says. */
const SHARE = 1 / 4;

/** How much of large bodies may be here at once: each may be small enough, and all of them together more than there is memory for. */
export class Uploads {
  private readonly most: number;
  private held = 0;

  /** @param most bytes, a quarter of the memory where nobody says; `largest` body, which always fits where it is alone */
  constructor(most: number | undefined, largest: number) {
    this.most = Math.max(largest, most ?? Math.floor(memory() * SHARE));
  }

  /** Bytes that are here. */
  get bytes(): number {
    return this.held;
  }

  /** @throws GatewayError `overloaded` where so many more are too many */
  mustFit(more: number): void {
    if (this.held + more > this.most) throw overloaded();
  }

  add(bytes: number): void {
    this.held += bytes;
  }
}

/** What one request holds of it, until its reply is over. */
export class Load {
  /** It was refused before all of it had come. */
  isCut = false;
  private readonly uploads: Uploads;
  private bytes = 0;
  private over = false;

  constructor(uploads: Uploads) {
    this.uploads = uploads;
  }

  /** What is promised is not here yet, and is not counted: but where there is no room for it, it need not come. @throws GatewayError `overloaded` */
  expect(bytes: number): void {
    this.uploads.mustFit(bytes);
  }

  /** @param bytes that have come by now @throws GatewayError `overloaded` */
  came(bytes: number): void {
    // Who is told that the time is over may be read to the end all the same.
    if (this.over) return;
    const more = bytes - this.bytes;
    try {
      this.uploads.mustFit(more);
    } catch (thrown) {
      this.isCut = true;
      throw thrown;
    }
    this.uploads.add(more);
    this.bytes = bytes;
  }

  /** It is held no longer. */
  end(): void {
    this.over = true;
    if (this.bytes > 0) this.uploads.add(-this.bytes);
  }
}

function overloaded(): GatewayError {
  return new GatewayError("overloaded", "As many large bodies are being served as there is room for.", {
    retryAfterMs: AGAIN_MS,
  });
}

/** Of the container, where that has less than the machine. */
function memory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
