import { coarseNow, Deadline } from "../clock/deadline.ts";
import { GatewayError } from "../core/error.ts";
import { LEFTOVERS } from "../upstream/leftovers.ts";
import { type Behind, Stalls } from "./stalls.ts";

/** Bytes that may wait for a slow client before the provider is made to wait. The runtime takes so many off for itself: it is twice that. */
const HIGH_WATER = 16 * 1024;

/** Clients of all replies. */
const BEHIND = new Stalls();

const BROKEN_OFF = new GatewayError("upstream_truncated", "The answer broke off in the middle.");

/** How long a client may take nothing while there is something for it, in milliseconds, and who is told when it did. */
export interface Stalled {
  readonly afterMs: number;
  readonly client: { expel(reason: GatewayError): void };
  /** Whose reply it is, which is noted where it is to be kept. */
  readonly generation?: { readonly transcript: { add(piece: Uint8Array | string): void } | undefined };
}

/**
 * A streamed reply, from our side: bytes are pushed in as they come, comments keep it alive when none do. Counts what
 * waits in bytes: a count of chunks would let memory grow.
 */
export class Outflow implements Behind {
  readonly body: ReadableStream<Uint8Array>;
  /** The first silence long enough for a heartbeat: from then on the status of the reply is spent. */
  readonly silent: Promise<"silent">;
  /** Called when the client has caught up. */
  onDrain: (() => void) | undefined;
  /** Absent where the reply is bytes. */
  private readonly heartbeat: Deadline | undefined;
  private readonly stalled: Stalled | undefined;
  private stall: Deadline | undefined;
  private readonly heartbeatMs: number;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private closed = false;
  private choked = false;

  /** @param comment what a heartbeat says on this wire, absent where nothing can be said; `onCancel` hears that the client has left */
  constructor(comment: string | undefined, heartbeatMs: number, onCancel: () => void, stalled?: Stalled) {
    this.heartbeatMs = heartbeatMs;
    this.stalled = stalled;
    const { promise, resolve } = Promise.withResolvers<"silent">();
    this.silent = promise;
    if (comment !== undefined) {
      const beat = Buffer.from(comment);
      const heartbeat = new Deadline(performance.now() + heartbeatMs, () => {
        resolve("silent");
        this.write(beat);
        heartbeat.rearm(performance.now() + heartbeatMs);
      });
      this.heartbeat = heartbeat;
    }
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => {
          if (!this.choked) return;
          this.choked = false;
          this.stall?.clear();
          BEHIND.leave(this);
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
    if (this.heartbeat === undefined) return this.isTaken();
    this.stalled?.generation?.transcript?.add(bytes);
    this.heartbeat.move(coarseNow() + this.heartbeatMs);
    return this.isTaken();
  }

  /** Whether the client keeps up. */
  private isTaken(): boolean {
    if (this.choked) return false;
    this.choked = (this.controller.desiredSize ?? 1) <= 0;
    if (this.choked) this.wait();
    return !this.choked;
  }

  /** The last bytes, then the end. */
  end(text: string): void {
    if (this.closed) return;
    if (text !== "") {
      this.controller.enqueue(Buffer.from(text));
      this.stalled?.generation?.transcript?.add(text);
    }
    this.stop();
    this.controller.close();
  }

  /** It ends with an error: in these words, or where there is no place for any by breaking off. */
  fail(text: string): void {
    if (this.heartbeat !== undefined) {
      this.end(text);
      return;
    }
    if (this.closed) return;
    this.stop();
    this.stalled?.client.expel(BROKEN_OFF);
  }

  /** Nobody will read this reply. */
  stop(): void {
    this.closed = true;
    this.heartbeat?.clear();
    this.stall?.clear();
    if (this.choked) BEHIND.leave(this);
  }

  /** The client is behind from now on. */
  private wait(): void {
    if (this.stalled === undefined) return;
    const { afterMs } = this.stalled;
    BEHIND.enter(this);
    const at = coarseNow() + afterMs;
    if (this.stall !== undefined) {
      this.stall.rearm(at);
      return;
    }
    this.stall = new Deadline(at, () => this.letGo(afterMs));
  }

  letGo(afterMs: number): void {
    this.stop();
    LEFTOVERS.add();
    const message = `The client took nothing of its reply for ${Math.round(afterMs)} ms.`;
    this.stalled?.client.expel(new GatewayError("client_closed", message));
  }
}
