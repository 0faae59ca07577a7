import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { continued } from "../../src/gateway/continuation.ts";
import { promptTokens } from "../../src/simulator/openai/prompt.ts";
import { asChat } from "../../src/simulator/openai/responses.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { openaiResponses } from "../../src/wires/openai-responses/index.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, nanodollars, sent } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type Item = OpenAI.Responses.ResponseInputItem;

const GPT = "openai/gpt-4o";
const THINKER = "openai/gpt-5";
const WEATHER = {
  type: "function" as const,
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
  strict: false,
};

describe("a response of OpenAI is relayed", () => {
  const said = "Some of it turns a mill.";

  test("under the gateway's id, model and price, and the request but for the gateway's members", async () => {
    const request: Loose = {
      model: GPT,
      instructions: "Be brief.",
      input: `[sim say="${said}" every=0]`,
      store: false,
      truncation: "auto",
      metadata: { a: "b" },
    };
    const gatewayAlone = { models: ["openai/gpt-5"], tags: ["x"], providerOptions: { gateway: { only: ["openai"] } } };
    const response: Loose = await client.responses.create({ ...request, ...gatewayAlone });
    const received = sent(gateway);
    expect(received.path).toEndWith("/openai/v1/responses");
    expect(bodyOf(received)).toEqual({ ...request, model: "gpt-4o" });
    const tokens = { input: promptTokens(asChat(bodyOf(received))), output: countTokens(said) };
    expect(response).toMatchObject({ model: GPT, output_text: said, service_tier: "default" });
    expect(response.usage).toMatchObject({ input_tokens: tokens.input, output_tokens: tokens.output });
    expect(response.output[0].id).toMatch(/^msg_0/);
    expect(response.provider_metadata.gateway.generationId).toBe(response.id);
    expect(gateway.row(response.id)).toMatchObject({ cost: nanodollars(GPT, tokens), finish: "stop" });
  });

  test("streamed: every event is the provider's, and the last has what the gateway knows", async () => {
    const events: Loose[] = [];
    const stream = await client.responses.create({ model: GPT, input: `[sim say="${said}" every=0]`, stream: true });
    for await (const event of stream) events.push(event);
    const { response } = events.at(-1);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    for (const event of events)
      if (event.response) expect(event.response).toMatchObject({ id: response.id, model: GPT });
    expect(response.provider_metadata.gateway.routing.finalProvider).toBe("openai");
    expect(gateway.row(response.id)).toMatchObject({ output: countTokens(said), streamed: true });
    const final = await client.responses.stream({ model: GPT, input: `[sim say="${said}" every=0]` }).finalResponse();
    expect(final.output_text).toBe(said);
  });

  test("thinking comes with its seal, and goes back to whoever sealed it", async () => {
    const request: Loose = {
      model: THINKER,
      tools: [WEATHER],
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
    };
    const input: Item[] = [{ role: "user", content: "[sim think=9 every=0] Use get_weather" }];
    const first = await client.responses.stream({ ...request, input }).finalResponse();
    const [call] = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    input.push(...(first.output as Item[]), {
      type: "function_call_output",
      call_id: call!.call_id,
      output: "21 degrees",
    });
    const second = await client.responses.create({ ...request, input });
    expect(second.output_text).toContain("21 degrees");
    expect((bodyOf(sent(gateway, 2)) as Loose).input[1]).toEqual(first.output[0]);
  });

  test("what another provider sealed, and ids that the gateway made up, do not reach it", async () => {
    const claude = {
      model: "anthropic/claude-sonnet-4.5",
      reasoning: { effort: "low" as const },
      max_output_tokens: 8000,
    };
    const first = await client.responses.create({ ...claude, input: '[sim think=9 say="Done." every=0]' });
    const input = [{ role: "user", content: "Hello" }, ...first.output, { role: "user", content: "Go on" }] as Item[];
    const second: Loose = await client.responses.create({ model: GPT, input });
    const got = (bodyOf(sent(gateway, 2)) as Loose).input;
    expect(got.map(({ type, role }: Loose) => role ?? type)).toEqual(["user", "assistant", "user"]);
    expect(JSON.stringify(got)).not.toMatch(/_hg|hg1\./);
    expect(second.provider_metadata.gateway.dropped).toEqual(["reasoning"]);
  });

  test("tools that the provider runs are its own business", async () => {
    await client.responses.create({ model: GPT, input: "Hello", tools: [{ type: "web_search" }] });
    expect(bodyOf(sent(gateway)).tools).toEqual([{ type: "web_search" }]);
  });

  test.each(["cut=3", "eof=3", "error=3"])("a stream that breaks (%s) is an error, never an end", async (fault) => {
    const types: string[] = [];
    const read = async () => {
      const input = `[sim tokens=20 every=0 ${fault}]`;
      const stream = await client.responses.create({ model: GPT, input, stream: true });
      for await (const { type } of stream) types.push(type);
    };
    const error = await failure(read(), OpenAI.APIError);
    expect(error.code).toMatch(/^upstream_(truncated|error|reset)$/);
    expect(types.at(-1)).toBe("response.failed");
    expect(types).not.toContain("response.completed");
  });

  test("a refusal is told in the provider's words, with the member that it names", async () => {
    const call = client.responses.create({ model: THINKER, input: "Hello", temperature: 0.3 });
    const error = await failure(call, OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "upstream_invalid_request", param: "temperature" });
  });

  test("what OpenAI cannot do, Claude does: a fallback changes the API, not the reply's shape", async () => {
    const response: Loose = await client.responses.create({
      model: GPT,
      input: '[sim model=gpt-4o status=503] [sim say="Here." every=0]',
      models: ["anthropic/claude-sonnet-4.5"],
    } as Loose);
    expect(response).toMatchObject({ output_text: "Here.", model: "anthropic/claude-sonnet-4.5" });
  });
});

