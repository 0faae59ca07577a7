import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { APIError } from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { failure, type Loose } from "./client.ts";
import { anthropicAt, eventsOf, say } from "./messages-client.ts";

/** Claude where others serve it: Anthropic's client must not notice, and OpenAI's client reaches it too. */

const CLAUDE = "anthropic/claude-sonnet-4.5";
const HOSTS = {
  vertex: {
    whole: "/vertex/v1/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict",
    stream: "/vertex/v1/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict",
    count: "/vertex/v1/publishers/anthropic/models/count-tokens:rawPredict",
    version: "vertex-2023-10-16",
  },
  bedrock: {
    whole: "/bedrock/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke",
    stream: "/bedrock/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream",
    count: "/bedrock/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens",
    version: "bedrock-2023-05-31",
  },
} as const;

let simulator: Simulator;
let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  simulator = startSimulator();
  const key = { access_key_id: "AKIDEXAMPLE", secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  gateway = await startGateway({
    config: {
      providers: {
        vertex: { api_key: "sk-test-vertex", base_url: `${simulator.url}/vertex/v1` },
        bedrock: { ...key, region: "eu-west-1", base_url: `${simulator.url}/bedrock` },
      },
    },
  });
  client = anthropicAt(gateway, { maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => simulator.forget());

const tool = (name: string): Anthropic.Tool => ({
  name,
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
});
const tools = [tool("get_weather"), tool("get_time")];
const sent = () => simulator.requests.at(-1)!;

type Take = (request: Anthropic.MessageCreateParamsNonStreaming) => Promise<Anthropic.Message>;
const WAYS: readonly (readonly ["whole" | "stream", Take])[] = [
  ["whole", (request) => client.messages.create(request)],
  ["stream", (request) => client.messages.stream(request).finalMessage()],
];

describe.each(Object.keys(HOSTS) as (keyof typeof HOSTS)[])("at %s", (provider) => {
  const host = HOSTS[provider];
  const only = { providerOptions: { gateway: { only: [provider] } } };
  const ask = (text: string, more: object = {}): Loose => ({ ...say(CLAUDE, text), ...only, ...more });

  test.each(WAYS)("words, and what they cost (%s)", async (way, take) => {
    const answer = await take(ask('[sim say="The gate: 世界 👋" cached=100 cache-write=20 every=0]'));
    expect(answer.content).toEqual([{ type: "text", text: "The gate: 世界 👋" }] as Loose);
    expect([answer.model, answer.stop_reason]).toEqual([CLAUDE, "end_turn"]);
    expect(sent().path).toBe(host[way]);
    const { anthropic_version, model, ...body } = sent().body as Loose;
    expect([anthropic_version, model]).toEqual([host.version, undefined]);
    expect(body).toMatchObject({ max_tokens: 4000, messages: [{ role: "user" }] });
    expect(body.providerOptions).toBeUndefined();
    const row = gateway.row(answer.id)!;
    expect(row).toMatchObject({
      provider,
      mode: "relay",
      error: null,
      estimated: false,
      cacheRead: 100,
      cacheWrite: 20,
    });
    expect(row.cost).toBeGreaterThan(0);
    expect(answer.usage).toMatchObject({ cache_read_input_tokens: 100, cache_creation_input_tokens: 20 });
    expect(answer.usage.input_tokens + 120).toBe(row.input!);
  });

  test("the events are Anthropic's, one after the other", async () => {
    const text = await (await gateway.post("/v1/messages", ask("[sim tokens=3 every=0]", { stream: true }))).text();
    expect(eventsOf(text).map(({ event }) => event)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      ...Array.from({ length: 3 }, () => "content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  test.each(WAYS)("thinking and tools close their loop (%s)", async (_, take) => {
    const thinking = { thinking: { type: "enabled", budget_tokens: 2000 } };
    const user = { role: "user" as const, content: "[sim think=6 every=0] Use get_weather and get_time" };
    const first = await take(ask("", { tools, messages: [user], ...thinking }));
    expect(first.content.map(({ type }) => type)).toEqual(
      ["thinking", "text", "tool_use", "tool_use"].filter(
        (type) => type !== "text" || first.content.some((block) => block.type === "text"),
      ) as Loose,
    );
    const results = first.content.flatMap((block) =>
      block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "21 degrees" }] : [],
    );
    const messages = [user, { role: "assistant", content: first.content }, { role: "user", content: results }];
    const second = await take(ask("", { tools, messages, ...thinking }));
    expect(second.stop_reason).toBe("end_turn");
    expect((second as Loose).provider_metadata?.gateway.dropped).toBeUndefined();
    // As Anthropic's own client would send it.
    expect((sent().body as Loose).messages).toEqual(messages);
  });

  test("beta features go along as far as they are taken, and what was left out is told", async () => {
    const beta = "context-1m-2025-08-07,claude-code-20250219,files-api-2025-04-14";
    const reply = await gateway.post("/v1/messages", ask("[sim every=0]"), { "anthropic-beta": beta });
    const { provider_metadata } = (await reply.json()) as Loose;
    expect(provider_metadata.gateway.dropped).toEqual(["anthropic-beta: files-api-2025-04-14"]);
    const { headers, body } = sent() as Loose;
    if (provider === "vertex") expect(headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
    else expect([headers["anthropic-beta"], body.anthropic_beta]).toEqual([undefined, ["context-1m-2025-08-07"]]);
  });

  test("a failure is told in Anthropic's shape, before the answer and within it", async () => {
    const refused = await gateway.post("/v1/messages", ask("[sim status=429]"));
    const told = (await refused.json()) as Loose;
    expect([refused.status, told.type, told.error.type]).toEqual([429, "error", "rate_limit_error"]);
    for (const scenario of ["cut=3", "error=3", "reset=3"]) {
      const reply = await gateway.post("/v1/messages", ask(`[sim ${scenario} tokens=9 every=0]`, { stream: true }));
      const text = await reply.text();
      expect(text.trimEnd().split("\n\n").at(-1)).toStartWith("event: error\n");
      expect(text).toContain("content_block_delta");
      expect(text).not.toContain("event: message_stop");
      await expect(client.messages.stream(ask(`[sim ${scenario} tokens=9 every=0]`)).finalMessage()).rejects.toThrow();
    }
  });

  test("an error before any content leaves the answer to the next", async () => {
    const request = {
      ...say(CLAUDE, `[sim error=0 path=/${provider} every=0]`),
      ...{ providerOptions: { gateway: { order: [provider] } } },
    };
    const reply = await gateway.post("/v1/messages", { ...request, stream: true });
    const text = await reply.text();
    expect(text).toContain("event: message_stop");
    expect(eventsOf(text)[0]!.data.message.model).toBe(CLAUDE);
  });

  test("tokens are counted there", async () => {
    const told: Loose = await client.messages.countTokens({ ...say(CLAUDE, "Hello"), ...only } as Loose);
    expect(Object.keys(told)).toEqual(["input_tokens"]);
    expect(told.input_tokens).toBeGreaterThan(0);
    expect(sent().path).toBe(host.count);
    // What it would not count is estimated, and says so.
    for (const more of [
      { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
      {
        messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "https://a.example/x" } }] }],
      },
    ]) {
      const told: Loose = await client.messages.countTokens({ ...say(CLAUDE, "Hello"), ...only, ...more } as Loose);
      expect(told).toMatchObject({ input_tokens: expect.any(Number), estimated: true });
    }
  });

  test("what it cannot do is left to Anthropic, or refused", async () => {
    const tools = [{ type: "code_execution_20250825", name: "code_execution" }];
    const error = await failure(client.messages.create(ask("[sim every=0]", { tools })), APIError);
    expect([error.status, (error as Loose).error.error.type]).toEqual([400, "invalid_request_error"]);
    expect(simulator.requests).toHaveLength(0);
    const order = { providerOptions: { gateway: { order: [provider] } } };
    const reply = await client.messages.create({ ...say(CLAUDE, "[sim every=0]"), tools, ...order } as Loose);
    expect(gateway.row(reply.id)!.provider).toBe("anthropic");
  });

  test("an image by its address is fetched for it", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const snapshot: Loose = gateway.headgate.gateway.snapshot;
    const { fetchFile } = snapshot;
    const fetched: string[] = [];
    // The world outside is not asked: only what comes back from it is made up.
    snapshot.fetchFile = async (url: string) => {
      fetched.push(url);
      return { from: "data", mediaType: "image/png", base64: png };
    };
    try {
      const source = { type: "url", url: "https://images.example/x.png" };
      const content = [
        { type: "image", source },
        { type: "text", text: "[sim every=0] What is it?" },
      ];
      const answer = await client.messages.create(ask("", { messages: [{ role: "user", content }] }));
      expect(answer.stop_reason).toBe("end_turn");
    } finally {
      snapshot.fetchFile = fetchFile;
    }
    expect(fetched).toEqual(["https://images.example/x.png"]);
    expect((sent().body as Loose).messages[0].content[0].source).toEqual({
      type: "base64",
      media_type: "image/png",
      data: png,
    });
    // An address that may not be asked is told, and nothing is sent.
    simulator.forget();
    const at = { type: "image", source: { type: "url", url: "http://127.0.0.1/x.png" } };
    const error = await failure(
      client.messages.create(ask("", { messages: [{ role: "user", content: [at] }] })),
      APIError,
    );
    expect(error.status as number).toBe(400);
    expect(simulator.requests).toHaveLength(0);
  });
});

