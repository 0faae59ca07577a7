import { describe, expect, test } from "bun:test";
import { GatewayError } from "./error.ts";
import type { Block, Event } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { Readings } from "./readings.ts";

function readingsOf(...events: Event[]): Readings {
  const readings = new Readings();
  for (const event of events) readings.see(event);
  return readings;
}

const begins = (block: Block): Event => ({ type: "block-start", index: 0, block });
const says = (text: string): Event => ({ type: "block-delta", index: 0, delta: { kind: "text", text } });

test("nothing is known before the first event", () => {
  expect({ ...new Readings() }).toEqual({
    contentBytes: 0,
    committed: false,
    rawFinish: null,
    leftOut: [],
    ended: false,
  } as never);
});

test("the provider's id and model are those of the start", () => {
  const readings = readingsOf({ type: "message-start", id: "up_1", model: "large-2026" });
  expect(readings).toMatchObject({ upstreamId: "up_1", upstreamModel: "large-2026", committed: false });
});

test("the tier that served it is told beside the usage or beside the answer, and the last word counts", () => {
  const usage = (raw: JsonObject): Event => ({ type: "usage", usage: { input: 1 }, raw });
  expect(readingsOf(usage({ service_tier: "standard" })).serviceTier).toBe("standard");
  expect(readingsOf(usage({ serviceTier: "FLEX" }), usage({ x: 1 })).serviceTier).toBe("FLEX");
  const values = { service_tier: "priority" };
  expect(readingsOf({ type: "metadata", values }, { type: "metadata", values: { x: 1 } }).serviceTier).toBe("priority");
  expect(readingsOf(usage({ service_tier: null })).serviceTier).toBeUndefined();
});

describe("an answer is committed", () => {
  test.each<[string, Event[], boolean]>([
    ["not by its start", [{ type: "message-start", id: "", model: "" }], false],
    ["not by a ping", [{ type: "ping" }], false],
    ["not by usage", [{ type: "usage", usage: { input: 5 } }], false],
    ["not by metadata", [{ type: "metadata", values: { tier: "flex" } }], false],
    ["not by a text block that has begun", [begins({ kind: "text" })], false],
    ["not by thinking that has begun", [begins({ kind: "reasoning" })], false],
    ["not by empty text", [begins({ kind: "text" }), says("")], false],
    ["not by an error", [{ type: "error", error: new GatewayError("upstream_error", "") }], false],
    ["by text", [begins({ kind: "text" }), says("a")], true],
    ["by thinking", [begins({ kind: "reasoning" }), says("a")], true],
    ["by thinking that was withheld", [begins({ kind: "reasoning", redacted: "x" })], true],
    ["by thinking that is encrypted", [begins({ kind: "reasoning", encrypted: "x" })], true],
    ["by a tool call", [begins({ kind: "tool-call", call: "c", name: "f", by: "client", format: "json" })], true],
    ["by a file", [begins({ kind: "file", mediaType: "image/png" })], true],
    ["by a block that only its wire knows", [begins({ kind: "native", wire: "openai-chat", value: {} })], true],
    ["by a citation", [{ type: "block-delta", index: 0, delta: { kind: "citation", value: {} } }], true],
    ["by a clean end, since an empty answer is valid", [{ type: "message-end", finish: "stop", raw: null }], true],
  ])("%s", (_, events, committed) => {
    expect(readingsOf(...events).committed).toBe(committed);
  });
});

test("the size of the content is that of text, thinking and arguments", () => {
  const readings = readingsOf(says("12345"), {
    type: "block-delta",
    index: 1,
    delta: { kind: "arguments", json: '{"a":1}' },
  });
  expect(readings.contentBytes).toBe(12);
});

test("the size of the content is in bytes: a character of Chinese is about a token, a letter is not", () => {
  const readings = new Readings();
  readings.see({ type: "block-delta", index: 0, delta: { kind: "text", text: "漢字" } });
  readings.see({ type: "block-delta", index: 0, delta: { kind: "arguments", json: '{"ü":1}' } });
  expect(readings.contentBytes).toBe(6 + 8);
});

test("reports of usage are merged, ours and the provider's", () => {
  const readings = readingsOf(
    { type: "usage", usage: { input: 9, output: 1 }, raw: { input_tokens: 9, output_tokens: 1 } },
    { type: "usage", usage: { output: 5 }, raw: { output_tokens: 5 } },
    { type: "usage", usage: {} },
  );
  expect(readings.usage).toEqual({ input: 9, output: 5 });
  expect(readings.rawUsage).toEqual({ input_tokens: 9, output_tokens: 5 });
});

test("a report can take back what an earlier one told", () => {
  const readings = readingsOf(
    { type: "usage", usage: { input: 9, output: 1 } },
    { type: "usage", usage: { input: 9 }, withdrawn: ["output"] },
  );
  expect(readings.usage).toEqual({ input: 9 });
});

test("metadata is laid together", () => {
  const readings = readingsOf({ type: "metadata", values: { a: 1, b: 1 } }, { type: "metadata", values: { b: 2 } });
  expect(readings.metadata).toEqual({ a: 1, b: 2 });
});

test("the end says how, in our word and the provider's", () => {
  const readings = readingsOf({ type: "message-end", finish: "tool-calls", raw: "tool_use" });
  expect(readings).toMatchObject({ finish: "tool-calls", rawFinish: "tool_use", ended: true });
});

test("an error is no end", () => {
  const error = new GatewayError("upstream_reset", "gone");
  const readings = readingsOf(says("a"), { type: "error", error });
  expect(readings.error).toBe(error);
  expect(readings.ended).toBe(false);
});

test.each([
  [{ service_tier: "flex" }, "flex"],
  [{ serviceTier: { type: "priority" } }, "priority"],
  [{ serviceTier: { type: 5 } }, undefined],
  [{ serviceTier: "x" }, undefined],
])("the tier that served it, of %j", (values, tier) => {
  expect(readingsOf({ type: "metadata", values }).serviceTier).toBe(tier);
});
