import { expect } from "bun:test";
import type { Ask } from "../../src/core/ask.ts";
import { type ByteText, utf8ByteText } from "../../src/core/byte-text.ts";
import { GatewayError } from "../../src/core/error.ts";
import type { Event, Frame } from "../../src/core/event.ts";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../src/core/json.ts";
import { awsEvent, awsException } from "../../src/wires/fixtures/aws-frame.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { WRITTEN_WIRES } from "../../src/wires/index.ts";
import type { Quirks, Relay, Wire } from "../../src/wires/wire.ts";
import { essence, essenceIn } from "./essence.ts";
import {
  decodeStream,
  eventsIn,
  framesOf,
  HEAD,
  messageOf,
  outcome,
  relayStream,
  relayWhole,
  tell,
} from "./wire-fixtures.ts";

/** What a vendor may add tomorrow, put into what it says today: it is never an error, and it goes through where it can. */

/** An answer of a provider, whole or streamed. */
export interface Subject {
  readonly wire: Wire;
  readonly quirks: Quirks;
  readonly ask: Ask;
  readonly answer?: JsonObject | undefined;
  readonly stream?: ByteText | undefined;
}

const DOORS = WRITTEN_WIRES.filter((wire) => wire.inbound?.transcode !== undefined && wire.outbound !== undefined);

/** A member that nobody here has heard of, and what it says. */
const NEWS = "x_unheard_of";
const SAID: JsonObject = { of: ["late", 1, null] };

/** Objects whose members are the model's or the client's own words: one more there would be said by them. */
const THEIR_OWN = new Set(["args", "input", "arguments", "parameters", "input_schema", "schema", "metadata"]);

/** The same value with the member in every object of it. */
function withNews(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withNews);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, each = null]) => [
    name,
    THEIR_OWN.has(name) ? each : withNews(each),
  ]);
  return { ...Object.fromEntries(members), [NEWS]: SAID };
}

function withoutNews(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNews);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => name !== NEWS);
  return Object.fromEntries(members.map(([name, each = null]) => [name, withoutNews(each)]));
}

/** In how many places the member stands. */
function countNews(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + countNews(each), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((sum, [name, each = null]) => sum + (name === NEWS ? 1 : countNews(each)), 0);
}

/** A stream's frames, read. */
function framesIn(wire: Wire, stream: ByteText): Frame[] {
  const framing = wire.outbound!.framing?.();
  return framing === undefined ? framesOf([stream]) : [...framing.push(stream), ...framing.end()];
}

/** And written again, as this wire frames them. */
function written(wire: Wire, frames: readonly Frame[]): ByteText {
  if (wire.outbound!.framing !== undefined)
    return frames
      .map(({ event = "", data, failure }) =>
        failure ? awsException(event, messageIn(data)) : awsEvent(event, (parseJson(data) ?? {}) as JsonObject),
      )
      .join("");
  const texts = frames.map(
    ({ event, data }) =>
      `${event === undefined ? "" : `event: ${event}\n`}${data
        .split("\n")
        .map((line) => `data: ${line}\n`)
        .join("")}\n`,
  );
  return utf8ByteText(texts.join(""));
}

const messageIn = (data: string) => String((parseJson(data) as JsonObject | undefined)?.message);

const edited = (frame: Frame, edit: (value: JsonValue) => JsonValue): Frame => {
  const value = parseJson(frame.data);
  return isObject(value) ? { ...frame, data: JSON.stringify(edit(value)) } : frame;
};

/** An event that nobody has heard of. */
const strange = (wire: Wire): Frame => {
  const isNamed = wire.name !== "openai-chat" && wire.name !== "gemini-generate";
  const data = JSON.stringify(isNamed ? { type: "unheard_of.event", [NEWS]: SAID } : { [NEWS]: SAID });
  return isNamed ? { event: "unheard_of.event", data } : { data };
};

function eventsOf({ wire, quirks, answer, stream }: Subject): Event[] {
  if (stream !== undefined) return [...eventsIn(wire.outbound!, quirks, [stream])];
  return [...wire.outbound!.decodeAnswer(answer!, quirks)];
}

/** What an answer says to whom it may concern, and how it ended. */
function gist(subject: Subject) {
  const result = outcome(eventsOf(subject));
  if (result instanceof GatewayError) return { error: result.code };
  return { ...essence(result), finish: result.finish, usage: result.usage };
}