describe("other doors", () => {
  let openai: OpenAI;
  beforeAll(() => {
    openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  });
  const request = (text: string, more: Loose = {}): Loose => ({
    model: CLAUDE,
    messages: [{ role: "user", content: text }],
    providerOptions: { gateway: { only: ["vertex"] } },
    ...more,
  });

  test("reach Claude at Vertex AI in its own wire, whole and streamed", async () => {
    const whole = await openai.chat.completions.create(request('[sim say="Open." every=0]'));
    expect(whole.choices[0]!.message.content).toBe("Open.");
    expect(sent().path).toBe(HOSTS.vertex.whole);
    const stream = openai.chat.completions.stream(
      request("[sim think=4 every=0] Use f", {
        reasoning: { max_tokens: 1024 },
        tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
      }),
    );
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]!.finish_reason).toBe("tool_calls");
    expect(sent().path).toBe(HOSTS.vertex.stream);
    const response = await openai.responses.create({
      model: CLAUDE,
      input: '[sim say="Open." every=0]',
      providerOptions: { gateway: { only: ["vertex"] } },
    } as Loose);
    expect(response.output_text).toBe("Open.");
  });

  test("reach it at Bedrock by Converse", async () => {
    const only = { providerOptions: { gateway: { only: ["bedrock"] } } };
    await openai.chat.completions.create(request("[sim every=0]", only));
    expect(sent().path).toEndWith("/converse");
  });
});

