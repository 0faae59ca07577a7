import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Connection, Exchange } from "./connection.ts";
import { type Clocks, Watch } from "./watch.ts";

/** Who reads the body of an answer. One of `end` and `fail` comes last. */
export interface BodyReader {
  body(bytes: Buffer): void;
  end(): void;
  fail(error: GatewayError): void;
}

const RELEASE_MS = 1000;

/** What a provider answers: its head, then its body as it comes, on the clocks. */
export class Answer implements BodyReader {
  readonly status: number;
  readonly headers: HeaderFields;
  private readonly connection: Connection;
  private readonly watch: Watch;
  private reader: BodyReader | undefined;
  /** What came before anyone read. */
  private waiting: Buffer[] = [];
  private released = false;
  private over: "end" | GatewayError | undefined;

  constructor(status: number, headers: HeaderFields, connection: Connection, watch: Watch) {
    this.status = status;
    this.headers = headers;
    this.connection = connection;
    this.watch = watch;
  }

  /** Hands the body to a reader, beginning with what has come. */
  read(reader: BodyReader): void {
    this.reader = reader;
    const waiting = this.waiting;
    this.waiting = [];
    for (const bytes of waiting) this.reader?.body(bytes);
    if (this.over === "end") this.reader?.end();
    else if (this.over !== undefined) this.reader?.fail(this.over);
  }

  /**
   * The whole body.
   * @throws GatewayError `upstream_malformed` above `cap` bytes, or what broke it
   */
  bytes(cap: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let size = 0;
      this.read({
        body: (bytes) => {
          size += bytes.length;
          pieces.push(bytes);
          if (size <= cap) return;
          this.close();
          reject(new GatewayError("upstream_malformed", `The answer is longer than ${cap} bytes.`));
        },
        end: () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)),
        fail: reject,
      });
    });
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
    this.watch.progressed();
    this.connection.resume();
  }

  /** Nothing more is wanted of it. What is left of the framing may still come, for the connection's sake, but not for long. */
  release(): void {
    this.reader = undefined;
    this.released = true;
    if (this.over === undefined) this.watch.endIn(RELEASE_MS);
  }

  /** Closes the connection, unless the answer is over. The reader hears nothing more. */
  close(): void {
    this.reader = undefined;
    this.waiting = [];
    if (this.over !== undefined) return;
    this.over = "end";
    this.watch.over();
    this.connection.destroy();
  }

  // The connection speaks.

  body(bytes: Buffer): void {
    if (this.released) return;
    this.watch.progressed();
    if (this.reader === undefined) this.waiting.push(bytes);
    else this.reader.body(bytes);
  }

  end(): void {
    if (this.over !== undefined) return;
    this.over = "end";
    this.watch.over();
    this.reader?.end();
  }

  fail(error: GatewayError): void {
    if (this.over !== undefined) return;
    this.over = error;
    this.watch.over();
    this.reader?.fail(error);
  }
}

/** One request on its way to its answer: the promise of an `Answer`, kept or broken. */
export class Sending implements Exchange {
  readonly answer: Promise<Answer>;
  private readonly connection: Connection;
  private readonly watch: Watch;
  private readonly settle: { resolve: (answer: Answer) => void; reject: (error: GatewayError) => void };
  private given: Answer | undefined;

  constructor(connection: Connection, clocks: Clocks, stream: boolean) {
    this.connection = connection;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.settle = { resolve, reject };
    this.watch = new Watch(clocks, stream, (error) => this.abandon(error));
  }

  /** Nobody wants the answer any more. */
  abandon(error: GatewayError): void {
    this.connection.destroy();
    this.fail(error);
  }

  sent(): void {
    this.watch.sent();
  }

  head(status: number, headers: HeaderFields): void {
    this.watch.answered();
    this.given = new Answer(status, headers, this.connection, this.watch);
    this.settle.resolve(this.given);
  }

  body(bytes: Buffer): void {
    this.given?.body(bytes);
  }

  end(): void {
    this.given?.end();
  }

  fail(error: GatewayError): void {
    if (this.given !== undefined) {
      this.given.fail(error);
      return;
    }
    this.watch.over();
    this.settle.reject(error);
  }
}
