import { coarseNow, Deadline } from "../clock/deadline.ts";

/** Bytes that may wait for a slow client before the provider is made to wait. The runtime takes so many off for itself: it is twice that. */
const HIGH_WATER = 16 * 1024;

/**
 * A streamed reply, from our side: bytes are pushed in as they come, comments keep it alive when none do. Counts what
 * waits in bytes: a count of chunks would let memory grow.
 */
export class Outflow {
  readonly body: ReadableStream<Uint8Array>;
  /** The first silence long enough for a heartbeat: from then on the status of the reply is spent. */
  readonly silent: Promise<"silent">;
  /** Called when the client has caught up. */
  onDrain: (() => void) | undefined;
  private readonly heartbeat: Deadline;
  private readonly heartbeatMs: number;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private closed = false;
  private choked = false;

  /** @param comment what a heartbeat says on this wire; `onCancel` hears that the client has left */
  constructor(comment: string, heartbeatMs: number, onCancel: () => void) {
    this.heartbeatMs = heartbeatMs;
    const { promise, resolve } = Promise.withResolvers<"silent">();
    this.silent = promise;
    const beat = Buffer.from(comment);
    this.heartbeat = new Deadline(performance.now() + heartbeatMs, () => {
      resolve("silent");
      this.write(beat);
      this.heartbeat.rearm(performance.now() + heartbeatMs);
    });
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => {
          if (!this.choked) return;
          this.choked = false;
          this.onDrain?.();
        },
        cancel: () => {
          this.stop();
          onCancel();
        },
      },
      { highWaterMark: HIGH_WATER, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** @returns false when the client is behind: write no more until `onDrain` */
  write(bytes: Uint8Array): boolean {
    if (this.closed) return true;
    this.controller.enqueue(bytes);
    this.heartbeat.move(coarseNow() + this.heartbeatMs);
    this.choked = (this.controller.desiredSize ?? 1) <= 0;
    return !this.choked;
  }

  /** The last bytes, then the end. */
  end(text: string): void {
    if (this.closed) return;
    this.controller.enqueue(Buffer.from(text));
    this.stop();
    this.controller.close();
  }

  /** Nobody will read this reply. */
  stop(): void {
    this.closed = true;
    this.heartbeat.clear();
  }
}