/** What a client of the same wire is told, as JSON; `undefined` where there is no relay, or the answer is an error. */
function relayed({ wire, ask, answer, stream }: Subject): JsonValue[] | undefined {
  if (stream !== undefined) {
    if (wire.relay?.stream === undefined) return undefined;
    const { told, readings } = relayStream(wire.relay, ask, stream);
    return readings.error === undefined ? framesOf([told]).map(({ data }) => parseJson(data) ?? data) : undefined;
  }
  if (wire.relay === undefined || "error" in gist({ wire, ask, answer, stream, quirks: new Set() })) return undefined;
  return [JSON.parse(relayWhole(wire.relay, ask, utf8ByteText(JSON.stringify(answer))).told)];
}

/** Written and read once more: a zero has lost its sign. */
const anew = (values: readonly JsonValue[]): JsonValue[] => JSON.parse(JSON.stringify(values));

/** Every door tells it, and what was said before is said still. */
function mustBeToldAnywhere(subject: Subject): void {
  const events = eventsOf(subject);
  const message = outcome(events);
  if (message instanceof GatewayError) return;
  for (const door of DOORS) {
    const streamed = messageOf(decodeStream(door.outbound!, utf8ByteText(tell(door.inbound!, events))));
    const reply = door.inbound!.transcode!.encodeReply(message, STAMP, CLOSING);
    const whole = messageOf([...door.outbound!.decodeAnswer(reply, new Set())]);
    for (const back of [streamed, whole]) expect(essenceIn(door, back)).toEqual(essenceIn(door, message));
  }
}

/** A member in every object: the answer says the same, and a client of the same wire gets all of them. */
export function mustBearMembers(subject: Subject): void {
  const { wire, answer, stream } = subject;
  const more: Subject = {
    ...subject,
    answer: answer && (withNews(answer) as JsonObject),
    stream:
      stream &&
      written(
        wire,
        framesIn(wire, stream).map((frame) => edited(frame, withNews)),
      ),
  };
  expect(gist(more)).toEqual(gist(subject));
  mustBeToldAnywhere(more);
  const [before, after] = [relayed(subject), relayed(more)];
  if (before === undefined || after === undefined) return;
  expect(anew(after.map(withoutNews))).toEqual(anew(before));
  expect(countNews(after)).toBeGreaterThan(0);
  // A whole message as one event is told in pieces.
  if (stream !== undefined && framesIn(wire, stream).length < 2) return;
  for (const [i, value] of after.entries()) if (isObject(value)) expect([i, value[NEWS]]).toEqual([i, SAID]);
}

/** An event between all the others: the same. */
export function mustBearEvents(subject: Subject): void {
  const { wire, stream } = subject;
  if (stream === undefined) return;
  const frames = framesIn(wire, stream);
  // A whole message as one event has nothing between.
  if (frames.length < 2) return;
  const news = strange(wire);
  const more = {
    ...subject,
    stream: written(
      wire,
      frames.flatMap((frame, i) => (i === 0 ? [frame] : [news, frame])),
    ),
  };
  expect(gist(more)).toEqual(gist(subject));
  mustBeToldAnywhere(more);
  const [before, after] = [relayed(subject), relayed(more)];
  if (before === undefined || after === undefined) return;
  const isNews = (value: JsonValue) => isObject(value) && value[NEWS] !== undefined;
  expect(anew(after.filter((value) => !isNews(value)))).toEqual(anew(before));
  expect(after.filter(isNews).length).toBeGreaterThan(0);
}

/** A piece of content that nobody has heard of, behind everything else that the answer says. */
export function mustBearContent(subject: Subject): void {
  const { wire, answer, stream } = subject;
  const frames = stream === undefined ? [] : framesIn(wire, stream);
  const news = framesWithContent(wire, frames);
  // What breaks off, or is a whole message as one event, has no place for it.
  if (stream !== undefined && news.length === frames.length) return;
  const more: Subject = {
    ...subject,
    answer: answer && withContent(wire, structuredClone(answer)),
    stream: stream && written(wire, news),
  };
  expect(gist(more)).toEqual(gist(subject));
  mustBeToldAnywhere(more);
  const after = relayed(more);
  if (after !== undefined) expect(JSON.stringify(after)).toContain("unheard_of");
}

const BLOCK: JsonObject = { type: "unheard_of", id: "new_1", [NEWS]: SAID };
const PART: JsonObject = { unheardOf: SAID };

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, put together by hand
type Loose = any;

function withContent({ name }: Wire, body: Loose): JsonObject {
  if (name === "anthropic-messages") body.content?.push(BLOCK);
  if (name === "openai-responses") body.output?.push(BLOCK);
  if (name === "gemini-generate") body.candidates?.[0]?.content?.parts?.push(PART);
  if (name === "bedrock-converse") body.output?.message?.content?.push(PART);
  if (name === "openai-chat") for (const { message } of body.choices ?? []) if (message) message.unheard_of = SAID;
  return body;
}

