import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose } from "./client.ts";
import { anthropicAt } from "./messages-client.ts";

/** A chat client whose model is served by signed requests and binary frames, and that does not notice. */

const CLAUDE = "anthropic/claude-sonnet-4.5";
const PATH = "/bedrock/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
/** The operator's own name for Claude: Bedrock's name for it tells that it takes Anthropic's messages. */
const OWN = "acme/claude";
const only: Loose = { providerOptions: { gateway: { only: ["bedrock"] } } };
const KEY = { access_key_id: "AKIDEXAMPLE", secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

let simulator: Simulator;
let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  simulator = startSimulator();
  const models = [{ id: OWN, upstream: "anthropic.claude-sonnet-4-5-20250929-v1:0", abilities: ["tools", "vision"] }];
  const bedrock = {
    ...KEY,
    session_token: "session",
    region: "eu-west-1",
    base_url: `${simulator.url}/bedrock`,
    models,
  };
  gateway = await startGateway({ config: { providers: { bedrock } } });
  client = clientOf(gateway, { maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => simulator.forget());

const said = (text: string, more: Loose = {}): Loose => ({ ...ask(CLAUDE, text), ...only, ...more });
const sent = () => simulator.requests.at(-1)!;

/** A streamed answer, put together by the client's own helper, with what the gateway adds to its last chunk. */
async function streamed(request: Loose): Promise<{ message: Loose; finish: string; last: Loose; reasoning: string }> {
  const chunks: Loose[] = [];
  const stream = client.chat.completions.stream(request).on("chunk", (chunk) => chunks.push(structuredClone(chunk)));
  const { choices } = await stream.finalChatCompletion();
  const deltas = chunks.flatMap((chunk) => chunk.choices.map(({ delta }: Loose) => delta));
  return {
    message: choices[0]!.message,
    finish: choices[0]!.finish_reason,
    last: chunks.at(-1),
    reasoning: deltas.map(({ reasoning }: Loose) => reasoning ?? "").join(""),
  };
}

describe("a text", () => {
  const WORDS = 'You wrote: "Grüße, 世界 👋".';

  test("whole", async () => {
    const reply = (await client.chat.completions.create(said("Grüße, 世界 👋"))) as Loose;
    const { choices, usage } = reply;
    expect(choices[0].message.content).toStartWith(WORDS);
    // Its answers have no id; the request has one.
    expect(choices[0].message.provider_metadata.bedrock.responseId).toMatch(/^[0-9a-f]{32}$/);
    expect(choices[0].finish_reason).toBe("stop");
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    expect(sent().path).toBe(`${PATH}/converse`);
  });

  test("streamed, and the row has what the frames behind the end mark tell", async () => {
    const { message, finish, last } = await streamed(said("Grüße, 世界 👋 [sim cached=100 cache-write=20]"));
    expect(message.content).toStartWith(WORDS);
    expect(finish).toBe("stop");
    const [attempt] = JSON.parse(gateway.row(last.generationId)!.attempts) as Loose[];
    expect(attempt.upstreamId).toMatch(/^[0-9a-f]{32}$/);
    expect(sent().path).toBe(`${PATH}/converse-stream`);
    expect(sent().headers.accept).toBe("application/vnd.amazon.eventstream");
    expect(last.usage.prompt_tokens_details.cached_tokens).toBe(100);
    expect(gateway.row(last.generationId)).toMatchObject({
      provider: "bedrock",
      wire: "openai-chat",
      finish: "stop",
      estimated: false,
      input: last.usage.prompt_tokens,
      cacheRead: 100,
      output: last.usage.completion_tokens,
      error: null,
    });
  });

  test("streamed a few bytes at a time is the same", async () => {
    const { message, finish } = await streamed(said("Grüße, 世界 👋 [sim bytes=7 every=0]"));
    expect(message.content).toStartWith(WORDS);
    expect(finish).toBe("stop");
  });
});

describe("a conversation with thinking and tools", () => {
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];

  test.each([false, true])("closes its loop, streamed: %j", async (stream) => {
    const question = said("What is the weather? [sim tool=weather]", { tools, reasoning: { max_tokens: 1500 } });
    const first: Loose = stream
      ? await rebuilt(question)
      : ((await client.chat.completions.create(question)) as Loose).choices[0].message;
    expect(first.reasoning_details).toMatchObject([{ type: "reasoning.text", format: "anthropic-claude-v1" }]);
    const [call] = first.tool_calls;
    const messages = [...question.messages, first, { role: "tool", tool_call_id: call.id, content: "Rain" }];
    const second = (await client.chat.completions.create({ ...question, messages })) as Loose;
    expect(second.choices[0].message.content).toContain('The tool answered "Rain"');
    const [, assistant, user] = (sent().body as Loose).messages;
    const [{ text, signature }] = first.reasoning_details;
    expect(assistant.content).toEqual([
      { reasoningContent: { reasoningText: { text, signature } } },
      { toolUse: { toolUseId: call.id, name: "weather", input: JSON.parse(call.function.arguments) } },
    ]);
    expect(user.content).toEqual([{ toolResult: { toolUseId: call.id, content: [{ text: "Rain" }] } }]);
  });

  /** A streamed message, put together as a client must that keeps the thinking. */
  async function rebuilt(request: Loose): Promise<Loose> {
    const message: Loose = { role: "assistant", content: null, reasoning_details: [], tool_calls: [] };
    const stream: Loose = await client.chat.completions.create({ ...request, stream: true });
    const details: Loose[] = message.reasoning_details;
    for await (const { choices } of stream) {
      const [{ delta }] = choices;
      for (const detail of delta.reasoning_details ?? []) {
        details[0] ??= { ...detail, text: "" };
        Object.assign(details[0], { ...detail, text: details[0].text + (detail.text ?? "") });
      }
      for (const { id, type, function: made } of delta.tool_calls ?? []) {
        message.tool_calls[0] ??= { id, type, function: { name: made.name, arguments: "" } };
        message.tool_calls[0].function.arguments += made.arguments ?? "";
      }
    }
    return message;
  }
});

test("a schema is asked for as such, and the answer is its JSON", async () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  const format = { type: "json_schema", json_schema: { name: "place", schema } };
  const { choices } = (await client.chat.completions.create(said("Where?", { response_format: format }))) as Loose;
  expect(Object.keys(JSON.parse(choices[0].message.content))).toEqual(["city"]);
  expect((sent().body as Loose).outputConfig.textFormat.type).toBe("json_schema");
});

