import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Part, Request } from "../../core/request.ts";
import { ask } from "../fixtures/facts.ts";
import { decodeRequest } from "./decode-request.ts";

const decoded = (members: JsonObject): Request => decodeRequest(ask(members));
const turnsOf = (...messages: JsonObject[]) => decoded({ messages }).turns;
/** The parts of a user's turn with this content. */
const partsOf = (...content: JsonObject[]): readonly Part[] => turnsOf({ role: "user", content })[0]!.parts;

test("a plain question", () => {
  expect(decoded({})).toEqual({
    turns: [{ role: "user", parts: [{ kind: "text", text: "Hello" }] }],
    stream: false,
    sampling: {},
    extra: {},
    providerOptions: {},
  });
});

test("sampling, caps and the like have a word each", () => {
  const members = {
    stream: true,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop: ["a", "b"],
    seed: 7,
    frequency_penalty: 0.1,
    presence_penalty: -0.1,
    parallel_tool_calls: false,
    user: "u",
    service_tier: "flex",
    max_tokens: 10,
  };
  expect(decoded(members)).toMatchObject({
    stream: true,
    sampling: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stop: ["a", "b"],
      seed: 7,
      frequencyPenalty: 0.1,
      presencePenalty: -0.1,
    },
    parallelToolCalls: false,
    user: "u",
    serviceTier: "flex",
    outputCap: 10,
    extra: {},
  });
});

test("null stands for absent everywhere", () => {
  const names = [
    "temperature",
    "top_p",
    "stop",
    "seed",
    "max_tokens",
    "tools",
    "tool_choice",
    "response_format",
    "user",
  ];
  const nulls = Object.fromEntries(
    [...names, "reasoning", "providerOptions", "store", "unknown"].map((name) => [name, null]),
  );
  expect(decoded(nulls)).toEqual(decoded({}));
});

test("one stop is a list of one", () => {
  expect(decoded({ stop: "END" }).sampling.stop).toEqual(["END"]);
});

test("of two caps the newer holds", () => {
  expect(decoded({ max_tokens: 5, max_completion_tokens: 9 }).outputCap).toBe(9);
});

test("a number kept in its own spelling is read", () => {
  const exact = (JSON as unknown as { rawJSON(text: string): JsonObject }).rawJSON("12345678901234567890");
  expect(decoded({ seed: exact }).sampling.seed).toBe(Number("12345678901234567890"));
});

test("what no word covers is extra; the gateway's own fields are neither", () => {
  const members = {
    logit_bias: { "1": 2 },
    store: true,
    metadata: { a: "b" },
    new_member: [1],
    models: ["x"],
    provider: { sort: "price" },
    tags: ["t"],
    stream_options: { include_usage: true },
    providerOptions: { gateway: { order: [] }, acme: { a: 1 } },
  };
  const { extra, providerOptions } = decoded(members);
  expect(extra).toEqual({ logit_bias: { "1": 2 }, store: true, metadata: { a: "b" }, new_member: [1] });
  expect(providerOptions).toEqual({ acme: { a: 1 } });
});

