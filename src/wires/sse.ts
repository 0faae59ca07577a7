import { GatewayError } from "../core/error.ts";
import type { Frame } from "../core/event.ts";

const LF = 10;
const CR = 13;

/** A frame that grows beyond this is no frame. */
export const FRAME_CAP = 1024 * 1024;

/**
 * Cuts a byte stream into SSE frames, each with the blank line that ends it, as views on the bytes that came (or on one
 * copy where a frame spans several chunks). Linear in the input, whatever its chunks; line ends may be LF, CRLF or CR.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class FrameSplitter {
  private held: Buffer[] = [];
  private heldSize = 0;
  /** The last byte ended a line, so one more line end completes the frame. */
  private atLineStart = true;
  /** The last byte was CR: an LF that follows belongs to it. */
  private afterCr = false;
  private first = true;

  /**
   * The frames that these bytes complete.
   * @throws GatewayError `upstream_malformed` when a frame passes {@link FRAME_CAP}.
   */
  push(bytes: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    // The LF of a CRLF whose CR was the last byte of the frame before.
    let from = this.afterCr && this.heldSize === 0 && bytes[0] === LF ? 1 : 0;
    const plain = !this.afterCr && bytes.indexOf(CR) < 0;
    while (from < bytes.length) {
      const end = plain ? this.nextPlain(bytes, from) : this.next(bytes, from);
      if (end < 0) {
        this.hold(bytes.subarray(from));
        break;
      }
      frames.push(this.take(bytes.subarray(from, end)));
      from = end;
    }
    return frames;
  }

  /** What is left when the stream ends: a frame without its blank line, or `undefined`. */
  end(): Buffer | undefined {
    return this.heldSize === 0 ? undefined : this.take(Buffer.alloc(0));
  }

  /** Index behind the blank line that ends the frame, or -1. Only LF ends lines here. */
  private nextPlain(bytes: Buffer, from: number): number {
    if (this.atLineStart && bytes[from] === LF) return from + 1;
    let lf = bytes.indexOf(LF, from);
    while (lf >= 0 && lf + 1 < bytes.length && bytes[lf + 1] !== LF) lf = bytes.indexOf(LF, lf + 1);
    this.atLineStart = lf >= 0;
    return lf >= 0 && lf + 1 < bytes.length ? lf + 2 : -1;
  }

  /** The same for any mixture of line ends. */
  private next(bytes: Buffer, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i];
      const secondHalf = byte === LF && this.afterCr;
      this.afterCr = byte === CR;
      if (secondHalf) continue;
      const endsLine = byte === LF || byte === CR;
      if (endsLine && this.atLineStart) {
        if (byte === LF || bytes[i + 1] !== LF) return i + 1;
        this.afterCr = false;
        return i + 2;
      }
      this.atLineStart = endsLine;
    }
    return -1;
  }

  private hold(piece: Buffer): void {
    this.heldSize += piece.length;
    if (this.heldSize > FRAME_CAP) {
      throw new GatewayError("upstream_malformed", `The provider sent an event of more than ${FRAME_CAP} bytes.`);
    }
    this.held.push(piece);
  }

  private take(tail: Buffer): Buffer {
    const frame = this.heldSize === 0 ? tail : Buffer.concat([...this.held, tail]);
    this.held = [];
    this.heldSize = 0;
    if (!this.first) return frame;
    this.first = false;
    return frame[0] === 0xef && frame[1] === 0xbb && frame[2] === 0xbf ? frame.subarray(3) : frame;
  }
}

/** What a frame says, or `undefined` for one without data (a comment, a lone blank line). */
export function readFrame(bytes: Buffer): Frame | undefined {
  const text = bytes.toString("utf8");
  if (text.startsWith("data: ") && text.indexOf("\n") === text.length - 2 && text.indexOf("\r") < 0) {
    return { data: text.slice(6, -2) };
  }
  let event: string | undefined;
  let data: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") data = data === undefined ? value : data + "\n" + value;
    else if (field === "event") event = value;
  }
  if (data === undefined) return undefined;
  return event === undefined ? { data } : { event, data };
}

/** A frame as text, ready to send. Data that holds line ends becomes several `data:` lines. */
export function writeFrame(frame: Frame): string {
  const head = frame.event === undefined ? "" : `event: ${frame.event}\n`;
  const data = /[\r\n]/.test(frame.data) ? frame.data.split(/\r\n|\n|\r/).join("\ndata: ") : frame.data;
  return `${head}data: ${data}\n\n`;
}

/** Keeps a connection alive and is nothing to an SSE client. */
export const HEARTBEAT = ": keep-alive\n\n";
