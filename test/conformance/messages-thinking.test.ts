import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { seal } from "../../src/wires/anthropic-messages/reasoning.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, type Loose, sent } from "./client.ts";
import { anthropicAt, BY_CHAT, CLAUDE, DEEPSEEK, eventsOf, GPT, say } from "./messages-client.ts";

let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway();
  client = anthropicAt(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const THINKING = { type: "enabled" as const, budget_tokens: 2000 };
const WEATHER: Anthropic.Tool = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};

type Take = (request: Anthropic.MessageCreateParamsNonStreaming) => Promise<Anthropic.Message>;
const WAYS: readonly (readonly [string, Take])[] = [
  ["plain", (request) => client.messages.create(request)],
  ["streamed", (request) => client.messages.stream(request).finalMessage()],
];

describe.each(WAYS)("Claude's thinking (%s)", (_, take) => {
  test("is signed, counted, and goes back as it came", async () => {
    const request = { ...say(CLAUDE, "[sim think=12 every=0] Use get_weather"), tools: [WEATHER], thinking: THINKING };
    const first = await take(request);
    const [thought, call] = first.content as [Anthropic.ThinkingBlock, Anthropic.ToolUseBlock];
    expect([thought.type, call.type]).toEqual(["thinking", "tool_use"]);
    expect(thought.signature.length).toBeGreaterThan(20);
    expect(gateway.row(first.id)!.reasoning).toBe(12);
    const second = await take({
      ...request,
      messages: [
        ...request.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "21 degrees" }] },
      ],
    });
    // The stand-in refuses a signature that is not over these words.
    expect(second.stop_reason).toBe("end_turn");
    expect((bodyOf(sent(gateway, 2)) as Loose).messages[1].content).toEqual(first.content);
  });

  test("may be redacted, and goes back so", async () => {
    const first = await take({ ...say(CLAUDE, "[sim redacted think=5 every=0]"), thinking: THINKING });
    expect(first.content[0]).toEqual({ type: "redacted_thinking", data: expect.any(String) });
    await take({
      ...say(CLAUDE, "Hello"),
      thinking: THINKING,
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: first.content },
        { role: "user", content: "Go on" },
      ],
    });
    expect((bodyOf(sent(gateway, 2)) as Loose).messages[1].content).toEqual(first.content);
  });
});

describe("thinking that goes to somebody else", () => {
  const history = (content: Loose): Anthropic.MessageParam[] => [
    { role: "user", content: "Hello" },
    { role: "assistant", content },
    { role: "user", content: "Go on" },
  ];
  const text = { type: "text", text: "Done." };

  test("Claude's is left out elsewhere, and told", async () => {
    const first = await client.messages.create({ ...say(CLAUDE, '[sim think=5 say="Done."]'), thinking: THINKING });
    const request = { model: GPT, max_tokens: 100, messages: history(first.content), ...BY_CHAT };
    const second: Loose = await client.messages.create(request);
    expect((bodyOf(sent(gateway, 2)) as Loose).messages[1]).toEqual({ role: "assistant", content: "Done." });
    expect(second.provider_metadata.gateway.dropped).toEqual(["reasoning_details"]);
  });

  test("others' does not reach Claude, which would refuse it, also after a fallback", async () => {
    const blocks = [
      { type: "thinking", thinking: "Hm.", signature: "" },
      { type: "thinking", thinking: "Hm.", signature: seal({ format: "openai-responses-v1", id: "rs_1" }) },
      { type: "redacted_thinking", data: seal({ format: "openai-responses-v1", encrypted: "gAAA" }) },
    ];
    const answer: Loose = await client.messages.create({
      ...say(CLAUDE, "Hello"),
      thinking: THINKING,
      messages: history([...blocks, text]),
    });
    expect((bodyOf(sent(gateway)) as Loose).messages[1].content).toEqual([text]);
    expect(answer.provider_metadata.gateway.dropped).toEqual(["thinking"]);
    // A turn that held nothing else is no turn.
    gateway.simulator.forget();
    await client.messages.create({ ...say(CLAUDE, "Hello"), messages: history(blocks) });
    expect((bodyOf(sent(gateway)) as Loose).messages.map(({ role }: Loose) => role)).toEqual(["user", "user"]);
  });

  test("that of a provider of OpenAI's wire comes as a block and goes back in that provider's word", async () => {
    const first = await client.messages.create(
      say(DEEPSEEK, "[sim quirk=reasoning think=9 every=0 tool=get_weather] Hello"),
    );
    const [thought, call] = first.content as [Anthropic.ThinkingBlock, Anthropic.ToolUseBlock];
    expect([thought.type, call.type]).toEqual(["thinking", "tool_use"]);
    const second = await client.messages.create({
      model: DEEPSEEK,
      max_tokens: 100,
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "21" }] },
      ],
    });
    expect(second.stop_reason).toBe("end_turn");
    expect((bodyOf(sent(gateway, 2)) as Loose).messages[1].reasoning_content).toBe(thought.thinking);
  });
});

test("an effort and a budget are asked for in the words of each", async () => {
  const adaptive = { thinking: { type: "adaptive" as const }, output_config: { effort: "high" as const } };
  await client.messages.create({ ...say("openai/gpt-5", "Hello"), ...adaptive });
  expect(bodyOf(sent(gateway))).toMatchObject({ reasoning: { effort: "high" } });
  gateway.simulator.forget();
  await client.messages.create({ ...say("anthropic/claude-opus-4.7", "Hello"), ...adaptive });
  expect(bodyOf(sent(gateway))).toMatchObject(adaptive);
});

test.each([
  ["openai/gpt-5", "max", "high"],
  ["openai/gpt-5", "xhigh", "high"],
  ["openai/gpt-5.2", "max", "xhigh"],
  ["openai/gpt-5.2", "xhigh", undefined],
  ["openai/gpt-6-sol", "max", undefined],
] as const)(
  "of %s more effort than it has, %s, is asked for as what is nearest, which is told",
  async (model, effort, least) => {
    const hard: Loose = { thinking: { type: "adaptive" }, output_config: { effort } };
    for (const more of [hard, { ...hard, ...BY_CHAT }]) {
      gateway.simulator.forget();
      const answer: Loose = await client.messages.create({ ...say(model, "Hello"), ...more });
      const { reasoning, reasoning_effort } = bodyOf(sent(gateway)) as Loose;
      expect(reasoning?.effort ?? reasoning_effort).toBe(least ?? effort);
      const dropped: string[] = answer.provider_metadata.gateway.dropped ?? [];
      expect(dropped.includes("reasoning.effort")).toBe(least !== undefined);
    }
  },
);

test("thinking is streamed before its signature, which comes once and last", async () => {
  const reply = await gateway.post("/v1/messages", {
    ...say(CLAUDE, '[sim think=3 say="Done." every=0]'),
    thinking: THINKING,
    stream: true,
  });
  const deltas = eventsOf(await reply.text()).flatMap(({ event, data }) =>
    event === "content_block_delta" && data.index === 0 ? [data.delta.type] : [],
  );
  expect(deltas).toEqual(["thinking_delta", "thinking_delta", "thinking_delta", "signature_delta"]);
});
