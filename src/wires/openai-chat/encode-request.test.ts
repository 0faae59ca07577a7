import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Part, Request, Turn } from "../../core/request.ts";
import { leg } from "../fixtures/facts.ts";
import type { Quirk } from "../quirk.ts";
import { encodeRequest } from "./encode-request.ts";

const user: Turn = { role: "user", parts: [{ kind: "text", text: "Hello" }] };
const request = (members: Partial<Request> = {}): Request => ({
  turns: [user],
  stream: false,
  sampling: {},
  extra: {},
  providerOptions: {},
  ...members,
});
const encoded = (members: Partial<Request>, ...quirks: Quirk[]) => encodeRequest(request(members), leg(...quirks));
/** With every form of this wire allowed, so that nothing is left out. */
const messagesOf = (...turns: Turn[]) => encoded({ turns }, "cache-marks", "reasoning-object").body.messages;
const contentOf = (...parts: Part[]) => (messagesOf({ role: "user", parts }) as JsonObject[])[0]!.content;

test("a plain question", () => {
  expect(encoded({})).toEqual({
    body: { model: "large-2026", messages: [{ role: "user", content: "Hello" }] },
    dropped: [],
  });
});

test("every word has its member", () => {
  const parameters = { type: "object" };
  const { body, dropped } = encoded(
    {
      stream: true,
      tools: [
        { kind: "function", name: "f", description: "d", parameters, strict: true, cache: { ttl: "1h" } },
        { kind: "native", wire: "openai-chat", value: { type: "custom", custom: { name: "g" } } },
      ],
      toolChoice: { mode: "tool", name: "f" },
      parallelToolCalls: false,
      outputCap: 10,
      format: { kind: "schema", name: "n", schema: {}, strict: false, description: "d" },
      reasoning: { enabled: true, effort: "low", budget: 5, exclude: false },
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: 3,
        stop: ["a"],
        seed: 1,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
      },
      user: "u",
      serviceTier: "flex",
      extra: { logit_bias: { "1": 1 }, new_member: true },
    },
    "cache-marks",
    "reasoning-object",
    "top-k",
  );
  expect(dropped).toEqual([]);
  expect(body).toEqual({
    model: "large-2026",
    messages: [{ role: "user", content: "Hello" }],
    stream: true,
    stream_options: { include_usage: true },
    tools: [
      {
        type: "function",
        function: { name: "f", description: "d", parameters, strict: true },
        cache_control: { type: "ephemeral", ttl: "1h" },
      },
      { type: "custom", custom: { name: "g" } },
    ],
    tool_choice: { type: "function", function: { name: "f" } },
    parallel_tool_calls: false,
    max_completion_tokens: 10,
    response_format: { type: "json_schema", json_schema: { name: "n", description: "d", schema: {}, strict: false } },
    reasoning: { enabled: true, effort: "low", max_tokens: 5, exclude: false },
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    stop: ["a"],
    seed: 1,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    user: "u",
    service_tier: "flex",
    logit_bias: { "1": 1 },
    new_member: true,
  });
});

test("the edits for a provider are made as for a relayed body", () => {
  const { body, dropped } = encoded(
    {
      outputCap: 10,
      reasoning: { effort: "low", budget: 5 },
      tools: [{ kind: "function", name: "f", cache: {} }],
      providerOptions: { acme: { logitBias: 1 } },
    },
    "max-tokens-only",
  );
  expect(body).toMatchObject({ max_tokens: 10, reasoning_effort: "low", logit_bias: 1 });
  expect(body).not.toHaveProperty("max_completion_tokens");
  expect(dropped).toEqual(["reasoning.max_tokens", "cache_control"]);
});

test.each<[Request["toolChoice"] & object, unknown]>([
  [{ mode: "auto" }, "auto"],
  [{ mode: "none" }, "none"],
  [{ mode: "required" }, "required"],
])("the choice %j", (toolChoice, expected) => {
  expect(encoded({ toolChoice }).body.tool_choice).toBe(expected as string);
});

test.each<[Request["format"] & object, JsonObject]>([
  [{ kind: "text" }, { type: "text" }],
  [{ kind: "json" }, { type: "json_object" }],
  [
    { kind: "schema", name: "n", schema: {} },
    { type: "json_schema", json_schema: { name: "n", schema: {} } },
  ],
])("the format %j", (format, expected) => {
  expect(encoded({ format }).body.response_format).toEqual(expected);
});

test("a member that no word covers is not overwritten by the absence of one", () => {
  const extra = { tool_choice: { type: "allowed_tools" }, response_format: { type: "grammar" } };
  expect(encoded({ extra }).body).toMatchObject(extra);
});

