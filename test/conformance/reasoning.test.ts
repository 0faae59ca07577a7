import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { isSignatureOf } from "../../src/simulator/anthropic/signature.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, type Loose, nanodollars, promptOf, sent } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const CLAUDE = "anthropic/claude-sonnet-4.6";
const BUDGET = { reasoning: { max_tokens: 2000 }, max_tokens: 8000 };

/** A plain answer's message, with the members that the gateway adds. */
async function messageOf(request: Loose): Promise<Loose> {
  return (await client.chat.completions.create(request)).choices[0]!.message;
}

/** The same of a streamed answer, put together as a client must that keeps the thinking. */
async function streamedMessageOf(request: Loose): Promise<Loose> {
  const message: Loose = { role: "assistant", content: null };
  const stream: Loose = await client.chat.completions.create({ ...request, stream: true });
  for await (const chunk of stream) {
    const { delta } = chunk.choices[0];
    if (delta.content) message.content = (message.content ?? "") + delta.content;
    if (delta.reasoning) message.reasoning = (message.reasoning ?? "") + delta.reasoning;
    if (delta.reasoning_details)
      message.reasoning_details = [...(message.reasoning_details ?? []), ...delta.reasoning_details];
    for (const { index, id, type, function: made } of delta.tool_calls ?? []) {
      message.tool_calls ??= [];
      message.tool_calls[index] ??= { id, type, function: { name: made.name, arguments: "" } };
      message.tool_calls[index].function.arguments += made.arguments;
    }
  }
  return message;
}

describe("thinking is asked of each generation of models in its own words", () => {
  const CASES: readonly [what: string, model: string, more: Loose, body: Loose][] = [
    ["a budget", CLAUDE, BUDGET, { thinking: { type: "enabled", budget_tokens: 2000 }, max_tokens: 8000 }],
    [
      "an effort as a share",
      CLAUDE,
      { reasoning: { effort: "high" }, max_tokens: 10_000 },
      { thinking: { type: "enabled", budget_tokens: 8000 } },
    ],
    [
      "OpenAI's own member",
      CLAUDE,
      { reasoning_effort: "low", max_tokens: 10_000 },
      { thinking: { type: "enabled", budget_tokens: 2000 } },
    ],
    [
      "merely on",
      CLAUDE,
      { reasoning: { enabled: true }, max_tokens: 10_000 },
      { thinking: { type: "enabled", budget_tokens: 5000 } },
    ],
    ["off", CLAUDE, { reasoning: { enabled: false } }, { thinking: { type: "disabled" } }],
    [
      "adaptively",
      "anthropic/claude-sonnet-5",
      { reasoning_effort: "medium" },
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "medium" } },
    ],
    ["an effort", "openai/gpt-5", { reasoning_effort: "low" }, { reasoning_effort: "low" }],
    [
      "the gateway's object as an effort",
      "openai/gpt-5",
      { reasoning: { effort: "low" }, seed: 7 },
      { reasoning_effort: "low" },
    ],
  ];
  test.each(CASES)("%s (%s)", async (_what, model, more, body) => {
    await client.chat.completions.create({ ...ask(model, "Hello"), ...more });
    const got = bodyOf(sent(gateway)) as Loose;
    expect(got).toMatchObject(body);
    if (model.startsWith("openai/")) expect(got.reasoning).toBeUndefined();
  });
});

