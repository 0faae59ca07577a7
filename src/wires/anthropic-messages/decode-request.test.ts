import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import type { Request } from "../../core/request.ts";
import { decodeRequest } from "./decode-request.ts";
import { anthropicMessages } from "./index.ts";
import { seal } from "./reasoning.ts";

const HELLO = { model: "acme/large", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] };

function decoded(members: JsonObject = {}, headers?: Headers): Request {
  return decodeRequest(anthropicMessages.inbound!.read({ ...HELLO, ...members }, headers));
}

const partsOf = (...content: JsonObject[]) => decoded({ messages: [{ role: "user", content }] }).turns[0]!.parts;

test("a plain question", () => {
  expect(decoded()).toEqual({
    turns: [{ role: "user", parts: [{ kind: "text", text: "Hello" }] }],
    stream: false,
    outputCap: 9,
    sampling: {},
    extra: {},
    providerOptions: {},
  });
});

test.each<[JsonObject, Partial<Request>]>([
  [
    { temperature: 0, top_p: 0.5, top_k: 3, stop_sequences: ["x"] },
    { sampling: { temperature: 0, topP: 0.5, topK: 3, stop: ["x"] } },
  ],
  [{ metadata: { user_id: "u" } }, { user: "u" }],
  [{ service_tier: "standard_only" }, { serviceTier: "default" }],
  [{ service_tier: "auto" }, { serviceTier: "auto" }],
  [{ tool_choice: { type: "any" } }, { toolChoice: { mode: "required" } }],
  [{ tool_choice: { type: "none" } }, { toolChoice: { mode: "none" } }],
  [
    { tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true } },
    { toolChoice: { mode: "tool", name: "f" }, parallelToolCalls: false },
  ],
  [{ thinking: { type: "enabled", budget_tokens: 2000 } }, { reasoning: { enabled: true, budget: 2000 } }],
  [
    { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "high" } },
    { reasoning: { enabled: true, effort: "high", exclude: true } },
  ],
  [{ output_config: { effort: "max" } }, { reasoning: { effort: "max" } }],
  [
    { output_config: { format: { type: "json_schema", schema: { type: "object" } } } },
    { format: { kind: "schema", name: "response", schema: { type: "object" } } },
  ],
  [
    { output_format: { type: "json_schema", schema: {} } },
    { format: { kind: "schema", name: "response", schema: {} } },
  ],
  [{ providerOptions: { gateway: { tags: [] }, acme: { x: 1 } } }, { providerOptions: { acme: { x: 1 } } }],
  [
    { tools: [{ type: "custom", name: "f", input_schema: {}, strict: true, cache_control: { type: "ephemeral" } }] },
    { tools: [{ kind: "function", name: "f", parameters: {}, strict: true, cache: {} }] },
  ],
  [
    { tools: [{ type: "bash_20250124", name: "bash" }] },
    { tools: [{ kind: "native", wire: "anthropic-messages", value: { type: "bash_20250124", name: "bash" } }] },
  ],
])("%j", (members, told) => {
  const request = decoded(members);
  expect(request).toMatchObject(told);
  expect(request.unsaid).toBeUndefined();
});

test("what only this wire gives a meaning is named", () => {
  const members = {
    thinking: { type: "disabled" },
    cache_control: { type: "ephemeral" },
    metadata: { user_id: "u", other: 1 },
    output_config: { effort: "low", task_budget: {} },
    tools: [
      { name: "f", input_schema: {}, input_examples: [] },
      { type: "custom", name: "g", input_schema: {}, input_examples: [] },
    ],
    inference_geo: null,
  };
  const { unsaid, extra } = decoded(members, new Headers({ "anthropic-beta": "a-1" }));
  expect(unsaid).toEqual([
    "cache_control",
    "metadata.other",
    "output_config.task_budget",
    "thinking",
    "tools[].input_examples",
    "anthropic-beta",
  ]);
  expect(extra).toEqual({});
});

test("a system prompt comes first, and one in the middle stays there", () => {
  const { turns } = decoded({
    system: "s",
    messages: [
      { role: "user", content: "a" },
      { role: "system", content: "b" },
    ],
  });
  expect(turns.map(({ role }) => role)).toEqual(["system", "user", "system"]);
  expect(decoded({ system: "" }).turns).toHaveLength(1);
});

describe("blocks", () => {
  test("of tools' results keep their order, their failure and what is in them", () => {
    const image = { type: "image", source: { type: "url", url: "https://example.org/a.png" } };
    expect(
      partsOf(
        { type: "tool_result", tool_use_id: "a", content: "1", is_error: true },
        { type: "tool_result", tool_use_id: "b", content: [image] },
        { type: "tool_result", tool_use_id: "c" },
      ),
    ).toEqual([
      { kind: "tool-result", call: "a", parts: [{ kind: "text", text: "1" }], failed: true },
      {
        kind: "tool-result",
        call: "b",
        parts: [{ kind: "image", source: { from: "url", url: "https://example.org/a.png" } }],
      },
      { kind: "tool-result", call: "c", parts: [] },
    ]);
  });

  test("of a signed call are one part: the seal behind it is its signature", () => {
    const sealed = { type: "redacted_thinking", data: seal({ format: "g", call: "a", signature: "Cs" }) };
    expect(partsOf({ type: "tool_use", id: "a", name: "f", input: { x: 1 } }, sealed)).toEqual([
      {
        kind: "tool-call",
        call: "a",
        name: "f",
        arguments: '{"x":1}',
        by: "client",
        format: "json",
        signature: { format: "g", value: "Cs" },
      },
    ]);
  });

  test("of documents made of text are text, with title and context", () => {
    const content = {
      type: "content",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    };
    expect(partsOf({ type: "document", source: content, title: "t", context: "c" })).toEqual([
      { kind: "text", text: "t\nc\na\nb" },
    ]);
    const mixed = { type: "content", content: [{ type: "text", text: "a" }, { type: "image" }] };
    expect(partsOf({ type: "document", source: mixed })[0]!.kind).toBe("native");
  });

  test("that nobody knows travel as they are", () => {
    const block = { type: "hologram", x: 1 };
    expect(partsOf(block)).toEqual([{ kind: "native", wire: "anthropic-messages", value: block }]);
  });
});

test("who called a tool is told as left out where it was not the model itself", () => {
  const called = (caller: JsonObject | null) => {
    const use = { type: "tool_use", id: "a", name: "f", input: {}, caller };
    return decoded({ messages: [...HELLO.messages, { role: "assistant", content: [use] }] }).unsaid;
  };
  expect(called({ type: "code_execution_20250825", tool_id: "srvtoolu_1" })).toEqual(["messages[].content[].caller"]);
  expect([called({ type: "direct" }), called(null)]).toEqual([undefined, undefined]);
});
