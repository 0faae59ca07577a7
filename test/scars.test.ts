import { describe, expect, test } from "bun:test";
import { utf8ByteText } from "../src/core/byte-text.ts";
import { GatewayError } from "../src/core/error.ts";
import { arrayAt, type JsonObject, objectAt } from "../src/core/json.ts";
import { anthropicMessages } from "../src/wires/anthropic-messages/index.ts";
import { CLOSING, hello, leg, STAMP } from "../src/wires/fixtures/facts.ts";
import { openaiChat } from "../src/wires/openai-chat/index.ts";
import { openaiEmbeddings } from "../src/wires/openai-embeddings/index.ts";
import {
  decodeAnswer,
  decodeStream,
  fixture,
  fixtures,
  framesOf,
  messageOf,
  outcome,
  relayStream,
  relayWhole,
  requests,
  tell,
} from "./support/wire-fixtures.ts";

/** The facts that translators must obey, by their numbers in the design: each cost somebody a bug. */

type Both = "openai-chat" | "openai-responses" | "anthropic-messages";

const eventsOf = (wire: Both, name: string) => {
  const one = fixture(wire, name);
  return one.stream === undefined
    ? decodeAnswer(one.wire.outbound!, one.answer!)
    : decodeStream(one.wire.outbound!, one.stream);
};
const messageAt = (wire: Both, name: string) => messageOf(eventsOf(wire, name));
const partsAt = (wire: Both, name: string) => messageAt(wire, name).parts;

/** The chunks that a chat client gets of this answer, by way of events. */
const chunksAt = (wire: Both, name: string) => chunksOf(tell(openaiChat.inbound!, eventsOf(wire, name)));

function chunksOf(text: string): JsonObject[] {
  const frames = framesOf([utf8ByteText(text)]);
  expect(frames.at(-1)).toEqual({ data: "[DONE]" });
  return frames.slice(0, -1).map(({ data }) => JSON.parse(data));
}

const deltasOf = (chunks: readonly JsonObject[]) => chunks.map((chunk) => deltaOf(chunk));
const deltaOf = (chunk: JsonObject): JsonObject => objectAt(objectAt(arrayAt(chunk.choices)?.[0])?.delta)!;
const toolDeltas = (wire: Both, name: string) =>
  deltasOf(chunksAt(wire, name)).flatMap(({ tool_calls }) => (arrayAt(tool_calls) ?? []) as JsonObject[]);

const clean = fixtures().filter(
  ({ wire, stream }) =>
    stream !== undefined && wire.outbound && !(outcome(decodeStream(wire.outbound, stream)) instanceof GatewayError),
);
const BOTH: Both[] = ["openai-chat", "anthropic-messages"];

describe.each(BOTH)("1 · a tool call's index counts tool calls, not blocks: %s", (wire) => {
  test("behind thinking and text, two calls are 0 and 1", () => {
    const deltas = toolDeltas(wire, "01-parallel-calls-behind-thinking-and-text");
    expect(deltas.filter(({ id }) => id !== undefined).map(({ index }) => index)).toEqual([0, 1]);
    expect(new Set(deltas.map(({ index }) => index))).toEqual(new Set([0, 1]));
  });
});

describe("2 · choices[].index is 0 in every chunk of a single answer", () => {
  test.each(clean.map(({ wire, name }) => [wire.name, name] as const))("%s: %s", (wire, name) => {
    for (const chunk of chunksAt(wire as Both, name)) {
      expect(arrayAt(chunk.choices)!.map((choice) => objectAt(choice)?.index)).toEqual([0]);
    }
  });
  test("and another choice is none of it", () => {
    expect(partsAt("openai-chat", "02-another-choice-beside-the-first")).toEqual([{ kind: "text", text: "yes" }]);
  });
});

