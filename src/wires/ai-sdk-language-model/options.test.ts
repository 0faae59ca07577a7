import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { encodeRequest as toClaude } from "../anthropic-messages/encode-request.ts";
import { leg } from "../fixtures/facts.ts";
import { encodeRequest as toChat } from "../openai-chat/encode-request.ts";
import { encodeRequest as toOpenai } from "../openai-responses/encode-request.ts";
import { asked, called } from "./fixtures/call.ts";

const CLAUDE = { ...leg(), provider: "anthropic", model: "anthropic/claude-x" };
const OPENAI = { ...leg(), provider: "openai", model: "openai/gpt-x" };
const SCHEMA = { type: "object", properties: {}, additionalProperties: false };

const claude = (options: JsonObject, members: JsonObject = {}) =>
  toClaude(called({ ...members, providerOptions: { anthropic: options } }), CLAUDE);
const openai = (options: JsonObject, members: JsonObject = {}) =>
  toOpenai(called({ ...members, providerOptions: { openai: options } }), OPENAI);

describe("options in the AI SDK's words", () => {
  test("that are members of the provider's body are laid over it", () => {
    expect(claude({ thinking: { type: "enabled", budgetTokens: 2000 } }).body).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2000 },
    });
    const { body } = openai({
      reasoningEffort: "low",
      reasoningSummary: "detailed",
      textVerbosity: "high",
      store: false,
    });
    expect(body).toMatchObject({ reasoning: { effort: "low", summary: "detailed" }, text: { verbosity: "high" } });
    expect(toChat(called({ providerOptions: { openai: { textVerbosity: "high" } } }), OPENAI).body).toMatchObject({
      verbosity: "high",
    });
  });

  test("that say how to ask are asked so", () => {
    const responseFormat = { type: "json", schema: SCHEMA };
    const strictOf = (options: JsonObject) => openai(options, { responseFormat }).body.text;
    expect(strictOf({ strictJsonSchema: true })).toMatchObject({ format: { strict: true } });
    expect(strictOf({ strictJsonSchema: false })).toMatchObject({ format: { strict: false } });
    expect(strictOf({})).not.toHaveProperty("format.strict");
    const tools = [{ type: "function", name: "look", inputSchema: SCHEMA }];
    expect(claude({ disableParallelToolUse: true }, { tools }).body).toMatchObject({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(openai({ parallelToolCalls: false }, { tools }).body).toMatchObject({ parallel_tool_calls: false });
    expect(called({ providerOptions: { anthropic: { effort: "high" } } }).reasoning).toEqual({ effort: "high" });
    expect(called({ reasoning: "low", providerOptions: { anthropic: { effort: "high" } } }).reasoning).toEqual({
      effort: "low",
    });
  });

  test("that only the SDK's own providers would need never reach one", () => {
    for (const { body, dropped } of [
      claude({ structuredOutputMode: "jsonTool", toolStreaming: false, sendReasoning: true }),
      openai({ systemMessageMode: "developer", forceReasoning: false, strictJsonSchema: true }),
    ]) {
      expect(JSON.stringify(body)).not.toMatch(
        /structured_?output|tool_?streaming|send_?reasoning|system_?message|strict_?json/i,
      );
      expect(dropped).toEqual([]);
    }
  });

  test("that forget thinking leave it out of what is sent back", () => {
    const prompt = [
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", providerOptions: { anthropic: { signature: "c2ln" } } },
          { type: "text", text: "Hi." },
        ],
      },
    ];
    const sent = (options: JsonObject) => JSON.stringify(claude(options, { prompt }).body.messages);
    expect(sent({})).toContain("thinking");
    expect(sent({ sendReasoning: false })).not.toContain("thinking");
  });

  test("of the gateway are the gateway's alone", () => {
    const { gateway, body } = asked({ providerOptions: { gateway: { order: ["acme"] }, acme: { x: 1 } } });
    expect(gateway.options).toEqual({ order: ["acme"] });
    expect(called(body).providerOptions).toEqual({ acme: { x: 1 } });
  });
});

describe("a cap of the words, where Claude is given a budget to think", () => {
  const anthropic = { thinking: { type: "enabled", budgetTokens: 2000 } };
  const capOf = (model: string, options: JsonObject) =>
    asked({ maxOutputTokens: 500, providerOptions: options as never }, { "ai-language-model-id": model });

  test("is the sum of both, as the SDK's provider asks, and so it is reserved", () => {
    const ask = capOf("anthropic/claude-x", { anthropic });
    expect([ask.outputCap, ask.body.maxOutputTokens]).toEqual([2500, 2500]);
    expect(claude(anthropic, { maxOutputTokens: 500 }).body.max_tokens).toBe(500);
  });

  test.each([
    ["openai/gpt-x", { anthropic }],
    ["anthropic/claude-x", {}],
    ["anthropic/claude-x", { anthropic: { thinking: { type: "adaptive" } } }],
    ["anthropic/claude-x", { anthropic: { thinking: { type: "enabled", budgetTokens: -5 } } }],
    ["anthropic/claude-x", { anthropic: { thinking: { type: "enabled", budgetTokens: 1e300 } } }],
  ])("is what it says for %s with %j", (model, options) => {
    expect(capOf(model, options).outputCap).toBe(500);
  });
});
