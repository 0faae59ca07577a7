import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { utf8ByteText } from "../src/core/byte-text.ts";
import { GatewayError } from "../src/core/error.ts";
import type { Event, WireName } from "../src/core/event.ts";
import type { JsonObject } from "../src/core/json.ts";
import type { Message } from "../src/core/message.ts";
import type { Readings } from "../src/core/readings.ts";
import { CLOSING, leg, STAMP } from "../src/wires/fixtures/facts.ts";
import { WRITTEN_WIRES } from "../src/wires/index.ts";
import type { Wire } from "../src/wires/wire.ts";
import { essenceIn } from "./support/essence.ts";
import {
  decodeAnswer,
  decodeStream,
  type Fixture,
  fixtures,
  framesOf,
  HEAD,
  messageOf,
  outcome,
  relayStream,
  relayWhole,
  requestPath,
  requests,
  tell,
} from "./support/wire-fixtures.ts";

/**
 * What must hold of every wire, over every fixture in `src/wires/<wire>/fixtures/`. A new folder in the table of wires is
 * picked up from there. `HEADGATE_GOLDEN=write` writes the golden files anew: read the difference before you commit it.
 */

const ALL = fixtures();
const DOORS = WRITTEN_WIRES.filter((wire) => wire.inbound?.transcode !== undefined);
const BOTH_WAYS = DOORS.filter((wire) => wire.outbound !== undefined);

/** What stands in the last frame that a complete answer needs. A stream that is cut before it has no end. */
const END_MARK: Partial<Record<WireName, RegExp>> = {
  "openai-chat": /"finish_reason":\s*"/,
  "openai-responses": /"type":"response\.(completed|incomplete)"/,
  "anthropic-messages": /"message_stop"|"type":"message",/,
  "bedrock-converse": /"stopReason":/,
  "gemini-generate": /"(finishReason|blockReason)":/,
};

const TOOLS = { searches: undefined, unmetered: undefined, picture_drawn: undefined };

