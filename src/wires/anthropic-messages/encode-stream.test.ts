import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { Block, Event, WireName } from "../../core/event.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { MessagesReplyStream } from "./encode-stream.ts";
import { unseal } from "./reasoning.ts";

const start = (index: number, block: Block): Event => ({ type: "block-start", index, block });
const text = (index: number, words: string): Event => ({
  type: "block-delta",
  index,
  delta: { kind: "text", text: words },
});
const args = (index: number, json: string): Event => ({
  type: "block-delta",
  index,
  delta: { kind: "arguments", json },
});
const end = (index: number, signature?: { format: string; value: string }): Event =>
  signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature };
const call = (id: string, format: "json" | "text" = "json"): Block => ({
  kind: "tool-call",
  call: id,
  name: "f",
  by: "client",
  format,
});
const BEGIN: Event = { type: "message-start", id: "x", model: "y" };
const OVER: Event = { type: "message-end", finish: "stop", raw: "stop" };

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
function told(...events: Event[]): any[] {
  const stream = new MessagesReplyStream(STAMP);
  const all = events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
  return all
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [, event, data] = /^event: (\S+)\ndata: (.*)$/.exec(frame)!;
      const value = JSON.parse(data!);
      expect(value.type).toBe(event);
      return value;
    });
}

/** The blocks between the start and the end, each as its kind and what was said in it. */
const blocks = (...events: Event[]) => {
  const out: [number, string, string][] = [];
  for (const { type, index, content_block: block, delta } of told(BEGIN, ...events, OVER).slice(1, -2)) {
    if (type === "content_block_start") out.push([index, block.type, block.name ?? block.data ?? ""]);
    else if (type === "content_block_delta") {
      expect(index).toBe(out.at(-1)![0]);
      out.at(-1)![2] += delta.text ?? delta.thinking ?? delta.partial_json ?? delta.signature ?? "";
    } else expect([type, index]).toEqual(["content_block_stop", out.at(-1)![0]]);
  }
  return out;
};

describe("blocks come one after the other", () => {
  test("however their pieces were mixed", () => {
    const mixed = [
      start(0, call("a")),
      args(0, '{"x"'),
      start(1, call("b")),
      args(1, '{"y"'),
      args(0, ":1}"),
      start(2, { kind: "text" }),
      text(2, "Done"),
      args(1, ":2}"),
      end(1),
      text(2, "."),
      end(2),
      end(0),
    ];
    expect(blocks(...mixed)).toEqual([
      [0, "tool_use", 'f{"x":1}'],
      [1, "tool_use", 'f{"y":2}'],
      [2, "text", "Done."],
    ]);
  });

  test("and what nobody closed is closed", () => {
    expect(blocks(start(0, { kind: "text" }), text(0, "a"), start(1, call("b")), args(1, "{}"))).toEqual([
      [0, "text", "a"],
      [1, "tool_use", "f{}"],
    ]);
  });

  test("and what another wire alone can say is no part of them", () => {
    const piece = (wire: WireName, type: string): Event => ({
      type: "block-delta",
      index: 0,
      delta: { kind: "native", wire, value: { type } },
    });
    const strange = [piece("bedrock-converse", "dream"), piece("anthropic-messages", "new_delta")];
    const events = told(BEGIN, start(0, { kind: "text" }), text(0, "a"), ...strange, end(0), OVER);
    const deltas = events.filter(({ type }) => type === "content_block_delta").map(({ delta }) => delta.type);
    expect(deltas).toEqual(["text_delta", "new_delta"]);
  });

  test("and what cannot be told leaves no gap in their numbers", () => {
    const foreign: Block = { kind: "native", wire: "gemini-generate", value: { code: 1 } };
    expect(blocks(start(0, foreign), end(0), start(1, { kind: "text" }), text(1, "a"), end(1))).toEqual([
      [0, "text", "a"],
    ]);
  });
});

