import { type ByteText, readByteText, utf8ByteText } from "../../core/byte-text.ts";
import type { Closing, Stamp } from "../../core/closing.ts";
import { GatewayError } from "../../core/error.ts";
import type { Frame } from "../../core/event.ts";
import { isObject, type JsonObject, objectAt, parseJson } from "../../core/json.ts";
import type { Readings } from "../../core/readings.ts";
import { type Edit, eachMember, endOfValue, NOWHERE, splice } from "../splice.ts";
import { readFrame } from "../sse.ts";
import type { RelayStream } from "../wire.ts";
import { weightOf } from "./content-size.ts";
import { decodeFailure, failureFrames } from "./error.ts";
import { hasCalls, isBlank, isCall, isEnd, withoutResponse } from "./finish.ts";
import { closingEdits, type Names, readResponse, stampEdits } from "./relay-answer.ts";
import { HostedUse } from "./usage.ts";

const EVENT = "event: ";
const DELTA = ".delta";
const SAID = '"delta":"';

/** Events that name the response, in which it is ours and not the provider's. Everything else goes through as it came. */
export class ResponsesRelay implements RelayStream {
  private readonly stamp: Stamp;
  private readonly names: Names;
  private readonly readings: Readings;
  private calls = false;
  /** The first `output_item` or delta has come. */
  private started = false;
  /** Size of what items said in the end. */
  private weighed = 0;
  private sequence = 0;
  private readonly hosted = new HostedUse();
  /** The last event, held back until what it must tell is known. */
  private last: { type: string; data: ByteText; event: JsonObject } | undefined;

  /** @param previous the response of ours that the client goes on from */
  constructor(stamp: Stamp, readings: Readings, previous: string | undefined) {
    this.stamp = stamp;
    this.names = { stamp, previous };
    this.readings = readings;
  }

  push(frame: ByteText): ByteText {
    if (this.started && isDelta(frame)) {
      const said = frame.indexOf(SAID) + SAID.length - 1;
      this.readings.content(endOfValue(frame, said) - said - 2);
      this.sequence++;
      return frame;
    }
    const read = readFrame(frame);
    // A comment keeps the connection alive: it travels, unless it was cut. Other lines without data are nothing.
    if (read === undefined)
      return frame.startsWith(":") && /[\r\n]$/.test(frame) ? `${frame.replace(/(?<![\r\n])[\r\n]+$/, "")}\n\n` : "";
    if (read.data.trim() === "[DONE]") return "";
    const event = parseJson(readByteText(read.data));
    if (isObject(event)) return this.event(event, plain(frame, read), read.data);
    this.readings.error = new GatewayError(
      "upstream_malformed",
      "The provider sent an event that is not a JSON object.",
    );
    return "";
  }

  end(): void {
    const message = this.started ? "The answer ended without response.completed." : "The answer was empty.";
    if (!this.readings.ended) this.readings.error ??= new GatewayError("upstream_truncated", message);
  }

  finish(closing: Closing): string {
    if (this.last === undefined) return "";
    const { type, data, event } = this.last;
    const raw = objectAt(objectAt(event.response)?.usage);
    const told = edited(data, (start) => closingEdits(data, start, this.names, closing, raw));
    return `${EVENT}${type}\ndata: ${readByteText(told)}\n\n`;
  }

  fail(error: GatewayError): string {
    const { id, model, created } = this.stamp;
    const response = { id, object: "response", created_at: created, model, output: [] };
    return failureFrames(error, id, response, this.sequence);
  }

  private event(event: JsonObject, frame: ByteText, data: ByteText): ByteText {
    const type = String(event.type);
    const { readings } = this;
    if (typeof event.sequence_number === "number") this.sequence = event.sequence_number + 1;
    const response = objectAt(event.response);
    if (type === "error" || (isObject(event.error) && !type.startsWith("response.")))
      readings.error = decodeFailure(isObject(event.error) ? event.error : event);
    else if (type === "response.failed") readings.error = decodeFailure(response?.error ?? undefined);
    if (readings.error !== undefined) return "";
    this.started = true;
    readings.upstreamId ??= textAt(response?.id);
    readings.upstreamModel ??= textAt(response?.model);
    if (isEnd(type)) {
      if (isBlank(response)) {
        readings.error = withoutResponse();
        return "";
      }
      const told = { status: type.slice("response.".length), ...response };
      if (this.weighed === 0) this.weigh(response.output);
      readResponse(told, this.calls || hasCalls(told), readings, this.hosted);
      this.last = { type, data, event };
      return "";
    }
    if (!isBlank(response)) this.hosted.begin(response);
    if (!isBlank(response)) return frameWith(frame, data, (start) => stampEdits(data, start, this.names));
    if (isCall(event.item)) this.calls = true;
    if (type.endsWith(DELTA)) readings.content(textAt(event.delta)?.length ?? 0);
    else if (type === "response.output_item.done") this.done(event.item);
    return frame;
  }

  private done(item: unknown): void {
    this.weigh(item);
    if (isObject(item)) for (const { usage } of this.hosted.done(item)) this.readings.report(usage);
  }

  /** What comes only whole is content as well; an empty message, or thinking without a word, is not. */
  private weigh(value: unknown): void {
    for (const item of Array.isArray(value) ? value : [value]) this.weighed += weightOf(item);
    const { contentBytes } = this.readings;
    if (this.weighed > contentBytes) this.readings.content(this.weighed - contentBytes);
  }
}

const textAt = (value: unknown) => (typeof value === "string" ? value : undefined);

/** A delta as this wire's inventor writes it: type for type at the place where it must stand, and nothing behind its one line. */
function isDelta(frame: ByteText): boolean {
  if (!frame.startsWith(EVENT)) return false;
  const line = frame.indexOf("\n");
  const type = frame.slice(EVENT.length, line);
  return (
    type.endsWith(DELTA) &&
    frame.startsWith(`data: {"type":"${type}",`, line + 1) &&
    frame.endsWith("}\n\n") &&
    frame.indexOf("\n", line + 1) === frame.length - 2 &&
    frame.indexOf(SAID, line) > 0 &&
    frame.indexOf(`${SAID}"`, line) < 0
  );
}

/** With LF for line ends: of a CRLF, the last may still be on its way. */
function plain(frame: ByteText, { event, data }: Frame): ByteText {
  if (!frame.includes("\r") && frame.endsWith("\n\n")) return frame;
  return `${event === undefined ? "" : `${EVENT}${event}\n`}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
}

/** The event with its response edited where it stands. */
function edited(data: ByteText, edits: (start: number) => Edit[]): ByteText {
  let start = NOWHERE;
  eachMember(data, 0, (name, value) => {
    if (name === "response") start = value;
    return endOfValue(data, value);
  });
  return start === NOWHERE ? data : splice(data, edits(start));
}

/** The frame around it, where its data stands on one line; else a new one. */
function frameWith(frame: ByteText, data: ByteText, edits: (start: number) => Edit[]): ByteText {
  const told = edited(data, edits);
  const at = frame.indexOf(data);
  if (at >= 0) return frame.slice(0, at) + told + frame.slice(at + data.length);
  return utf8ByteText(`data: ${JSON.stringify(parseJson(readByteText(told)))}\n\n`);
}
