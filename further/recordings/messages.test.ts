import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/error.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { relayWhole } from "../../test/support/wire-fixtures.ts";
import { answerOf, relayedText } from "./support/answers.ts";
import { answered, askOf, EXCHANGES, type Exchange, streams, titled, whole } from "./support/exchanges.ts";

/** The Messages door over what was recorded: relayed, asked by real clients. */

// biome-ignore lint/suspicious/noExplicitAny: somebody else's JSON, read where it is expected
type Loose = any;

const messages = wireNamed("anthropic-messages");
const chat = wireNamed("openai-chat");
const own = (one: Exchange) => one.wire === messages;
const clean = answered.filter((one) => !(answerOf(one) instanceof GatewayError));

const payloads = (text: string): Loose[] =>
  text.split(/\r?\n\r?\n/).flatMap((frame) => {
    const data = frame
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5));
    return data.length === 0 ? [] : [JSON.parse(data.join("\n"))];
  });

describe("a relayed message is the provider's but for the declared edits", () => {
  test.each(titled(whole.filter((one) => own(one) && clean.includes(one))))("%s", (_, one) => {
    const theirs = JSON.parse(one.text);
    const ours = JSON.parse(relayWhole(messages.relay!, askOf(one), one.bytes).told);
    const { id, model, usage, provider_metadata, ...said } = ours;
    const { id: _id, model: _model, usage: used, ...saidByThem } = theirs;
    expect(said).toEqual(saidByThem);
    expect({ id, model, provider_metadata }).toEqual({
      id: STAMP.id,
      model: STAMP.model,
      provider_metadata: CLOSING.metadata,
    });
    expect(usage).toMatchObject({ input_tokens: 7, output_tokens: 7, cache_read_input_tokens: 4 });
    expect(Object.keys(usage)).toEqual(expect.arrayContaining(Object.keys(used)));
  });
});

describe("a relayed stream of a message is the provider's but for the declared edits", () => {
  test.each(titled(streams.filter((one) => own(one) && clean.includes(one))))("%s", (_, one) => {
    const told = relayedText(one);
    const [theirs, ours] = [payloads(one.text), payloads(told)];
    // Vertex frames a whole message as one event where nobody asked for a stream: it is told in pieces, as clients want it.
    if (theirs.some(({ type }) => type === "message")) return expect(ours[0].type).toBe("message_start");
    const between = (events: Loose[]) => events.filter(({ type }) => !/^message/.test(type));
    expect(between(ours)).toEqual(between(theirs));
    expect(ours[0].type).toBe("message_start");
    const start = theirs.find(({ type }) => type === "message_start");
    if (start !== undefined)
      expect(ours[0]).toEqual({ ...start, message: { ...start.message, id: STAMP.id, model: STAMP.model } });
    expect(ours.slice(-2).map(({ type }) => type)).toEqual(["message_delta", "message_stop"]);
    const { usage, provider_metadata } = ours.at(-2);
    expect(ours.filter(({ type }) => type === "message_delta")).toHaveLength(1);
    expect(usage).toMatchObject({ input_tokens: 7, output_tokens: 7 });
    expect(provider_metadata).toEqual(CLOSING.metadata);
    // Every frame has the line that Anthropic's client goes by.
    for (const frame of told.split("\n\n").filter((text) => text.includes("data:")))
      expect(frame).toMatch(/^event: [\w.-]+\ndata: /);
  });
});

describe("what Anthropic's clients sent is taken, goes on as it was, and can be said in OpenAI's words or is refused", () => {
  const asked = EXCHANGES.filter((one) => own(one) && one.request?.model && one.status !== 400);
  test.each(titled(asked))("%s", (_, one) => {
    const before = structuredClone(one.request!);
    // Files and containers of an account are named by ids that only that account should know.
    if (/"(file_id|container)":\s*"/.test(JSON.stringify(before))) {
      expect(() => messages.inbound!.read(one.request!)).toThrow("is not supported");
      return;
    }
    const ask = messages.inbound!.read(one.request!);
    const { body, dropped } = messages.relay!.request(ask, leg());
    expect(body).toEqual({ ...before, model: "large-2026" });
    expect(dropped).toEqual([]);
    const request = messages.inbound!.transcode!.decodeRequest(ask);
    let written: Loose;
    try {
      written = chat.outbound!.encodeRequest(request, leg("cache-marks", "reasoning-object")).body;
    } catch (thrown) {
      expect(GatewayError.from(thrown).code).toBe("unsupported");
      return;
    }
    // A chat body that this door's own neighbour takes, with every word that was said.
    chat.inbound!.read(written);
    const said = JSON.stringify(written);
    for (const { content } of before.messages as Loose[])
      for (const text of typeof content === "string" ? [content] : content.flatMap((block: Loose) => block.text ?? []))
        expect(said).toContain(JSON.stringify(text).slice(1, -1));
    expect(one.request!).toEqual(before);
  });
});