describe("a block", () => {
  test("of thinking is signed at its end: by Claude as it is, by others under a seal", () => {
    const thought: Block = { kind: "reasoning", format: "anthropic-claude-v1" };
    expect(blocks(start(0, thought), text(0, "Hm."), end(0, { format: "anthropic-claude-v1", value: "Eq" }))).toEqual([
      [0, "thinking", "Hm.Eq"],
    ]);
    const [[, kind, said]] = blocks(
      start(0, { kind: "reasoning", format: "google-gemini-v1" }),
      text(0, "Hm."),
      end(0, { format: "google-gemini-v1", value: "Cs" }),
    ) as [[number, string, string]];
    expect(kind).toBe("thinking");
    expect(unseal(said.slice(3))).toEqual({ format: "google-gemini-v1", signature: "Cs" });
    expect(blocks(start(0, { kind: "reasoning" }), text(0, "Hm."), end(0))).toEqual([[0, "thinking", "Hm."]]);
  });

  test("of sealed thinking is redacted, unless it has words", () => {
    const sealed: Block = { kind: "reasoning", encrypted: "gAAA", format: "openai-responses-v1" };
    expect(blocks(start(0, sealed), end(0))[0]![1]).toBe("redacted_thinking");
    expect(blocks(start(0, sealed), text(0, "Hm."), end(0))[0]![1]).toBe("thinking");
  });

  test("that calls a tool may be signed: in a block behind it, which says whose it is", () => {
    const [first, second] = blocks(start(0, call("a")), args(0, "{}"), end(0, { format: "g", value: "Cs" }));
    expect(first).toEqual([0, "tool_use", "f{}"]);
    expect(second!.slice(0, 2)).toEqual([1, "redacted_thinking"]);
    expect(unseal(second![2])).toEqual({ format: "g", call: "a", signature: "Cs" });
  });

  test("of free text for a tool is a member of its input", () => {
    expect(blocks(start(0, call("a", "text")), args(0, "+"), args(0, '"1"'), end(0))).toEqual([
      [0, "tool_use", 'f{"input":"+\\"1\\""}'],
    ]);
  });

  test("of a refusal is text, and the reason to stop", () => {
    const refusal = [start(0, { kind: "refusal" }), text(0, "No."), end(0)];
    expect(blocks(...refusal)).toEqual([[0, "text", "No."]]);
    expect(told(BEGIN, ...refusal, OVER).at(-2).delta.stop_reason).toBe("refusal");
    const length: Event = { type: "message-end", finish: "length", raw: "length" };
    expect(told(BEGIN, ...refusal, length).at(-2).delta.stop_reason).toBe("max_tokens");
  });

  test("of an image is told whole", () => {
    const data: Event = { type: "block-delta", index: 0, delta: { kind: "data", base64: "iVBO" } };
    const [, image] = told(BEGIN, start(0, { kind: "file", mediaType: "image/png" }), data, end(0), OVER);
    expect(image.content_block).toEqual({
      type: "image",
      source: { type: "base64", media_type: "image/png", data: "iVBO" },
    });
  });
});

describe("the frame around them", () => {
  test("an answer of nothing has a start and an end", () => {
    expect(told(BEGIN, OVER).map(({ type }) => type)).toEqual(["message_start", "message_delta", "message_stop"]);
    // Nothing was said at all, not even that it begins.
    expect(told().map(({ type }) => type)).toEqual(["message_start", "message_delta", "message_stop"]);
  });

  test("the input is estimated once, at the start, and marked; the truth comes with the end", () => {
    let asked = 0;
    const stream = new MessagesReplyStream({
      ...STAMP,
      inputEstimate: () => {
        asked++;
        return 42;
      },
    });
    const [first] = (stream.push(BEGIN) + stream.push(BEGIN)).split("\n\n");
    expect(asked).toBe(1);
    const event = JSON.parse(first!.split("data: ")[1]!);
    expect(event.message.usage).toEqual({ input_tokens: 42, output_tokens: 0 });
    expect(event.provider_metadata.gateway.usageEstimated).toBe(true);
    const delta = JSON.parse(stream.finish(CLOSING).split("\n\n")[0]!.split("data: ")[1]!);
    expect(delta.usage).toMatchObject({ input_tokens: 7, cache_read_input_tokens: 4, output_tokens: 7 });
    expect(delta.provider_metadata).toEqual(CLOSING.metadata);
  });

  test("an error is the last that is said", () => {
    const stream = new MessagesReplyStream(STAMP);
    stream.push(BEGIN);
    const said = stream.fail(new GatewayError("upstream_overloaded", "Busy."));
    expect(said).toStartWith("event: error\ndata: ");
    expect(JSON.parse(said.split("data: ")[1]!)).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: "Busy.", code: "upstream_overloaded" },
      request_id: STAMP.id,
    });
  });

  test("a ping is a ping", () => {
    expect(new MessagesReplyStream(STAMP).push({ type: "ping" })).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});