describe("a response that OpenAI keeps is gone on from, under the gateway's id for it", () => {
  const start = (more: Loose = {}) =>
    client.responses.create({ model: GPT, input: "[sim every=0] Use get_weather", tools: [WEATHER], ...more });

  test.each([false, true])("with nothing but what is new (streamed: %p)", async (streamed) => {
    const first = await start();
    const [call] = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    const request = {
      model: GPT,
      previous_response_id: first.id,
      input: [{ type: "function_call_output" as const, call_id: call!.call_id, output: "21 degrees" }],
    };
    const second = streamed
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    expect(second.output_text).toContain("21 degrees");
    expect(second.previous_response_id).toBe(first.id);
    const body = bodyOf(sent(gateway, 2));
    expect(body.previous_response_id).toMatch(/^resp_0/);
    expect(body.input).toEqual(request.input);
    const third = await client.responses.create({ model: GPT, previous_response_id: second.id, input: "And now?" });
    expect(third.status).toBe("completed");
  });

  test("by the provider that keeps it and by no other, whatever was asked of routing", async () => {
    const { id } = await start();
    gateway.simulator.forget();
    const call = client.responses.create({
      model: GPT,
      previous_response_id: id,
      input: "[sim status=503]",
      models: ["anthropic/claude-sonnet-4.5"],
    } as Loose);
    const error = await failure(call, OpenAI.InternalServerError);
    expect(error.code).toBe("upstream_overloaded");
    sent(gateway);
  });

  test("not where it was not to be kept: the provider's own refusal", async () => {
    const { id } = await start({ store: false });
    const call = client.responses.create({ model: GPT, previous_response_id: id, input: "Go on" });
    const error = await failure(call, OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "upstream_invalid_request", param: "previous_response_id" });
    // Of the id that the provider gave it the client knows nothing.
    expect(error.message).toContain(id);
    expect(error.message).not.toContain("resp_");
  });

  test("nor by a model whose provider keeps nothing, nor from such an answer", async () => {
    const { id } = await start();
    const claude = "anthropic/claude-sonnet-4.5";
    const other = await client.responses.create({ model: claude, input: "Hello" });
    for (const [model, previous] of [
      [claude, id],
      [claude, other.id],
      [GPT, other.id],
    ] as const) {
      gateway.simulator.forget();
      const call = client.responses.create({ model, previous_response_id: previous, input: "Go on" });
      const error = await failure(call, OpenAI.BadRequestError);
      expect(error.code).toBe("unsupported");
      expect(error.message).toMatch(/previous_response_id|Nobody keeps/);
      expect(gateway.simulator.requests).toHaveLength(0);
    }
  });

  test("nor by another key: it does not exist there", async () => {
    const { id } = await start();
    const ask = openaiResponses.inbound!.read({ model: GPT, input: "Go on", previous_response_id: id });
    const { generations } = gateway.headgate.gateway;
    await expect(continued(generations, "key_of_another", ask)).rejects.toThrow("this key has no response");
    expect((await continued(generations, "key_environment", ask)).continues).toMatchObject({ id, provider: "openai" });
  });
});

