import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../core/error.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { ask as chatAsk, errorOf, leg } from "../fixtures/facts.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "./index.ts";

/** What a chat completion with these members is, asked by this API. */
const fromChat = (members: JsonObject) =>
  openaiResponses.outbound!.encodeRequest(openaiChat.inbound!.transcode!.decodeRequest(chatAsk(members)), leg());
const fromMessages = (members: JsonObject) => {
  const body = { model: "acme/large", max_tokens: 100, messages: [{ role: "user", content: "Hello" }], ...members };
  const { inbound } = anthropicMessages;
  return openaiResponses.outbound!.encodeRequest(inbound!.transcode!.decodeRequest(inbound!.read(body)), leg());
};
const itself = (members: JsonObject) => {
  const { inbound, outbound } = openaiResponses;
  const ask = inbound!.read({ model: "acme/large", input: "Hello", ...members });
  return outbound!.encodeRequest(inbound!.transcode!.decodeRequest(ask), leg());
};

test("nothing of it is kept, and what is not asked for is not said", () => {
  expect(fromChat({})).toEqual({
    body: { model: "large-2026", input: [{ role: "user", content: "Hello" }], store: false },
    dropped: [],
  });
});

describe("thinking", () => {
  test("is asked for with its seal, since nobody keeps it", () => {
    const { body } = fromChat({ reasoning: { effort: "high" } });
    expect(body).toMatchObject({
      reasoning: { effort: "high", summary: "auto" },
      include: ["reasoning.encrypted_content"],
    });
  });

  test("is not asked for where it is switched off, nor told where it is left out", () => {
    const off = fromChat({ reasoning: { enabled: false } }).body;
    expect([off.reasoning, off.include]).toEqual([{ effort: "none" }, undefined]);
    expect(fromChat({ reasoning: { effort: "low", exclude: true } }).body.reasoning).toEqual({ effort: "low" });
  });

  test("by a budget cannot be asked for", () =>
    expect(fromChat({ reasoning: { max_tokens: 2000 } }).dropped).toEqual(["reasoning.max_tokens"]));

  const format = "openai-responses-v1";
  const summary = { type: "reasoning.summary", summary: "Think.", id: "rs_1", format, index: 0 };
  const sealed = { type: "reasoning.encrypted", data: "gAAA", id: "rs_1", format, index: 1 };
  const history = (...details: JsonObject[]) => [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi", reasoning_details: details },
    { role: "user", content: "Go on" },
  ];

  test("of one id goes back as one item, before what it led to", () => {
    const { body, dropped } = fromChat({ messages: history(summary, sealed) });
    expect((body.input as JsonObject[])[1]).toEqual({
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Think." }],
      encrypted_content: "gAAA",
    });
    expect(dropped).toEqual([]);
  });

  test.each<[string, JsonObject[]]>([
    ["without its seal", [summary]],
    ["sealed by another", [{ ...sealed, format: "anthropic-claude-v1" }]],
    [
      "signed by another",
      [{ type: "reasoning.text", text: "x", signature: "s", format: "anthropic-claude-v1", index: 0 }],
    ],
  ])("%s is left out and told", (_, details) => {
    const { body, dropped } = fromChat({ messages: history(...details) });
    expect((body.input as JsonObject[]).map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(dropped).toEqual(["reasoning_details"]);
  });
});

describe("tools", () => {
  test("are not strict unless that is said: left out, this API takes it for true", () => {
    const tools = [{ type: "function", function: { name: "f" } }];
    expect(fromChat({ tools }).body.tools).toEqual([{ type: "function", name: "f", parameters: null, strict: false }]);
  });

  test("of free text go to chat and come from it, grammar and all", () => {
    const grammar = { syntax: "lark", definition: "start: /.+/" };
    const mine = { type: "custom", name: "patch", description: "d", format: { type: "grammar", ...grammar } };
    const theirs = {
      type: "custom",
      custom: { name: "patch", description: "d", format: { type: "grammar", grammar } },
    };
    expect(fromChat({ tools: [theirs] }).body.tools).toEqual([mine]);
    const ask = openaiResponses.inbound!.read({ model: "acme/large", input: "Hello", tools: [mine] });
    const request = openaiResponses.inbound!.transcode!.decodeRequest(ask);
    expect(openaiChat.outbound!.encodeRequest(request, leg()).body.tools).toEqual([theirs]);
  });

  test("answer by the item of their kind", () => {
    const input = [
      { type: "custom_tool_call", call_id: "c1", name: "patch", input: "+ok" },
      { type: "custom_tool_call_output", call_id: "c1", output: "done" },
    ];
    expect(itself({ input }).body.input).toEqual(input);
  });

  test("that only another API's provider runs are refused by name", () => {
    const error = errorOf(() => fromMessages({ tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] }));
    expect(error).toBeInstanceOf(GatewayError);
    expect([error.code, error.message]).toEqual([
      "unsupported",
      expect.stringContaining("web_fetch_20250910"),
    ] as unknown as [GatewayError["code"], string]);
  });
});

test("what this API has no word for is told, all of it", () => {
  const { dropped } = fromChat({
    stop: ["x"],
    seed: 1,
    frequency_penalty: 1,
    presence_penalty: 1,
    top_k: 3,
    logit_bias: {},
  });
  expect(dropped.toSorted()).toEqual(["frequency_penalty", "logit_bias", "presence_penalty", "seed", "stop", "top_k"]);
});

test("options for the provider stand where this API has them", () => {
  const acme = {
    reasoningEffort: "low",
    reasoningSummary: "detailed",
    textVerbosity: "high",
    store: true,
    input: "no",
  };
  const { body, dropped } = fromChat({ providerOptions: { acme } });
  expect(body).toMatchObject({
    reasoning: { effort: "low", summary: "detailed" },
    text: { verbosity: "high" },
    store: true,
  });
  expect(dropped).toEqual(["providerOptions.acme.input"]);
});

test("pictures among the results of calls stand behind all of them, for a wire whose results hold only words", () => {
  const call = (id: string) => ({ type: "function_call", call_id: id, name: "look", arguments: "{}" });
  const result = (id: string, output: JsonValue) => ({ type: "function_call_output", call_id: id, output });
  const image = { type: "input_image", image_url: "https://example.org/a.png" };
  const seen = [{ type: "input_text", text: "Seen." }, image];
  const input = [call("a"), call("b"), call("c"), result("a", seen), result("b", "Dark."), result("c", seen)];
  const { inbound } = openaiResponses;
  const request = inbound!.transcode!.decodeRequest(inbound!.read({ model: "acme/large", input }));
  const { messages } = openaiChat.outbound!.encodeRequest(request, leg()).body;
  const shown = { type: "image_url", image_url: { url: "https://example.org/a.png" } };
  expect((messages as JsonObject[]).slice(1)).toEqual([
    { role: "tool", tool_call_id: "a", content: "Seen." },
    { role: "tool", tool_call_id: "b", content: "Dark." },
    { role: "tool", tool_call_id: "c", content: "Seen." },
    { role: "user", content: [shown, shown] },
  ]);
});
