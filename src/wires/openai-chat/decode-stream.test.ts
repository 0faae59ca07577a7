import { describe, expect, test } from "bun:test";
import type { Event } from "../../core/event.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { fold } from "../../core/message.ts";
import type { Part } from "../../core/request.ts";
import { decodeAnswer } from "./decode-answer.ts";
import { ChatStream } from "./decode-stream.ts";

/** The events of a stream of these chunks, the end of the bytes included. */
function decoded(...chunks: (JsonValue | string)[]): Event[] {
  const stream = new ChatStream();
  const frames = chunks.map((chunk) => ({ data: typeof chunk === "string" ? chunk : JSON.stringify(chunk) }));
  return [...frames.flatMap((frame) => stream.push(frame)), ...stream.end()];
}

const chunk = (delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject => ({
  id: "c1",
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});

const STOP = chunk({}, "stop");
const parts = (...deltas: JsonObject[]): Part[] => fold(decoded(...deltas.map((delta) => chunk(delta)), STOP)).parts;
/** The same said in a whole message. */
const wholeParts = (message: JsonObject): Part[] =>
  fold(decodeAnswer({ id: "c1", choices: [{ message, finish_reason: "stop" }] })).parts;
const types = (events: readonly Event[]) => events.map(({ type }) => type);
const codeOf = (events: readonly Event[]): string | undefined => {
  const last = events.at(-1);
  return last?.type === "error" ? last.error.code : last?.type;
};
const call = (
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  args?: JsonValue,
): JsonObject => {
  const named = JSON.parse(JSON.stringify({ name, arguments: args }));
  return { tool_calls: [JSON.parse(JSON.stringify({ index, id, function: named }))] };
};

test("a short answer, event by event", () => {
  expect(decoded(chunk({ role: "assistant", content: "" }), chunk({ content: "Hi" }), STOP, "[DONE]")).toEqual([
    { type: "message-start", id: "c1", model: "m" },
    { type: "block-start", index: 0, block: { kind: "text" } },
    { type: "block-delta", index: 0, delta: { kind: "text", text: "Hi" } },
    { type: "block-end", index: 0 },
    { type: "message-end", finish: "stop", raw: "stop" },
  ]);
});

describe("tool calls", () => {
  test("go by their index, whatever order their pieces come in", () => {
    expect(
      parts(
        call(1, "b", "g", "["),
        call(0, "a", "f", "{"),
        call(1, undefined, undefined, "]"),
        call(0, undefined, undefined, "}"),
      ),
    ).toMatchObject([
      { call: "b", name: "g", arguments: "[]" },
      { call: "a", name: "f", arguments: "{}" },
    ]);
  });

  test("without an index go by their id, and without an id go on", () => {
    expect(
      parts(
        call(undefined, "a", "f", "{"),
        call(undefined, undefined, undefined, "}"),
        call(undefined, "b", "g", "{}"),
      ),
    ).toMatchObject([
      { call: "a", name: "f", arguments: "{}" },
      { call: "b", name: "g", arguments: "{}" },
    ]);
  });

  test("may repeat id and name, or tell the name in pieces before it begins", () => {
    expect(parts(call(0, "a", "f", "{"), call(0, "a", "f", "}"))).toMatchObject([
      { call: "a", name: "f", arguments: "{}" },
    ]);
  });

  test("may tell arguments before the name", () => {
    const events = decoded(
      chunk(call(0, "a", undefined, "{")),
      chunk(call(0, undefined, "f", "}")),
      chunk({}, "tool_calls"),
    );
    expect(types(events)).toEqual([
      "message-start",
      "block-start",
      "block-delta",
      "block-delta",
      "block-end",
      "message-end",
    ]);
    expect(fold(events).parts).toMatchObject([{ call: "a", name: "f", arguments: "{}" }]);
  });

  test("that never get a name are told without one", () => {
    expect(parts(call(0, "a", undefined, "{}"))).toMatchObject([{ call: "a", name: "", arguments: "{}" }]);
  });

  test("may have the arguments themselves in place of their text", () => {
    expect(parts(call(0, "a", "f", { x: [1] }))).toMatchObject([{ arguments: '{"x":[1]}' }]);
    expect(parts(call(0, "a", "f", null as never))).toMatchObject([{ arguments: "{}" }]);
  });

  test("of free text keep it", () => {
    const custom = { index: 0, id: "a", type: "custom", custom: { name: "sh", input: "" } };
    expect(parts({ tool_calls: [custom] }, { tool_calls: [{ index: 0, custom: { input: "ls" } }] })).toMatchObject([
      { name: "sh", arguments: "ls", format: "text" },
    ]);
  });

  test("in the old form are one call, by the name of the function", () => {
    expect(
      parts({ function_call: { name: "f", arguments: "{" } }, { function_call: { arguments: "}" } }),
    ).toMatchObject([{ call: "f", name: "f", arguments: "{}" }]);
  });

  test("that are none are skipped", () => expect(parts({ tool_calls: ["x", null] })).toEqual([]));

  test("in a whole message go by their place", () => {
    const of = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
    expect(wholeParts({ tool_calls: [of("a"), of("a")] })).toHaveLength(2);
    expect(fold(decodeAnswer({ choices: [{ message: { tool_calls: [of("a")] }, finish_reason: null }] })).finish).toBe(
      "tool-calls",
    );
  });
});

describe("thinking", () => {
  const detail = (more: JsonObject) => ({ reasoning_details: [{ type: "reasoning.text", index: 0, ...more }] });

  test.each(["reasoning", "reasoning_content"])("as %s comes before the text that shares its chunk", (name) => {
    expect(parts({ [name]: "Hm", content: "Hi" })).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "text", text: "Hi" },
    ]);
  });

  test("told twice is told once", () => {
    expect(parts({ reasoning: "Hm", reasoning_content: "Hm" })).toEqual([{ kind: "reasoning", text: "Hm" }]);
    expect(parts({ reasoning: "Hm", ...detail({ text: "Hm" }) })).toEqual([{ kind: "reasoning", text: "Hm" }]);
  });

  test("beside details that do not say it is not lost", () => {
    const sealed = { type: "reasoning.encrypted", data: "blob", index: 0 };
    expect(parts({ reasoning: "Hm", reasoning_details: [sealed] })).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "reasoning", text: "", encrypted: "blob" },
    ]);
    expect(parts({ reasoning: "Hm", reasoning_details: [] })).toEqual([{ kind: "reasoning", text: "Hm" }]);
  });

  test("in pieces of one index is one; another index is another", () => {
    const format = "anthropic-claude-v1";
    expect(
      parts(
        detail({ text: "a", format }),
        detail({ text: "b", format }),
        detail({ signature: "s", format }),
        detail({ text: "c", index: 1 }),
      ),
    ).toEqual([
      { kind: "reasoning", text: "ab", format, signature: { format, value: "s" } },
      { kind: "reasoning", text: "c" },
    ]);
  });

  test("that is sealed is a block of its own each time", () => {
    const sealed = (data: string) => ({ reasoning_details: [{ type: "reasoning.encrypted", data, index: 0 }] });
    expect(parts(sealed("a"), sealed("b"))).toMatchObject([{ encrypted: "a" }, { encrypted: "b" }]);
  });

  test("interrupted by text goes on in another block", () => {
    expect(parts({ reasoning: "a" }, { content: "x" }, { reasoning: "b" }).map(({ kind }) => kind)).toEqual([
      "reasoning",
      "text",
      "reasoning",
    ]);
  });
});

