import type { Socket } from "bun";
import { isBehind, later } from "../clock/backlog.ts";
import { type ByteText, toByteText } from "../core/byte-text.ts";
import type { GatewayError } from "../core/error.ts";
import { free } from "../core/free.ts";
import type { HeaderFields } from "../core/headers.ts";
import { type Caller, Dial, type Party } from "./dial.ts";
import { answerFault, tlsFault } from "./fault.ts";
import { type AnswerListener, AnswerParser } from "./http1.ts";
import type { Origin } from "./origin.ts";
import { Untaken } from "./untaken.ts";

/** Who hears of one request's fate. Exactly one of `end` and `fail` comes last, and nothing after it. */
export interface Exchange extends AnswerListener {
  /** The request begins to be sent; before this, nothing was. */
  sent(): void;
  fail(error: GatewayError): void;
}

/** What a connection tells its pool. */
export interface ConnectionKeeper {
  idle(connection: Connection): void;
  gone(connection: Connection): void;
}

/** A turn of the loop that takes longer than this leaves time for something to come unseen. */
const HELD_UP_MS = 2;
/**
 * The runtime reads up to half a megabyte at a time. What is longer than this is read off in pieces, so that a reader who falls
 * behind can say so in between: the rest waits as it came, and nothing has been made of it yet.
 */
const PIECE = 16 * 1024;

/** One socket to a provider. Carries one exchange at a time; knows HTTP framing, not what is said in it. */
export class Connection implements AnswerListener, Caller {
  readonly origin: Origin;
  /** Requests that it has carried to their end. */
  uses = 0;
  /** On the clock of `performance.now()`. */
  openedAt = 0;
  /** Bytes of the present answer that have come. */
  received = 0;
  private readonly keeper: ConnectionKeeper;
  private readonly parser = new AnswerParser(this);
  private dial: Dial | undefined;
  private socket: Socket<Party> | undefined;
  private exchange: Exchange | undefined;
  /** What the socket has not taken yet. */
  private unsent: Uint8Array | undefined;
  private established = false;
  /** The present request has begun to be sent: what comes is its answer. */
  private asking = false;
  private closed = false;
  /** The reader is behind: nothing is handed on. */
  private paused = false;
  /** The socket is not read. */
  private stopped = false;
  /** What came before it was stopped. */
  private untaken: Untaken | undefined;
  /** Pieces are being handed on: a reader who catches up meanwhile gets the next from there. */
  private reading = false;
  /** What has come is read in a later turn of the loop. */
  private waiting = false;
  /** How the connection ended, while something was still untaken. */
  private parted: { cause: unknown } | undefined;

  constructor(origin: Origin, keeper: ConnectionKeeper) {
    this.origin = origin;
    this.keeper = keeper;
  }

  /** Sends a request, after connecting if need be. */
  carry(request: Uint8Array, exchange: Exchange): void {
    this.exchange = exchange;
    this.received = 0;
    this.asking = false;
    if (this.established) {
      this.sendAfterLooking(request, exchange, performance.now(), 1);
      return;
    }
    this.unsent = request;
    this.dial = new Dial(this.origin, this);
    this.dial.start();
  }

  /**
   * What has come on a kept connection while nothing was asked is no answer, but would be taken for one once something is: it is
   * looked at first. If the loop was held up meanwhile, more may have come, and it is looked once more.
   */
  private sendAfterLooking(request: Uint8Array, exchange: Exchange, since: number, again: number): void {
    setImmediate(() => {
      if (this.exchange !== exchange) return;
      const now = performance.now();
      if (now - since > HELD_UP_MS && again > 0) {
        this.sendAfterLooking(request, exchange, now, again - 1);
        return;
      }
      this.unsent = request;
      this.send();
    });
  }

  /** Hands nothing more on until `resume`, but for what is left of the present piece. */
  pause(): void {
    this.paused = true;
    this.stop();
  }

