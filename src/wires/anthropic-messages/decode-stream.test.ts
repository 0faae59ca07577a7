import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { Event } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { MessagesStream } from "./decode-stream.ts";
import { FORMAT } from "./reasoning.ts";

type Said = Anthropic.RawMessageStreamEvent | { type: string; [member: string]: unknown };

/** Our events for these of Anthropic's, the end of the bytes included. */
function decoded(...events: Said[]): Event[] {
  const stream = new MessagesStream();
  const told = events.map((event) => ({ event: event.type, data: JSON.stringify(event) }));
  return [...told.flatMap((frame) => stream.push(frame)), ...stream.end()];
}

const start = (usage: JsonObject = { input_tokens: 3, output_tokens: 1 }, id = "msg_1") => ({
  type: "message_start",
  message: { id, type: "message", role: "assistant", model: "claude-x", content: [], stop_reason: null, usage },
});
const begin = (index: number, content_block: JsonObject) => ({ type: "content_block_start", index, content_block });
const delta = (index: number, delta: JsonObject) => ({ type: "content_block_delta", index, delta });
const stop = (index: number): Anthropic.RawContentBlockStopEvent => ({ type: "content_block_stop", index });
const end = (stop_reason = "end_turn", more: JsonObject = {}) => ({
  type: "message_delta",
  delta: { stop_reason, stop_sequence: null, ...more },
  usage: { output_tokens: 9 },
});
const DONE: Anthropic.RawMessageStopEvent = { type: "message_stop" };

const text = (index: number, ...words: string[]) => [
  begin(index, { type: "text", text: "" }),
  ...words.map((word) => delta(index, { type: "text_delta", text: word })),
  stop(index),
];
const body = (...events: Said[]) => decoded(start(), ...events, end(), DONE);
/** What is said between the start and the end, without usage. */
const middle = (...events: Said[]) =>
  body(...events).filter(({ type }) => type !== "message-start" && type !== "message-end" && type !== "usage");
const codeOf = (events: readonly Event[]): string | undefined => {
  const last = events.at(-1);
  return last?.type === "error" ? last.error.code : last?.type;
};

test("a short answer, event by event", () => {
  expect(body(...text(0, "Hi", "!"))).toEqual([
    { type: "message-start", id: "msg_1", model: "claude-x" },
    { type: "usage", usage: { input: 3, output: 1 }, raw: { input_tokens: 3, output_tokens: 1 } },
    { type: "block-start", index: 0, block: { kind: "text" } },
    { type: "block-delta", index: 0, delta: { kind: "text", text: "Hi" } },
    { type: "block-delta", index: 0, delta: { kind: "text", text: "!" } },
    { type: "block-end", index: 0 },
    { type: "usage", usage: { input: 3, output: 9 }, raw: { input_tokens: 3, output_tokens: 9 } },
    { type: "message-end", finish: "stop", raw: "end_turn" },
  ]);
});

describe("usage", () => {
  const usages = (...events: Said[]) => decoded(...events).filter(({ type }) => type === "usage");
  const ends = (usage: JsonObject) => ({ ...end(), usage });

  test("that is told later as nonsense takes back what was told before: nobody knows the last of it", () => {
    expect(usages(start(), ...text(0, "Hi"), ends({ output_tokens: -7 }), DONE)).toEqual([
      { type: "usage", usage: { input: 3, output: 1 }, raw: { input_tokens: 3, output_tokens: 1 } },
      { type: "usage", usage: { input: 3 }, raw: { input_tokens: 3, output_tokens: -7 }, withdrawn: ["output"] },
    ]);
    expect(fold(decoded(start(), ends({ output_tokens: "5" }), DONE)).usage).toEqual({ input: 3 });
  });

  test("that is not told again stands", () => {
    for (const silent of [{}, { output_tokens: null }])
      expect(fold(decoded(start(), ends(silent), DONE)).usage).toEqual({ input: 3, output: 1 });
  });
});