test("requests are signed for their region, with the session's token, and the secret is nowhere", async () => {
  await client.chat.completions.create(said("Hello"));
  const { headers } = sent();
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
  expect(headers["x-amz-security-token"]).toBe("session");
  expect(JSON.stringify(headers)).not.toContain(KEY.secret_access_key);
});

describe("what goes wrong", () => {
  test.each([
    ["[sim status=429]", 429, "upstream_rate_limited"],
    ["[sim status=403]", 502, "upstream_auth"],
    ["[sim status=424]", 503, "upstream_error"],
    ["[sim status=408]", 503, "upstream_error"],
    ["[sim status=503]", 503, "upstream_overloaded"],
    ["[sim too-long]", 400, "context_length_exceeded"],
    ["[sim status=400]", 400, "upstream_invalid_request"],
  ])("%s is %i %s, plain and streamed", async (does, status, code) => {
    for (const stream of [false, true]) {
      const error = await failure(client.chat.completions.create({ ...said(does), stream }), OpenAI.APIError);
      expect<unknown>([stream, error.status, error.code]).toEqual([stream, status, code]);
    }
  });

  test("an exception before any content is a failed attempt, and another may answer", async () => {
    const error = await failure(
      client.chat.completions.create(said("[sim error=0]", { stream: true })),
      OpenAI.APIError,
    );
    expect<unknown>([error.status, error.code]).toEqual([503, "upstream_error"]);
    const elsewhere = said("[sim error=0 path=/bedrock]", {
      stream: true,
      providerOptions: { gateway: { order: ["bedrock", "anthropic"] } },
    });
    const stream: Loose = await client.chat.completions.create(elsewhere);
    let text = "";
    for await (const { choices } of stream) text += choices[0].delta.content ?? "";
    expect(text).toStartWith("You wrote");
  });

  test.each([
    ["[sim error=3 tokens=9]", "upstream_error"],
    ["[sim eof=3 tokens=9]", "upstream_truncated"],
  ])("%s: what was said is told, and then the error", async (does, code) => {
    const told: Loose[] = [];
    const run = async () => {
      const stream: Loose = await client.chat.completions.create(said(does, { stream: true }));
      for await (const chunk of stream) told.push(chunk);
    };
    expect((await failure(run(), OpenAI.APIError)).code).toBe(code);
    expect(told.filter(({ choices }) => choices[0]?.delta.content).length).toBe(3);
  });

  test("a frame beyond any size is refused, not waited for", async () => {
    const request = said("[sim big=50000000]", { stream: true });
    expect((await failure(client.chat.completions.create(request), OpenAI.APIError)).code).toBe("upstream_malformed");
  });
});