describe("a conversation is made shorter by OpenAI", () => {
  test("and goes on from what only OpenAI can read", async () => {
    const short = await client.responses.compact({ model: GPT, input: "A long story.", instructions: "Be brief." });
    const received = sent(gateway);
    expect(received.path).toEndWith("/openai/v1/responses/compact");
    expect(bodyOf(received)).toEqual({ model: "gpt-4o", input: "A long story.", instructions: "Be brief." });
    expect(short).toMatchObject({ object: "response.compaction", output: [{ role: "user" }, { type: "compaction" }] });
    expect((short as Loose).provider_metadata.gateway.generationId).toBe(short.id);
    const tokens = { input: short.usage.input_tokens, output: short.usage.output_tokens };
    expect(gateway.row(short.id)).toMatchObject({ wire: "openai-compaction", cost: nanodollars(GPT, tokens) });
    const input = [...short.output, { role: "user", content: "Go on" }] as Item[];
    expect((await client.responses.create({ model: GPT, input })).status).toBe("completed");
    expect((bodyOf(sent(gateway, 2)) as Loose).input).toEqual(input);
  });

  test("from a response that it keeps, too", async () => {
    const { id } = await client.responses.create({ model: GPT, input: "A long story." });
    const short = await client.responses.compact({ model: GPT, previous_response_id: id });
    expect(short.output.at(-1)!.type).toBe("compaction");
    expect(bodyOf(sent(gateway, 2)).previous_response_id).toMatch(/^resp_/);
  });

  test("and by nobody else", async () => {
    const call = client.responses.compact({ model: "anthropic/claude-sonnet-4.5" as "gpt-4o", input: "A long story." });
    const error = await failure(call, OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "unsupported" });
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("whatever is wrong is told by its path", async () => {
    const call = client.responses.compact({ model: GPT, input: [{ role: "robot", content: "" }] } as Loose);
    expect(await failure(call, OpenAI.BadRequestError)).toMatchObject({
      code: "invalid_request",
      param: "input[0].role",
    });
  });
});

describe("a chat completion that asks for thinking goes by the API that tells it", () => {
  const REQUEST: Loose = {
    model: THINKER,
    reasoning: { effort: "low" },
    tools: [{ type: "function", function: { name: "get_weather", parameters: WEATHER.parameters } }],
  };
  const FIRST = "[sim think=9 every=0] Use get_weather";

  test("thinking comes as text with its seal, and is taken back in the next turn", async () => {
    const user = { role: "user", content: FIRST };
    const first: Loose = await client.chat.completions.create({ ...REQUEST, messages: [user] });
    const received = sent(gateway);
    expect(received.path).toEndWith("/responses");
    expect(bodyOf(received)).toMatchObject({
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
    });
    const { message, finish_reason: finish } = first.choices[0];
    expect(finish).toBe("tool_calls");
    expect(message.reasoning.length).toBeGreaterThan(20);
    expect(message.reasoning_details.map(({ type }: Loose) => type)).toEqual([
      "reasoning.summary",
      "reasoning.encrypted",
    ]);
    expect(first.usage.completion_tokens_details.reasoning_tokens).toBe(9);
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "21 degrees" };
    const second: Loose = await client.chat.completions.create({ ...REQUEST, messages: [user, message, result] });
    expect(second.choices[0].message.content).toContain("21 degrees");
    const [, thought, call, output] = (bodyOf(sent(gateway, 2)) as Loose).input;
    expect(thought).toMatchObject({ type: "reasoning", encrypted_content: message.reasoning_details[1].data });
    expect([call.type, output.type]).toEqual(["function_call", "function_call_output"]);
  });

  test("streamed, in the chunks that every chat client knows", async () => {
    const stream: Loose = client.chat.completions.stream({ ...REQUEST, messages: [{ role: "user", content: FIRST }] });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0].message.tool_calls[0].function.name).toBe("get_weather");
    expect(sent(gateway).path).toEndWith("/responses");
  });

  test.each([{ seed: 7 }, { stop: ["x"] }, { reasoning: { effort: "none" } }, { reasoning: { exclude: true } }])(
    "with %j it goes by its own, which alone can say that",
    async (more) => {
      await client.chat.completions.create({ ...REQUEST, ...more, messages: [{ role: "user", content: "Hello" }] });
      expect(sent(gateway).path).toEndWith("/chat/completions");
    },
  );
});

test("a message that asks for thinking reaches OpenAI by the API that tells it, and the seal comes back", async () => {
  const anthropic = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 });
  const tools = [{ name: "get_weather", input_schema: WEATHER.parameters as Anthropic.Tool.InputSchema }];
  const request = {
    model: THINKER,
    max_tokens: 8000,
    thinking: { type: "enabled" as const, budget_tokens: 2000 },
    tools,
  };
  const user: Anthropic.MessageParam = { role: "user", content: "[sim think=9 every=0] Use get_weather" };
  const first = await anthropic.messages.create({ ...request, messages: [user] });
  expect(sent(gateway).path).toEndWith("/responses");
  const use = first.content.find((block) => block.type === "tool_use")!;
  const result: Anthropic.MessageParam = {
    role: "user",
    content: [{ type: "tool_result", tool_use_id: use.id, content: "21 degrees" }],
  };
  await anthropic.messages.create({
    ...request,
    messages: [user, { role: "assistant", content: first.content }, result],
  });
  const { input } = bodyOf(sent(gateway, 2)) as Loose;
  expect(input.map(({ type, role }: Loose) => role ?? type)).toEqual([
    "user",
    "reasoning",
    "function_call",
    "function_call_output",
  ]);
});
