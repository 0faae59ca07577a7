import { describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event, Finish } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { ChatReplyStream, fingerprint } from "./encode-stream.ts";

const START: Event = { type: "message-start", id: "theirs", model: "theirs" };
const end = (finish: Finish = "stop"): Event => ({ type: "message-end", finish, raw: "theirs" });

/** A block with what is said in it, as events. */
function block(
  index: number,
  what: Block,
  deltas: Delta[] = [],
  signature?: { format: string; value: string },
): Event[] {
  return [
    { type: "block-start", index, block: what },
    ...deltas.map((delta): Event => ({ type: "block-delta", index, delta })),
    signature === undefined ? { type: "block-end", index } : { type: "block-end", index, signature },
  ];
}

const words = (...texts: string[]): Delta[] => texts.map((text) => ({ kind: "text", text }));
const call = (name: string): Block => ({ kind: "tool-call", call: `call_${name}`, name, by: "client", format: "json" });

function written(...events: Event[]): string {
  const stream = new ChatReplyStream(STAMP);
  return events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
}

/** The chunks of these events, the end mark apart. */
function chunks(...events: Event[]): JsonObject[] {
  const frames = written(...events).split("\n\n");
  expect(frames.splice(-2)).toEqual(["data: [DONE]", ""]);
  return frames.map((frame) => JSON.parse(frame.replace(/^data: /, "")));
}

const deltaOf = (chunk: JsonObject) => (chunk.choices as unknown as OpenAI.ChatCompletionChunk.Choice[])[0]!.delta;
/** What the chunks between the first and the last say. */
const said = (...events: Event[]) =>
  chunks(START, ...events, end())
    .slice(1, -1)
    .map(deltaOf) as unknown as JsonObject[];