describe("content", () => {
  test("of nothing opens nothing", () => {
    for (const content of ["", null, [], [null], [{ type: "text", text: "" }], 7])
      expect(parts({ content })).toEqual([]);
  });
  test("in parts is text, thinking, and what only this wire knows", () => {
    const audio = { type: "audio_url", audio_url: "x" };
    expect(
      parts({ content: [{ type: "thinking", thinking: "Hm" }, { type: "text", text: "a" }, audio, audio] }),
    ).toEqual([
      { kind: "reasoning", text: "Hm" },
      { kind: "text", text: "a" },
      { kind: "native", wire: "openai-chat", value: audio },
      { kind: "native", wire: "openai-chat", value: audio },
    ]);
  });
  test("of an image as data, or by its address", () => {
    const image = (url: string) => ({ images: [{ type: "image_url", image_url: { url } }] });
    expect(parts(image("data:image/webp;base64,AA=="), image("https://a.example/x.png"))).toEqual([
      { kind: "file", source: { from: "data", mediaType: "image/webp", base64: "AA==" } },
      { kind: "file", source: { from: "data", mediaType: "image/png", base64: "https://a.example/x.png" } },
    ]);
  });
  test("with a citation belongs to the text, though that is yet to come", () => {
    const note = { type: "url_citation", url_citation: { url: "https://a.example" } };
    expect(parts({ annotations: [note] }, { content: "a" })).toEqual([{ kind: "text", text: "a", citations: [note] }]);
  });
  test("keeps the odds of its tokens", () => {
    const logprobs = { content: [{ token: "a", logprob: -1 }] };
    const events = decoded({ choices: [{ delta: { content: "a" }, logprobs }] }, STOP);
    expect(events[2]).toMatchObject({ delta: { kind: "text", text: "a", logprobs } });
  });
});

