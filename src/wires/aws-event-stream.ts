import { type ByteText, fromByteText, readByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { Frame } from "../core/event.ts";
import { FRAME_CAP } from "./sse.ts";
import type { Framing } from "./wire.ts";

/** Length of the frame, length of its headers, and the checksum of both. */
const PRELUDE = 12;
const CHECKSUM = 4;

/** Bytes of a header's value, by its type. Those of 6 and 7 say their length themselves. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTES = 6;
const STRING = 7;

/**
 * Cuts AWS's binary event stream into frames, each with the name of its event and its payload as text. Linear in the input,
 * whatever its pieces. https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class AwsEventStream implements Framing {
  private held: ByteText[] = [];
  private heldSize = 0;
  /** Bytes that the frame needs before there is more to know of it. */
  private needed = PRELUDE;

  /** @throws GatewayError `upstream_malformed` where a checksum or a length does not hold, behind the frames that do */
  *push(bytes: ByteText): Generator<Frame> {
    this.held.push(bytes);
    this.heldSize += bytes.length;
    if (this.heldSize < this.needed) return;
    const text = this.held.join("");
    let at = 0;
    this.needed = PRELUDE;
    while (text.length - at >= PRELUDE) {
      const length = frameLength(text.slice(at, at + PRELUDE));
      if (text.length - at < length) {
        this.needed = length;
        break;
      }
      yield readFrame(text.slice(at, at + length));
      at += length;
    }
    const rest = text.slice(at);
    this.held = rest === "" ? [] : [rest];
    this.heldSize = rest.length;
  }

  /** A frame that broke off says nothing. */
  end(): Frame[] {
    return [];
  }
}

/** Loaded with the first frame: 4 MB that nobody else needs. */
let zlib: typeof import("node:zlib") | undefined;

function checksum(bytes: ByteText): number {
  zlib ??= process.getBuiltinModule("node:zlib");
  return zlib.crc32(fromByteText(bytes));
}

function frameLength(prelude: ByteText): number {
  const length = uint32(prelude, 0);
  if (checksum(prelude.slice(0, 8)) !== uint32(prelude, 8)) throw damaged("the checksum of its length");
  if (length < PRELUDE + CHECKSUM + uint32(prelude, 4)) throw damaged("its length");
  if (length > FRAME_CAP)
    throw new GatewayError("upstream_malformed", `The provider sent an event of more than ${FRAME_CAP} bytes.`);
  return length;
}

function readFrame(frame: ByteText): Frame {
  const body = frame.slice(0, -CHECKSUM);
  if (checksum(body) !== uint32(frame, body.length)) throw damaged("its checksum");
  const payloadAt = PRELUDE + uint32(frame, 4);
  const headers = readHeaders(body.slice(PRELUDE, payloadAt));
  const payload = readByteText(body.slice(payloadAt));
  switch (headers.get(":message-type")) {
    case "exception":
      return { event: headers.get(":exception-type") ?? "", data: payload, failure: true };
    case "error": {
      const data = JSON.stringify({ message: headers.get(":error-message") ?? "" });
      return { event: headers.get(":error-code") ?? "", data, failure: true };
    }
    default:
      return { event: headers.get(":event-type") ?? "", data: payload };
  }
}

/** Those that are text. */
function readHeaders(bytes: ByteText): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.charCodeAt(at);
    const type = bytes.charCodeAt(nameEnd);
    const long = type === BYTES || type === STRING;
    const valueAt = nameEnd + (long ? 3 : 1);
    const size = long ? bytes.charCodeAt(nameEnd + 1) * 256 + bytes.charCodeAt(nameEnd + 2) : SIZES[type];
    // Beyond the end there are no characters, and their codes are no numbers.
    if (size === undefined || !(valueAt + size <= bytes.length)) throw damaged("its headers");
    if (type === STRING)
      headers.set(readByteText(bytes.slice(at + 1, nameEnd)), readByteText(bytes.slice(valueAt, valueAt + size)));
    at = valueAt + size;
  }
  return headers;
}

function uint32(bytes: ByteText, at: number): number {
  const high = bytes.charCodeAt(at) * 0x1000000;
  return high + (bytes.charCodeAt(at + 1) << 16) + (bytes.charCodeAt(at + 2) << 8) + bytes.charCodeAt(at + 3);
}

function damaged(what: string): GatewayError {
  return new GatewayError("upstream_malformed", `The provider's event stream is damaged: ${what} does not hold.`);
}
