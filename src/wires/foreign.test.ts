import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import { leg } from "./fixtures/facts.ts";
import { wireNamed } from "./index.ts";

/** A conversation goes on at another provider, though the last one ran tools of its own in it. */

const WEB = [
  { type: "text", text: "Let me look." },
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "weather" } },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [{ type: "web_search_result", url: "https://example.com", title: "Sun", encrypted_content: "RW5j" }],
  },
  { type: "text", text: "It is sunny." },
];

const MCP = [
  {
    type: "mcp_tool_use",
    id: "mcptoolu_1",
    name: "ask",
    input: { q: 1 },
    server_name: "wiki",
    caller: { type: "direct" },
  },
  { type: "mcp_tool_result", tool_use_id: "mcptoolu_1", is_error: false, content: [{ type: "text", text: "42" }] },
  { type: "text", text: "It is 42." },
];

const SEARCHED = [
  { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "weather" } },
  { role: "assistant", content: "It is sunny." },
];

function encoded(door: WireName, history: readonly JsonObject[], to: WireName) {
  const turns = [{ role: "user", content: "And tomorrow?" }];
  const body: JsonObject =
    door === "openai-responses"
      ? { model: "acme/large", input: [{ role: "user", content: "Weather?" }, ...history, ...turns] }
      : {
          model: "acme/large",
          max_tokens: 99,
          messages: [
            { role: "user", content: "Weather?" },
            { role: "assistant", content: [...history] },
            { role: "user", content: "And tomorrow?" },
          ],
        };
  const inbound = wireNamed(door).inbound!;
  const request = inbound.transcode!.decodeRequest(inbound.read(body));
  return wireNamed(to).outbound!.encodeRequest(request, leg());
}

const OTHERS = ["openai-chat", "openai-responses", "gemini-generate", "bedrock-converse"] as const;

describe("what Anthropic ran for itself is left out elsewhere, and told", () => {
  test.each(OTHERS)("%s", (to) => {
    const { body, dropped } = encoded("anthropic-messages", WEB, to);
    expect(dropped).toEqual(expect.arrayContaining(["web_search_tool_result"]));
    expect(dropped.some((name) => /server_tool_use|web_search$/.test(name))).toBe(true);
    expect(JSON.stringify(body)).not.toMatch(/srvtoolu|RW5j/);
    expect(JSON.stringify(body)).toContain("It is sunny.");
  });
});

describe("what OpenAI ran for itself is left out elsewhere, and told", () => {
  test.each(["openai-chat", "anthropic-messages", "gemini-generate", "bedrock-converse"] as const)("%s", (to) => {
    const { body, dropped } = encoded("openai-responses", SEARCHED, to);
    expect(dropped).toContain("web_search_call");
    expect(JSON.stringify(body)).not.toContain("ws_1");
    expect(JSON.stringify(body)).toContain("It is sunny.");
  });
});

test.each([WEB, MCP])("Anthropic gets what it ran as it told it", (...history) => {
  const { body, dropped } = encoded("anthropic-messages", history, "anthropic-messages");
  expect(dropped).toEqual([]);
  expect((body.messages as JsonObject[])[1]).toEqual({ role: "assistant", content: history });
});

test("OpenAI gets what it ran as it told it, in its place", () => {
  const { body, dropped } = encoded("openai-responses", SEARCHED, "openai-responses");
  expect(dropped).toEqual([]);
  expect(body.input).toEqual([
    { role: "user", content: "Weather?" },
    ...SEARCHED,
    { role: "user", content: "And tomorrow?" },
  ]);
});

const FOUND = [
  { type: "tool_use", id: "toolu_1", name: "find_tools", input: {} },
  {
    type: "tool_result",
    tool_use_id: "toolu_1",
    content: [
      { type: "tool_reference", tool_name: "get_weather" },
      { type: "text", text: "One was found." },
    ],
  },
];

function afterSearch(result: JsonObject, to: WireName) {
  const inbound = wireNamed("anthropic-messages").inbound!;
  const messages = [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: [FOUND[0]!] },
    { role: "user", content: [result] },
  ];
  const request = inbound.transcode!.decodeRequest(inbound.read({ model: "acme/large", max_tokens: 99, messages }));
  return wireNamed(to).outbound!.encodeRequest(request, leg());
}

describe("names of tools that a search has found are words where there are no references, which is told", () => {
  test.each(OTHERS)("%s", (to) => {
    const { body, dropped } = afterSearch(FOUND[1]!, to);
    expect(dropped).toEqual(["tool_reference"]);
    expect(JSON.stringify(body)).not.toContain("tool_reference");
    expect(JSON.stringify(body)).toMatch(/get_weather.*One was found\./);
  });

  test.each(OTHERS)("%s, where there is nothing else in it", (to) => {
    const named = ["get_weather", "get_time"].map((tool_name) => ({ type: "tool_reference", tool_name }));
    const { body, dropped } = afterSearch({ ...FOUND[1]!, content: named }, to);
    expect(dropped).toEqual(["tool_reference"]);
    expect(JSON.stringify(body)).toMatch(
      /(?:tool_call_id|function_call_output|functionResponse|toolResult).*"get_weather, get_time"/,
    );
  });

  test("but not where they are understood", () => {
    const { body, dropped } = afterSearch(FOUND[1]!, "anthropic-messages");
    expect(dropped).toEqual([]);
    expect((body.messages as JsonObject[])[2]).toEqual({ role: "user", content: [FOUND[1]!] });
  });
});

describe("what a client shows is not left out: the request is refused where nobody can read it", () => {
  test.each(["openai-responses", "gemini-generate", "bedrock-converse"] as const)("%s", (to) => {
    const inbound = wireNamed("anthropic-messages").inbound!;
    const shown = { role: "user", content: [{ type: "container_upload_v9", ref: "x" }] };
    const request = inbound.transcode!.decodeRequest(
      inbound.read({ model: "acme/large", max_tokens: 99, messages: [shown] }),
    );
    expect(() => wireNamed(to).outbound!.encodeRequest(request, leg())).toThrow(GatewayError);
  });
});