describe("the provider's own facts travel", () => {
  test("of the chunk, of the delta, and those of a gateway behind ours", () => {
    const events = decoded(
      chunk({ content: "a", mood: "good", provider_metadata: { acme: { x: 1 } } }, null, {
        service_tier: "flex",
        obfuscation: "zz",
      }),
      STOP,
    );
    expect(fold(events).metadata).toEqual({ mood: "good", acme: { x: 1 }, service_tier: "flex" });
  });
  test("null is no fact", () =>
    expect(types(decoded(chunk({}, "stop", { service_tier: null })))).not.toContain("metadata"));
});

describe("the end", () => {
  test("has the first finish that was told", () => {
    const events = decoded(chunk({ content: "a" }), chunk({}, "length"), chunk({}, "stop"));
    expect(events.at(-1)).toEqual({ type: "message-end", finish: "length", raw: "length" });
  });
  test("is the last thing that is heard", () => {
    expect(decoded(STOP, "[DONE]", chunk({ content: "late" }), { error: "x" }).at(-1)?.type).toBe("message-end");
  });
  test.each<[string, (JsonValue | string)[], string]>([
    ["nothing", [], "upstream_truncated"],
    ["[DONE] alone", ["[DONE]"], "upstream_truncated"],
    ["no finish", [chunk({ content: "a" })], "upstream_truncated"],
    ["no finish but [DONE]", [chunk({ content: "a" }), "[DONE]"], "upstream_truncated"],
    [
      "a finish of another choice",
      [{ choices: [{ index: 1, delta: {}, finish_reason: "stop" }] }],
      "upstream_truncated",
    ],
    ["no JSON", ["{"], "upstream_malformed"],
    ["a list", [[]], "upstream_malformed"],
    ["an error", [{ error: { code: 429 } }], "upstream_rate_limited"],
    ["an error that is text", [{ error: "boom" }], "upstream_error"],
    ["a finish that says error", [chunk({ content: "a" }), chunk({}, "error")], "upstream_error"],
  ])("%s is an error", (_, chunks, code) => {
    const events = decoded(...chunks, chunk({ content: "late" }));
    expect(codeOf(decoded(...chunks))).toBe(code);
    expect(events.filter(({ type }) => type === "error" || type === "message-end")).toHaveLength(1);
  });
  test("an error of null is none", () =>
    expect(codeOf(decoded(chunk({ content: "a" }, "stop", { error: null })))).toBe("message-end"));
});

describe("a whole answer", () => {
  test.each<[string, JsonObject, string]>([
    ["without choices", { id: "x" }, "upstream_malformed"],
    ["with choices of null", { choices: null }, "upstream_malformed"],
    ["with no choice", { choices: [] }, "upstream_truncated"],
    ["that is an error", { error: { message: "x", type: "overloaded" } }, "upstream_overloaded"],
  ])("%s is an error", (_, body, code) => expect(codeOf(decodeAnswer(body))).toBe(code));

  test("without a finish reason has finished all the same", () => {
    expect(decodeAnswer({ choices: [{ message: { content: "a" } }] }).at(-1)).toMatchObject({
      finish: "stop",
      raw: "stop",
    });
  });
  test("says what it says in a stream", () => {
    const message = { content: "a", refusal: "b", reasoning: "c", images: [] };
    expect(wholeParts(message)).toEqual(parts(message));
  });
});

test("a call without an id gets one: a client could not answer it", () => {
  const call = (name: string, index: number) => ({ index, function: { name, arguments: "{}" } });
  const calls = parts({ tool_calls: [call("a", 0), { ...call("b", 1), id: "" }, { ...call("c", 2), id: "own" }] });
  const ids = calls.map((part) => (part as { call: string }).call);
  expect(ids).toEqual([expect.stringMatching(/^call_\w+_0$/), expect.stringMatching(/^call_\w+_1$/), "own"]);
});
