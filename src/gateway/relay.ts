import type { Ask } from "../core/ask.ts";
import { type ByteText, fromByteText, utf8ByteText } from "../core/byte-text.ts";
import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Readings } from "../core/readings.ts";
import { encodeForm } from "../upstream/form.ts";
import { FrameSplitter, PICTURE_CAP } from "../wires/sse.ts";
import type { Framing, Relay, RelayStream } from "../wires/wire.ts";
import { bounded, type Course, isCut, type Passage, type PassageFacts } from "./passage.ts";

/** Same wire on both sides: the provider's bytes go through, metered and edited in place. */
export function relayPassage(facts: PassageFacts, relay: Relay): Passage {
  const { ask, wire, leg, stamp, readings, files } = facts;
  const { body: asked, dropped, headers, times, files: parts } = relay.request(ask, leg, files);
  const { body, calls } = bounded(asked, facts);
  const hosting = wire.hosted?.(leg.quirks);
  const host = hosting ?? wire;
  return {
    path: host.path(leg.upstreamModel, ask.stream),
    body: parts === undefined ? JSON.stringify(body) : "",
    form: parts === undefined ? undefined : encodeForm(body, parts),
    headers,
    times,
    dropped,
    calls,
    readings,
    whole: (answer) => relay.answer(answer, ask, stamp, readings),
    ...(relay.retold === undefined ? {} : { retold: (answer) => relay.retold!(answer, ask, readings) }),
    stream: () => {
      if (ask.isBytes === true) return new RelayCourse(relay.stream!(ask, stamp, readings), WHOLE, readings);
      const framing = hosting?.framing?.();
      const draws = leg.draws === true || ask.operation === "image";
      const cutter = framing === undefined ? new FrameSplitter(draws ? PICTURE_CAP : undefined) : new Reframed(framing);
      return new RelayCourse(relay.stream!(ask, stamp, readings), cutter, readings);
    },
    refusal: (status: number, headers: HeaderFields, text: string) =>
      inOurNames(host.decodeError(status, headers, text), ask),
  };
}

/** What the provider keeps has its own id there, which the client was never told. */
function inOurNames(error: GatewayError, { continues, body }: Ask): GatewayError {
  const theirs = body.previous_response_id;
  if (continues === undefined || typeof theirs !== "string" || !error.message.includes(theirs)) return error;
  return new GatewayError(error.code, error.message.replaceAll(theirs, continues.id), error.details);
}

/** Cuts bytes into frames of server-sent events. */
interface Cutter {
  /** @throws GatewayError behind the frames that could be read */
  push(bytes: ByteText): Iterable<ByteText>;
  end(): ByteText | undefined;
}

/** Bytes that are no frames: each piece goes on as it comes. */
const WHOLE: Cutter = { push: (bytes) => [bytes], end: () => undefined };

/** Frames of another framing, as they would stand in server-sent events. */
class Reframed implements Cutter {
  private readonly framing: Framing;

  constructor(framing: Framing) {
    this.framing = framing;
  }

  *push(bytes: ByteText): Generator<ByteText> {
    for (const { event, data } of this.framing.push(bytes))
      yield `${event === undefined ? "" : `event: ${event}\n`}data: ${onLines(utf8ByteText(data))}\n\n`;
  }

  /** What broke off says nothing. */
  end(): undefined {
    return undefined;
  }
}

/** Data that has line ends in it, as server-sent events say it. */
function onLines(data: ByteText): ByteText {
  return /[\r\n]/.test(data) ? data.replace(/\r\n|\r|\n/g, "\ndata: ") : data;
}

class RelayCourse implements Course {
  private readonly cutter: Cutter;
  private readonly relay: RelayStream;
  private readonly readings: Readings;

  constructor(relay: RelayStream, cutter: Cutter, readings: Readings) {
    this.relay = relay;
    this.cutter = cutter;
    this.readings = readings;
  }

  push(bytes: ByteText): Buffer {
    let told = "";
    try {
      for (const frame of this.cutter.push(bytes)) {
        told += this.relay.push(frame);
        // What stands behind the end, or behind an error, is no part of the answer.
        if (this.readings.ended || this.readings.error !== undefined) break;
      }
    } catch (thrown) {
      // What could be read before is told first.
      this.readings.see({ type: "error", error: GatewayError.from(thrown) });
    }
    return fromByteText(told);
  }

  end(): Buffer {
    const rest = this.cutter.end();
    const told = rest === undefined || isCut(rest) ? "" : this.relay.push(rest);
    this.relay.end();
    return fromByteText(told);
  }

  finish(closing: Closing): string {
    return this.relay.finish(closing);
  }

  fail(error: GatewayError): string {
    return this.relay.fail(error);
  }
}
