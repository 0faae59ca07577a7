import type { HeaderFields } from "../core/headers.ts";

/** More than this in the head of an answer is an attack or a mistake. */
const HEAD_CAP = 16 * 1024;
const FIELDS_CAP = 100;
const INTERIM_CAP = 8;

const CR = 13;
const LF = 10;
const BLANK = Buffer.from("\r\n\r\n");

/** The answer breaks HTTP/1.1: nothing more can be read from this connection. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** Who hears what the parser reads. */
export interface AnswerListener {
  head(status: number, headers: HeaderFields): void;
  body(bytes: Buffer): void;
  end(): void;
}

type State = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "until-close" | "done";

/**
 * Reads one HTTP/1.1 answer after another from the bytes of a connection, whatever their cuts. Body bytes are handed on
 * as views, never copied. https://www.rfc-editor.org/rfc/rfc9112
 */
export class AnswerParser {
  private readonly listener: AnswerListener;
  private state: State = "done";
  private held: Buffer | undefined;
  /** Bytes of the body or of the chunk that are still to come. */
  private left = 0;
  private interim = 0;
  private keepAlive = true;

  constructor(listener: AnswerListener) {
    this.listener = listener;
  }

  /** A request has been sent: the next bytes are its answer. */
  expect(): void {
    this.state = "head";
    this.held = undefined;
    this.interim = 0;
    this.keepAlive = true;
  }

  /** The answer is over and its framing leaves the connection fit for another request. */
  get reusable(): boolean {
    return this.state === "done" && this.keepAlive;
  }

  /** @throws ProtocolFault */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.state) {
        case "head":
          at = this.head(bytes, at);
          break;
        case "length":
        case "chunk-data":
          at = this.data(bytes, at);
          break;
        case "chunk-size":
        case "chunk-end":
        case "trailers":
          at = this.line(bytes, at);
          break;
        case "until-close":
          this.listener.body(at === 0 ? bytes : bytes.subarray(at));
          return;
        case "done":
          // An answer to nothing: whoever sent it, the connection is poisoned.
          throw new ProtocolFault("The provider sent more than its answer.");
      }
    }
  }

  /** The connection has closed. @returns whether the answer was whole */
  close(): boolean {
    if (this.state === "until-close") {
      this.finish();
      return true;
    }
    return this.state === "done";
  }

  private head(bytes: Buffer, at: number): number {
    const fresh = at === 0 ? bytes : bytes.subarray(at);
    const all = this.held === undefined ? fresh : Buffer.concat([this.held, fresh]);
    const end = all.indexOf(BLANK);
    if (end > HEAD_CAP || (end < 0 && all.length > HEAD_CAP))
      throw new ProtocolFault("The head of the answer is too large.");
    if (end < 0) {
      this.held = Buffer.from(all);
      return bytes.length;
    }
    const heldBefore = all.length - fresh.length;
    this.held = undefined;
    this.readHead(all.toString("latin1", 0, end + 2));
    return at + end + BLANK.length - heldBefore;
  }

  private readHead(text: string): void {
    const status = statusOf(text);
    if (status < 200) {
      if (status === 101 || ++this.interim > INTERIM_CAP) throw new ProtocolFault(`Unwanted status ${status}.`);
      return;
    }
    const fields = new HeadFields(text);
    const length = fields.get("content-length");
    const coding = fields.get("transfer-encoding");
    const version11 = text.startsWith("HTTP/1.1");
    this.keepAlive = version11 && !/\bclose\b/i.test(fields.get("connection") ?? "");
    const encoding = fields.get("content-encoding");
    if (encoding !== null && encoding !== "identity")
      throw new ProtocolFault(`The answer is encoded (${encoding.slice(0, 40)}), which was not asked for.`);
    this.listener.head(status, fields);
    if (coding !== null) {
      if (length !== null || coding.toLowerCase() !== "chunked")
        throw new ProtocolFault("The answer's framing contradicts itself.");
      this.state = "chunk-size";
    } else if (status === 204 || status === 304) this.finish();
    else if (length !== null) {
      this.left = wholeNumber(length);
      if (this.left === 0) this.finish();
      else this.state = "length";
    } else {
      this.keepAlive = false;
      this.state = "until-close";
    }
  }

  private data(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.left);
    this.left -= end - at;
    this.listener.body(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.left > 0) return end;
    if (this.state === "length") this.finish();
    else this.state = "chunk-end";
    return end;
  }

  /** A line of the chunked framing, ended by CRLF. */
  private line(bytes: Buffer, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const piece = bytes.subarray(at, lf < 0 ? bytes.length : lf);
    const whole = this.held === undefined ? piece : Buffer.concat([this.held, piece]);
    if (whole.length > HEAD_CAP) throw new ProtocolFault("A line of the answer's framing is too long.");
    if (lf < 0) {
      this.held = Buffer.from(whole);
      return bytes.length;
    }
    this.held = undefined;
    if (whole[whole.length - 1] !== CR) throw new ProtocolFault("A line of the answer's framing does not end in CRLF.");
    this.framing(whole.toString("latin1", 0, whole.length - 1));
    return lf + 1;
  }

  private framing(line: string): void {
    if (this.state === "chunk-end") {
      if (line !== "") throw new ProtocolFault("A chunk is longer than its size.");
      this.state = "chunk-size";
    } else if (this.state === "chunk-size") {
      const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw new ProtocolFault("A chunk has no size.");
      this.left = Number.parseInt(size, 16);
      this.state = this.left === 0 ? "trailers" : "chunk-data";
    } else if (line === "") this.finish();
  }

  private finish(): void {
    this.state = "done";
    this.listener.end();
  }
}

function statusOf(text: string): number {
  const status = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n/.exec(text)?.[1];
  if (status === undefined) throw new ProtocolFault("The provider does not speak HTTP/1.1.");
  return Number(status);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ProtocolFault("The answer's content-length is not a number.");
  return Number(text);
}

/** The head of an answer, searched when asked: most of an answer's twenty fields nobody ever reads. */
class HeadFields implements HeaderFields {
  private readonly text: string;
  private readonly lower: string;

  constructor(text: string) {
    this.text = text;
    this.lower = text.toLowerCase();
    let fields = 0;
    for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) fields++;
    if (fields > FIELDS_CAP) throw new ProtocolFault("The answer has too many header fields.");
  }

  get(name: string): string | null {
    const key = `\r\n${name}:`;
    const at = this.lower.indexOf(key);
    if (at < 0) return null;
    const start = at + key.length;
    const value = this.text.slice(start, this.text.indexOf("\r\n", start)).trim();
    // Twice and not the same: for framing that is an attack, for the rest the first will do.
    const again = this.lower.indexOf(key, start);
    if (again >= 0 && (name === "content-length" || name === "transfer-encoding")) {
      throw new ProtocolFault(`The answer has two ${name} fields.`);
    }
    return value;
  }
}