describe("turns", () => {
  test("every role keeps its name and its place", () => {
    const turns = turnsOf(
      { role: "system", content: "s", name: "n" },
      { role: "developer", content: "d" },
      { role: "user", content: "u" },
      { role: "assistant", content: "a" },
    );
    expect(turns.map(({ role }) => role)).toEqual(["system", "developer", "user", "assistant"]);
    expect(turns[0]!.name).toBe("n");
    expect(turns[1]).not.toHaveProperty("name");
  });

  test("empty content is no part", () => {
    expect(turnsOf({ role: "user", content: "" })[0]!.parts).toEqual([]);
    expect(turnsOf({ role: "assistant", content: null })[0]!.parts).toEqual([]);
    expect(turnsOf({ role: "assistant" })[0]!.parts).toEqual([]);
  });

  test("a tool's result names its call, and may have parts", () => {
    const content = [{ type: "text", text: "r" }];
    expect(turnsOf({ role: "tool", tool_call_id: "c1", content })).toEqual([
      { role: "tool", parts: [{ kind: "tool-result", call: "c1", parts: [{ kind: "text", text: "r" }] }] },
    ]);
  });

  test("a function's result of old is that of the call with its name", () => {
    const turns = turnsOf(
      { role: "assistant", content: null, function_call: { name: "f", arguments: '{"a":1}' } },
      { role: "function", name: "f", content: "r" },
    );
    expect(turns[0]!.parts).toMatchObject([{ kind: "tool-call", call: "f", name: "f", arguments: '{"a":1}' }]);
    expect(turns[1]).toMatchObject({ role: "tool", parts: [{ kind: "tool-result", call: "f" }] });
  });

  test("what an assistant said stands in the order in which it was said", () => {
    const [turn] = turnsOf({
      role: "assistant",
      reasoning: "hm",
      content: "text",
      refusal: "no",
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
    });
    expect(turn!.parts.map(({ kind }) => kind)).toEqual(["reasoning", "text", "refusal", "tool-call"]);
  });
});

describe("tool calls of the history", () => {
  const callsOf = (...tool_calls: JsonObject[]) => turnsOf({ role: "assistant", content: null, tool_calls })[0]!.parts;
  const call = (args?: string) => ({
    id: "c",
    type: "function",
    function: { name: "f", ...(args === undefined ? {} : { arguments: args }) },
  });

  test.each([[undefined], [""], [" \n"]])("arguments %j are none", (args) => {
    expect(callsOf(call(args))).toMatchObject([{ arguments: "{}" }]);
  });
  test("arguments are kept to the letter, JSON or not", () => {
    for (const args of ['{ "a" : 1.0 }', "{broken", '"text"'])
      expect(callsOf(call(args))).toMatchObject([{ arguments: args }]);
  });
  test("a custom call has text, empty or not", () => {
    for (const input of ["SELECT 1", ""]) {
      expect(callsOf({ id: "c", type: "custom", custom: { name: "sql", input } })).toMatchObject([
        { name: "sql", arguments: input, format: "text" },
      ]);
    }
  });
  test("a cache mark stays with its call", () => {
    expect(callsOf({ ...call("{}"), cache_control: { type: "ephemeral" } })).toMatchObject([{ cache: {} }]);
  });
});

