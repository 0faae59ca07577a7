import { isForm } from "./multipart.ts";

/** A request as it came over the socket. Of a header that came twice, both values are kept, joined by a comma. */
export interface HttpRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  /** Of a form each byte is a character. */
  body: string;
  /** The client wants the connection kept. */
  keep: boolean;
}

/** Bytes that are no HTTP/1.1 request. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

const HEAD_LIMIT = 256 * 1024;
const BODY_LIMIT = 256 * 1024 * 1024;
const CRLF = "\r\n";
const HEAD_END = "\r\n\r\n";

interface Head extends Omit<HttpRequest, "body"> {
  /** Bytes of the body; -1 where it comes in chunks. */
  length: number;
  /** The client waits for a word before it sends the body. */
  expects: boolean;
}

/** Cuts the bytes of one connection into requests. */
export class RequestReader {
  private held: Buffer = Buffer.alloc(0);
  /** Whether `held` is ours: bytes of the runtime are only lent. */
  private own = false;
  private size = 0;
  private head: Head | null = null;
  private at = 0;
  private readonly parts: string[] = [];
  private decoder: TextDecoder | undefined;

  push(bytes: Buffer): void {
    if (this.size === 0) {
      this.held = bytes;
      this.own = false;
      this.size = bytes.length;
      return;
    }
    if (this.size + bytes.length > this.held.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.held.length * 2, this.size + bytes.length));
      this.held.copy(grown, 0, 0, this.size);
      this.held = grown;
      this.own = true;
    }
    bytes.copy(this.held, this.size);
    this.size += bytes.length;
  }

  /** The next request that is here in full, or `null`. */
  next(): HttpRequest | null {
    if (this.head === null && !this.readHead()) return null;
    const head = this.head as Head;
    if (head.length < 0) {
      if (!this.readChunks()) return null;
    } else {
      if (this.size - this.at < head.length) return null;
      const coding = isForm(head.headers["content-type"]) ? "latin1" : "utf8";
      this.parts.push(this.held.toString(coding, this.at, this.at + head.length));
      this.at += head.length;
    }
    const body = this.parts.length === 1 ? (this.parts[0] as string) : this.parts.join("");
    this.parts.length = 0;
    this.head = null;
    return { method: head.method, path: head.path, query: head.query, headers: head.headers, body, keep: head.keep };
  }

  /** Whether the client waits for `100 Continue`; true once a request. */
  get waiting(): boolean {
    const waiting = this.head?.expects === true;
    if (waiting) (this.head as Head).expects = false;
    return waiting;
  }

  /** Keeps what has not been read for the next `push`. To be called before the pushed bytes are taken back. */
  keep(): void {
    const left = this.size - this.at;
    if (left > 0 && this.own && this.at < left) return;
    this.held = Buffer.from(this.held.subarray(this.at, this.size));
    this.own = true;
    this.size = left;
    this.at = 0;
  }

  private readHead(): boolean {
    // Empty lines before a request are forgiven (RFC 9112, 2.2).
    while (this.at + 1 < this.size && this.held[this.at] === 13 && this.held[this.at + 1] === 10) this.at += 2;
    const end = this.find(HEAD_END, this.at);
    if (end < 0) {
      if (this.size - this.at > HEAD_LIMIT) throw new Malformed("The head is too long.");
      // Who greets in TLS sends no end of a head, and must not wait for one of ours.
      if (this.at < this.size && !mayBegin(this.held[this.at] as number)) throw new Malformed(NO_REQUEST_LINE);
      return false;
    }
    this.head = parseHead(this.held.toString("latin1", this.at, end));
    this.at = end + HEAD_END.length;
    return true;
  }

  private readChunks(): boolean {
    this.decoder ??= new TextDecoder();
    for (;;) {
      const lineEnd = this.find(CRLF, this.at);
      if (lineEnd < 0) return false;
      const length = Number.parseInt(this.held.toString("latin1", this.at, lineEnd), 16);
      if (!(length >= 0 && length <= BODY_LIMIT)) throw new Malformed("A chunk has no length.");
      const start = lineEnd + CRLF.length;
      if (this.size < start + length + CRLF.length) return false;
      this.at = start + length + CRLF.length;
      if (length === 0) {
        this.parts.push(this.decoder.decode());
        return true;
      }
      this.parts.push(this.decoder.decode(this.held.subarray(start, start + length), { stream: true }));
    }
  }

  private find(text: string, from: number): number {
    const at = this.held.indexOf(text, from, "latin1");
    return at >= 0 && at + text.length <= this.size ? at : -1;
  }
}

const NO_REQUEST_LINE = "The first line is no request line.";

/** Whether this byte can be the first of a request: a letter of its method, or of an empty line before it. */
function mayBegin(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || byte === 13;
}

function parseHead(text: string): Head {
  const lines = text.split(CRLF);
  const [method = "", target = "", version = ""] = (lines[0] as string).split(" ");
  if (!/^[A-Z]+$/.test(method) || !target.startsWith("/") || !version.startsWith("HTTP/1.")) {
    throw new Malformed(NO_REQUEST_LINE);
  }
  const headers: Record<string, string> = Object.create(null);
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(":");
    if (colon <= 0) throw new Malformed("A header has no name.");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const query = target.indexOf("?");
  const length = Number(headers["content-length"] ?? 0);
  if (!(length >= 0 && length <= BODY_LIMIT)) throw new Malformed("The content-length is no length.");
  const connection = headers.connection?.toLowerCase();
  return {
    method,
    path: query < 0 ? target : target.slice(0, query),
    query: query < 0 ? "" : target.slice(query + 1),
    headers,
    keep: connection === undefined ? version !== "HTTP/1.0" : connection !== "close",
    length: headers["transfer-encoding"]?.toLowerCase() === "chunked" ? -1 : length,
    expects: headers.expect?.toLowerCase() === "100-continue",
  };
}

const REASONS: Record<number, string> = {
  100: "Continue",
  103: "Early Hints",
  200: "OK",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The head of an answer. `headers` are lines, each with its end. */
export function headOf(status: number, headers: string): string {
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${headers}\r\n`;
}

export const CONTINUE = `HTTP/1.1 100 Continue${HEAD_END}`;

/** Text as one chunk of a chunked body. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** The end of a chunked body. */
export const LAST_CHUNK = "0\r\n\r\n";

let dateSecond = -1;
let dateText = "";

/** The `date` header of this moment. */
export function dateLine(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateText;
}