describe("blocks", () => {
  test("an empty piece says nothing", () => {
    expect(middle(...text(0, "", "a", ""))).toHaveLength(3);
    const call = begin(0, { type: "tool_use", id: "t", name: "f", input: {} });
    expect(middle(call, delta(0, { type: "input_json_delta", partial_json: "" }), stop(0))).toHaveLength(2);
  });

  test("text that came with the start is said, and what follows is added", () => {
    const events = body(begin(0, { type: "text", text: "A" }), delta(0, { type: "text_delta", text: "B" }), stop(0));
    expect(fold(events).parts).toEqual([{ kind: "text", text: "AB" }]);
  });

  test("input that came with the start counts, unless pieces follow", () => {
    const call = begin(0, { type: "tool_use", id: "t", name: "f", input: { a: 1 } });
    expect(fold(body(call, stop(0))).parts).toMatchObject([{ arguments: '{"a":1}' }]);
    const piece = delta(0, { type: "input_json_delta", partial_json: '{"a":2}' });
    expect(fold(body(call, piece, stop(0))).parts).toMatchObject([{ arguments: '{"a":2}' }]);
  });

  test("a signature in pieces is one", () => {
    const events = middle(
      begin(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "Hm" }),
      delta(0, { type: "signature_delta", signature: "si" }),
      delta(0, { type: "signature_delta", signature: "g" }),
      stop(0),
    );
    expect(events).toEqual([
      { type: "block-start", index: 0, block: { kind: "reasoning", format: FORMAT } },
      { type: "block-delta", index: 0, delta: { kind: "text", text: "Hm" } },
      { type: "block-end", index: 0, signature: { format: FORMAT, value: "sig" } },
    ]);
  });

  test("thinking that was withheld is sealed", () => {
    expect(middle(begin(0, { type: "redacted_thinking", data: "blob" }), stop(0))[0]).toEqual({
      type: "block-start",
      index: 0,
      block: { kind: "reasoning", redacted: "blob", format: FORMAT },
    });
  });

  test.each(["server_tool_use", "mcp_tool_use"])("%s is the provider's own call", (type) => {
    expect(middle(begin(0, { type, id: "s", name: "web_search", input: {} }), stop(0))[0]).toMatchObject({
      block: { kind: "tool-call", by: "provider", call: "s", extra: { type } },
    });
  });

  test("blocks may overlap, and each gets its own", () => {
    const events = body(
      begin(0, { type: "text", text: "" }),
      begin(4, { type: "text", text: "" }),
      delta(4, { type: "text_delta", text: "b" }),
      delta(0, { type: "text_delta", text: "a" }),
      stop(4),
      stop(0),
    );
    expect(fold(events).parts).toEqual([
      { kind: "text", text: "a" },
      { kind: "text", text: "b" },
    ]);
  });

  test("a block left open is closed at the end", () => {
    const events = body(begin(0, { type: "text", text: "a" }));
    expect(events.slice(-3).map(({ type }) => type)).toEqual(["usage", "block-end", "message-end"]);
  });

  test("pieces and ends of a block that never began are nothing", () => {
    expect(middle(delta(3, { type: "text_delta", text: "x" }), stop(3))).toEqual([]);
  });

  test("citations come by themselves, with the start and in a whole answer", () => {
    const note = { type: "char_location", cited_text: "x", document_index: 0 };
    const streamed = middle(
      begin(0, { type: "text", text: "a" }),
      delta(0, { type: "citations_delta", citation: note }),
      stop(0),
    );
    const whole = middle(begin(0, { type: "text", text: "a", citations: [note] }), stop(0));
    expect(whole).toEqual(streamed);
    expect(streamed[2]).toEqual({ type: "block-delta", index: 0, delta: { kind: "citation", value: note } });
  });

  test("a kind that nobody knows travels whole, with its pieces", () => {
    const block = { type: "hologram", x: { y: 1 } };
    const piece = { type: "hologram_delta", z: 2 };
    expect(fold(body(begin(0, block), delta(0, piece), stop(0))).parts).toEqual([
      { kind: "native", wire: "anthropic-messages", value: { start: block, deltas: [piece] } },
    ]);
  });
});

describe("the end", () => {
  test("has the provider's word, the sequence that stopped it, and its facts", () => {
    const events = decoded(
      start(),
      ...text(0, "a"),
      end("stop_sequence", { stop_sequence: "END", container: { id: "c" } }),
      DONE,
    );
    expect(events.slice(-2)).toEqual([
      { type: "metadata", values: { container: { id: "c" } } },
      { type: "message-end", finish: "stop", raw: "stop_sequence", stopSequence: "END" },
    ]);
  });

  test("is the last thing that is heard", () => {
    const events = decoded(start(), end(), DONE, ...text(0, "late"), { type: "error", error: {} });
    expect(events.at(-1)?.type).toBe("message-end");
    expect(events.filter(({ type }) => type === "block-start")).toEqual([]);
  });

  test.each<[string, Said[], string]>([
    ["nothing at all", [], "upstream_truncated"],
    ["a ping alone", [{ type: "ping" }], "upstream_truncated"],
    ["a start alone", [start()], "upstream_truncated"],
    ["no message_stop", [start(), ...text(0, "a"), end()], "upstream_truncated"],
    ["no stop reason", [start(), ...text(0, "a"), DONE], "upstream_malformed"],
    ["another message", [start(), start({}, "msg_2")], "upstream_malformed"],
  ])("%s is an error", (_, events, code) => expect(codeOf(decoded(...events))).toBe(code));

  test.each(["", "{", "[]", "null", "7"])("a frame of %p is malformed", (data) => {
    const stream = new MessagesStream();
    expect(codeOf(stream.push({ data }))).toBe("upstream_malformed");
    expect(stream.push({ data: JSON.stringify(start()) })).toEqual([]);
    expect(stream.end()).toEqual([]);
  });
});

describe("a whole answer", () => {
  test.each<[string, JsonObject, string]>([
    ["an error", { type: "error", error: { type: "overloaded_error" } }, "upstream_overloaded"],
    ["no content", { id: "msg_1", stop_reason: "end_turn" }, "upstream_malformed"],
    ["content of null", { content: null, stop_reason: "end_turn" }, "upstream_malformed"],
    ["no stop reason", { content: [] }, "upstream_malformed"],
  ])("of %s is an error", (_, answer, code) => expect(codeOf(decodeAnswer(answer))).toBe(code));

  test("skips what is no block", () => {
    const answer = { id: "m", content: ["x", null, { type: "text", text: "a" }], stop_reason: "end_turn" };
    expect(fold(decodeAnswer(answer)).parts).toEqual([{ kind: "text", text: "a" }]);
  });

  test("keeps the facts beside it", () => {
    const management = { applied_edits: [] };
    const answer = { id: "m", content: [], stop_reason: "end_turn", context_management: management, container: null };
    expect(fold(decodeAnswer(answer)).metadata).toEqual({ context_management: management });
  });
});