describe("content", () => {
  test("text and refusals", () => {
    expect(partsOf({ type: "text", text: "" }, { type: "refusal", refusal: "no" })).toEqual([
      { kind: "text", text: "" },
      { kind: "refusal", text: "no" },
    ]);
  });

  test.each<[string, JsonObject, Part]>([
    [
      "an address",
      { image_url: { url: "https://a.example/i.png", detail: "high" } },
      { kind: "image", source: { from: "url", url: "https://a.example/i.png" }, detail: "high" },
    ],
    [
      "an address alone",
      { image_url: "https://a.example/i.png" },
      { kind: "image", source: { from: "url", url: "https://a.example/i.png" } },
    ],
    [
      "data",
      { image_url: { url: "data:image/png;base64,AAAA" } },
      { kind: "image", source: { from: "data", mediaType: "image/png", base64: "AAAA" } },
    ],
    [
      "data with parameters",
      { image_url: { url: "data:image/png;name=a.png;charset=x;base64,AAAA" } },
      { kind: "image", source: { from: "data", mediaType: "image/png", base64: "AAAA" } },
    ],
    [
      "data in capitals",
      { image_url: { url: "DATA:image/png;BASE64,AAAA" } },
      { kind: "image", source: { from: "data", mediaType: "image/png", base64: "AAAA" } },
    ],
    [
      "data of no kind",
      { image_url: { url: "data:;base64,AAAA" } },
      { kind: "image", source: { from: "data", mediaType: "application/octet-stream", base64: "AAAA" } },
    ],
    [
      "data that is not base64",
      { image_url: { url: "data:image/svg+xml,<svg/>" } },
      { kind: "image", source: { from: "data", mediaType: "image/svg+xml", base64: btoa("<svg/>") } },
    ],
  ])("an image by %s", (_, value, part) => {
    expect(partsOf({ type: "image_url", ...value })).toEqual([part]);
  });

  test("a large image is not searched through", () => {
    const base64 = "A".repeat(1_000_000);
    expect(partsOf({ type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } })).toEqual([
      { kind: "image", source: { from: "data", mediaType: "image/png", base64 } },
    ]);
  });

  test("audio", () => {
    expect(partsOf({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } })).toEqual([
      { kind: "audio", base64: "AAAA", format: "wav" },
    ]);
  });

  test.each<[string, JsonObject, JsonObject]>([
    [
      "OpenAI's data",
      { file_data: "data:application/pdf;base64,AAAA", filename: "f.pdf" },
      { source: { from: "data", mediaType: "application/pdf", base64: "AAAA" }, filename: "f.pdf" },
    ],
    [
      "an address",
      { file_data: "https://a.example/f.pdf" },
      { source: { from: "url", url: "https://a.example/f.pdf" } },
    ],
    [
      "the hosted gateway's data",
      { data: "AAAA", media_type: "text/plain" },
      { source: { from: "data", mediaType: "text/plain", base64: "AAAA" } },
    ],
    [
      "the hosted gateway's data URL",
      { data: "data:text/csv;base64,AAAA", media_type: "x/y" },
      { source: { from: "data", mediaType: "text/csv", base64: "AAAA" } },
    ],
    [
      "the hosted gateway's address",
      { data: "https://a.example/f.pdf", media_type: "application/pdf" },
      { source: { from: "url", url: "https://a.example/f.pdf" } },
    ],
  ])("a file as %s", (_, file, expected) => {
    expect(partsOf({ type: "file", file })).toEqual([{ kind: "file", ...expected } as never]);
  });

  test("Mistral's thinking, as a list or as text", () => {
    const thinking = [{ type: "text", text: "h" }, { type: "text", text: "m" }, { type: "reference" }, "loose"];
    expect(partsOf({ type: "thinking", thinking }, { type: "thinking", thinking: "so" })).toEqual([
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning", text: "so" },
    ]);
  });

  test("what only this wire knows stays whole", () => {
    const value = { type: "video_url", video_url: { url: "https://a.example/v.mp4" } };
    expect(partsOf(value)).toEqual([{ kind: "native", wire: "openai-chat", value }]);
  });
});

describe("cache marks", () => {
  test.each([
    [{ type: "ephemeral" }, {}],
    [{ type: "ephemeral", ttl: "1h" }, { ttl: "1h" }],
    [{ type: "ephemeral", ttl: "5m" }, { ttl: "5m" }],
    [{ type: "ephemeral", ttl: "1y" }, {}],
  ])("%j on a part", (cache_control, cache) => {
    expect(partsOf({ type: "text", text: "t", cache_control })).toEqual([{ kind: "text", text: "t", cache } as Part]);
  });
  test("on a message means its last part", () => {
    const content = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ];
    const [turn] = turnsOf({ role: "user", content, cache_control: { type: "ephemeral" } });
    expect(turn!.parts).toEqual([
      { kind: "text", text: "a" },
      { kind: "text", text: "b", cache: {} },
    ]);
  });
  test("on a message does not replace that of the part", () => {
    const content = [{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }];
    expect(turnsOf({ role: "user", content, cache_control: { type: "ephemeral" } })[0]!.parts).toMatchObject([
      { cache: { ttl: "1h" } },
    ]);
  });
  test("on an empty message marks nothing", () => {
    expect(turnsOf({ role: "user", content: "", cache_control: {} })[0]!.parts).toEqual([]);
  });
  test("on a tool's result and on a tool", () => {
    const mark = { type: "ephemeral" };
    expect(turnsOf({ role: "tool", tool_call_id: "c", content: "r", cache_control: mark })[0]!.parts).toMatchObject([
      { kind: "tool-result", cache: {} },
    ]);
    expect(decoded({ tools: [{ type: "function", function: { name: "f" }, cache_control: mark }] }).tools).toEqual([
      { kind: "function", name: "f", cache: {} },
    ]);
  });
});