describe("key for key", () => {
  const all = chunks(START, ...block(0, { kind: "text" }, words("Hi")), end("length"));
  const head = { id: STAMP.id, object: "chat.completion.chunk", created: STAMP.created, model: STAMP.model };

  test("the first chunk has the role and nothing else", () => {
    expect(JSON.stringify(all[0])).toBe(
      JSON.stringify({
        ...head,
        choices: [{ index: 0, delta: { role: "assistant" }, logprobs: null, finish_reason: null }],
        system_fingerprint: fingerprint(STAMP),
      }),
    );
  });

  test("every other has one kind of delta", () => {
    expect(JSON.stringify(all[1])).toBe(
      JSON.stringify({
        ...head,
        choices: [{ index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: null }],
        system_fingerprint: fingerprint(STAMP),
      }),
    );
  });

  test("the last has the finish, the usage and what the gateway knows", () => {
    expect(Object.keys(all[2]!)).toEqual([
      "id",
      "object",
      "created",
      "model",
      "choices",
      "usage",
      "system_fingerprint",
      "generationId",
    ]);
    expect(all[2]).toMatchObject({
      ...head,
      choices: [{ index: 0, delta: { provider_metadata: CLOSING.metadata }, logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      generationId: STAMP.id,
    });
    expect(all).toHaveLength(3);
  });

  test("the frames are data lines and nothing else", () => {
    const text = written(START, ...block(0, { kind: "text" }, words("a\n\nb\r\u2028")), end());
    for (const frame of text.split("\n\n").slice(0, -1)) expect(frame).toMatch(/^data: [^\r\n]+$/);
  });
});

describe("the role", () => {
  test("comes once, though the start was forgotten or came twice", () => {
    for (const starts of [[], [START], [START, START]]) {
      const roles = chunks(...starts, ...block(0, { kind: "text" }, words("a")), end()).map(
        (chunk) => deltaOf(chunk).role,
      );
      expect(roles).toEqual(["assistant", undefined, undefined]);
    }
  });
  test("comes though nothing is said", () => {
    expect(chunks(end()).map((chunk) => Object.keys(deltaOf(chunk)))).toEqual([["role"], ["provider_metadata"]]);
  });
});

describe("tool calls", () => {
  test("begin with empty arguments, go on with the index alone, and count by themselves", () => {
    const args = (json: string): Delta => ({ kind: "arguments", json });
    expect(
      said(
        ...block(0, { kind: "text" }, words("x")),
        ...block(1, call("f"), [args('{"a":'), args(""), args("1}")]),
        ...block(2, call("g"), [args("{}")]),
      ).slice(1),
    ).toEqual([
      { tool_calls: [{ index: 0, id: "call_f", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: "1}" } }] },
      { tool_calls: [{ index: 1, id: "call_g", type: "function", function: { name: "g", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
    ]);
  });

  test("without arguments end as an empty object; free text may be empty", () => {
    expect(said(...block(0, call("f"))).at(-1)).toEqual({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] });
    const custom: Block = { kind: "tool-call", call: "c", name: "sh", by: "client", format: "text" };
    expect(said(...block(0, custom))).toEqual([
      { tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "sh", input: "" } }] },
    ]);
    expect(said(...block(0, custom, [{ kind: "arguments", json: "ls" }])).at(-1)).toEqual({
      tool_calls: [{ index: 0, custom: { input: "ls" } }],
    });
  });

  test("of the provider are its own business, and do not count", () => {
    const own: Block = { kind: "tool-call", call: "s", name: "web_search", by: "provider", format: "json" };
    expect(said(...block(0, own, [{ kind: "arguments", json: "{}" }]), ...block(1, call("f")))[0]).toMatchObject({
      tool_calls: [{ index: 0, id: "call_f" }],
    });
  });

  test("may interleave", () => {
    const deltas = said(
      { type: "block-start", index: 0, block: call("f") },
      { type: "block-start", index: 1, block: call("g") },
      { type: "block-delta", index: 1, delta: { kind: "arguments", json: "[1]" } },
      { type: "block-delta", index: 0, delta: { kind: "arguments", json: "[0]" } },
      { type: "block-end", index: 1 },
      { type: "block-end", index: 0 },
    );
    expect(deltas.slice(2)).toEqual([
      { tool_calls: [{ index: 1, function: { arguments: "[1]" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "[0]" } }] },
    ]);
  });
});

describe("thinking", () => {
  const format = "anthropic-claude-v1";
  test("is told twice, as text and as a detail; its signature comes last, with no text", () => {
    const detail = { type: "reasoning.text", format, index: 0 };
    const deltas = said(...block(0, { kind: "reasoning", format }, words("H", "m"), { format, value: "sig" }));
    expect(deltas).toEqual([
      { reasoning: "H", reasoning_details: [{ ...detail, text: "H" }] },
      { reasoning: "m", reasoning_details: [{ ...detail, text: "m" }] },
      { reasoning: "", reasoning_details: [{ ...detail, text: "", signature: "sig" }] },
    ]);
    const [shown] = deltas.at(-1)!.reasoning_details as JsonObject[];
    expect(Object.keys(shown!)).toEqual(["type", "text", "signature", "format", "index"]);
  });

  test("that is a summary, or sealed, is a detail of its own type; each block has its index", () => {
    const deltas = said(
      ...block(0, { kind: "reasoning", summary: true, id: "rs_1", format: "openai-responses-v1" }, words("Plan")),
      ...block(1, { kind: "reasoning", encrypted: "blob", id: "rs_1", format: "openai-responses-v1" }),
      ...block(2, { kind: "reasoning", redacted: "gone", format }),
    );
    expect(deltas).toEqual([
      {
        reasoning: "Plan",
        reasoning_details: [
          { type: "reasoning.summary", summary: "Plan", id: "rs_1", format: "openai-responses-v1", index: 0 },
        ],
      },
      {
        reasoning_details: [
          { type: "reasoning.encrypted", data: "blob", id: "rs_1", format: "openai-responses-v1", index: 1 },
        ],
      },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "gone", format, index: 2 }] },
    ]);
  });
});

