import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Ask } from "../../src/core/ask.ts";
import { type ByteText, toByteText, Utf8Reader, utf8ByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { Event, Frame } from "../../src/core/event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { fold, type Message } from "../../src/core/message.ts";
import { Readings } from "../../src/core/readings.ts";
import { awsEvent, awsException } from "../../src/wires/fixtures/aws-frame.ts";
import { CLOSING, STAMP } from "../../src/wires/fixtures/facts.ts";
import { WRITTEN_WIRES } from "../../src/wires/index.ts";
import { FrameSplitter, readFrame } from "../../src/wires/sse.ts";
import type { Outbound, Quirks, Relay, Wire } from "../../src/wires/wire.ts";

/** An answer as a provider of this wire gives it: as a stream, as a whole, or the same answer in both ways. */
export interface Fixture {
  readonly wire: Wire;
  readonly name: string;
  readonly stream: ByteText | undefined;
  readonly answer: JsonObject | undefined;
  /** The bytes of the whole answer. */
  readonly bytes: ByteText | undefined;
  /** What the client asked for, where that matters. */
  readonly ask: Ask;
  readonly path: string;
}

const WIRES = join(import.meta.dir, "../../src/wires");
const NO_QUIRKS: ReadonlySet<never> = new Set();

/** Every fixture of every wire that is written. A wire that a provider speaks and that has none is an oversight. */
export function fixtures(): Fixture[] {
  return WRITTEN_WIRES.flatMap((wire) => {
    const folder = join(WIRES, wire.name, "fixtures");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    const names = files.flatMap((file) => /^(.+?)\.(?:sse|jsonl|json)$/.exec(file)?.[1] ?? []);
    const own = new Set(names.filter((name) => !/\.(golden|ask)$/.test(name)));
    if (own.size === 0 && (wire.outbound ?? wire.relay) !== undefined) throw new Error(`${wire.name} has no fixtures`);
    return [...own].sort().map((name) => read(wire, join(folder, name), name));
  });
}

export function fixture(wire: string, name: string): Fixture {
  const found = fixtures().find((one) => one.wire.name === wire && one.name === name);
  if (found === undefined) throw new Error(`${wire} has no fixture ${name}`);
  return found;
}

/** What stands beside those bodies, where a wire has it there. */
export const HEAD = new Headers({ "ai-language-model-id": STAMP.model, "ai-language-model-streaming": "true" });

/** Bodies that a client of this wire sends. */
export function requests(wire: Wire): { name: string; body: JsonObject }[] {
  const folder = join(WIRES, wire.name, "fixtures/requests");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json") && !file.endsWith(".golden.json"));
  return files
    .sort()
    .map((file) => ({ name: file.slice(0, -5), body: JSON.parse(readFileSync(join(folder, file), "utf8")) }));
}

export const requestPath = (wire: Wire, name: string) => join(WIRES, wire.name, "fixtures/requests", name);

function read(wire: Wire, path: string, name: string): Fixture {
  const bytesAt = (end: string) => (existsSync(path + end) ? toByteText(readFileSync(path + end)) : undefined);
  const jsonAt = (end: string) => (existsSync(path + end) ? JSON.parse(readFileSync(path + end, "utf8")) : undefined);
  const body: JsonObject = jsonAt(".ask.json") ?? {};
  const ask: Ask = {
    wire: wire.name,
    operation: wire.operation,
    body,
    model: STAMP.model,
    stream: true,
    gateway: { options: {} },
    needs: [],
    outputCap: undefined,
    hideReasoning: false,
  };
  const stream = bytesAt(".sse") ?? framedAt(`${path}.jsonl`);
  return { wire, name, stream, answer: jsonAt(".json"), bytes: bytesAt(".json"), ask, path };
}

/** A stream in binary framing, written down as one frame a line: the name of an event or an exception, and its payload. */
function framedAt(path: string): ByteText | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines
    .map((line) => {
      const { event, exception, payload } = JSON.parse(line);
      return exception === undefined ? awsEvent(event, payload) : awsException(exception, payload.message);
    })
    .join("");
}