/** Of a relayed stream: which frame tells the usage that counts, and how it ends. */
const RELAYED: Partial<Record<WireName, { usage: RegExp; end: string }>> = {
  "openai-chat": { usage: /"usage":\{/, end: "data: [DONE]\n\n" },
  "openai-responses": { usage: /"type":"response\.(completed|incomplete)".*"usage":\{/, end: "}\n\n" },
  // The first event has what the provider knew then.
  "anthropic-messages": {
    usage: /"type":"message_delta".*"usage":\{/,
    end: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  },
};

const title = ({ wire, name }: Fixture) => `${wire.name}: ${name}`;
const titled = (list: readonly Fixture[]) => list.map((one) => [title(one), one] as const);

const spoken = ALL.filter(({ wire }) => wire.outbound !== undefined);
const streams = spoken.filter(({ stream }) => stream !== undefined);
const clean = streams.filter((one) => !(outcome(streamOf(one)) instanceof GatewayError));

function streamOf({ wire, stream }: Fixture): Event[] {
  return decodeStream(wire.outbound!, stream!);
}

function answerOf({ wire, answer }: Fixture): Event[] {
  return decodeAnswer(wire.outbound!, answer!);
}

/** Its events, from the stream where there is one. */
function eventsOf(one: Fixture): Event[] {
  return one.stream === undefined ? answerOf(one) : streamOf(one);
}

/** How an answer ended, and what it cost. */
const finalOf = (result: Message | GatewayError) =>
  result instanceof GatewayError
    ? { error: result.code }
    : { usage: result.usage, rawUsage: result.rawUsage, finish: result.finish, rawFinish: result.rawFinish };

const finalRead = ({ usage, rawUsage, finish, rawFinish, error }: Readings) =>
  error === undefined ? { usage, rawUsage, finish, rawFinish } : { error: error.code };

describe("the events of an answer are well formed", () => {
  test.each(titled(spoken))("%s", (_, one) => {
    for (const events of [
      ...(one.stream === undefined ? [] : [streamOf(one)]),
      ...(one.answer === undefined ? [] : [answerOf(one)]),
    ]) {
      const open = new Set<number>();
      let next = 0;
      for (const [i, event] of events.entries()) {
        if (event.type === "block-start") {
          expect(event.index).toBe(next++);
          open.add(event.index);
        } else if (event.type === "block-delta") expect(open).toContain(event.index);
        else if (event.type === "block-end") expect(open.delete(event.index)).toBe(true);
        else if (event.type === "message-start") expect(events.findIndex(({ type }) => type === event.type)).toBe(i);
        else if (event.type === "message-end" || event.type === "error") expect(i).toBe(events.length - 1);
        if (event.type === "message-end") expect([...open]).toEqual([]);
      }
      expect(events.at(-1)?.type).toMatch(/^(message-end|error)$/);
    }
  });
});

describe("a stream says what the whole answer says", () => {
  const pairs = streams.filter(({ answer }) => answer !== undefined);
  test.each(titled(pairs))("%s", (_, one) => {
    const [streamed, whole] = [outcome(streamOf(one)), outcome(answerOf(one))];
    if (streamed instanceof GatewayError || whole instanceof GatewayError) {
      expect(finalOf(streamed)).toEqual(finalOf(whole));
      return;
    }
    expect(streamed).toEqual(whole);
  });
});

describe("however a stream is cut into pieces, it says the same", () => {
  test.each(titled(streams))("%s", (_, one) => {
    const expected = JSON.stringify(streamOf(one));
    const told = one.wire.relay?.stream && relayStream(one.wire.relay, one.ask, one.stream!).told;
    for (const size of [1, 2, 3, 7, 64]) {
      const pieces = one.stream!.match(new RegExp(`[^]{1,${size}}`, "g"))!;
      expect(JSON.stringify(decodeStream(one.wire.outbound!, ...pieces))).toBe(expected);
      if (one.wire.relay?.stream) expect(relayStream(one.wire.relay, one.ask, ...pieces).told).toBe(told!);
    }
  });
});

describe("a cut stream ends in an error, never in an end", () => {
  test.each(titled(clean))("%s", (_, one) => {
    const mark = END_MARK[one.wire.name];
    if (mark === undefined) throw new Error(`say what the end mark of ${one.wire.name} is`);
    const stream = one.stream!;
    for (let cut = 0; cut < stream.length; cut++) {
      const rest = stream.slice(0, cut);
      const ends = decodeStream(one.wire.outbound!, rest).filter(
        ({ type }) => type === "message-end" || type === "error",
      );
      if (!mark.test(rest)) expect([cut, ...ends.map(({ type }) => type)]).toEqual([cut, "error"]);
      expect([cut, ends.length]).toEqual([cut, 1]);
      if (one.wire.relay?.stream === undefined) continue;
      const { readings, told } = relayStream(one.wire.relay, one.ask, rest);
      // A relay and a decoder agree on what is an answer, whatever was cut.
      expect([cut, readings.error?.code]).toEqual([cut, ends[0]?.type === "error" ? ends[0].error.code : undefined]);
      if (readings.error === undefined) continue;
      // Nothing that was cut runs into the error that is told last.
      expect(JSON.parse(framesOf([told]).at(-1)!.data).error.code).toBe(readings.error.code);
      expect(told).not.toMatch(/\[DONE\]|"message_stop"|"type":"response\.(completed|incomplete)"/);
    }
  });
});

describe("what the relay reads is what the decoder reads", () => {
  const relayed = ALL.filter(({ wire }) => wire.relay !== undefined && wire.outbound !== undefined);
  test.each(titled(relayed))("%s", (_, { wire, stream, answer, bytes, ask }) => {
    if (stream !== undefined && wire.relay?.stream !== undefined) {
      const { readings } = relayStream(wire.relay, ask, stream);
      const events = decodeStream(wire.outbound!, stream);
      const decoded = outcome(events);
      expect(finalRead(readings)).toEqual(finalOf(decoded));
      if (!(decoded instanceof GatewayError)) {
        expect(readings.upstreamId).toBe(decoded.id);
        expect(readings.contentBytes > 0).toBe(decoded.parts.length > 0);
      }
    }
    if (answer === undefined) return;
    const decoded = outcome(decodeAnswer(wire.outbound!, answer));
    if (decoded instanceof GatewayError) {
      expect(() => relayWhole(wire.relay!, ask, bytes!)).toThrow(decoded.message);
      return;
    }
    expect(finalRead(relayWhole(wire.relay!, ask, bytes!).readings)).toEqual(finalOf(decoded));
  });
});

describe("a relayed stream says what the provider's says", () => {
  const relayed = clean.filter(({ wire }) => wire.relay?.stream !== undefined);
  test.each(titled(relayed))("%s", (_, { wire, stream, ask }) => {
    const { told } = relayStream(wire.relay!, ask, stream!);
    const [theirs, ours] = [stream!, told].map((text) => messageOf(decodeStream(wire.outbound!, text)));
    expect(ours!.parts).toEqual(theirs!.parts);
    expect(ours!.rawFinish).toBe(theirs!.rawFinish);
    expect(ours).toMatchObject({ id: STAMP.id, model: STAMP.model });
    const { usage, end } = RELAYED[wire.name]!;
    const telling = told.split("\n\n").filter((frame) => usage.test(frame));
    expect(telling).toHaveLength(1);
    // What that one frame says is what the gateway counted, whatever was told before.
    const alone = decodeStream(wire.outbound!, utf8ByteText(`${telling[0]}\n\n`)).flatMap((event) =>
      event.type === "usage" ? [event.usage] : [],
    );
    expect(alone).toMatchObject([CLOSING.usage!]);
    expect(told).toEndWith(end);
  });
});

describe("text, thinking and tool calls survive any wire and back", () => {
  for (const via of BOTH_WAYS) {
    const door = via.inbound!.transcode!;
    test.each(titled(spoken.filter((one) => !(outcome(eventsOf(one)) instanceof GatewayError))))(
      `by ${via.name}, %s`,
      (_, one) => {
        const events = eventsOf(one);
        const message = messageOf(events);
        const streamed = messageOf(decodeStream(via.outbound!, utf8ByteText(tell(via.inbound!, events))));
        const whole = messageOf(decodeAnswer(via.outbound!, door.encodeReply(message, STAMP, CLOSING)));
        expect(essenceIn(via, streamed)).toEqual(essenceIn(via, message));
        expect(essenceIn(via, whole)).toEqual(essenceIn(via, message));
        expect(streamed.finish).toBe(whole.finish);
        // What tools did may be counted by what is told of it.
        for (const { usage } of [streamed, whole])
          expect({ ...usage, ...TOOLS }).toEqual({ ...CLOSING.usage!, ...TOOLS });
      },
    );
  }
});

describe("decoded, encoded and decoded again is decoded", () => {
  for (const wire of BOTH_WAYS) {
    const own = clean.filter((one) => one.wire === wire);
    test.each(titled(own))("%s", (_, one) => {
      const message = messageOf(streamOf(one));
      const again = messageOf(decodeStream(wire.outbound!, utf8ByteText(tell(wire.inbound!, streamOf(one)))));
      expect(again.parts).toEqual(message.parts);
      expect(again.finish).toBe(message.finish);
    });

    test.each(requests(wire).map(({ name, body }) => [name, body] as const))(`${wire.name} request: %s`, (_, body) => {
      const ask = wire.inbound!.read(body);
      const request = wire.inbound!.transcode!.decodeRequest(ask);
      const encoded = wire.outbound!.encodeRequest(request, leg("reasoning-object", "cache-marks")).body;
      const again = wire.inbound!.read({ ...encoded, providerOptions: body.providerOptions ?? {} });
      expect(wire.inbound!.transcode!.decodeRequest(again)).toEqual(request);
    });
  }
});

describe("golden files", () => {
  test.each(titled(ALL))("%s", (_, one) => mustBe(`${one.path}.golden.json`, goldenOf(one)));

  for (const door of DOORS) {
    test.each(requests(door).map(({ name, body }) => [name, body] as const))(
      `${door.name} request: %s`,
      (name, body) => {
        const ask = door.inbound!.read(body, HEAD);
        const golden: JsonObject = {};
        for (const wire of WRITTEN_WIRES) {
          const encode = wire === door ? wire.relay?.request : undefined;
          const encoded = orRefused(() =>
            encode === undefined
              ? wire.outbound?.encodeRequest(door.inbound!.transcode!.decodeRequest(ask), leg())
              : encode(ask, leg()),
          );
          if (encoded !== undefined) golden[wire.name] = encoded as unknown as JsonObject;
        }
        mustBe(requestPath(door, `${name}.golden.json`), golden);
      },
    );
  }
});

/** Everything that is made of a fixture, by every wire that can. */
function goldenOf(one: Fixture): object {
  const { wire, stream, bytes, ask } = one;
  const relay = wire.relay;
  return {
    ...(wire.outbound === undefined ? {} : decodedGolden(one)),
    relayedStream:
      stream === undefined || relay?.stream === undefined ? undefined : linesOf(relayStream(relay, ask, stream).told),
    relayedWhole: bytes === undefined || relay === undefined ? undefined : wholeGolden(wire, one),
  };
}

function decodedGolden(one: Fixture): object {
  const events = eventsOf(one);
  const result = outcome(events);
  return {
    events: events.map((event) =>
      event.type === "error" ? { type: "error", error: errorGolden(event.error) } : event,
    ),
    told: Object.fromEntries(
      DOORS.map(({ name, inbound }) => [
        name,
        {
          stream: tell(inbound!, events).split("\n\n"),
          reply: result instanceof GatewayError ? undefined : inbound!.transcode!.encodeReply(result, STAMP, CLOSING),
        },
      ]),
    ),
  };
}

function wholeGolden({ relay }: Wire, { ask, bytes }: Fixture): object {
  try {
    return JSON.parse(relayWhole(relay!, ask, bytes!).told);
  } catch (thrown) {
    return { error: errorGolden(GatewayError.from(thrown)) };
  }
}

/** What a leg would be sent, or why it cannot be. */
function orRefused<T>(encode: () => T): T | { refused: object } {
  try {
    return encode();
  } catch (thrown) {
    return { refused: errorGolden(GatewayError.from(thrown)) };
  }
}

const errorGolden = ({ code, message }: GatewayError) => ({ code, message });
const linesOf = (bytes: string) => Buffer.from(bytes, "latin1").toString("utf8").split("\n\n");

function mustBe(path: string, value: object): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env.HEADGATE_GOLDEN === "write") writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}