describe("tools", () => {
  test("functions have a word each, everything else stays whole", () => {
    const custom = { type: "custom", custom: { name: "g" } };
    const parameters = { type: "object", properties: {} };
    const tools = [{ type: "function", function: { name: "f", description: "d", parameters, strict: false } }, custom];
    expect(decoded({ tools }).tools).toEqual([
      { kind: "function", name: "f", description: "d", parameters, strict: false },
      { kind: "native", wire: "openai-chat", value: custom },
    ]);
  });
  test("functions of old are functions, unless there are tools", () => {
    expect(decoded({ functions: [{ name: "f" }] }).tools).toEqual([{ kind: "function", name: "f" }]);
    const tools = [{ type: "function", function: { name: "g" } }];
    expect(decoded({ functions: [{ name: "f" }], tools }).tools).toEqual([{ kind: "function", name: "g" }]);
  });
  test.each<[JsonObject, Request["toolChoice"]]>([
    [{ tool_choice: "auto" }, { mode: "auto" }],
    [{ tool_choice: "none" }, { mode: "none" }],
    [{ tool_choice: "required" }, { mode: "required" }],
    [{ tool_choice: "any" }, { mode: "required" }],
    [{ tool_choice: { type: "function", function: { name: "f" } } }, { mode: "tool", name: "f" }],
    [{ tool_choice: { type: "custom", custom: { name: "g" } } }, { mode: "tool", name: "g" }],
    [{ function_call: "none" }, { mode: "none" }],
    [{ function_call: { name: "f" } }, { mode: "tool", name: "f" }],
    [{ tool_choice: "auto", function_call: "none" }, { mode: "auto" }],
    [{}, undefined],
  ])("%j", (members, choice) => {
    expect(decoded(members).toolChoice).toEqual(choice);
  });
  test("a choice that no word covers is extra, so that it is told where it is lost", () => {
    const tool_choice = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [] } };
    expect(decoded({ tool_choice })).toMatchObject({ extra: { tool_choice } });
    expect(decoded({ tool_choice })).not.toHaveProperty("toolChoice");
  });
});

test("a function without its type is a function", () => {
  const named = { function: { name: "f" } };
  expect(decoded({ tools: [named], tool_choice: named })).toMatchObject({
    tools: [{ kind: "function", name: "f" }],
    toolChoice: { mode: "tool", name: "f" },
  });
});

test("one answer is nothing to ask for, two are", () => {
  expect(decoded({ n: 1 }).extra).toEqual({});
  expect(decoded({ n: 2 }).extra).toEqual({ n: 2 });
});

describe("the format of the answer", () => {
  const schema = { type: "object" };
  test.each<[JsonObject, Request["format"]]>([
    [{ type: "text" }, { kind: "text" }],
    [{ type: "json_object" }, { kind: "json" }],
    [{ type: "json" }, { kind: "json" }],
    [
      { type: "json", schema, name: "n", description: "d" },
      { kind: "schema", name: "n", schema, description: "d" },
    ],
    [
      { type: "json", schema },
      { kind: "schema", name: "response", schema },
    ],
    [
      { type: "json_schema", json_schema: { name: "n", schema, strict: true, description: "d" } },
      { kind: "schema", name: "n", schema, strict: true, description: "d" },
    ],
    [
      { type: "json_schema", json_schema: { name: "n" } },
      { kind: "schema", name: "n", schema: {} },
    ],
  ])("%j", (response_format, format) => {
    expect(decoded({ response_format }).format).toEqual(format);
  });
  test("one that no word covers is extra", () => {
    const response_format = { type: "grammar", grammar: "g" };
    expect(decoded({ response_format })).toMatchObject({ extra: { response_format } });
  });
});

