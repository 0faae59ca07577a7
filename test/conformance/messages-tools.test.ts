import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, failure, type Loose, sent } from "./client.ts";
import { anthropicAt, BY_CHAT, CLAUDE, GPT, MODELS, say } from "./messages-client.ts";

let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway();
  client = anthropicAt(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

function tool(name: string, properties: Record<string, unknown> = { city: { type: "string" } }): Anthropic.Tool {
  return { name, description: `About ${name}`, input_schema: { type: "object", properties } };
}

const WEATHER = tool("get_weather");
const TIME = tool("get_time", { zone: { type: "string" }, hours: { type: "integer" } });
const NOTHING = tool("no_arguments", {});

type Take = (request: Anthropic.MessageCreateParamsNonStreaming) => Promise<Anthropic.Message>;
const WAYS: readonly (readonly [string, Take])[] = [
  ["plain", (request) => client.messages.create(request)],
  ["streamed", (request) => client.messages.stream(request).finalMessage()],
];

const callsOf = ({ content }: Anthropic.Message) => content.filter((block) => block.type === "tool_use");

describe.each(MODELS)("tools of %s", (model) => {
  test.each(WAYS)("several calls at once, each whole and with an id of its own (%s)", async (_, take) => {
    const tools = [WEATHER, TIME, NOTHING];
    const answer = await take({ ...say(model, "[sim tools=3 every=0]"), tools });
    expect(answer.stop_reason).toBe("tool_use");
    const calls = callsOf(answer);
    expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_time", "no_arguments"]);
    expect(calls.map(({ input }) => Object.keys(input as object))).toEqual([["city"], ["zone", "hours"], []]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
    expect(gateway.row(answer.id)!.finish).toBe("tool-calls");
  });

  test.each(WAYS)("results go back to the calls they answer, and the model goes on (%s)", async (_, take) => {
    const tools = [WEATHER, TIME];
    const user: Anthropic.MessageParam = { role: "user", content: "[sim every=0] Use get_weather and get_time" };
    const first = await take({ model, max_tokens: 500, tools, messages: [user] });
    const [weather, time] = callsOf(first);
    const results: Anthropic.ToolResultBlockParam[] = [
      { type: "tool_result", tool_use_id: weather!.id, content: "21 degrees" },
      { type: "tool_result", tool_use_id: time!.id, content: [{ type: "text", text: "noon" }], is_error: true },
    ];
    const second = await take({
      model,
      max_tokens: 500,
      tools,
      ...BY_CHAT,
      messages: [
        user,
        { role: "assistant", content: first.content },
        { role: "user", content: [...results, { type: "text", text: "Well?" }] },
      ],
    });
    expect(second.stop_reason).toBe("end_turn");
    const { messages } = bodyOf(sent(gateway, 2)) as Loose;
    if (model === CLAUDE) {
      expect(messages[1]).toEqual({ role: "assistant", content: first.content });
      expect(messages[2].content).toEqual([...results, { type: "text", text: "Well?" }]);
      return;
    }
    // As a client of OpenAI's would send it: a message for each result, then what the user says.
    expect(messages.slice(1).map(({ role }: Loose) => role)).toEqual(["assistant", "tool", "tool", "user"]);
    const [assistant, one, two, last] = messages.slice(1);
    expect(assistant.tool_calls).toEqual(
      [weather!, time!].map(({ id, name, input }) => ({
        id,
        type: "function",
        function: { name, arguments: JSON.stringify(input) },
      })),
    );
    expect(one).toEqual({ role: "tool", tool_call_id: weather!.id, content: "21 degrees" });
    expect(two).toEqual({ role: "tool", tool_call_id: time!.id, content: "noon" });
    expect(last).toEqual({ role: "user", content: "Well?" });
  });

  test("pieces of a call's input make the whole, in the SDK's own snapshots too", async () => {
    const request = { ...say(model, "[sim every=0] Use get_weather"), tools: [WEATHER] };
    const stream = client.messages.stream(request);
    let json = "";
    let last: unknown;
    stream.on("inputJson", (piece, snapshot) => {
      json += piece;
      last = snapshot;
    });
    const blocks: string[] = [];
    stream.on("contentBlock", ({ type }) => blocks.push(type));
    const [call] = callsOf(await stream.finalMessage());
    expect(JSON.parse(json)).toEqual(call!.input as object);
    expect(last).toEqual(call!.input as object);
    expect(blocks.at(-1)).toBe("tool_use");
  });
});

test("a choice of tools reaches OpenAI in its own words", async () => {
  const ask = async (tool_choice: Anthropic.ToolChoice) => {
    gateway.simulator.forget();
    await client.messages.create({ ...say(GPT, "[sim every=0]"), ...BY_CHAT, tools: [WEATHER], tool_choice });
    const { tool_choice: choice, parallel_tool_calls: parallel } = bodyOf(sent(gateway));
    return [choice, parallel];
  };
  expect(await ask({ type: "auto", disable_parallel_tool_use: true })).toEqual(["auto", false]);
  expect(await ask({ type: "any" })).toEqual(["required", undefined]);
  expect(await ask({ type: "none" })).toEqual(["none", undefined]);
  expect(await ask({ type: "tool", name: "get_weather" })).toEqual([
    { type: "function", function: { name: "get_weather" } },
    undefined,
  ]);
});

test("pictures in a tool's result stand behind the results, where chat completions take them", async () => {
  const call = { type: "tool_use" as const, id: "call_1", name: "look", input: {} };
  const image = {
    type: "image" as const,
    source: { type: "base64" as const, media_type: "image/png" as const, data: "iVBORw0KGgo=" },
  };
  const request = {
    model: GPT,
    max_tokens: 100,
    tools: [tool("look", {})],
    messages: [
      { role: "user" as const, content: "Look." },
      { role: "assistant" as const, content: [call] },
      {
        role: "user" as const,
        content: [
          {
            type: "tool_result" as const,
            tool_use_id: "call_1",
            content: [{ type: "text" as const, text: "Here" }, image],
          },
        ],
      },
    ],
  };
  await client.messages.create(request);
  const { input } = bodyOf(sent(gateway)) as Loose;
  const picture = { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" };
  expect(input.at(-1).output).toEqual([{ type: "input_text", text: "Here" }, picture]);
  await client.messages.create({ ...request, ...BY_CHAT });
  const { messages } = bodyOf(sent(gateway, 2)) as Loose;
  expect(messages.slice(2)).toEqual([
    { role: "tool", tool_call_id: "call_1", content: "Here" },
    {
      role: "user",
      content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }],
    },
  ]);
});

test("tools that Anthropic itself runs are relayed, and refused by name elsewhere before anything is sent", async () => {
  const search = { type: "web_search_20250305" as const, name: "web_search" as const, max_uses: 2 };
  await client.messages.create({ ...say(CLAUDE, "Hello"), tools: [search] });
  expect((bodyOf(sent(gateway)) as Loose).tools).toEqual([search]);
  gateway.simulator.forget();
  const fetch = { type: "web_fetch_20250910", name: "web_fetch" } as Loose;
  const call = client.messages.create({ ...say(GPT, "Hello"), tools: [fetch] });
  const error = await failure(call, Anthropic.BadRequestError);
  expect((error.error as Loose).error).toMatchObject({ code: "unsupported", param: "tools" });
  expect(error.message).toContain("web_fetch_20250910");
  const servers = { ...say(GPT, "Hello"), mcp_servers: [{ type: "url", url: "https://example.org", name: "m" }] };
  const refused = await failure(client.messages.create(servers as Loose), Anthropic.BadRequestError);
  expect(refused.message).toContain("`mcp_servers`");
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("a search of the web is left to who searches by himself, as Claude Code asks for one", async () => {
  const search = { type: "web_search_20250305" as const, name: "web_search" as const, max_uses: 8 };
  const answer: Loose = await client.messages.create({
    ...say(GPT, "[sim every=0] How high is the dam?"),
    tools: [search],
    tool_choice: { type: "tool", name: "web_search" },
  });
  expect(bodyOf(sent(gateway))).toMatchObject({ tools: [{ type: "web_search" }], tool_choice: "required" });
  expect(answer.provider_metadata.gateway.dropped).toEqual(["tools[].max_uses"]);
});

test("what Anthropic's own tools did in the history is left out elsewhere, and told", async () => {
  const answer: Loose = await client.messages.create({
    model: GPT,
    max_tokens: 100,
    ...BY_CHAT,
    messages: [
      { role: "user", content: "Search." },
      {
        role: "assistant",
        content: [
          { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "dam" } },
          { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
          { type: "text", text: "221 m." },
        ],
      },
      { role: "user", content: "And?" },
    ],
  });
  expect((bodyOf(sent(gateway)) as Loose).messages[1]).toEqual({ role: "assistant", content: "221 m." });
  expect(answer.provider_metadata.gateway.dropped).toEqual(["web_search", "web_search_tool_result"]);
});
