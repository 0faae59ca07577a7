/**
 * Bytes as text, one character a byte (latin1). Searching, comparing and cutting such a text costs a tenth of doing the
 * same to a buffer, and writing it back gives the very bytes that were read, whatever they were.
 */
export type ByteText = string;

export function toByteText(bytes: Buffer): ByteText {
  return bytes.toString("latin1");
}

export function fromByteText(text: ByteText): Buffer {
  return Buffer.from(text, "latin1");
}

/** The same text in memory of its own: what is cut out of a text keeps all of that. */
export function ownByteText(text: ByteText): ByteText {
  return toByteText(fromByteText(text));
}

const encoder = new TextEncoder();

/** A text in UTF-8. A buffer of it would cost twice as much. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The same bytes as a body that can be sent. ASCII is sent as it stands, which spares a copy. */
export function sendable(text: ByteText): string | Buffer {
  return isAscii(text) ? text : fromByteText(text);
}

/** Ordinary text in UTF-8, to be put among bytes. */
export function utf8ByteText(text: string): ByteText {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** What bytes in UTF-8 say. */
export function readByteText(bytes: ByteText): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Only then is a text as long in UTF-8 as it is in characters; asking for the length is the quickest way to see it. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** What UTF-8 says that comes in pieces, each cut anywhere: what a piece leaves open waits for the next. */
export class Utf8Reader {
  /** A byte order mark is kept: it may be a character of the answer, and the first is taken off where frames are cut. */
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private clean = true;

  read(bytes: ByteText): string {
    // Between characters, ASCII needs no decoding.
    if (this.clean && isAscii(bytes)) return bytes;
    this.clean = false;
    const text = this.decoder.decode(Buffer.from(bytes, "latin1"), { stream: true });
    this.clean = bytes.charCodeAt(bytes.length - 1) < 0x80;
    return text;
  }
}