describe("3 · id, model and created are the same in every chunk", () => {
  const heads = (chunks: readonly JsonObject[]) =>
    new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`));
  test.each(clean.map(({ wire, name }) => [wire.name, name] as const))("%s: %s", (wire, name) => {
    expect([...heads(chunksAt(wire as Both, name))]).toEqual([`${STAMP.id} ${STAMP.model} ${STAMP.created}`]);
  });
  test("through the relay too, though the provider changes all three", () => {
    const { stream, ask } = fixture("openai-chat", "03-ids-and-times-change-in-the-stream");
    const chunks = chunksOf(Buffer.from(relayStream(openaiChat.relay!, ask, stream!).told, "latin1").toString());
    expect(chunks).toHaveLength(4);
    expect([...heads(chunks)]).toEqual([`${STAMP.id} ${STAMP.model} 1712345678`]);
  });
});

describe("4 · the role once; a tool call's type, id and name once", () => {
  test.each(clean.map(({ wire, name }) => [wire.name, name] as const))("%s: %s", (wire, name) => {
    const deltas = deltasOf(chunksAt(wire as Both, name));
    expect(deltas[0]).toEqual({ role: "assistant" });
    expect(deltas.slice(1).some((delta) => "role" in delta)).toBe(false);
  });
  test("where the provider repeats them", () => {
    expect(toolDeltas("openai-chat", "04-role-and-names-repeated")).toEqual([
      { index: 0, id: "call_a", type: "function", function: { name: "clock", arguments: "" } },
      { index: 0, function: { arguments: '{"zone"' } },
      { index: 0, function: { arguments: ':"UTC"}' } },
    ]);
  });
});

describe.each(BOTH)("5 · nothing said is no chunk; a tool without arguments ends as {}: %s", (wire) => {
  test("streamed", () => {
    const said = toolDeltas(wire, "05-tool-without-arguments").map((call) => objectAt(call.function)?.arguments);
    expect(said).toEqual(["", "{}"]);
  });
  test("whole", () => {
    expect(partsAt(wire, "05-tool-without-arguments")).toMatchObject([
      { kind: "tool-call", name: "now", arguments: "{}" },
    ]);
  });
});

test("6 · a first delta without the tool's name is held until it comes", () => {
  expect(toolDeltas("openai-chat", "06-name-comes-late")).toEqual([
    { index: 0, id: "call_a", type: "function", function: { name: "lookup", arguments: "" } },
    { index: 0, function: { arguments: '{"q":' } },
    { index: 0, function: { arguments: "1" } },
    { index: 0, function: { arguments: "}" } },
  ]);
});

test("7 · no phantom text before thinking", () => {
  expect(partsAt("openai-chat", "07-empty-content-beside-thinking").map(({ kind }) => kind)).toEqual([
    "reasoning",
    "text",
  ]);
  expect(partsAt("anthropic-messages", "07-thinking-first-without-text").map(({ kind }) => kind)).toEqual([
    "reasoning",
    "text",
  ]);
  const deltas = deltasOf(chunksAt("anthropic-messages", "07-thinking-first-without-text"));
  expect(deltas.map((delta) => Object.keys(delta)[0])).toEqual([
    "role",
    "reasoning",
    "reasoning",
    "reasoning",
    "content",
    "provider_metadata",
  ]);
});

describe("8 · content, finish and usage come in any company and order", () => {
  test.each([
    ["content and finish in one chunk", "08-content-and-finish-in-one-chunk", "All at once."],
    ["usage before the finish", "08-usage-before-the-finish", "Hi"],
    ["empty choices first, usage last", "08-empty-choices-come-first", "Hi"],
  ])("%s", (_, name, text) => {
    const message = messageAt("openai-chat", name);
    expect(message).toMatchObject({
      parts: [{ kind: "text", text }],
      finish: "stop",
      usage: { input: 19, output: 10 },
    });
    const { stream, ask } = fixture("openai-chat", name);
    const { told, readings } = relayStream(openaiChat.relay!, ask, stream!);
    expect(readings).toMatchObject({ finish: "stop", usage: { input: 19, output: 10 }, ended: true });
    const relayed = chunksOf(told).filter((chunk) => objectAt(chunk.usage) !== undefined);
    expect(relayed).toHaveLength(1);
    expect(objectAt(arrayAt(relayed[0]!.choices)?.[0])?.finish_reason).toBe("stop");
  });
});

describe("9 · usage is cumulative, absent is not zero, and silence erases nothing", () => {
  test("openai-chat: the last total holds, with the cache of the first", () => {
    expect(messageAt("openai-chat", "09-usage-grows-and-then-says-nothing").usage).toEqual({
      input: 19,
      output: 4,
      cache_read: 8,
    });
  });
  test("anthropic-messages: a later report without the input leaves it", () => {
    const { usage } = messageAt("anthropic-messages", "09-usage-without-the-input-does-not-erase");
    expect(usage).toMatchObject({ input: 150, cache_read: 50, output: 9 });
  });
  test("what was never told is not there", () => {
    expect(messageAt("openai-chat", "20-cache-hits-and-misses-at-the-top").usage).not.toHaveProperty("reasoning");
    expect(messageAt("openai-chat", "logprobs").usage).not.toHaveProperty("cache_write_5m");
  });
});

test("10 · Anthropic's input is fresh, read and written together; OpenAI's is whole already", () => {
  expect(messageAt("anthropic-messages", "10-input-is-fresh-read-and-written").usage).toEqual({
    input: 21 + 188_086 + 1_000,
    cache_read: 1_000,
    cache_write_5m: 456,
    cache_write_1h: 187_630,
    output: 393,
  });
  expect(messageAt("anthropic-messages", "10-written-without-a-time-to-live").usage).toEqual({
    input: 1_101,
    cache_read: 1_000,
    cache_write_5m: 80,
    output: 393,
  });
  expect(messageAt("openai-chat", "10-cached-input-is-part-of-the-input").usage).toMatchObject({
    input: 2_006,
    cache_read: 1_920,
  });
});

describe.each(BOTH)("11 · an error inside a 200 is an error, never a finish: %s", (wire) => {
  test("as the first event it is all there is: a failed attempt", () => {
    expect(eventsOf(wire, "11-error-is-the-first-event")).toMatchObject([
      { type: "error", error: { code: "upstream_overloaded" } },
    ]);
  });
  test("later it is told in band, behind what was said, without an end mark", () => {
    const events = eventsOf(wire, "11-error-after-content");
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "upstream_error" } });
    const told = tell(openaiChat.inbound!, events);
    expect(told).toContain('"content":"Half"');
    expect(told).not.toContain("[DONE]");
    expect(told).not.toContain('"finish_reason":"');
    expect(JSON.parse(framesOf([told]).at(-1)!.data)).toMatchObject({ error: { code: "upstream_error" } });
  });
});

test("11 · a finish reason that says error is one", () => {
  expect(outcome(eventsOf("openai-chat", "11-finish-reason-error"))).toMatchObject({ code: "upstream_error" });
  const { stream, ask } = fixture("openai-chat", "11-finish-reason-error");
  const { told, readings } = relayStream(openaiChat.relay!, ask, stream!);
  expect(readings).toMatchObject({ finish: undefined, ended: false, error: { code: "upstream_error" } });
  expect(told).not.toContain('"finish_reason":"');
});

describe("12 · a stream without its end mark is truncated, not stopped", () => {
  test.each<[Both, string]>([
    ["openai-chat", "12-cut-before-the-finish"],
    ["openai-chat", "12-done-without-a-finish"],
    ["anthropic-messages", "12-cut-inside-a-block"],
    ["anthropic-messages", "12-stop-reason-without-message-stop"],
  ])("%s: %s", (wire, name) => {
    expect(outcome(eventsOf(wire, name))).toMatchObject({ code: "upstream_truncated" });
  });
  test("[DONE] may be missing upstream, and is always sent", () => {
    const { stream, ask } = fixture("openai-chat", "12-no-done-after-the-finish");
    expect(messageAt("openai-chat", "12-no-done-after-the-finish").finish).toBe("stop");
    expect(relayStream(openaiChat.relay!, ask, stream!).told).toEndWith("data: [DONE]\n\n");
  });
});

describe("13 · a ping reaches the client as a keep-alive of its own wire", () => {
  test("Anthropic's ping events are comments", () => {
    const told = tell(openaiChat.inbound!, eventsOf("anthropic-messages", "13-pings-anywhere"));
    expect(told.split(": keep-alive\n\n")).toHaveLength(5);
    expect(told).not.toContain("ping");
    expect(chunksOf(told)).toHaveLength(3);
  });
  test("comments travel through the relay", () => {
    const { stream, ask } = fixture("openai-chat", "13-comments-keep-it-alive");
    const { told } = relayStream(openaiChat.relay!, ask, stream!);
    expect(told).toStartWith(": OPENROUTER PROCESSING\n\n");
    expect(told).toContain("\n\n: ping\n\n");
  });
});

describe("14 · signatures and redacted blocks survive the round trip through a chat client", () => {
  const names = [
    "01-parallel-calls-behind-thinking-and-text",
    "14-signature-and-redacted-blocks",
    "14-thinking-omitted-but-signed",
  ];
  /** What a client has put together of the chunks, as the documentation tells it to. */
  const gathered = (chunks: readonly JsonObject[]): JsonObject => {
    const message: JsonObject = { role: "assistant", content: "", reasoning_details: [], tool_calls: [] };
    for (const delta of deltasOf(chunks)) {
      message.content += typeof delta.content === "string" ? delta.content : "";
      arrayAt(message.reasoning_details)!.push(...(arrayAt(delta.reasoning_details) ?? []));
      for (const value of arrayAt(delta.tool_calls) ?? []) {
        const { index, ...call } = value as JsonObject;
        const calls = arrayAt(message.tool_calls)!;
        const known = objectAt(objectAt(calls[index as number])?.function);
        if (known === undefined) calls.push(structuredClone(call));
        else known.arguments = `${known.arguments}${objectAt(call.function)?.arguments}`;
      }
    }
    return message;
  };
  const sentBack = (message: JsonObject) => {
    const ask = openaiChat.inbound!.read({ model: STAMP.model, messages: [{ role: "user", content: "Hi" }, message] });
    const { body, dropped } = anthropicMessages.outbound!.encodeRequest(
      openaiChat.inbound!.transcode!.decodeRequest(ask),
      leg(),
    );
    expect(dropped).toEqual([]);
    return objectAt(arrayAt(body.messages)?.[1])?.content;
  };
  test.each(names)("%s", (name) => {
    const { answer } = fixture("anthropic-messages", name);
    const reply = openaiChat.inbound!.transcode!.encodeReply(messageAt("anthropic-messages", name), STAMP, CLOSING);
    expect(sentBack(objectAt(objectAt(arrayAt(reply.choices)?.[0])?.message)!)).toEqual(answer!.content!);
    expect(sentBack(gathered(chunksAt("anthropic-messages", name)))).toEqual(answer!.content!);
  });
});

test("15 · block indexes are 0, 1, 2 … whatever the provider's", () => {
  const starts = eventsOf("anthropic-messages", "15-gaps-in-the-indexes").filter(({ type }) => type === "block-start");
  expect(starts).toMatchObject([{ index: 0 }, { index: 1 }]);
});

describe("16 · arguments may come only at the end, or only at the start", () => {
  test.each<[Both, string]>([
    ["openai-chat", "16-arguments-all-at-once"],
    ["anthropic-messages", "16-input-in-the-start-of-its-block"],
  ])("%s", (wire, name) => {
    expect(partsAt(wire, name)).toMatchObject([{ kind: "tool-call", name: "add", arguments: '{"a":1}' }]);
  });
  test("openai-responses", () => {
    expect(partsAt("openai-responses", "16-arguments-only-in-done")).toMatchObject([
      { kind: "tool-call", name: "get_weather", arguments: '{"city":"Porto"}' },
    ]);
  });
});

test("17 · a second message_start: the same is ignored, another is an error", () => {
  const { parts, usage } = messageAt("anthropic-messages", "17-second-start-of-the-same-message");
  expect(parts).toEqual([{ kind: "text", text: "Hi" }]);
  expect(usage).toMatchObject({ input: 25, output: 12 });
  expect(outcome(eventsOf("anthropic-messages", "17-second-start-of-another-message"))).toMatchObject({
    code: "upstream_malformed",
  });
});

test.each(BOTH)("18 · every spelling of SSE is read, cut inside characters too: %s", (wire) => {
  const { stream, wire: own } = fixture(wire, "18-every-spelling-of-sse");
  expect(stream).toStartWith("\u00ef\u00bb\u00bf");
  for (const odd of ["\r\n\r\n", "\r\r", ": h"]) expect(stream).toContain(odd);
  const expected = wire === "openai-chat" ? "Grüße 🌍!" : "Grüße 🌍";
  for (const pieces of [[stream!], stream!.split("")]) {
    expect(messageOf(decodeStream(own.outbound!, ...pieces)).parts).toEqual([{ kind: "text", text: expected }]);
  }
});

test("19 · chat content may be a list of parts, thinking among them", () => {
  expect(partsAt("openai-chat", "19-content-is-a-list-of-parts")).toEqual([
    { kind: "reasoning", text: "One two." },
    { kind: "text", text: "Three four" },
  ]);
});

describe("20 · every provider's arithmetic", () => {
  test("reasoning that is counted beside the output is added to it", () => {
    expect(messageAt("openai-chat", "20-reasoning-beside-the-output").usage).toMatchObject({
      input: 32,
      cache_read: 6,
      output: 116,
      reasoning: 107,
    });
  });
  test("cache hits and misses may stand at the top", () => {
    expect(messageAt("openai-chat", "20-cache-hits-and-misses-at-the-top").usage).toEqual({
      input: 64,
      cache_read: 48,
      output: 5,
    });
  });
  test("a cost of its own stays in the provider's usage, and is not ours", () => {
    expect(messageAt("openai-chat", "20-cost-of-its-own").rawUsage).toMatchObject({ cost: 0.00014 });
    expect(objectAt(chunksAt("openai-chat", "20-cost-of-its-own").at(-1)!.usage)?.cost).toBe(0.000138);
  });
  test("an embedding may tell the total alone", () => {
    const { ask, bytes } = fixture("openai-embeddings", "20-usage-without-the-input");
    expect(relayWhole(openaiEmbeddings.relay!, ask, bytes!).readings.usage).toEqual({ input: 8, output: 0 });
  });
});

describe("21 · the gateway's own fields never reach a provider", () => {
  const own = requests(openaiChat).find(({ name }) => name === "21-fields-of-the-gateway")!.body;
  const seen = (body: object) => JSON.stringify(body);
  test("relayed", () => {
    const text = seen(openaiChat.relay!.request(openaiChat.inbound!.read(own), leg()).body);
    expect(text).not.toMatch(/acme|gateway|providerOptions|"tags"/);
    expect(text).toContain('"metadata":{"models":"mine"}');
  });
  test("transcoded, either way", () => {
    const request = openaiChat.inbound!.transcode!.decodeRequest(openaiChat.inbound!.read(own));
    for (const wire of [anthropicMessages, openaiChat]) {
      expect(seen(wire.outbound!.encodeRequest(request, leg()).body)).not.toMatch(
        /acme|gateway|providerOptions|"tags"/,
      );
    }
  });
  test("embedded", () => {
    const { models, provider, tags, providerOptions } = own;
    const body = { model: "acme/embed", input: "Hi", models, provider, tags, providerOptions } as JsonObject;
    expect(openaiEmbeddings.relay!.request(openaiEmbeddings.inbound!.read(body), leg()).body).toEqual({
      model: "large-2026",
      input: "Hi",
    });
  });
  test("and what is nobody's field is left alone", () => {
    const body = hello({ models: ["acme/small"], user: "u-1", store: true });
    expect(openaiChat.relay!.request(openaiChat.inbound!.read(body), leg()).body).toEqual({
      ...hello({ user: "u-1", store: true }),
      model: "large-2026",
    });
  });
});
