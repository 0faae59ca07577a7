import type { JsonObject } from "../json.ts";

/** A table for the checksum that gzip and AWS's event streams use (reflected, 0xEDB88320). */
const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function checksum(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 255] as number) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** An event, as bytes of which each is a character. */
export function eventFrame(type: string, payload: JsonObject): string {
  return frame([":event-type", type], "event", payload);
}

/** An event that holds what a model says in its maker's own format. */
export function chunkFrame(json: string): string {
  return eventFrame("chunk", { bytes: Buffer.from(json).toString("base64") });
}

/** An exception in the middle of a stream. */
export function exceptionFrame(type: string, message: string): string {
  return frame([":exception-type", type], "exception", { message });
}

/** Letters that hide how long what is said is, as Bedrock adds them. */
const PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456";
let padded = 0;

function frame(name: [string, string], kind: string, payload: JsonObject): string {
  padded = (padded * 31 + 17) % PADDING.length;
  const body = Buffer.from(JSON.stringify({ ...payload, p: PADDING.slice(0, padded + 1) }));
  const head = Buffer.concat([name, [":content-type", "application/json"], [":message-type", kind]].map(header));
  const bytes = Buffer.alloc(16 + head.length + body.length);
  bytes.set(prelude(bytes.length, head.length));
  bytes.set(head, 12);
  bytes.set(body, 12 + head.length);
  bytes.writeUInt32BE(checksum(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes.toString("latin1");
}

/** The beginning of a frame that will be so long. */
export function beginning(length: number): string {
  return Buffer.from(prelude(length, 0)).toString("latin1");
}

function prelude(length: number, head: number): Uint8Array {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(head, 4);
  bytes.writeUInt32BE(checksum(bytes.subarray(0, 8)), 8);
  return bytes;
}

function header([name, value]: string[]): Buffer {
  const [key, text] = [Buffer.from(name as string), Buffer.from(value as string)];
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7, text.length >> 8, text.length & 255]), text]);
}
