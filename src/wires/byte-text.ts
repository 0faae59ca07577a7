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

/** Ordinary text in UTF-8, to be put among bytes. */
export function utf8ByteText(text: string): ByteText {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** What bytes in UTF-8 say. */
export function readByteText(bytes: ByteText): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Only then is a text as long in UTF-8 as it is in characters; asking for the length is the quickest way to see it. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
