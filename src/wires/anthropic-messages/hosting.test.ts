import { describe, expect, test } from "bun:test";
import { type ByteText, toByteText } from "../../core/byte-text.ts";
import type { JsonObject } from "../../core/json.ts";
import { awsEvent, awsException } from "../fixtures/aws-frame.ts";
import { ask as chatAsk, errorOf, leg } from "../fixtures/facts.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Quirk } from "../quirk.ts";
import { anthropicMessages } from "./index.ts";

const HELLO = { model: "acme/large", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] };
const CLOUDS = ["raw-predict", "invoke-model"] as const satisfies readonly Quirk[];

function relayed(
  quirk: Quirk,
  members: JsonObject = {},
  facts: { beta?: string; betas?: string[]; more?: Quirk[] } = {},
) {
  const headers = new Headers(facts.beta === undefined ? {} : { "anthropic-beta": facts.beta });
  const ask = anthropicMessages.inbound!.read({ ...HELLO, ...members }, headers);
  return anthropicMessages.relay!.request(ask, { ...leg(quirk, ...(facts.more ?? [])), betas: facts.betas });
}

const hosting = (quirk: Quirk) => anthropicMessages.hosted!(new Set([quirk]))!;

test("who says nothing of it is Anthropic", () => {
  expect(anthropicMessages.hosted!(new Set(["adaptive-thinking"]))).toBeUndefined();
});