describe("Anthropic's client, under the operator's own name for Claude, needs no translation: it", () => {
  const WEATHER: Anthropic.Tool = { name: "weather", input_schema: { type: "object", properties: {} } };
  const request = (text: string, more: Loose = {}): Anthropic.MessageCreateParamsNonStreaming => ({
    model: OWN,
    max_tokens: 4000,
    messages: [{ role: "user", content: text }],
    ...only,
    ...more,
  });
  const anthropic = () => anthropicAt(gateway, { maxRetries: 0 });
  const WAYS = [
    ["plain", (asked: Loose) => anthropic().messages.create(asked) as Promise<Anthropic.Message>],
    ["streamed", (asked: Loose) => anthropic().messages.stream(asked).finalMessage()],
  ] as const;

  test.each(WAYS)("closes the loop of thinking and tools (%s)", async (_, take) => {
    const thinking = { type: "enabled", budget_tokens: 1500 };
    const question = request("What is the weather? [sim tool=weather every=0]", { tools: [WEATHER], thinking });
    const first = await take(question);
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "tool_use"]);
    expect(first.stop_reason).toBe("tool_use");
    const [thought, call] = first.content as [Anthropic.ThinkingBlock, Anthropic.ToolUseBlock];
    const result = { type: "tool_result", tool_use_id: call.id, content: "Rain", is_error: true };
    const turns = [
      { role: "assistant", content: first.content },
      { role: "user", content: [result] },
    ];
    const second = await take({ ...question, messages: [...question.messages, ...turns] });
    expect(second.stop_reason).toBe("end_turn");
    const [, assistant, user] = (sent().body as Loose).messages;
    expect(assistant.content[0]).toEqual(thought);
    expect(user.content).toEqual([result]);
    expect(sent().path).toStartWith("/bedrock/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke");
  });

  test.each(WAYS)("gets withheld thinking and gives it back (%s)", async (_, take) => {
    const question = request("[sim redacted think=5 every=0]", { thinking: { type: "enabled", budget_tokens: 1500 } });
    const first = await take(question);
    const [sealed] = first.content as [Anthropic.RedactedThinkingBlock];
    expect(sealed.type).toBe("redacted_thinking");
    const turns = [
      { role: "assistant", content: first.content },
      { role: "user", content: "Go on" },
    ];
    await take({ ...question, messages: [...question.messages, ...turns] });
    expect((sent().body as Loose).messages[1].content[0]).toEqual(sealed);
  });

  test.each(WAYS)("is told which sequence stopped it, and what the cache gave (%s)", async (way, take) => {
    const system = [{ type: "text", text: `Be brief, and ${way}.`, cache_control: { type: "ephemeral", ttl: "1h" } }];
    const asked = request('[sim say="one two three" cached=100 cache-write=20 every=0]', {
      system,
      stop_sequences: ["two"],
    });
    const { stop_reason, stop_sequence, usage } = await take(asked);
    expect([stop_reason, stop_sequence]).toEqual(["stop_sequence", "two"]);
    expect(usage).toMatchObject({
      cache_read_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 20 },
    });
    expect((sent().body as Loose).system).toEqual(system);
  });
});

test("OpenAI's client gets a response, by its other API, streamed", async () => {
  const asked: Loose = { model: CLAUDE, input: "Grüße", ...only };
  const response = await client.responses.stream(asked).finalResponse();
  expect(response.output_text).toStartWith('You wrote: "Grüße"');
  expect(response.status).toBe("completed");
  expect(sent().path).toBe(`${PATH}/converse-stream`);
});
