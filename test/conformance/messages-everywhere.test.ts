import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Loose } from "./client.ts";
import { anthropicAt, say } from "./messages-client.ts";

/** Anthropic's client and models that neither speak Anthropic's wire nor OpenAI's: Gemini, and Nova on Bedrock. */

let simulator: Simulator;
let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  simulator = startSimulator();
  const key = { access_key_id: "AKIDEXAMPLE", secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  gateway = await startGateway({
    config: {
      providers: {
        google: { api_key: "sk-test-google", base_url: `${simulator.url}/google/v1beta` },
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
const sent = (): Loose => simulator.requests.at(-1)!.body;

type Take = (request: Anthropic.MessageCreateParamsNonStreaming) => Promise<Anthropic.Message>;
const WAYS: readonly (readonly [string, Take])[] = [
  ["plain", (request) => client.messages.create(request)],
  ["streamed", (request) => client.messages.stream(request).finalMessage()],
];

describe.each([
  ["google", "google/gemini-3.5-flash"],
  ["bedrock", "amazon/nova-2-lite"],
] as const)("by way of %s", (provider, model) => {
  const only = { providerOptions: { gateway: { only: [provider] } } };
  const ask = (text: string, more: object = {}): Loose => ({ ...say(model, text), ...only, ...more });

  test.each(WAYS)("words, and what they cost (%s)", async (_, take) => {
    const answer = await take(ask('[sim say="The gate is open." every=0]'));
    expect(answer.content.filter(({ type }) => type === "text")).toMatchObject([{ text: "The gate is open." }]);
    expect([answer.model, answer.stop_reason]).toEqual([model, "end_turn"]);
    const row = gateway.row(answer.id)!;
    expect(row).toMatchObject({ provider, mode: "transcode", error: null, estimated: false });
    expect([answer.usage.input_tokens, answer.usage.output_tokens]).toEqual([row.input!, row.output!]);
    expect(row.cost).toBeGreaterThan(0);
  });

  test.each(WAYS)("a conversation with tools closes its loop, proofs of origin included (%s)", async (_, take) => {
    const user = { role: "user" as const, content: "[sim every=0] Use get_weather and get_time" };
    const thinking = provider === "bedrock" ? { thinking: { type: "enabled", budget_tokens: 2000 } } : {};
    const first = await take(ask("", { tools, messages: [user], ...thinking }));
    expect(first.stop_reason).toBe("tool_use");
    const calls = first.content.filter((block) => block.type === "tool_use");
    expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_time"]);
    const results = calls.map(({ id }) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: "21 degrees",
    }));
    // The stand-ins refuse a turn that comes back without the signature that they gave it.
    const second = await take(
      ask("", {
        tools,
        ...thinking,
        messages: [user, { role: "assistant", content: first.content }, { role: "user", content: results }],
      }),
    );
    expect(second.stop_reason).toBe("end_turn");
    expect((second as Loose).provider_metadata?.gateway.dropped).toBeUndefined();
    const back = JSON.stringify(sent());
    expect(back).toContain(provider === "google" ? '"thoughtSignature":"' : '"signature":"');
    expect(back).not.toContain("hg1.");
  });

  test("a failure is told in Anthropic's shape", async () => {
    const reply = await gateway.post("/v1/messages", ask("[sim status=429]"));
    const { type, error } = (await reply.json()) as Loose;
    expect([reply.status, type, error.type]).toEqual([429, "error", "rate_limit_error"]);
    const broken = await gateway.post("/v1/messages", ask("[sim cut=3 tokens=9 every=0]", { stream: true }));
    const text = await broken.text();
    expect(text.trimEnd().split("\n\n").at(-1)).toStartWith("event: error\n");
    expect(text).not.toContain("event: message_stop");
  });

  test("tokens are counted where they are, and else estimated", async () => {
    const told: Loose = await client.messages.countTokens({ ...say(model, "Hello"), ...only } as Loose);
    const counts = simulator.requests.map(({ path }) => path.split(":").at(-1));
    expect([told.estimated, counts]).toEqual(model.startsWith("google/") ? [undefined, ["countTokens"]] : [true, []]);
  });
});

describe("by way of OpenAI's Responses, where thinking is asked for", () => {
  const thinking = { thinking: { type: "adaptive" as const }, output_config: { effort: "low" as const } };
  const ask = (text: string, more: object = {}): Loose => ({ ...say("openai/gpt-5", text), ...thinking, ...more });
  beforeEach(() => gateway.simulator.forget());

  test.each(WAYS)("sealed thinking goes back with the call that it led to (%s)", async (_, take) => {
    const user = { role: "user" as const, content: "[sim think=6 every=0] Use get_weather" };
    const first = await take(ask("", { tools, messages: [user] }));
    expect(gateway.simulator.requests.at(-1)!.path).toEndWith("/responses");
    expect(first.stop_reason).toBe("tool_use");
    const thoughts = first.content.filter(({ type }) => /thinking/.test(type));
    expect(JSON.stringify(thoughts)).toContain("hg1.openai-responses-v1.");
    const [call] = first.content.filter((block) => block.type === "tool_use");
    const result = { type: "tool_result" as const, tool_use_id: call!.id, content: "21 degrees" };
    const second = await take(
      ask("", {
        tools,
        messages: [user, { role: "assistant", content: first.content }, { role: "user", content: [result] }],
      }),
    );
    expect(second.stop_reason).toBe("end_turn");
    const { input } = gateway.simulator.requests.at(-1)!.body as Loose;
    const reasoning = input.filter(({ type }: Loose) => type === "reasoning");
    expect(reasoning).toHaveLength(1);
    expect(reasoning[0].encrypted_content).toBeString();
    expect(JSON.stringify(input)).not.toContain("hg1.");
  });
});
