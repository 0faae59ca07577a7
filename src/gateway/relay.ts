import { type ByteText, fromByteText } from "../core/byte-text.ts";
import type { Closing } from "../core/closing.ts";
import type { GatewayError } from "../core/error.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { Readings } from "../core/readings.ts";
import { FrameSplitter } from "../wires/sse.ts";
import type { Relay, RelayStream } from "../wires/wire.ts";
import { type Course, isCut, type Passage, type PassageFacts } from "./passage.ts";

/** Same wire on both sides: the provider's bytes go through, metered and edited in place. */
export function relayPassage(facts: PassageFacts, relay: Relay): Passage {
  const { ask, wire, leg, stamp, readings } = facts;
  const { body, dropped, headers } = relay.request(ask, leg);
  return {
    path: wire.path(leg.upstreamModel, ask.stream),
    body: JSON.stringify(body),
    headers,
    dropped,
    readings,
    whole: (answer) => relay.answer(answer, ask, stamp, readings),
    stream: () => new RelayCourse(relay.stream!(ask, stamp, readings), readings),
    refusal: (status: number, headers: HeaderFields, text: string) => wire.decodeError(status, headers, text),
  };
}

class RelayCourse implements Course {
  private readonly splitter = new FrameSplitter();
  private readonly relay: RelayStream;
  private readonly readings: Readings;

  constructor(relay: RelayStream, readings: Readings) {
    this.relay = relay;
    this.readings = readings;
  }

  push(bytes: ByteText): Buffer {
    let told = "";
    for (const frame of this.splitter.push(bytes)) {
      told += this.relay.push(frame);
      // What stands behind the end, or behind an error, is no part of the answer.
      if (this.readings.ended || this.readings.error !== undefined) break;
    }
    return fromByteText(told);
  }

  end(): Buffer {
    const rest = this.splitter.end();
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