describe("thinking comes back as text with its signature", () => {
  test.each([
    ["plain", messageOf],
    ["streamed", streamedMessageOf],
  ] as const)("%s", async (_, take) => {
    const message = await take({ ...ask(CLAUDE, '[sim think=9 say="Done." every=0] Hello'), ...BUDGET });
    expect(message.content).toBe("Done.");
    const thought = message.reasoning_details.map(({ text }: Loose) => text).join("");
    expect(message.reasoning).toBe(thought);
    expect(thought.length).toBeGreaterThan(20);
    const [{ signature }] = message.reasoning_details.filter(({ signature }: Loose) => signature);
    expect(isSignatureOf(signature, thought)).toBe(true);
    for (const detail of message.reasoning_details)
      expect(detail).toMatchObject({ type: "reasoning.text", format: "anthropic-claude-v1", index: 0 });
  });

  test("its tokens are part of the output, told apart and paid once", async () => {
    const request: Loose = { ...ask(CLAUDE, "[sim think=30 tokens=10]"), ...BUDGET };
    const answer = await client.chat.completions.create(request);
    expect(answer.usage).toMatchObject({ completion_tokens: 40, completion_tokens_details: { reasoning_tokens: 30 } });
    const cost = nanodollars(CLAUDE, { input: promptOf(sent(gateway)), output: 40 });
    expect(gateway.row(answer.id)).toMatchObject({ output: 40, reasoning: 30, cost });
  });

  test("a redacted thought is sealed, and so is not text", async () => {
    for (const take of [messageOf, streamedMessageOf]) {
      const message = await take({ ...ask(CLAUDE, '[sim redacted think=5 say="Done." every=0]'), ...BUDGET });
      expect(message.reasoning).toBeUndefined();
      expect(message.reasoning_details).toEqual([
        { type: "reasoning.encrypted", data: expect.any(String), format: "anthropic-claude-v1", index: 0 },
      ]);
    }
  });

  test("it is left out where the client wants none of it, and still counted; the seal stays, for the next turn", async () => {
    const request: Loose = {
      ...ask(CLAUDE, '[sim think=9 say="Done." every=0]'),
      max_tokens: 8000,
      reasoning: { max_tokens: 2000, exclude: true },
    };
    for (const take of [messageOf, streamedMessageOf]) {
      const message = await take(request);
      expect(message.content).toBe("Done.");
      expect(message.reasoning ?? "").toBe("");
      expect(message.reasoning_details).toEqual([
        { type: "reasoning.text", text: "", signature: expect.any(String), format: "anthropic-claude-v1", index: 0 },
      ]);
      const messages = [...request.messages, message, { role: "user", content: "Go on" }];
      const { provider_metadata } = await messageOf({ ...request, messages });
      expect(provider_metadata.gateway.dropped).toBeUndefined();
    }
    const answer = await client.chat.completions.create(request as Loose);
    expect(answer.usage!.completion_tokens_details!.reasoning_tokens).toBe(9);
  });

  test("an effort and a budget exclude each other", async () => {
    const request: Loose = { ...ask(CLAUDE, "Hello"), reasoning: { effort: "low", max_tokens: 2000 } };
    const error: Loose = await client.chat.completions.create(request).catch((thrown: unknown) => thrown);
    expect([error.status, error.param, error.code]).toEqual([400, "reasoning", "invalid_request"]);
    expect(gateway.simulator.requests).toHaveLength(0);
    await client.chat.completions.create({
      ...request,
      reasoning: { effort: null, max_tokens: 2000 },
      max_tokens: 8000,
    });
  });

  test("what another provider of OpenAI's wire calls `reasoning_content` comes as `reasoning`", async () => {
    const request = ask("deepseek/deepseek-v4-pro", '[sim quirk=reasoning think=9 say="Done." every=0]');
    for (const take of [messageOf, streamedMessageOf]) {
      const message = await take(request);
      expect(message.content).toBe("Done.");
      expect(message.reasoning.length).toBeGreaterThan(20);
      expect(message.reasoning_content).toBeUndefined();
    }
  });
});

