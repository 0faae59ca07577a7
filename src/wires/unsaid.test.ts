import { expect, test } from "bun:test";
import type { WireName } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import type { Request } from "../core/request.ts";
import { leg } from "./fixtures/facts.ts";
import { wireNamed } from "./index.ts";
import { missed } from "./unsaid.ts";

/** What a client says in a member that only its own wire knows is told where the request becomes another wire's. */

function decoded(door: WireName, body: JsonObject) {
  const inbound = wireNamed(door).inbound!;
  return inbound.transcode!.decodeRequest(inbound.read({ model: "acme/large", ...body }));
}

test("of chat completions: on messages, their parts and tools", () => {
  const request = decoded("openai-chat", {
    messages: [
      { role: "user", content: [{ type: "text", text: "Hello", weight: 2 }] },
      { role: "assistant", content: "Well", prefix: true },
      { role: "user", content: "And?", prefix: false, annotations: [] },
    ],
    tools: [{ type: "function", function: { name: "add" }, eager_input_streaming: true }],
  });
  expect(request.unsaid).toEqual(["messages[].prefix", "messages[].content[].weight", "tools[].eager_input_streaming"]);
});

test("of responses: on items, tools and the reasoning object", () => {
  const request = decoded("openai-responses", {
    input: [
      { role: "user", content: "Hello" },
      { type: "message", id: "msg_1", status: "completed", role: "assistant", phase: "final_answer", content: "Hi" },
      { type: "image_generation_call", id: "ig_1", result: "iVBO", quality: "high" },
      { role: "user", content: "And?" },
    ],
    tools: [
      { type: "function", name: "add", parameters: {}, strict: true, defer_loading: true },
      { type: "web_search", search_context_size: "low" },
    ],
    reasoning: { effort: "low", summary: "auto", context: "all_turns" },
  });
  expect(request.unsaid).toEqual(["reasoning.context", "input[].phase", "tools[].defer_loading"]);
});

test("a body that says nothing more has nothing to tell", () => {
  expect(decoded("openai-chat", { messages: [{ role: "user", content: "Hello" }] }).unsaid).toBeUndefined();
  expect(decoded("openai-responses", { input: "Hello", reasoning: { effort: "low" } }).unsaid).toBeUndefined();
});

test("a breakpoint of OpenAI's cache is a cache mark at Anthropic", () => {
  const breakpoint = { prompt_cache_breakpoint: { mode: "explicit" } };
  const marked = [{ role: "user", content: [{ type: "text", text: "Long", cache_control: { type: "ephemeral" } }] }];
  for (const request of [
    decoded("openai-chat", { messages: [{ role: "user", content: [{ type: "text", text: "Long", ...breakpoint }] }] }),
    decoded("openai-responses", {
      input: [{ role: "user", content: [{ type: "input_text", text: "Long", ...breakpoint }] }],
    }),
  ]) {
    const { body, dropped } = wireNamed("anthropic-messages").outbound!.encodeRequest(request, leg());
    expect(body.messages).toEqual(marked);
    expect(dropped).toEqual([]);
    expect(request.unsaid).toBeUndefined();
  }
});

function request(sampling: Request["sampling"], extra: Request["extra"] = {}): Request {
  return { turns: [], stream: false, sampling, extra, providerOptions: {} };
}

test("what asks for that which holds anyway is not missed where it is left out", () => {
  const sampling = { frequencyPenalty: 0, presencePenalty: 0, topP: 1, temperature: 1, stop: [] };
  const extra = { logprobs: false, store: false, logit_bias: {}, metadata: {}, modalities: ["text"] };
  const names = ["frequency_penalty", "presence_penalty", "top_p", "temperature", "stop", ...Object.keys(extra)];
  expect(missed(names, request(sampling, extra))).toEqual([]);
});

test("anything else is", () => {
  const sampling = { frequencyPenalty: 0.1, presencePenalty: -1, topP: 0.9, temperature: 0, stop: ["."] };
  const extra = {
    store: true,
    logit_bias: { 1: 2 },
    metadata: { a: "b" },
    modalities: ["text", "audio"],
    verbosity: "low",
  };
  const names = ["frequency_penalty", "presence_penalty", "top_p", "temperature", "stop", ...Object.keys(extra)];
  expect(missed([...names, "seed", "messages[].name"], request(sampling, extra))).toEqual([
    ...names,
    "seed",
    "messages[].name",
  ]);
});