describe("the body", () => {
  test("says the version and not the model, and only one of the two says that it streams", () => {
    const { model: _model, ...said } = HELLO;
    expect(relayed("raw-predict", { stream: true })).toEqual({
      body: { anthropic_version: "vertex-2023-10-16", ...said, stream: true },
      dropped: [],
    });
    expect(relayed("invoke-model", { stream: true })).toEqual({
      body: { anthropic_version: "bedrock-2023-05-31", ...said },
      dropped: [],
      headers: { accept: "application/json" },
    });
    expect(relayed("invoke-model")).toEqual({
      body: { anthropic_version: "bedrock-2023-05-31", ...said },
      dropped: [],
    });
  });

  test.each(CLOUDS)("of another wire's request is the same (%s)", (quirk) => {
    const request = openaiChat.inbound!.transcode!.decodeRequest(chatAsk({ max_tokens: 5 }));
    const { body, dropped } = anthropicMessages.outbound!.encodeRequest(request, leg(quirk));
    expect(body).toEqual({
      anthropic_version: expect.any(String),
      max_tokens: 5,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
    expect(dropped).toEqual([]);
  });

  test.each(CLOUDS)("leaves out what only Anthropic has, and tells it, but for the usual tier (%s)", (quirk) => {
    const own = { inference_geo: "us", container: { skills: [] }, speed: "fast" };
    const { body, dropped } = relayed(quirk, { ...own, service_tier: "auto", metadata: { user_id: "u" }, top_k: 3 });
    expect(dropped).toEqual(["container", "inference_geo", "speed"]);
    expect(Object.keys(body)).toEqual(["anthropic_version", "max_tokens", "messages", "metadata", "top_k"]);
    expect(relayed(quirk, { service_tier: "express" }).dropped).toEqual(["service_tier"]);
  });

  test("beta features stand in a field or in the body, each as far as it is taken", () => {
    const facts = { beta: "a-1,b-2,claude-code-20250219", betas: ["a-1"] };
    expect(relayed("raw-predict", {}, facts)).toMatchObject({ headers: { "anthropic-beta": "a-1" } });
    const { body, headers, dropped } = relayed("invoke-model", {}, facts);
    expect([body.anthropic_beta, headers, dropped]).toEqual([["a-1"], undefined, ["anthropic-beta: b-2"]]);
  });

  test("a feature goes by the name that clouds have for it", () => {
    const facts = {
      beta: "advanced-tool-use-2025-11-20, tool-search-tool-2025-10-19",
      betas: ["tool-search-tool-2025-10-19"],
    };
    expect(relayed("raw-predict", {}, facts)).toMatchObject({
      headers: { "anthropic-beta": "tool-search-tool-2025-10-19" },
      dropped: [],
    });
    expect(relayed("invoke-model", {}, facts).body.anthropic_beta).toEqual(["tool-search-tool-2025-10-19"]);
  });

  test.each(CLOUDS)("has cache marks without a scope, which is told (%s)", (quirk) => {
    const mark = { type: "ephemeral", ttl: "1h" };
    const scoped = { ...mark, scope: "global" };
    const blocks = (cache_control: JsonObject): JsonObject => ({
      system: [{ type: "text", text: "Be brief.", cache_control }],
      tools: [{ name: "f", input_schema: { type: "object" }, cache_control }],
      messages: [
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "x", cache_control }] }],
        },
        { role: "user", content: "Hello" },
      ],
    });
    const { body, dropped } = relayed(quirk, blocks(scoped));
    expect(body).toMatchObject(blocks(mark));
    expect(JSON.stringify(body)).not.toContain("scope");
    expect(dropped).toEqual(["cache_control.scope"]);
    expect(relayed(quirk, blocks(mark)).dropped).toEqual([]);
  });

  test("an effort asks for its feature where thinking has none of its own", () => {
    const effort = { output_config: { effort: "low" } };
    expect(relayed("invoke-model", effort).body.anthropic_beta).toEqual(["effort-2025-11-24"]);
    expect(relayed("invoke-model", effort, { beta: "effort-2025-11-24" }).body.anthropic_beta).toHaveLength(1);
    expect(relayed("invoke-model", effort, { more: ["adaptive-thinking"] }).body.anthropic_beta).toBeUndefined();
    expect(relayed("raw-predict", effort).body.anthropic_beta).toBeUndefined();
  });

  test("a guardrail, a latency and a tier are said in header fields", () => {
    const guardrailConfig = {
      guardrailIdentifier: "gr-1",
      guardrailVersion: "DRAFT",
      trace: "enabled",
      streamMode: "x",
    };
    const acme = { guardrailConfig, performanceConfig: { latency: "optimized" }, serviceTier: { type: "flex" } };
    const { body, headers, dropped } = relayed("invoke-model", { providerOptions: { acme } });
    expect(headers).toEqual({
      "x-amzn-bedrock-guardrailidentifier": "gr-1",
      "x-amzn-bedrock-guardrailversion": "DRAFT",
      "x-amzn-bedrock-trace": "ENABLED",
      "x-amzn-bedrock-performanceconfig-latency": "optimized",
      "x-amzn-bedrock-service-tier": "flex",
    });
    expect(Object.keys(body)).toEqual(["anthropic_version", "max_tokens", "messages"]);
    expect(dropped).toEqual(["guardrail_config.stream_mode"]);
    const wicked = { guardrailConfig: { guardrailIdentifier: "a\r\nb: c" } };
    expect(relayed("invoke-model", { providerOptions: { acme: wicked } }).headers).toBeUndefined();
  });

  test("a tier that all providers have a word for is asked of who has it, and told where nobody does", () => {
    const wish = (serviceTier: string) => ({ providerOptions: { gateway: { serviceTier } } });
    for (const tier of ["flex", "priority"]) {
      const { body, headers, dropped } = relayed("invoke-model", wish(tier));
      expect([body.service_tier, headers, dropped]).toEqual([undefined, { "x-amzn-bedrock-service-tier": tier }, []]);
      const google = relayed("raw-predict", wish(tier));
      expect([google.body.service_tier, google.headers, google.dropped]).toEqual([
        undefined,
        undefined,
        ["service_tier"],
      ]);
    }
    const request = openaiChat.inbound!.transcode!.decodeRequest(chatAsk({ service_tier: "flex" }));
    expect(anthropicMessages.outbound!.encodeRequest(request, leg("invoke-model"))).toMatchObject({
      headers: { "x-amzn-bedrock-service-tier": "flex" },
      dropped: [],
    });
    expect(anthropicMessages.outbound!.encodeRequest(request, leg("raw-predict")).dropped).toEqual(["service_tier"]);
  });

  test("options for the maker of what is served count, and the cloud's own before them", () => {
    const providerOptions = { anthropic: { topK: 5, topP: 0.5 }, acme: { topK: 6 } };
    const ask = anthropicMessages.inbound!.read({ ...HELLO, providerOptions });
    const { body } = anthropicMessages.relay!.request(ask, { ...leg("raw-predict"), maker: "anthropic" });
    expect(body).toMatchObject({ top_k: 6, top_p: 0.5 });
  });
});