function framesWithContent({ name }: Wire, frames: readonly Frame[]): Frame[] {
  const values = frames.map(({ data }) => parseJson(data) as Loose);
  const before = (at: number, ...more: JsonObject[]) => {
    if (at < 0) return [...frames];
    const named = more.map((value) => ({
      ...(name === "openai-chat" || name === "gemini-generate" ? {} : { event: String(value.type) }),
      data: JSON.stringify(value),
    }));
    return [...frames.slice(0, at), ...named, ...frames.slice(at)];
  };
  switch (name) {
    case "anthropic-messages": {
      const index = values.filter((value) => value?.type === "content_block_start").length;
      return before(
        values.findIndex((value) => value?.type === "message_delta"),
        { type: "content_block_start", index, content_block: BLOCK },
        { type: "content_block_delta", index, delta: { type: "unheard_of_delta", [NEWS]: SAID } },
        { type: "content_block_stop", index },
      );
    }
    case "openai-responses": {
      const at = values.findIndex((value) => /^response\.(completed|incomplete)$/.test(value?.type));
      const place = { output_index: values[at]?.response?.output?.length ?? 99 };
      return before(
        at,
        { type: "response.output_item.added", ...place, item: BLOCK },
        { type: "response.unheard_of.delta", ...place, item_id: "new_1", delta: "?" },
        { type: "response.output_item.done", ...place, item: BLOCK },
      );
    }
    case "gemini-generate":
      return before(
        values.findIndex((value) => value?.candidates?.[0]?.finishReason),
        { ...values[0], candidates: [{ content: { role: "model", parts: [PART] } }], usageMetadata: undefined },
      );
    case "openai-chat":
      return before(
        values.findIndex((value) => value?.choices?.[0]?.finish_reason),
        { ...values[0], usage: null, choices: [{ index: 0, delta: { unheard_of: SAID }, finish_reason: null }] },
      );
    default: {
      const contentBlockIndex = values.filter((value) => value?.contentBlockIndex !== undefined).length + 9;
      const at = frames.findIndex(({ event }) => event === "messageStop");
      const news: Frame[] = [
        { event: "contentBlockStart", data: JSON.stringify({ contentBlockIndex, start: PART }) },
        { event: "contentBlockDelta", data: JSON.stringify({ contentBlockIndex, delta: PART }) },
        { event: "contentBlockStop", data: JSON.stringify({ contentBlockIndex }) },
      ];
      return at < 0 ? [...frames] : [...frames.slice(0, at), ...news, ...frames.slice(at)];
    }
  }
}

/** A member in every object of a request: a relay passes all of them on; a translation says the same without, and tells that it did. */
export function mustBearMembersAsked(door: Wire, body: JsonObject): void {
  const inbound = door.inbound!;
  const more = withNews(body) as JsonObject;
  const [ask, asked] = [body, more].map((each) => inbound.read(structuredClone(each), HEAD));
  if (door.relay !== undefined) mustPassOn(door.relay, more, ask!, asked!);
  for (const wire of WRITTEN_WIRES.filter(({ outbound }) => outbound !== undefined)) {
    if (wire === door) continue;
    const [before, after] = [ask!, asked!].map((each) => {
      const request = inbound.transcode!.decodeRequest(each);
      try {
        const { body: written, dropped } = wire.outbound!.encodeRequest(request, leg());
        return { body: written, dropped: [...(request.unsaid ?? []), ...dropped] };
      } catch (thrown) {
        return { refused: GatewayError.from(thrown).message };
      }
    });
    if (before === undefined || after === undefined || "refused" in before || "refused" in after) {
      expect(after).toEqual(before);
      continue;
    }
    // A tool or a part that travels whole takes it along.
    expect(withoutNews(after.body)).toEqual(before.body);
    expect(after.dropped).toEqual(expect.arrayContaining(before.dropped));
    expect(after.dropped.filter((name) => name.endsWith(NEWS)).length + countNews(after.body)).toBeGreaterThan(0);
  }
}

/** Whoever speaks the client's own wire gets all of them. */
function mustPassOn(relay: Relay, more: JsonObject, ask: Ask, asked: Ask): void {
  const passedOn = [ask, asked].map((each) => relay.request(each, leg("reasoning-object", "cache-marks", "top-k")));
  expect(withoutNews(passedOn[1]!.body)).toEqual(passedOn[0]!.body);
  expect(passedOn[1]!.dropped).toEqual(passedOn[0]!.dropped);
  expect(countNews(passedOn[1]!.body)).toBe(countNews(more) - countNews(own(more)));
}

/** The gateway's own objects, which no provider gets. */
function own({ provider, providerOptions }: JsonObject): JsonObject[] {
  return [provider, providerOptions].filter(isObject);
}
