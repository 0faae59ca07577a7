import { describe, expect, test } from "bun:test";
import { GatewayError } from "./error.ts";
import type { Block, Event } from "./event.ts";
import { fold } from "./message.ts";

const START: Event = { type: "message-start", id: "up_1", model: "large" };
const END: Event = { type: "message-end", finish: "stop", raw: "end_turn" };

/** One block that says these pieces. */
function block(index: number, block: Block, ...pieces: string[]): Event[] {
  const delta = (text: string): Event => ({
    type: "block-delta",
    index,
    delta:
      block.kind === "tool-call"
        ? { kind: "arguments", json: text }
        : block.kind === "file"
          ? { kind: "data", base64: text }
          : { kind: "text", text },
  });
  return [{ type: "block-start", index, block }, ...pieces.map(delta), { type: "block-end", index }];
}

/** The parts of a message that says these blocks. */
function partsOf(...events: Event[][]) {
  return fold([START, ...events.flat(), END]).parts;
}

test("an empty answer is a message without parts", () => {
  expect(fold([START, END])).toEqual({
    id: "up_1",
    model: "large",
    parts: [],
    metadata: {},
    finish: "stop",
    rawFinish: "end_turn",
  });
});

test("pieces of a block are put together", () => {
  expect(partsOf(block(0, { kind: "text" }, "Hel", "lo", ""))).toEqual([{ kind: "text", text: "Hello" }]);
});

test("parts stand in the order in which their blocks begin", () => {
  const parts = partsOf(
    block(0, { kind: "reasoning" }, "hm"),
    block(1, { kind: "text" }, "A"),
    block(2, { kind: "text" }, "B"),
  );
  expect(parts.map((part) => part.kind)).toEqual(["reasoning", "text", "text"]);
});

test("deltas of different blocks may interleave", () => {
  const call = (n: number): Block => ({ kind: "tool-call", call: `c${n}`, name: "f", by: "client", format: "json" });
  const say = (index: number, json: string): Event => ({
    type: "block-delta",
    index,
    delta: { kind: "arguments", json },
  });
  const parts = partsOf([
    { type: "block-start", index: 0, block: call(0) },
    { type: "block-start", index: 1, block: call(1) },
    say(1, '{"b"'),
    say(0, '{"a"'),
    say(1, ":2}"),
    say(0, ":1}"),
  ]);
  expect(parts).toMatchObject([
    { call: "c0", arguments: '{"a":1}' },
    { call: "c1", arguments: '{"b":2}' },
  ]);
});

describe("a tool call", () => {
  const call = { kind: "tool-call", call: "c", name: "f", by: "client" } as const;
  test("without arguments has an empty object", () => {
    expect(partsOf(block(0, { ...call, format: "json" }))).toMatchObject([{ arguments: "{}" }]);
  });
  test("of free text may be empty", () => {
    expect(partsOf(block(0, { ...call, format: "text" }))).toMatchObject([{ arguments: "" }]);
  });
  test("keeps arguments that are not JSON as they were said", () => {
    expect(partsOf(block(0, { ...call, format: "json" }, '{"a":'))).toMatchObject([{ arguments: '{"a":' }]);
  });
});

test("thinking keeps its id, format and signature", () => {
  const events: Event[] = [
    { type: "block-start", index: 0, block: { kind: "reasoning", id: "rs_1", summary: true, format: "f-v1" } },
    { type: "block-delta", index: 0, delta: { kind: "text", text: "hm" } },
    { type: "block-end", index: 0, signature: { format: "f-v1", value: "sig" } },
  ];
  expect(partsOf(events)).toEqual([
    {
      kind: "reasoning",
      text: "hm",
      id: "rs_1",
      summary: true,
      signature: { format: "f-v1", value: "sig" },
      format: "f-v1",
    },
  ]);
});

test("thinking that was withheld or encrypted has no text and says what it is", () => {
  const parts = partsOf(
    block(0, { kind: "reasoning", redacted: "r", format: "f" }),
    block(1, { kind: "reasoning", encrypted: "e" }),
  );
  expect(parts).toEqual([
    { kind: "reasoning", text: "", redacted: "r", format: "f" },
    { kind: "reasoning", text: "", encrypted: "e" },
  ]);
});