describe("what only Anthropic's servers can do", () => {
  test.each([
    ["raw-predict", "web_fetch_20250910"],
    ["raw-predict", "code_execution_20250825"],
    ["invoke-model", "web_search_20250305"],
    ["invoke-model", "code_execution_20250825"],
  ] as const)("%s has no %s", (quirk, type) => {
    const error = errorOf(() => relayed(quirk, { tools: [{ type, name: "x" }] }));
    expect([error.code, error.details.param]).toEqual(["unsupported", "tools"]);
  });

  test("searches the web at one of them, and what the client runs is offered at both", () => {
    expect(relayed("raw-predict", { tools: [{ type: "web_search_20250305", name: "web_search" }] }).dropped).toEqual(
      [],
    );
    const tools = [
      { type: "bash_20250124", name: "bash" },
      { name: "f", input_schema: { type: "object" } },
    ];
    for (const quirk of CLOUDS) expect(relayed(quirk, { tools }).body.tools).toEqual(tools);
  });

  test.each(CLOUDS)("calls no servers of MCP (%s)", (quirk) => {
    const mcp_servers = [{ type: "url", url: "https://mcp.example.com", name: "x" }];
    expect(errorOf(() => relayed(quirk, { mcp_servers })).details.param).toBe("mcp_servers");
  });
});

test.each(CLOUDS)("files that were fetched stand where their addresses did, in results of tools too (%s)", (quirk) => {
  const at = (url: string) => ({ type: "url", url });
  const content: JsonObject[] = [
    { type: "image", source: at("https://a.example/x.png"), cache_control: { type: "ephemeral" } },
    { type: "tool_result", tool_use_id: "t", content: [{ type: "document", source: at("https://a.example/y.pdf") }] },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
    { type: "text", text: "And?" },
  ];
  const ask = anthropicMessages.inbound!.read({ ...HELLO, messages: [{ role: "user", content }] });
  const before = structuredClone(ask.body);
  const files = new Map([
    ["https://a.example/x.png", { from: "data", mediaType: "image/png", base64: "eA==" } as const],
    ["https://a.example/y.pdf", { from: "data", mediaType: "application/pdf", base64: "eQ==" } as const],
  ]);
  const { body } = anthropicMessages.relay!.request(ask, leg(quirk), files);
  const data = (media_type: string, data: string) => ({ type: "base64", media_type, data });
  expect(body.messages).toEqual([
    {
      role: "user",
      content: [
        { ...content[0]!, source: data("image/png", "eA==") },
        { ...content[1]!, content: [{ type: "document", source: data("application/pdf", "eQ==") }] },
        content[2]!,
        content[3]!,
      ],
    },
  ]);
  expect(ask.body).toEqual(before);
});

test("paths", () => {
  const [vertex, bedrock] = [hosting("raw-predict"), hosting("invoke-model")];
  expect(vertex.path("claude-haiku-4-5@20251001", false)).toBe("/models/claude-haiku-4-5@20251001:rawPredict");
  expect(vertex.path("a/../b", true)).toBe("/models/a%2F..%2Fb:streamRawPredict");
  expect(bedrock.path("us.anthropic.claude-x-v1:0", false)).toBe("/model/us.anthropic.claude-x-v1%3A0/invoke");
  expect(bedrock.path("arn:aws:x/y", true)).toBe("/model/arn%3Aaws%3Ax%2Fy/invoke-with-response-stream");
  expect(vertex.count.path("x")).toBe("/models/count-tokens:rawPredict");
  expect(bedrock.count.path("global.anthropic.claude-x-v1:0")).toBe("/model/anthropic.claude-x-v1%3A0/count-tokens");
});