describe("an assistant's turn goes back with its thinking", () => {
  const TOOL = { name: "get_weather", schema: { type: "object", properties: { city: { type: "string" } } } };
  const FIRST = "[sim think=12 every=0] Use get_weather";

  /** The body with which Anthropic's own client goes on after a call of its tool. */
  async function nativeBody(): Promise<Loose> {
    const native = new Anthropic({ apiKey: "sk-test", baseURL: `${gateway.simulator.url}/anthropic`, maxRetries: 0 });
    const request = {
      model: "claude-sonnet-4-6",
      max_tokens: 8000,
      thinking: { type: "enabled" as const, budget_tokens: 2000 },
      tools: [{ name: TOOL.name, input_schema: TOOL.schema as Anthropic.Tool.InputSchema }],
    };
    const user: Anthropic.MessageParam = { role: "user", content: [{ type: "text", text: FIRST }] };
    const first = await native.messages.create({ ...request, messages: [user] });
    const call = first.content.find((block) => block.type === "tool_use")!;
    const result: Anthropic.MessageParam = {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: call.id, content: "21 degrees" }],
    };
    await native.messages.create({
      ...request,
      messages: [user, { role: "assistant", content: first.content }, result],
    });
    return gateway.simulator.requests.at(-1)!.body;
  }

  /** Ids differ from answer to answer; `caller` is something that only Anthropic's format has. */
  function comparable({ messages, thinking, tools, max_tokens, model }: Loose): Loose {
    const told = JSON.parse(JSON.stringify({ messages, thinking, tools, max_tokens, model }));
    for (const { content } of told.messages)
      for (const block of content) {
        delete block.caller;
        if (block.id) block.id = "the call";
        if (block.tool_use_id) block.tool_use_id = "the call";
      }
    return told;
  }

  /** LiteLLM 1.110.2's message: what it does not know of ours it keeps in a member of its own, and sends so. */
  async function gatheredMessageOf(request: Loose): Promise<Loose> {
    const { content, role, tool_calls, ...others } = await messageOf(request);
    return { content, role, tool_calls, function_call: null, provider_specific_fields: others };
  }

  test.each([
    ["plain", messageOf],
    ["streamed", streamedMessageOf],
    ["by LiteLLM", gatheredMessageOf],
  ] as const)("as Anthropic's own client would send it (%s)", async (_, take) => {
    const tools = [{ type: "function" as const, function: { name: TOOL.name, parameters: TOOL.schema } }];
    const first = await take({ ...ask(CLAUDE, FIRST), tools, ...BUDGET });
    expect(first.tool_calls).toHaveLength(1);
    const answer = await client.chat.completions.create({
      model: CLAUDE,
      tools,
      messages: [
        { role: "user", content: FIRST },
        first,
        { role: "tool", tool_call_id: first.tool_calls[0].id, content: "21 degrees" },
      ],
      ...BUDGET,
    } as Loose);
    expect(answer.choices[0]!.message.content).toContain("21 degrees");
    const ours = bodyOf(sent(gateway, 2)) as Loose;
    expect(ours.messages[1].content[0].type).toBe("thinking");
    // A result that is one text goes as a string, the shorter of the two forms.
    expect(comparable(ours)).toEqual(comparable(await nativeBody()));
  });

  test("what LiteLLM gathered does not reach who would refuse it", async () => {
    const gathered = { refusal: null, provider_metadata: {} };
    const messages = [
      { role: "assistant", content: "Hi", provider_specific_fields: gathered },
      { role: "user", content: "Go on" },
    ];
    await client.chat.completions.create({ model: "openai/gpt-4o", messages } as Loose);
    expect((bodyOf(sent(gateway)) as Loose).messages[0]).toEqual({ role: "assistant", content: "Hi" });
  });

  test("a sealed thought goes back sealed", async () => {
    const first = await messageOf({ ...ask(CLAUDE, "[sim redacted think=5]"), ...BUDGET });
    const messages = [{ role: "user", content: "Hello" }, first, { role: "user", content: "Go on" }];
    await client.chat.completions.create({ model: CLAUDE, messages, ...BUDGET } as Loose);
    const [block] = (bodyOf(sent(gateway, 2)) as Loose).messages[1].content;
    expect(block).toEqual({ type: "redacted_thinking", data: first.reasoning_details[0].data });
  });

  test("a signature that was tampered with is left out when the provider refuses it, and the client is told", async () => {
    const first = await messageOf({ ...ask(CLAUDE, "[sim think=5]"), ...BUDGET });
    first.reasoning_details[0].text += "!";
    const messages = [{ role: "user", content: "Hello" }, first, { role: "user", content: "Go on" }];
    const second = await messageOf({ model: CLAUDE, messages, ...BUDGET });
    const [, refused, taken] = gateway.simulator.requests.map(({ body }) => (body as Loose).messages[1]?.content);
    expect([refused[0].type, taken[0].type]).toEqual(["thinking", "text"]);
    expect(second.provider_metadata.gateway.dropped).toEqual(["reasoning_details", "reasoning"]);
  });

  test("to a provider that cannot read it, it is left out and the reply says so", async () => {
    const first = await messageOf({ ...ask(CLAUDE, '[sim think=5 say="Done."]'), ...BUDGET });
    const messages = [{ role: "user", content: "Hello" }, first, { role: "user", content: "Go on" }];
    const second = await messageOf({ model: "openai/gpt-4o", messages });
    const [, back] = (bodyOf(sent(gateway, 2)) as Loose).messages;
    expect(back).toEqual({ role: "assistant", content: "Done." });
    expect(second.provider_metadata.gateway.dropped).toEqual(["reasoning_details"]);
  });
});