test("citations stay with the text they came with", () => {
  const parts = partsOf([
    { type: "block-start", index: 0, block: { kind: "text" } },
    { type: "block-delta", index: 0, delta: { kind: "citation", value: { url: "https://a.example" } } },
    { type: "block-delta", index: 0, delta: { kind: "text", text: "so" } },
    { type: "block-delta", index: 0, delta: { kind: "citation", value: "second" } },
  ]);
  expect(parts).toEqual([{ kind: "text", text: "so", citations: [{ url: "https://a.example" }, "second"] }]);
});

test("a refusal is no text", () => {
  expect(partsOf(block(0, { kind: "refusal" }, "No."))).toEqual([{ kind: "refusal", text: "No." }]);
});

test("a file is its data", () => {
  expect(partsOf(block(0, { kind: "file", mediaType: "image/png" }, "AAAA", "BBBB"))).toEqual([
    { kind: "file", source: { from: "data", mediaType: "image/png", base64: "AAAABBBB" } },
  ]);
});

test("a native block is its value; what was added to it stands beside", () => {
  const native = { kind: "native", wire: "anthropic-messages", value: { type: "new_thing" } } as const;
  expect(partsOf(block(0, native))).toEqual([native]);
  const events: Event[] = [
    { type: "block-start", index: 0, block: native },
    { type: "block-delta", index: 0, delta: { kind: "native", wire: "anthropic-messages", value: { more: 1 } } },
  ];
  expect(partsOf(events)).toEqual([{ ...native, value: { start: { type: "new_thing" }, deltas: [{ more: 1 }] } }]);
});

test("extra members of a block travel", () => {
  expect(partsOf(block(0, { kind: "text", extra: { type: "odd" } }, "x"))).toEqual([
    { kind: "text", text: "x", extra: { type: "odd" } },
  ]);
});

test("a delta for a block that never began is nobody's", () => {
  expect(fold([START, { type: "block-delta", index: 3, delta: { kind: "text", text: "lost" } }, END]).parts).toEqual(
    [],
  );
});

describe("usage", () => {
  test("running totals replace one another, meter by meter, and nothing is added", () => {
    const message = fold([
      START,
      { type: "usage", usage: { input: 10, cache_read: 4, output: 1 }, raw: { input_tokens: 10, output_tokens: 1 } },
      { type: "usage", usage: { output: 7 }, raw: { output_tokens: 7 } },
      END,
    ]);
    expect(message.usage).toEqual({ input: 10, cache_read: 4, output: 7 });
    expect(message.rawUsage).toEqual({ input_tokens: 10, output_tokens: 7 });
  });
  test("a total can be taken back", () => {
    const message = fold([
      START,
      { type: "usage", usage: { input: 10, output: 1 } },
      { type: "usage", usage: { input: 10 }, withdrawn: ["output"] },
      END,
    ]);
    expect(message.usage).toEqual({ input: 10 });
  });
  test("untold is absent, which is not zero", () => {
    expect(fold([START, END])).not.toHaveProperty("usage");
  });
  test("it may come after the end", () => {
    expect(fold([START, END, { type: "usage", usage: { input: 3 } }]).usage).toEqual({ input: 3 });
  });
});

test("metadata of several events is laid together, the later over the earlier", () => {
  const message = fold([
    START,
    { type: "metadata", values: { tier: "default", fingerprint: "a" } },
    { type: "metadata", values: { tier: "flex" } },
    END,
  ]);
  expect(message.metadata).toEqual({ tier: "flex", fingerprint: "a" });
});

test("the finish keeps the provider's word beside ours", () => {
  const end: Event = { type: "message-end", finish: "stop", raw: "stop_sequence", stopSequence: "END" };
  expect(fold([START, end])).toMatchObject({ finish: "stop", rawFinish: "stop_sequence", stopSequence: "END" });
});

test("pings say nothing", () => {
  expect(fold([{ type: "ping" }, START, { type: "ping" }, END])).toEqual(fold([START, END]));
});

test("an error is thrown as it is, whatever was said before", () => {
  const error = new GatewayError("upstream_overloaded", "busy");
  expect(() => fold([START, ...block(0, { kind: "text" }, "Hel"), { type: "error", error }])).toThrow(error);
});

test("events that stop before the end are a truncated answer, never a message", () => {
  const whole = [START, ...block(0, { kind: "text" }, "Hel", "lo"), END];
  for (let cut = 0; cut < whole.length; cut++) {
    let thrown: unknown;
    try {
      fold(whole.slice(0, cut));
    } catch (error) {
      thrown = error;
    }
    expect(GatewayError.from(thrown).code).toBe("upstream_truncated");
  }
});
