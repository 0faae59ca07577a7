import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { Block, Delta, Event } from "../../core/event.ts";
import { CLOSING, STAMP } from "../fixtures/facts.ts";
import { CallReplyStream } from "./encode-stream.ts";
import { asked } from "./fixtures/call.ts";

const BEGIN: Event = { type: "message-start", id: "x", model: "y" };
const OVER: Event = { type: "message-end", finish: "stop", raw: "end_turn" };
const block = (index: number, kind: Block, ...deltas: Delta[]): Event[] => [
  { type: "block-start", index, block: kind },
  ...deltas.map((delta): Event => ({ type: "block-delta", index, delta })),
  { type: "block-end", index },
];
const text = (words: string): Delta => ({ kind: "text", text: words });
const args = (json: string): Delta => ({ kind: "arguments", json });
const call = (id: string, format: "json" | "text" = "json"): Block => ({
  kind: "tool-call",
  call: id,
  name: "f",
  by: "client",
  format,
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
type Part = any;

function partsIn(sse: string): Part[] {
  const frames = sse.split("\n\n").filter((frame) => frame !== "");
  return frames
    .filter((frame) => !frame.startsWith(":") && frame !== "data: [DONE]")
    .map((frame) => JSON.parse(frame.slice(6)));
}

const run = (events: Event[], stream = new CallReplyStream(STAMP)): string =>
  events.map((event) => stream.push(event)).join("") + stream.finish(CLOSING);
const told = (...events: Event[]): Part[] => partsIn(run([BEGIN, ...events, OVER]));
/** Between what every stream begins with and its end. */
const within = (...events: Event[]): Part[] => told(...events).slice(2, -1);

describe("every stream", () => {
  test("begins with its warnings and whose it is, and ends with its finish and the end mark", () => {
    const sse = run([BEGIN, OVER]);
    expect(partsIn(sse)).toEqual([
      { type: "stream-start", warnings: [] },
      { type: "response-metadata", id: STAMP.id, timestamp: "2023-11-14T22:13:20.000Z", modelId: STAMP.model },
      {
        type: "finish",
        finishReason: { unified: "stop", raw: "end_turn" },
        usage: {
          inputTokens: { total: 11, noCache: 7, cacheRead: 4 },
          outputTokens: { total: 7, text: 4, reasoning: 3 },
        },
        providerMetadata: CLOSING.metadata,
      },
    ]);
    expect(sse).toEndWith("\n\ndata: [DONE]\n\n");
  });

  test("begins only once, whatever comes first", () => {
    expect(partsIn(run([...block(0, { kind: "text" }), OVER])).map(({ type }) => type)).toEqual([
      "stream-start",
      "response-metadata",
      "text-start",
      "text-end",
      "finish",
    ]);
  });

  test("says at its first content whose it is, and never again", () => {
    const parts = within(...block(0, { kind: "text" }, text("a")), ...block(1, { kind: "text" }, text("b")));
    expect(parts.filter(({ providerMetadata }) => providerMetadata !== undefined)).toEqual([
      { type: "text-start", id: "0", providerMetadata: { gateway: { generationId: STAMP.id } } },
    ]);
  });

  test("tells what was left out in the words of the call, and of each edition", () => {
    const dropped = ["top_k", "seed", "is_error"].map((feature) => ({ type: "unsupported", feature }));
    const warnings = (number: string) => {
      const ask = asked({}, { "ai-language-model-specification-version": number });
      return partsIn(run([BEGIN, OVER], new CallReplyStream(STAMP, ask, () => dropped)))[0].warnings;
    };
    for (const number of ["3", "4"])
      expect(warnings(number)).toEqual([
        { type: "unsupported", feature: "topK" },
        { type: "unsupported", feature: "seed" },
      ]);
    expect(warnings("2")).toEqual([
      { type: "unsupported-setting", setting: "topK" },
      { type: "unsupported-setting", setting: "seed" },
    ]);
  });

  test("that fails ends with an error part and no end mark", () => {
    const stream = new CallReplyStream(STAMP);
    const sse = stream.push(BEGIN) + stream.fail(new GatewayError("upstream_truncated", "Cut."));
    const last = partsIn(sse).at(-1);
    const error = { message: "Cut.", type: "internal_server_error", statusCode: 502, generationId: STAMP.id };
    expect(last).toMatchObject({ type: "error", error });
    expect(sse).not.toContain("[DONE]");
  });

  test("is kept alive by what is nothing to the client", () => {
    expect(new CallReplyStream(STAMP).push({ type: "ping" })).toStartWith(":");
  });
});

describe("blocks", () => {
  test("may be told in turns: each has an id of its own", () => {
    const parts = within(
      { type: "block-start", index: 0, block: { kind: "text" } },
      { type: "block-start", index: 1, block: call("c1") },
      { type: "block-delta", index: 1, delta: args('{"a"') },
      { type: "block-delta", index: 0, delta: text("Hi") },
      { type: "block-delta", index: 1, delta: args(":1}") },
      { type: "block-end", index: 0 },
      { type: "block-end", index: 1 },
    );
    expect(parts.map(({ type, id, delta, input }) => [type, id ?? "", delta ?? input ?? ""])).toEqual([
      ["text-start", "0", ""],
      ["tool-input-start", "c1", ""],
      ["tool-input-delta", "c1", '{"a"'],
      ["text-delta", "0", "Hi"],
      ["tool-input-delta", "c1", ":1}"],
      ["text-end", "0", ""],
      ["tool-input-end", "c1", ""],
      ["tool-call", "", '{"a":1}'],
    ]);
  });

  test("of nothing are no deltas, and a call without arguments is one of an empty object", () => {
    const parts = within(...block(0, { kind: "text" }, text("")), ...block(1, call("c1"), args("")));
    expect(parts.map(({ type, delta, input }) => [type, delta ?? input ?? ""])).toEqual([
      ["text-start", ""],
      ["text-end", ""],
      ["tool-input-start", ""],
      ["tool-input-delta", "{}"],
      ["tool-input-end", ""],
      ["tool-call", "{}"],
    ]);
  });

  test("of free text are JSON: the client parses what it is given", () => {
    const parts = within(...block(0, call("c1", "text"), args("SELECT "), args('"1"')));
    expect(parts.map(({ delta, input }) => delta ?? input ?? "").filter((said) => said !== "")).toEqual([
      JSON.stringify('SELECT "1"'),
      JSON.stringify('SELECT "1"'),
    ]);
  });

  test("that refuse are words, and the reason to stop says that they do", () => {
    const parts = told(...block(0, { kind: "refusal" }, text("No.")));
    expect(parts.map(({ type }) => type)).toContain("text-delta");
    expect(parts.at(-1).finishReason).toMatchObject({ unified: "content-filter" });
  });

  test.each([
    ["2", "iVBO"],
    ["3", "iVBO"],
    ["4", { type: "data", data: "iVBO" }],
  ])("that are files are whole, in edition %s", (number, data) => {
    const ask = asked({}, { "ai-language-model-specification-version": number });
    const events = block(
      0,
      { kind: "file", mediaType: "image/png" },
      { kind: "data", base64: "iV" },
      { kind: "data", base64: "BO" },
    );
    const [file] = partsIn(run([BEGIN, ...events, OVER], new CallReplyStream(STAMP, ask))).slice(2);
    expect(file).toMatchObject({ type: "file", mediaType: "image/png", data });
  });

  test("rest on sources, each with an id of its own", () => {
    const page = { type: "url_citation", url: "https://a.example", title: "A" };
    const passage = { type: "page_location", document_title: "Report", document_index: 0, cited_text: "Water." };
    const parts = within(
      ...block(0, { kind: "text" }, text("x"), { kind: "citation", value: page }, { kind: "citation", value: passage }),
    );
    expect(parts.filter(({ type }) => type === "source")).toMatchObject([
      { sourceType: "url", id: "0-0", url: "https://a.example", title: "A" },
      {
        sourceType: "document",
        id: "0-1",
        mediaType: "application/pdf",
        title: "Report",
        providerMetadata: { gateway: { citation: { document_index: 0, cited_text: "Water." } } },
      },
    ]);
  });
});

describe("the provider's own frames", () => {
  test("are told where they are asked for, before what they say", () => {
    const stream = new CallReplyStream(STAMP, asked({ includeRawChunks: true }));
    const frame = { event: "message_start", data: '{"type":"message_start"}' };
    expect(partsIn(stream.raw!(frame) + stream.push(BEGIN)).map(({ type }) => type)).toEqual([
      "stream-start",
      "response-metadata",
      "raw",
    ]);
    expect(partsIn(stream.raw!(frame))).toEqual([{ type: "raw", rawValue: { type: "message_start" } }]);
    expect(stream.raw!({ data: "[DONE" })).toBe("");
  });

  test("are not, where they are not", () => {
    expect(new CallReplyStream(STAMP, asked({ includeRawChunks: false })).raw).toBeUndefined();
    expect(new CallReplyStream(STAMP).raw).toBeUndefined();
  });
});
