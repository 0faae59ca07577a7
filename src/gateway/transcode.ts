import { type ByteText, readByteText, Utf8Reader, utf8Bytes } from "../core/byte-text.ts";
import type { Closing } from "../core/closing.ts";
import { GatewayError } from "../core/error.ts";
import type { Event, Frame, Stage } from "../core/event.ts";
import { isObject, parseJson } from "../core/json.ts";
import { fold } from "../core/message.ts";
import type { Readings } from "../core/readings.ts";
import type { Request } from "../core/request.ts";
import { withFittingTools } from "../wires/client-tools.ts";
import { type EventFilter, eventFilter } from "../wires/event-filter.ts";
import { leftOut } from "../wires/left-out.ts";
import { type Mint, toMint } from "../wires/mint.ts";
import { withoutSpareTools } from "../wires/spare-tools.ts";
import { FrameSplitter, PICTURE_CAP, readFrame } from "../wires/sse.ts";
import { complaintWithOwnNames } from "../wires/tool-names.ts";
import { missed } from "../wires/unsaid.ts";
import type { EncodedRequest, Framing, Inbound, LegFacts, Outbound, ReplyStream } from "../wires/wire.ts";
import { wished } from "../wires/wishes.ts";
import { inlined, NO_FILES } from "./inline.ts";
import { bounded, type Course, isCut, type Passage, type PassageFacts } from "./passage.ts";

/**
 * By way of events: the request is decoded from the client's wire and encoded in the provider's, the answer the other way.
 * Where both speak the same wire and only the answer's shape differs, the request is still relayed.
 */
export function transcodePassage(
  facts: PassageFacts,
  outbound: Outbound,
  transcode: NonNullable<Inbound["transcode"]>,
): Passage {
  const { ask, wire, leg, stamp, readings, files = NO_FILES, warnings = () => [] } = facts;
  const mint = mintOf(outbound, leg);
  const isRelayed = wire.name === ask.wire && wire.relay !== undefined;
  const asked = isRelayed
    ? undefined
    : withFittingTools(
        inlined(wished(withoutSpareTools(transcode.decodeRequest(ask), wire.name), ask), files),
        outbound,
        leg.quirks,
      );
  const request =
    asked === undefined
      ? wire.relay!.request(ask, leg)
      : encoded(outbound, mint === undefined ? asked.request : toMint(asked.request, mint), leg);
  const { body, calls } = bounded(request.body, facts);
  /** Whether the client is told this. What it is not told, it is told that it was left out. */
  const isTold = (event: Event) => {
    const name = leftOut(event, ask.wire, transcode.says);
    if (name !== undefined) readings.leave(name);
    return name === undefined || event.type !== "block-delta";
  };
  // In its own wire a provider hides it itself.
  const hideReasoning = ask.hideReasoning || asked?.request.reasoning?.exclude === true;
  const { names, texts: textTools } = asked ?? {};
  const filter = eventFilter({ answerTool: request.answerTool, hideReasoning, mint, names, textTools });
  const hosting = wire.hosted?.(leg.quirks);
  const host = hosting ?? wire;
  return {
    path: host.path(leg.upstreamModel, ask.stream),
    body: JSON.stringify(body),
    headers: request.headers,
    dropped: request.dropped,
    calls,
    readings,
    whole(answer) {
      const body = parseJson(readByteText(answer));
      if (!isObject(body)) throw new GatewayError("upstream_malformed", "The provider's answer is not a JSON object.");
      const events = [...outbound.decodeAnswer(body, leg.quirks)];
      for (const event of events) readings.see(event);
      if (readings.error !== undefined) throw readings.error;
      const message = fold(events.filter(isTold).flatMap((event) => filter?.(event) ?? [event]));
      readings.finish = message.finish;
      return (closing) => JSON.stringify(transcode.encodeReply(message, stamp, closing, ask));
    },
    stream: () =>
      new TranscodeCourse(
        (hosting ?? outbound).framing?.() ?? new SseFraming(leg.draws),
        outbound.decodeStream(leg.quirks),
        transcode.encodeStream(stamp, ask, () => warnings(request.dropped, calls)),
        filter,
        isTold,
        readings,
      ),
    refusal: (status, headers, text) => complaintWithOwnNames(host.decodeError(status, headers, text), names),
  };
}

function mintOf({ seals: wire }: Outbound, { seals: own }: LegFacts): Mint | undefined {
  return wire === undefined || own === undefined ? undefined : { wire, own };
}

function encoded(outbound: Outbound, request: Request, leg: LegFacts): EncodedRequest {
  const written = outbound.encodeRequest(request, leg);
  return { ...written, dropped: [...(request.unsaid ?? []), ...missed(written.dropped, request)] };
}

/** Server-sent events, as frames. */
class SseFraming implements Framing {
  private readonly splitter: FrameSplitter;
  private readonly utf8 = new Utf8Reader();

  constructor(draws = false) {
    this.splitter = draws ? new FrameSplitter(PICTURE_CAP) : new FrameSplitter();
  }

  *push(bytes: ByteText): Generator<Frame> {
    for (const written of this.splitter.push(this.utf8.read(bytes))) {
      const frame = readFrame(written);
      if (frame !== undefined) yield frame;
    }
  }

  *end(): Generator<Frame> {
    const rest = this.splitter.end();
    const frame = rest === undefined || isCut(rest) ? undefined : readFrame(rest);
    if (frame !== undefined) yield frame;
  }
}

class TranscodeCourse implements Course {
  private readonly framing: Framing;
  private readonly decode: Stage<Frame, Event>;
  private readonly encode: ReplyStream;
  private readonly filter: EventFilter | undefined;
  private readonly isTold: (event: Event) => boolean;
  private readonly readings: Readings;

  constructor(
    framing: Framing,
    decode: Stage<Frame, Event>,
    encode: ReplyStream,
    filter: EventFilter | undefined,
    isTold: (event: Event) => boolean,
    readings: Readings,
  ) {
    this.framing = framing;
    this.decode = decode;
    this.encode = encode;
    this.filter = filter;
    this.isTold = isTold;
    this.readings = readings;
  }

  push(bytes: ByteText): Uint8Array {
    return utf8Bytes(this.frames(this.framing.push(bytes)));
  }

  end(): Uint8Array {
    const text = this.frames(this.framing.end());
    return utf8Bytes(text + this.events(this.decode.end()));
  }

  finish(closing: Closing): string {
    return this.encode.finish(closing);
  }

  fail(error: GatewayError): string {
    return this.encode.fail(error);
  }

  private frames(frames: Iterable<Frame>): string {
    let text = "";
    try {
      for (const frame of frames) {
        const told = this.events(this.decode.push(frame));
        // What a provider says of a failure may be of the gateway's own account.
        text +=
          this.encode.raw === undefined || this.readings.error !== undefined ? told : this.encode.raw(frame) + told;
      }
    } catch (thrown) {
      // What could be read before is told first.
      text += this.events([{ type: "error", error: GatewayError.from(thrown) }]);
    }
    return text;
  }

  private events(events: Iterable<Event>): string {
    let text = "";
    for (const event of events) {
      this.readings.see(event);
      if (!this.isTold(event)) continue;
      if (this.filter === undefined) text += this.encode.push(event);
      else for (const told of this.filter(event)) text += this.told(told);
    }
    return text;
  }
  /** The ledger has the finish that the client was told: the call of a tool that only gave a format is none. */
  private told(event: Event): string {
    if (event.type === "message-end") this.readings.finish = event.finish;
    return this.encode.push(event);
  }
}