describe("what else may be said", () => {
  test("a refusal", () => {
    expect(said(...block(0, { kind: "refusal" }, words("No")))).toEqual([{ refusal: "No" }]);
  });
  test("an image, once it is whole", () => {
    const data = (base64: string): Delta => ({ kind: "data", base64 });
    expect(said(...block(0, { kind: "file", mediaType: "image/png" }, [data("AA"), data("==")]))).toEqual([
      { images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] },
    ]);
    expect(said(...block(0, { kind: "file", mediaType: "image/png" }, [data("https://a.example/x.png")]))).toEqual([
      { images: [{ type: "image_url", image_url: { url: "https://a.example/x.png" } }] },
    ]);
  });
  test("a citation of the web; one of a document has no place", () => {
    const cite = (value: JsonObject): Delta => ({ kind: "citation", value });
    const url = "https://a.example";
    expect(said(...block(0, { kind: "text" }, [cite({ url, title: "A" }), cite({ type: "char_location" })]))).toEqual([
      { annotations: [{ type: "url_citation", url_citation: { url, title: "A" } }] },
    ]);
  });
  test("citations are told together, behind all the words: OpenAI's client keeps the last piece of them", () => {
    const cite = (url: string): Delta => ({ kind: "citation", value: { url, title: "A" } });
    const two = [...words("a"), cite("https://a.example"), ...words("b"), cite("https://b.example")];
    const [a, b, notes, ...more] = said(...block(0, { kind: "text" }, two));
    expect([a, b, more]).toEqual([{ content: "a" }, { content: "b" }, []]);
    expect(notes!.annotations).toMatchObject([
      { url_citation: { url: "https://a.example" } },
      { url_citation: { url: "https://b.example" } },
    ]);
  });
  test("the odds of a token, even such that hold a dollar sign", () => {
    const logprobs = { content: [{ token: "$&", logprob: -1 }] };
    const [, chunk] = chunks(START, ...block(0, { kind: "text" }, [{ kind: "text", text: "$&", logprobs }]), end());
    expect(chunk!.choices).toMatchObject([{ delta: { content: "$&" }, logprobs, finish_reason: null }]);
  });
  test("what only another wire can say is left out, and so are pieces of nothing", () => {
    const native: Block = { kind: "native", wire: "anthropic-messages", value: {} };
    expect(
      said(...block(0, native, [{ kind: "native", wire: "anthropic-messages", value: 1 }, ...words("x")])),
    ).toEqual([]);
    expect(said({ type: "block-delta", index: 9, delta: words("x")[0]! }, { type: "block-end", index: 9 })).toEqual([]);
    expect(said({ type: "usage", usage: { input: 1 } }, { type: "metadata", values: { a: 1 } })).toEqual([]);
  });
  test("a ping, as a comment", () => {
    expect(new ChatReplyStream(STAMP).push({ type: "ping" })).toBe(": keep-alive\n\n");
  });
});

describe("the finish is a word that strictly typed clients know", () => {
  test.each<[Finish, OpenAI.ChatCompletionChunk.Choice["finish_reason"]]>([
    ["stop", "stop"],
    ["length", "length"],
    ["tool-calls", "tool_calls"],
    ["content-filter", "content_filter"],
    ["refusal", "content_filter"],
    ["pause", "stop"],
    ["other", "stop"],
  ])("%s is %s", (finish, reason) => {
    expect(chunks(START, end(finish)).at(-1)!.choices).toMatchObject([{ finish_reason: reason }]);
  });
});

test("an error ends it without an end mark", () => {
  const stream = new ChatReplyStream(STAMP);
  stream.push(START);
  const told = stream.fail(new GatewayError("upstream_truncated", "Cut."));
  expect(told).toBe(
    `data: {"error":{"message":"Cut.","type":"internal_server_error","code":"upstream_truncated"},"generationId":"${STAMP.id}"}\n\n`,
  );
});
