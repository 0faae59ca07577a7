import { ownByteText } from "../core/byte-text.ts";
import { GatewayError } from "../core/error.ts";
import type { Frame } from "../core/event.ts";

/** A frame that grows beyond this is no frame. */
export const FRAME_CAP = 1024 * 1024;
/** Of one that may hold a picture, in base64, and what was thought of it, sealed. */
export const PICTURE_CAP = 32 * 1024 * 1024;

/** As a character, or as its three bytes. */
const BYTE_ORDER_MARK = /^(?:\ufeff|\u00ef\u00bb\u00bf)/;

/** What was read at once, where it is more than an event or two. */
const LONG = 8 * 1024;

/** What no byte can be: a text that has it is not one of bytes. */
const NO_BYTE = /[\u0100-\uffff]/;

const LINE_END = /[\r\n]/g;
const LF = 10;
const CR = 13;

/**
 * Cuts a stream of text into SSE frames, each with the blank line that ends it. Linear in the input, whatever its chunks;
 * line ends may be LF, CRLF or CR. Frames end at ASCII characters, so the text may as well be bytes, one a character (latin1).
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class FrameSplitter {
  private held: string[] = [];
  private heldSize = 0;
  /** The last character ended a line, so one more line end completes the frame. */
  private atLineStart = true;
  /** The last character was CR: an LF that follows belongs to it. */
  private afterCr = false;
  private first = true;
  private readonly cap: number;

  /** @param cap characters of a frame at most */
  constructor(cap = FRAME_CAP) {
    this.cap = cap;
  }

  /**
   * The frames that this text completes.
   * @throws GatewayError `upstream_malformed` when a frame passes the cap.
   */
  push(text: string): string[] {
    const frames: string[] = [];
    // The LF of a CRLF whose CR was the last character of the frame before.
    let from = this.afterCr && this.heldSize === 0 && text.charCodeAt(0) === LF ? 1 : 0;
    const plain = !this.afterCr && !text.includes("\r");
    while (from < text.length) {
      const end = plain ? this.nextPlain(text, from) : this.next(text, from);
      if (end < 0) {
        const rest = text.slice(from);
        // It may wait for long, where the client does.
        this.hold(text.length > LONG && !NO_BYTE.test(rest) ? ownByteText(rest) : rest);
        break;
      }
      frames.push(this.take(text.slice(from, end)));
      from = end;
    }
    return frames;
  }

  /** What is left when the stream ends: a frame without its blank line, or `undefined`. */
  end(): string | undefined {
    return this.heldSize === 0 ? undefined : this.take("");
  }

  /** Index behind the blank line that ends the frame, or -1. Only LF ends lines here. */
  private nextPlain(text: string, from: number): number {
    if (this.atLineStart && text.charCodeAt(from) === LF) return from + 1;
    const blank = text.indexOf("\n\n", from);
    this.atLineStart = blank >= 0 || text.charCodeAt(text.length - 1) === LF;
    return blank < 0 ? -1 : blank + 2;
  }

  /** The same for any mixture of line ends. */
  private next(text: string, from: number): number {
    for (let i = from; i < text.length; i++) {
      if (!this.atLineStart && !this.afterCr) {
        // Within a line only its end matters.
        LINE_END.lastIndex = i;
        if (!LINE_END.test(text)) return -1;
        i = LINE_END.lastIndex - 1;
      }
      const code = text.charCodeAt(i);
      const secondHalf = code === LF && this.afterCr;
      this.afterCr = code === CR;
      if (secondHalf) continue;
      const endsLine = code === LF || code === CR;
      if (endsLine && this.atLineStart) {
        if (code === LF || text.charCodeAt(i + 1) !== LF) return i + 1;
        this.afterCr = false;
        return i + 2;
      }
      this.atLineStart = endsLine;
    }
    return -1;
  }

  private hold(piece: string): void {
    this.heldSize += piece.length;
    mustFit(this.heldSize, this.cap);
    this.held.push(piece);
  }

  private take(tail: string): string {
    mustFit(this.heldSize + tail.length, this.cap);
    let frame = tail;
    if (this.heldSize > 0) {
      frame = this.held.join("") + tail;
      this.held = [];
      this.heldSize = 0;
    }
    if (!this.first) return frame;
    this.first = false;
    return frame.replace(BYTE_ORDER_MARK, "");
  }
}

function mustFit(size: number, cap: number): void {
  if (size <= cap) return;
  throw new GatewayError("upstream_malformed", `The provider sent an event of more than ${cap} bytes.`);
}

/** What a frame says, or `undefined` for one without data (a comment, a lone blank line). */
export function readFrame(text: string): Frame | undefined {
  const usual = readUsual(text);
  if (usual !== undefined) return usual;
  let event: string | undefined;
  let data: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    else if (field === "event") event = value;
  }
  if (data === undefined) return undefined;
  return event === undefined || event === "" ? { data } : { event, data };
}

/** A frame as most are written: one line of data, behind a line of its type or not. */
function readUsual(text: string): Frame | undefined {
  const dataAt = text.startsWith("event: ") ? text.indexOf("\n") + 1 : 0;
  if (!text.startsWith("data: ", dataAt)) return undefined;
  const line = text.indexOf("\n", dataAt);
  const cr = text.indexOf("\r");
  const lf = cr < 0 && line === text.length - 2;
  const crlf = dataAt === 0 && cr === text.length - 4 && line === cr + 1 && text.endsWith("\r\n");
  if (!lf && !crlf) return undefined;
  const data = text.slice(dataAt + 6, lf ? -2 : -4);
  return dataAt <= 8 ? { data } : { event: text.slice(7, dataAt - 1), data };
}

/** Keeps a connection alive and is nothing to an SSE client. */
export const HEARTBEAT = ": keep-alive\n\n";