  private stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.socket?.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.closed || this.reading || !this.stopped) return;
    this.takeUp();
  }

  private flow(): void {
    this.stopped = false;
    this.socket?.resume();
  }

  /** Closes the socket at once; whatever exchange it carried hears nothing more. */
  destroy(): void {
    this.exchange = undefined;
    this.drop();
  }

  /** Keeps an idle socket so many seconds; 0 for as long as an exchange lasts. */
  expireAfter(seconds: number): void {
    this.socket?.timeout(seconds);
  }

  // The parser speaks.

  head(status: number, headers: HeaderFields): void {
    this.exchange?.head(status, headers);
  }

  body(bytes: ByteText): void {
    this.exchange?.body(bytes);
  }

  end(): void {
    const exchange = this.exchange;
    this.exchange = undefined;
    this.uses++;
    // An answer that came before the whole request was sent leaves the rest of it in the way.
    if (this.parser.reusable && this.unsent === undefined && !this.closed && this.parted === undefined) {
      // Its reader may have been behind to the last.
      this.paused = false;
      if (this.stopped) this.flow();
      this.keeper.idle(this);
    } else this.drop();
    exchange?.end();
  }

  // The socket speaks.

  unreached(error: GatewayError): void {
    this.failed(error);
  }

  opened(socket: Socket<Party>): void {
    this.dial = undefined;
    this.openedAt = performance.now();
    this.socket = socket;
    if (!this.origin.tls) this.begin(socket);
  }

  /** Only after the certificate has held is anything written. */
  shaken(socket: Socket<Party>, authorized: boolean, cause: Error | null): void {
    if (authorized && cause === null) this.begin(socket);
    else this.failed(tlsFault(cause));
  }

  private begin(socket: Socket<Party>): void {
    socket.setNoDelay(true);
    this.established = true;
    this.send();
  }

  private send(): void {
    this.asking = true;
    this.parser.expect();
    this.exchange?.sent();
    this.write();
  }

  private write(): void {
    const { socket, unsent } = this;
    if (socket === undefined || unsent === undefined) return;
    const written = socket.write(unsent);
    if (written < 0) return;
    this.unsent = written === unsent.length ? undefined : unsent.subarray(written);
  }

  /** May come before the handshake is over: nothing is written then. */
  drained(): void {
    if (this.established) this.write();
  }

  arrived(bytes: Buffer): void {
    this.received += bytes.length;
    const isShort = bytes.length <= PIECE;
    // What comes unasked never waits: it would be taken for the next answer. Nor does much, which is better passed on than kept.
    if (this.asking && this.exchange !== undefined && (this.waiting || (isShort && isBehind()))) this.wait(bytes);
    else if (isShort && !this.paused) this.read(bytes);
    else this.readOff(bytes, false);
  }

  private wait(bytes: Buffer): void {
    if (!this.waiting) later(this);
    this.waiting = true;
    // Many little pieces are much as well: who is not read yet need not send more.
    if (this.leave(bytes) > PIECE) this.stop();
  }

  catchUp(): void {
    this.waiting = false;
    if (!this.paused && !this.closed) this.takeUp();
  }

  /** Reads what is left, and goes on from there. */
  private takeUp(): void {
    const { untaken } = this;
    this.untaken = undefined;
    if (untaken !== undefined) this.readOff(untaken.take(), true);
    if (this.paused || this.closed) return;
    if (this.parted !== undefined) this.ended(this.parted.cause);
    else if (this.stopped) this.flow();
  }

  /** @param own it is not the runtime's, which is longer than what will be left of it */
  private readOff(bytes: Buffer, own: boolean): void {
    let at = 0;
    this.reading = true;
    for (; at < bytes.length && !this.paused && !this.closed; at += PIECE) this.read(bytes.subarray(at, at + PIECE));
    this.reading = false;
    const isLeft = at < bytes.length && !this.closed;
    if (isLeft) this.leave(own ? bytes.subarray(at) : Buffer.from(bytes.subarray(at)));
    if (!isLeft || !own) free(bytes);
  }

  /** @returns how much is left by now */
  private leave(bytes: Buffer): number {
    const all = this.untaken === undefined ? bytes : Buffer.concat([this.untaken.take(), bytes]);
    this.untaken = new Untaken(all);
    return all.length;
  }

  private read(bytes: Buffer): void {
    try {
      this.parser.push(toByteText(bytes));
    } catch (thrown) {
      // Before the request was sent it is none of its business, and another connection carries it.
      this.failed(this.asking ? answerFault("upstream_malformed", thrown) : answerFault("upstream_reset", undefined));
    }
  }

  /** The other side is done, or the connection broke. */
  ended(cause: unknown): void {
    if (this.closed) return;
    if (this.untaken !== undefined) {
      this.parted = { cause };
      return;
    }
    this.closed = true;
    const exchange = this.exchange;
    // What ends with the connection ends here, unless that broke; `end` is called from within.
    const clean = cause === undefined || cause === null;
    if (exchange !== undefined && this.asking && clean && this.parser.close()) return;
    this.exchange = undefined;
    this.keeper.gone(this);
    // Without TLS it is established as soon as it is open.
    if (!this.established) exchange?.fail(tlsFault(cause));
    else exchange?.fail(answerFault(this.received === 0 ? "upstream_reset" : "upstream_truncated", cause));
  }

  private failed(error: GatewayError): void {
    const exchange = this.exchange;
    this.exchange = undefined;
    this.drop();
    exchange?.fail(error);
  }

  private drop(): void {
    this.untaken?.drop();
    this.untaken = undefined;
    if (!this.closed) {
      this.closed = true;
      this.dial?.callOff();
      this.socket?.terminate();
    }
    this.keeper.gone(this);
  }
}