describe("reasoning", () => {
  test.each<[JsonObject, Request["reasoning"]]>([
    [{}, undefined],
    [{ reasoning_effort: "low" }, { effort: "low" }],
    [{ reasoning: {} }, {}],
    [{ reasoning: { effort: "xhigh", exclude: true } }, { effort: "xhigh", exclude: true }],
    [{ reasoning: { max_tokens: 500 } }, { budget: 500 }],
    [{ reasoning: { enabled: false } }, { enabled: false }],
    [{ reasoning: { effort: "low" }, reasoning_effort: "high" }, { effort: "low" }],
    [
      { reasoning: { exclude: true }, reasoning_effort: "high" },
      { effort: "high", exclude: true },
    ],
  ])("%j", (members, reasoning) => {
    expect(decoded(members).reasoning).toEqual(reasoning);
  });
  test("an effort that no word covers is extra", () => {
    expect(decoded({ reasoning_effort: "ultra" })).toMatchObject({ extra: { reasoning_effort: "ultra" } });
  });
});

describe("thinking of earlier turns", () => {
  const assistant = (members: JsonObject) =>
    turnsOf({ role: "assistant", content: "a", ...members })[0]!.parts.slice(0, -1);
  test("as text", () => {
    expect(assistant({ reasoning: "hm" })).toEqual([{ kind: "reasoning", text: "hm" }]);
    expect(assistant({ reasoning_content: "hm" })).toEqual([{ kind: "reasoning", text: "hm" }]);
    expect(assistant({ reasoning: "" })).toEqual([]);
  });
  test("as details, which say all of it", () => {
    const reasoning_details = [
      { type: "reasoning.text", text: "hm", signature: "sig", format: "f-v1", index: 0 },
      { type: "reasoning.summary", summary: "so", id: "rs_1", format: "g-v1", index: 1 },
      { type: "reasoning.encrypted", data: "xyz", id: "rs_2", format: "g-v1", index: 2 },
      { type: "reasoning.new", index: 3 },
    ];
    expect(assistant({ reasoning: "hm so", reasoning_details })).toEqual([
      { kind: "reasoning", text: "hm", signature: { format: "f-v1", value: "sig" }, format: "f-v1" },
      { kind: "reasoning", text: "so", summary: true, id: "rs_1", format: "g-v1" },
      { kind: "reasoning", text: "", encrypted: "xyz", id: "rs_2", format: "g-v1" },
    ]);
  });
  test("in pieces, as a client put them aside while streaming, they are put together", () => {
    const format = "anthropic-claude-v1";
    const reasoning_details = [
      { type: "reasoning.text", text: "h", format, index: 0 },
      { type: "reasoning.text", text: "m", format, index: 0 },
      { type: "reasoning.text", text: "", signature: "sig", format, index: 0 },
      { type: "reasoning.text", text: "two", signature: "sig2", format, index: 1 },
    ];
    expect(assistant({ reasoning_details })).toEqual([
      { kind: "reasoning", text: "hm", signature: { format, value: "sig" }, format },
      { kind: "reasoning", text: "two", signature: { format, value: "sig2" }, format },
    ]);
  });
  test("details without an index are one part each", () => {
    const reasoning_details = [
      { type: "reasoning.text", text: "a" },
      { type: "reasoning.text", text: "b" },
    ];
    expect(assistant({ reasoning_details })).toEqual([
      { kind: "reasoning", text: "a" },
      { kind: "reasoning", text: "b" },
    ]);
  });
});