describe("turns", () => {
  test("one text is a string, anything more is a list", () => {
    expect(contentOf({ kind: "text", text: "a" })).toBe("a");
    expect(contentOf({ kind: "text", text: "a" }, { kind: "text", text: "b" })).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]);
    expect(contentOf()).toBe("");
    expect(contentOf({ kind: "text", text: "a", cache: {} })).toEqual([
      { type: "text", text: "a", cache_control: { type: "ephemeral" } },
    ]);
  });

  test.each<[string, Part, JsonObject]>([
    [
      "an image by address",
      { kind: "image", source: { from: "url", url: "https://a.example" }, detail: "low" },
      { type: "image_url", image_url: { url: "https://a.example", detail: "low" } },
    ],
    [
      "an image by data",
      { kind: "image", source: { from: "data", mediaType: "image/png", base64: "AAAA" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ],
    [
      "audio",
      { kind: "audio", base64: "AAAA", format: "wav" },
      { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
    ],
    [
      "a file by data",
      { kind: "file", source: { from: "data", mediaType: "a/b", base64: "AAAA" }, filename: "f" },
      { type: "file", file: { file_data: "data:a/b;base64,AAAA", filename: "f" } },
    ],
    [
      "a file by upload",
      { kind: "file", source: { from: "upload", id: "file-1" } },
      { type: "file", file: { file_id: "file-1" } },
    ],
    [
      "a file by address",
      { kind: "file", source: { from: "url", url: "https://a.example" } },
      { type: "file", file: { file_data: "https://a.example" } },
    ],
    ["a refusal", { kind: "refusal", text: "no" }, { type: "refusal", refusal: "no" }],
    ["this wire's own", { kind: "native", wire: "openai-chat", value: { type: "video_url" } }, { type: "video_url" }],
  ])("%s", (_, part, expected) => {
    expect(contentOf(part, { kind: "text", text: "t" })).toEqual([expected, { type: "text", text: "t" }]);
  });

  test("results of tools are messages of their own, each", () => {
    const result = (call: string): Part => ({
      kind: "tool-result",
      call,
      parts: [{ kind: "text", text: call }],
      cache: {},
    });
    const mark = { cache_control: { type: "ephemeral" } };
    expect(messagesOf({ role: "tool", parts: [result("a"), result("b")] })).toEqual([
      { role: "tool", tool_call_id: "a", content: "a", ...mark },
      { role: "tool", tool_call_id: "b", content: "b", ...mark },
    ]);
  });

  test("a user's turn of results and text is results first, then the text", () => {
    const parts: Part[] = [
      { kind: "text", text: "and?" },
      { kind: "tool-result", call: "a", parts: [] },
    ];
    expect(messagesOf({ role: "user", parts })).toEqual([
      { role: "tool", tool_call_id: "a", content: "" },
      { role: "user", content: "and?" },
    ]);
  });

  test("an assistant's turn", () => {
    const parts: Part[] = [
      { kind: "reasoning", text: "hm", signature: { format: "f-v1", value: "sig" }, format: "f-v1" },
      { kind: "text", text: "a" },
      { kind: "tool-call", call: "c", name: "f", arguments: "{}", by: "client", format: "json", cache: {} },
      { kind: "tool-call", call: "d", name: "g", arguments: "x", by: "client", format: "text" },
    ];
    expect(messagesOf({ role: "assistant", parts, name: "n" })).toEqual([
      {
        role: "assistant",
        content: "a",
        reasoning: "hm",
        reasoning_details: [{ type: "reasoning.text", text: "hm", signature: "sig", format: "f-v1", index: 0 }],
        tool_calls: [
          { id: "c", type: "function", function: { name: "f", arguments: "{}" }, cache_control: { type: "ephemeral" } },
          { id: "d", type: "custom", custom: { name: "g", input: "x" } },
        ],
        name: "n",
      },
    ]);
  });

  test("an assistant's several texts stay several", () => {
    const parts: Part[] = [
      { kind: "text", text: "a" },
      { kind: "text", text: "b", cache: {} },
    ];
    expect(messagesOf({ role: "assistant", parts })).toEqual([
      {
        role: "assistant",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b", cache_control: { type: "ephemeral" } },
        ],
      },
    ]);
  });
});

describe("a turn in which the assistant said nothing", () => {
  const thought: Part = { kind: "reasoning", text: "Hm" };
  const sent = (parts: Part[], ...quirks: Quirk[]) => {
    const { body, dropped } = encoded({ turns: [user, { role: "assistant", parts }, user] }, ...quirks);
    return [(body.messages as JsonObject[])[1], dropped];
  };

  test("has empty content: without any it would be refused", () => {
    expect(sent([])).toEqual([{ role: "assistant", content: "" }, []]);
    expect(sent([thought])).toEqual([{ role: "assistant", content: "" }, ["reasoning_details"]]);
  });

  test("but thought, says so where thoughts are heard", () => {
    expect(sent([thought], "reasoning-content")).toEqual([
      { role: "assistant", content: "", reasoning_content: "Hm" },
      [],
    ]);
  });
});