test("a request to count names the model in its body, or is wrapped as one to invoke", () => {
  expect(hosting("raw-predict").count.body({ anthropic_version: "v", messages: [] }, "m", new Set())).toEqual({
    anthropic_version: "v",
    messages: [],
    model: "m",
  });
  const { input } = hosting("invoke-model").count.body({ anthropic_version: "v", messages: [] }, "m", new Set()) as {
    input: { invokeModel: { body: string } };
  };
  expect(JSON.parse(Buffer.from(input.invokeModel.body, "base64").toString())).toEqual({
    max_tokens: 1,
    anthropic_version: "v",
    messages: [],
  });
  expect([
    hosting("raw-predict").count.read({ input_tokens: 7 }),
    hosting("invoke-model").count.read({ inputTokens: 7 }),
    hosting("invoke-model").count.read({ inputTokens: "7" }),
  ]).toEqual([7, 7, undefined]);
});

test("refusals are read in whose words they come", () => {
  const anthropic = JSON.stringify({
    type: "error",
    error: { type: "invalid_request_error", message: "max_tokens: bad" },
  });
  const google = JSON.stringify([{ error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED" } }]);
  const decode = (quirk: Quirk, status: number, body: string, headers = {}) => {
    const error = hosting(quirk).decodeError(status, new Headers(headers), body);
    return [error.code, error.message, error.details.upstream?.code];
  };
  expect(decode("raw-predict", 400, anthropic)).toEqual([
    "upstream_invalid_request",
    "max_tokens: bad",
    "invalid_request_error",
  ]);
  expect(decode("raw-predict", 429, google)).toEqual([
    "upstream_rate_limited",
    expect.any(String),
    "RESOURCE_EXHAUSTED",
  ]);
  const type = { "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/coral/" };
  expect(decode("invoke-model", 429, '{"message":"Too many requests"}', type)).toEqual([
    "upstream_rate_limited",
    expect.any(String),
    "ThrottlingException",
  ]);
});

describe("a stream in binary frames", () => {
  const chunk = (event: object | string): ByteText => {
    const json = typeof event === "string" ? event : JSON.stringify(event);
    return awsEvent("chunk", { bytes: Buffer.from(json).toString("base64"), p: "abc" });
  };
  const start = { type: "message_start", message: { id: "msg_bdrk_1", content: [] } };
  const read = (bytes: ByteText, size = bytes.length) => {
    const framing = hosting("invoke-model").framing!();
    const pieces = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    return [...pieces.flatMap((piece) => [...framing.push(piece)]), ...framing.end()];
  };

  test("holds an event in each, however it is cut", () => {
    const bytes =
      awsEvent("initial-response", {}) + chunk(start) + chunk('{"x":1,"type":"ping"}') + chunk('{"é":"世"}');
    const expected = [
      { event: "message_start", data: JSON.stringify(start) },
      { event: "ping", data: '{"x":1,"type":"ping"}' },
      { data: '{"é":"世"}' },
    ];
    for (const size of [1, 7, 64, bytes.length]) expect(read(bytes, size)).toEqual(expected);
  });

  test("ends with an exception, behind what was said before", () => {
    const framing = hosting("invoke-model").framing!();
    const said: unknown[] = [];
    const error = errorOf(() => {
      for (const frame of framing.push(chunk(start) + awsException("throttlingException", "Slow down.") + chunk(start)))
        said.push(frame);
    });
    expect(said).toHaveLength(1);
    expect([error.code, error.details.upstream?.code]).toEqual(["upstream_rate_limited", "ThrottlingException"]);
  });

  test("that is damaged, or holds a chunk of nothing, is no answer", () => {
    const bytes = chunk(start);
    const flipped = bytes.slice(0, 90) + String.fromCharCode(bytes.charCodeAt(90) ^ 1) + bytes.slice(91);
    expect(errorOf(() => read(flipped)).code).toBe("upstream_malformed");
    expect(errorOf(() => read(awsEvent("chunk", {}))).code).toBe("upstream_malformed");
    expect(read(toByteText(Buffer.from(bytes, "latin1")).slice(0, -1))).toEqual([]);
  });
});
