import type { ByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Connection, Exchange } from "./connection.ts";
import type { Pool } from "./pool.ts";
import { type Clocks, Watch } from "./watch.ts";

/** Who reads a stream. One of `end` and `fail` comes last. */
export interface BodyReader {
  body(bytes: ByteText): void;
  end(): void;
  fail(error: GatewayError): void;
}

/** Longest whole answer: images and audio come in base64. */
const WHOLE_CAP = 64 * 1024 * 1024;
/** After an answer has said all, its framing may still end, so that the connection can be kept. */
const RELEASE_MS = 1000;
/** A connection that breaks this soon after sending was closed under our feet: the provider never read the request. */
const RACE_MS = 100;

/**
 * One request's answer, on the clocks. A stream is handed on as it comes; everything else (refusals, and JSON where a
 * stream was asked for) is gathered first.
 */
export class Answer implements Exchange {
  /** Resolves when there is something to work with: the head of a stream, or the whole of anything else. @throws GatewayError */
  readonly ready: Promise<Answer>;
  status = 0;
  headers!: HeaderFields;
  /** The gathered body, where the answer is no stream. */
  whole: ByteText | undefined;
  private readonly pool: Pool;
  private readonly request: Uint8Array;
  private readonly watch: Watch;
  private readonly wantsStream: boolean;
  private settle!: { resolve: (answer: Answer) => void; reject: (error: GatewayError) => void };
  private connection: Connection;
  private sentAt = 0;
  private resent = false;
  /** The provider may have read it twice: a kept connection broke behind it, before one byte of an answer. */
  askedTwice = false;
  private streams = false;
  /** Pieces that nobody has read yet. */
  private pieces: ByteText[] = [];
  private size = 0;
  private reader: BodyReader | undefined;
  private over: "end" | GatewayError | undefined;
  private released = false;

  constructor(pool: Pool, request: Uint8Array, clocks: Clocks, wantsStream: boolean) {
    this.pool = pool;
    this.request = request;
    this.wantsStream = wantsStream;
    this.ready = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.watch = new Watch(clocks, wantsStream, (error) => this.abandon(error));
    this.connection = pool.take();
    this.connection.carry(request, this);
  }

  /** It is a stream after all: of these bytes. */
  retell(bytes: ByteText): void {
    this.whole = undefined;
    this.pieces = [bytes];
  }

  /** Hands a stream to a reader, beginning with what has come. */
  read(reader: BodyReader): void {
    this.reader = reader;
    const waiting = this.pieces;
    this.pieces = [];
    for (const bytes of waiting) this.reader?.body(bytes);
    if (this.over === "end") this.reader?.end();
    else if (this.over !== undefined) this.reader?.fail(this.over);
  }

  /** The provider may have read the request. */
  get isSent(): boolean {
    return this.sentAt !== 0;
  }

  /** Content has begun: the clock that waits for it stops. */
  spoke(): void {
    this.watch.spoke();
  }

  /** Stops reading, so that a slow client slows the provider. */
  pause(): void {
    if (this.over !== undefined) return;
    this.watch.suspended();
    this.connection.pause();
  }

  resume(): void {
    if (this.over !== undefined) return;
    if (!this.released) this.watch.progressed();
    this.connection.resume();
  }

  /** Nothing more is wanted of it. What is left of its framing may still come, for the connection's sake, but not for long. */
  release(): void {
    this.reader = undefined;
    this.released = true;
    if (this.over !== undefined) return;
    this.watch.endIn(RELEASE_MS);
    this.connection.resume();
  }

  /** Closes the connection, unless the answer is over. The reader hears nothing more. */
  close(): void {
    this.reader = undefined;
    this.pieces = [];
    if (this.over !== undefined) return;
    this.over = "end";
    this.watch.over();
    this.connection.destroy();
  }

  /** Nobody wants the answer any more, or it took too long. */
  abandon(error: GatewayError): void {
    if (this.over !== undefined) return;
    this.connection.destroy();
    this.lose(error);
  }

  // The connection speaks.

  sent(): void {
    this.sentAt = performance.now();
    this.watch.sent();
  }

  head(status: number, headers: HeaderFields): void {
    this.status = status;
    this.headers = headers;
    this.watch.answered();
    this.streams = this.wantsStream && status === 200 && !/json/i.test(headers.get("content-type") ?? "");
    if (this.streams) this.settle.resolve(this);
  }

  body(bytes: ByteText): void {
    if (this.released) return;
    this.watch.progressed();
    if (this.reader !== undefined) {
      this.reader.body(bytes);
      return;
    }
    this.pieces.push(bytes);
    this.size += bytes.length;
    if (this.size > WHOLE_CAP)
      this.abandon(new GatewayError("upstream_malformed", `The answer is longer than ${WHOLE_CAP} bytes.`));
  }

  end(): void {
    if (this.over !== undefined) return;
    this.over = "end";
    this.watch.over();
    if (this.streams) {
      this.reader?.end();
      return;
    }
    this.whole = this.pieces.join("");
    this.pieces = [];
    this.settle.resolve(this);
  }

  fail(error: GatewayError): void {
    if (this.over !== undefined) return;
    if (this.wasRaced(error)) this.sendAgain();
    else this.lose(error);
  }

  private lose(error: GatewayError): void {
    this.over = error;
    if (this.askedTwice) error.details.askedTwice = true;
    if (this.isSent) error.details.isSent = true;
    this.watch.over();
    if (this.streams) this.reader?.fail(error);
    else this.settle.reject(error);
  }

  /** A kept connection that broke before one byte of an answer, before sending or at once after: it was closed at that very moment. */
  private wasRaced(error: GatewayError): boolean {
    return (
      error.code === "upstream_reset" &&
      !this.resent &&
      this.connection.uses > 0 &&
      (this.sentAt === 0 || performance.now() - this.sentAt < RACE_MS)
    );
  }

  private sendAgain(): void {
    this.resent = true;
    this.askedTwice = this.sentAt !== 0;
    this.watch.again();
    this.connection = this.pool.fresh();
    this.connection.carry(this.request, this);
  }
}