/** What arrives of a stream of server-sent events in these pieces, as frames. */
export function framesOf(pieces: readonly ByteText[]): Frame[] {
  const splitter = new FrameSplitter();
  const utf8 = new Utf8Reader();
  const written = pieces.flatMap((piece) => splitter.push(utf8.read(piece)));
  const rest = splitter.end();
  return [...written, ...(rest === undefined ? [] : [rest])].flatMap((frame) => readFrame(frame) ?? []);
}

/** What a stream in these pieces says. */
export function decodeStream(outbound: Outbound, ...pieces: ByteText[]): Event[] {
  return [...eventsIn(outbound, NO_QUIRKS, pieces)];
}

/** The same, event by event. Bytes that cannot be cut into frames are an error in the stream, as in `gateway/transcode.ts`. */
export function* eventsIn(outbound: Outbound, quirks: Quirks, pieces: readonly ByteText[]): Generator<Event> {
  const stage = outbound.decodeStream(quirks);
  try {
    for (const frame of framed(outbound, pieces)) yield* stage.push(frame);
  } catch (thrown) {
    yield { type: "error", error: GatewayError.from(thrown) };
    return;
  }
  yield* stage.end();
}

function* framed(outbound: Outbound, pieces: readonly ByteText[]): Generator<Frame> {
  const framing = outbound.framing?.();
  if (framing === undefined) return yield* framesOf(pieces);
  for (const piece of pieces) yield* framing.push(piece);
  yield* framing.end();
}

export function decodeAnswer(outbound: Outbound, body: JsonObject): Event[] {
  return [...outbound.decodeAnswer(body, NO_QUIRKS)];
}

/** The message, or the error that the answer is instead. */
export function outcome(events: readonly Event[]): Message | GatewayError {
  try {
    return fold(events);
  } catch (thrown) {
    return GatewayError.from(thrown);
  }
}

/** The message that these events must be. */
export function messageOf(events: readonly Event[]): Message {
  return fold(events);
}

export interface Relayed {
  told: ByteText;
  readings: Readings;
}

/** A stream through the relay, driven as `gateway/relay.ts` does, with what goes out at its end. */
export function relayStream(relay: Relay, ask: Ask, ...pieces: ByteText[]): Relayed {
  const readings = new Readings();
  const stream = relay.stream!(ask, STAMP, readings);
  const splitter = new FrameSplitter();
  const isOver = () => readings.ended || readings.error !== undefined;
  let told = "";
  for (const piece of pieces) {
    for (const frame of splitter.push(piece)) if (!isOver()) told += stream.push(frame);
  }
  if (!isOver()) {
    const rest = splitter.end();
    if (rest !== undefined) told += stream.push(rest);
    if (!isOver()) stream.end();
  }
  told += utf8ByteText(readings.error === undefined ? stream.finish(CLOSING) : stream.fail(readings.error));
  return { told, readings };
}

/** A whole answer through the relay. @throws GatewayError */
export function relayWhole(relay: Relay, ask: Ask, bytes: ByteText): { told: string; readings: Readings } {
  const readings = new Readings();
  const close = relay.answer(bytes, ask, STAMP, readings);
  return { told: Buffer.from(close(CLOSING)).toString("utf8"), readings };
}

/** The same events as a stream to a client of this wire, with the end or the error that they end in. */
export function tell(inbound: NonNullable<Wire["inbound"]>, events: readonly Event[], closing = CLOSING): string {
  const stream = inbound.transcode!.encodeStream(STAMP);
  let told = "";
  for (const event of events) {
    if (event.type === "error") return told + stream.fail(event.error);
    told += stream.push(event);
  }
  return told + stream.finish(closing);
}
