import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { Event } from "../../core/event.ts";
import { fold } from "../../core/message.ts";
import { AwsEventStream } from "../aws-event-stream.ts";
import { awsEvent, awsException } from "../fixtures/aws-frame.ts";
import { ConverseStream } from "./decode-stream.ts";

/** What these frames say. */
function eventsOf(...frames: string[]): Event[] {
  const framing = new AwsEventStream();
  const stream = new ConverseStream();
  const read = frames.flatMap((bytes) => [...framing.push(bytes)]).flatMap((frame) => stream.push(frame));
  return [...read, ...stream.end()];
}

const START = awsEvent("messageStart", { role: "assistant" });
const say = (contentBlockIndex: number, delta: object) => awsEvent("contentBlockDelta", { contentBlockIndex, delta });
const stopped = (contentBlockIndex: number) => awsEvent("contentBlockStop", { contentBlockIndex });
const end = (stopReason: string) => awsEvent("messageStop", { stopReason });
const METADATA = awsEvent("metadata", { usage: { inputTokens: 3, outputTokens: 2 }, metrics: { latencyMs: 7 } });

const kinds = (events: readonly Event[]) => events.map(({ type }) => type);

describe("an answer ends", () => {
  test("with its metadata, which come behind its end mark and tell the usage", () => {
    const events = eventsOf(START, say(0, { text: "Yes." }), stopped(0), end("end_turn"), METADATA);
    expect(kinds(events)).toEqual([
      "message-start",
      "block-start",
      "block-delta",
      "block-end",
      "usage",
      "metadata",
      "message-end",
    ]);
    expect(fold(events).usage).toEqual({ input: 3, output: 2 });
  });

  test("with the bytes, where the end mark was there and the metadata were not", () => {
    const message = fold(eventsOf(START, say(0, { text: "Yes." }), end("end_turn")));
    expect(message).toMatchObject({ finish: "stop", parts: [{ kind: "text", text: "Yes." }] });
    expect(message.usage).toBeUndefined();
  });

  test("once: what comes behind the end is nobody's", () => {
    const whole = [START, say(0, { text: "Yes." }), end("end_turn"), METADATA];
    expect(eventsOf(...whole, say(1, { text: "No." }), METADATA)).toEqual(eventsOf(...whole));
  });

  test("not where the end mark is missing, nor where nothing came", () => {
    for (const [frames, words] of [
      [[START, say(0, { text: "Yes" })], "without messageStop"],
      [[], "empty"],
    ] as const) {
      const last = eventsOf(...frames).at(-1)!;
      expect(last).toMatchObject({ type: "error", error: { code: "upstream_truncated" } });
      if (last.type === "error") expect(last.error.message).toContain(words);
    }
  });
});

describe("an exception in the stream", () => {
  test.each([
    ["throttlingException", "upstream_rate_limited"],
    ["serviceUnavailableException", "upstream_overloaded"],
    ["internalServerException", "upstream_error"],
    ["modelStreamErrorException", "upstream_error"],
    ["modelTimeoutException", "upstream_error"],
    ["validationException", "upstream_invalid_request"],
    ["aNewException", "upstream_error"],
  ])("%s is %s, and the last that is heard", (name, code) => {
    const events = eventsOf(START, awsException(name, "No."), say(0, { text: "Yes." }), end("end_turn"), METADATA);
    expect(kinds(events)).toEqual(["message-start", "error"]);
    expect(events.at(-1)).toMatchObject({ error: { code } });
  });

  test("keeps its own name for the record", () => {
    const [, last] = eventsOf(START, awsException("throttlingException", "Slow down."));
    if (last?.type !== "error") throw new Error("read as an answer");
    expect(last.error.details.upstream).toEqual({
      status: 429,
      code: "ThrottlingException",
      body: '{"message":"Slow down."}',
    });
  });
});

describe("blocks", () => {
  test("of text and thinking begin without a word", () => {
    const frames = [START, say(0, { reasoningContent: { text: "Hm." } }), stopped(0), say(1, { text: "Yes." })];
    expect(fold(eventsOf(...frames, end("end_turn"))).parts).toEqual([
      { kind: "reasoning", text: "Hm." },
      { kind: "text", text: "Yes." },
    ]);
  });

  test("that nobody ended are ended with the answer", () => {
    const events = eventsOf(START, say(0, { text: "a" }), say(1, { text: "b" }), end("max_tokens"));
    expect(kinds(events).filter((type) => type === "block-end")).toHaveLength(2);
  });

  test("of withheld thinking are told when they are whole, however many pieces they come in", () => {
    const bytes = Buffer.from("EtkECkgIBxABGAIq");
    const pieces = [bytes.subarray(0, 5), bytes.subarray(5)].map((piece) => piece.toString("base64"));
    const frames = pieces.map((redactedContent) => say(0, { reasoningContent: { redactedContent } }));
    expect(fold(eventsOf(START, ...frames, stopped(0), end("end_turn"))).parts).toEqual([
      { kind: "reasoning", text: "", redacted: "EtkECkgIBxABGAIq", format: "anthropic-claude-v1" },
    ]);
  });

  test("arguments for a call that nobody began are no call, and no text", () => {
    const { parts } = fold(eventsOf(START, say(0, { toolUse: { input: "{}" } }), end("tool_use")));
    expect(parts).toEqual([{ kind: "native", wire: "bedrock-converse", value: { toolUse: { input: "{}" } } }]);
  });
});

describe("nonsense", () => {
  test.each(["", "7", "null", "[]", '"x"', "{"])("an event of %j is malformed", (data) => {
    expect(new ConverseStream().push({ event: "messageStart", data })).toMatchObject([
      { type: "error", error: { code: "upstream_malformed" } },
    ]);
  });

  test.each([
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "metadata",
    "constructor",
    "",
  ])("members of the wrong type in %j are nothing, and no defect", (event) => {
    for (const value of [null, 7, "x", [], {}, { toolUse: 7 }, { reasoningContent: [] }, { image: { source: 7 } }]) {
      const data = JSON.stringify({ contentBlockIndex: value, start: value, delta: value, usage: value, role: value });
      expect(() => new ConverseStream().push({ event, data })).not.toThrow();
    }
  });
});

test("bytes that were damaged on the way are an error behind what was said before", () => {
  const bytes = START + say(0, { text: "Yes." });
  const damaged = bytes + stopped(0).replace("contentBlockIndex", "contentBlockIndeX");
  const framing = new AwsEventStream();
  const stream = new ConverseStream();
  const events: Event[] = [];
  expect(() => {
    for (const frame of framing.push(damaged)) events.push(...stream.push(frame));
  }).toThrow(GatewayError);
  expect(kinds(events)).toEqual(["message-start", "block-start", "block-delta"]);
});
