import { type ByteText, ownByteText } from "../core/byte-text.ts";
import type { HeaderFields } from "../core/headers.ts";

/** More than this in the head of an answer is an attack or a mistake. */
const HEAD_CAP = 16 * 1024;
/** What was read at once, where it is much more than a head. */
const LONG = 8 * 1024;
const FIELDS_CAP = 100;
const INTERIM_CAP = 8;

const BLANK = "\r\n\r\n";

/** The answer breaks HTTP/1.1: nothing more can be read from this connection. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** Who hears what the parser reads. */
export interface AnswerListener {
  head(status: number, headers: HeaderFields): void;
  body(bytes: ByteText): void;
  end(): void;
}

const HEX = /^[0-9a-fA-F]+$/;

type State = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "until-close" | "done";

/**
 * Reads one HTTP/1.1 answer after another from the bytes of a connection, whatever their cuts.
 * https://www.rfc-editor.org/rfc/rfc9112
 */
export class AnswerParser {
  private readonly listener: AnswerListener;
  private state: State = "done";
  private held = "";
  /** Bytes of the body or of the chunk that are still to come. */
  private left = 0;
  private interim = 0;
  private trailers = 0;
  private keepAlive = true;

  constructor(listener: AnswerListener) {
    this.listener = listener;
  }

  /** A request has been sent: the next bytes are its answer. */
  expect(): void {
    this.state = "head";
    this.held = "";
    this.interim = 0;
    this.trailers = 0;
    this.keepAlive = true;
  }

  /** The answer is over and its framing leaves the connection fit for another request. */
  get reusable(): boolean {
    return this.state === "done" && this.keepAlive;
  }

  /** @throws ProtocolFault */
  push(bytes: ByteText): void {
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
        case "chunk-size": {
          const end = this.wholeChunk(bytes, at);
          at = end > at ? end : this.line(bytes, at);
          break;
        }
        case "chunk-end":
        case "trailers":
          at = this.line(bytes, at);
          break;
        case "until-close":
          this.listener.body(bytes.slice(at));
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

  private head(bytes: ByteText, at: number): number {
    const all = this.held + bytes.slice(at);
    const end = all.indexOf(BLANK);
    if (end > HEAD_CAP || (end < 0 && all.length > HEAD_CAP)) {
      throw new ProtocolFault("The head of the answer is too large.");
    }
    if (end < 0) {
      this.held = all;
      return bytes.length;
    }
    const heldBefore = this.held.length;
    this.held = "";
    // It is kept for as long as the answer goes on, and what came with it is not.
    const head = all.slice(0, end + 2);
    this.readHead(all.length > LONG ? ownByteText(head) : head);
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
    if (coding !== null && (length !== null || coding.toLowerCase() !== "chunked"))
      throw new ProtocolFault("The answer's framing contradicts itself.");
    // These have no body, whatever they say of one.
    if (status === 204 || status === 304) this.finish();
    else if (coding !== null) this.state = "chunk-size";
    else if (length !== null) {
      this.left = wholeNumber(length);
      if (this.left === 0) this.finish();
      else this.state = "length";
    } else {
      this.keepAlive = false;
      this.state = "until-close";
    }
  }

  private data(bytes: ByteText, at: number): number {
    const end = Math.min(bytes.length, at + this.left);
    this.left -= end - at;
    this.listener.body(bytes.slice(at, end));
    if (this.left > 0) return end;
    if (this.state === "length") this.finish();
    else this.state = "chunk-end";
    return end;
  }

  /**
   * A chunk that lies before us whole, with size and end, as nearly all chunks of a stream do. Anything else is left to
   * the other states. @returns the index behind it, or `at`
   */
  private wholeChunk(bytes: ByteText, at: number): number {
    const cr = bytes.indexOf("\r", at);
    if (this.held !== "" || cr < 0 || cr - at > 6) return at;
    const digits = bytes.slice(at, cr);
    const size = HEX.test(digits) ? Number.parseInt(digits, 16) : 0;
    const start = cr + 2;
    const end = start + size;
    if (size === 0 || !bytes.startsWith("\n", cr + 1) || !bytes.startsWith("\r\n", end)) return at;
    this.listener.body(bytes.slice(start, end));
    return end + 2;
  }

  /** A line of the chunked framing, ended by CRLF. */
  private line(bytes: ByteText, at: number): number {
    const lf = bytes.indexOf("\n", at);
    const line = this.held + bytes.slice(at, lf < 0 ? bytes.length : lf);
    if (line.length > HEAD_CAP) throw new ProtocolFault("A line of the answer's framing is too long.");
    if (lf < 0) {
      this.held = line;
      return bytes.length;
    }
    this.held = "";
    if (!line.endsWith("\r")) throw new ProtocolFault("A line of the answer's framing does not end in CRLF.");
    this.framing(line.slice(0, -1));
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
    else if (++this.trailers > FIELDS_CAP) throw new ProtocolFault("The answer has too many trailers.");
  }

  private finish(): void {
    this.state = "done";
    this.listener.end();
  }
}

function statusOf(text: string): number {
  const status = /^HTTP\/1\.[01] ([1-9]\d{2})(?: [^\r\n]*)?\r\n/.exec(text)?.[1];
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

  *entries(): Iterable<[name: string, value: string]> {
    for (const line of this.text.split("\r\n").slice(1)) {
      const colon = line.indexOf(":");
      if (colon > 0) yield [line.slice(0, colon), line.slice(colon + 1).trim()];
    }
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