test.each(["vertex", "bedrock"])(
  "the built-in simulator stands in for %s too, and is shown nobody's secret",
  async (provider) => {
    const simulated = await startGateway({ config: { simulate: "always" } });
    try {
      const only = { providerOptions: { gateway: { only: [provider] } } };
      const own = { "x-ai-gateway-api-key": KEY, authorization: "Bearer somebody-elses" };
      const request = { ...say(CLAUDE, "[sim every=0]"), ...only };
      const reply = await simulated.post("/v1/messages", request, own);
      expect([reply.status, reply.headers.get("x-headgate-simulated")]).toEqual([200, "true"]);
      const streamed = await simulated.post("/v1/messages", { ...request, stream: true });
      expect(await streamed.text()).toContain("event: message_stop");
      const subscriber = { ...own, authorization: "Bearer sk-ant-oat01-own" };
      const asked = await simulated.post("/v1/messages", say(CLAUDE, "[sim every=0]"), subscriber);
      const answer = (await asked.json()) as Loose;
      expect(simulated.row(answer.id)).toMatchObject({ provider: "anthropic", byok: false });
    } finally {
      await simulated.stop();
    }
  },
);

test("Claude is not asked of Vertex AI with an API key alone, which opens Google's own models; what is missing is told", async () => {
  const express = await startGateway({ env: { GOOGLE_VERTEX_API_KEY: "AIzaTest" } });
  try {
    const only = { providerOptions: { gateway: { only: ["vertex"] } } };
    const reply = await express.post("/v1/messages", { ...say(CLAUDE, "Hello"), ...only });
    const { error } = (await reply.json()) as Loose;
    expect([reply.status, error.type]).toEqual([400, "invalid_request_error"]);
    expect(error.message).toContain("vertex for anthropic/claude-sonnet-4.5: not served for an API key alone");
    expect(error.message).toContain("providers.vertex.credentials_file");
    const order = { providerOptions: { gateway: { order: ["vertex", "anthropic"] } } };
    const answer = await express.post("/v1/messages", { ...say(CLAUDE, "[sim every=0]"), ...order });
    expect(((await answer.json()) as Loose).provider_metadata.gateway.routing.finalProvider).toBe("anthropic");
  } finally {
    await express.stop();
  }
});
