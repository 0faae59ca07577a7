import { Deadline } from "../clock/deadline.ts";
import { free } from "../core/free.ts";
import { LEFTOVERS } from "./leftovers.ts";

/** Who reads at all has mostly taken something by then. */
const STALLED_MS = 100;
/** Less than this is not worth the trouble. */
const WORTH = 32 * 1024;
/** So much of all connections together may wait unpacked: where hundreds fall behind at once, packing costs less than the memory. */
const LOOSE_CAP = 8 * 1024 * 1024;

/** Bytes that wait unpacked now. */
let loose = 0;

/**
 * What has come from a provider and a slow client has not taken yet, as it came. That can be half a megabyte for each: once
 * the client has stopped it is packed, which makes a tenth of a stream's text in a fraction of a millisecond.
 */
export class Untaken {
  private bytes: Buffer;
  private packed = false;
  /** Where it waits unpacked, and is worth packing. */
  private stalled: Deadline | undefined;

  /** @param bytes belong to it from now on */
  constructor(bytes: Buffer) {
    // The little that is left of a long one would keep all of it.
    this.bytes = bytes.length < WORTH && bytes.buffer.byteLength > WORTH ? Buffer.from(bytes) : bytes;
    if (this.bytes !== bytes) free(bytes);
    if (bytes.length < WORTH) return;
    if (loose + bytes.length > LOOSE_CAP) {
      this.pack();
      return;
    }
    loose += bytes.length;
    this.stalled = new Deadline(performance.now() + STALLED_MS, () => {
      this.leave();
      this.pack();
    });
  }

  /** Bytes that it keeps in memory. */
  get size(): number {
    return this.bytes.length;
  }

  /** @returns all of it; nothing is left to take a second time */
  take(): Buffer {
    this.leave();
    return this.packed ? Bun.zstdDecompressSync(this.bytes) : this.bytes;
  }

  /** Nobody will take it. */
  drop(): void {
    this.leave();
    free(this.bytes);
  }

  /** It waits unpacked no longer. */
  private leave(): void {
    if (this.stalled === undefined) return;
    this.stalled.clear();
    this.stalled = undefined;
    loose -= this.bytes.length;
  }

  private pack(): void {
    const { bytes } = this;
    this.bytes = Bun.zstdCompressSync(bytes, { level: 1 });
    this.packed = true;
    free(bytes);
    LEFTOVERS.add();
  }
}
