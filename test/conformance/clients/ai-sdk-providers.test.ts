import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embed, embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai7";
import { z } from "zod";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { watchLedger } from "../../faults/ledger.ts";
import { KEY, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { failure, type Loose } from "../client.ts";

/**
 * The AI SDK by its providers for others' APIs, as coding agents and applications that do not know of a gateway use it: OpenAI's chat
 * completions and Responses, Anthropic's Messages, and what is compatible with the first.
 */

let simulator: Simulator;
let gateway: RunningGateway;
let ways: Record<string, (model: string) => Loose>;
beforeAll(async () => {
  simulator = startSimulator();
  const google = { api_key: "sk-test-google", base_url: `${simulator.url}/google/v1beta` };
  gateway = await startGateway({ config: { providers: { google } } });
  const at = { apiKey: KEY, baseURL: `${gateway.url}/v1` };
  const openai = createOpenAI(at);
  const anthropic = createAnthropic(at);
  const compatible = createOpenAICompatible({
    ...at,
    name: "headgate",
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  ways = {
    "openai by chat": (model) => openai.chat(model),
    "openai by Responses": (model) => openai.responses(model),
    anthropic: (model) => anthropic(model),
    "openai-compatible": (model) => compatible(model),
  };
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});

const MODELS = [
  "openai/gpt-4o",
  "openai/gpt-5",
  "anthropic/claude-sonnet-4.5",
  "google/gemini-3.5-flash",
  "deepseek/deepseek-v4-pro",
] as const;
const BLIND = "deepseek/deepseek-v4-pro";
const WAYS = ["openai by chat", "openai by Responses", "anthropic", "openai-compatible"] as const;
const EVERY = WAYS.flatMap((way) => MODELS.map((model) => [way, model] as const));

/** Without this, OpenAI's provider refers to items of an answer by their ids, which only the account's owner may. */
const providerOptions = { openai: { store: false } };

const weather = tool({
  description: "The weather of a city",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `7 degrees in ${city}`,
});

/** The error of a call. Each provider has the class from a copy of its own, and they know it by a mark. */
async function refusalOf(call: PromiseLike<unknown>): Promise<APICallError> {
  const error: Loose = await failure(call, Error);
  if (!APICallError.isInstance(error)) throw error;
  return error;
}

describe.each(EVERY)("%s, %s", (way, name) => {
  const ask = (more: Loose): Loose => ({ model: ways[way]!(name), maxRetries: 0, providerOptions, ...more });

  test("a text, and its tokens", async () => {
    const ledger = watchLedger(gateway);
    const { text, usage, finishReason } = await generateText(ask({ system: "You are terse.", prompt: "Hello" }));
    expect(text).toContain('You wrote: "Hello"');
    const { input, output } = await ledger.at(0);
    expect([usage.inputTokens, usage.outputTokens, finishReason]).toEqual([input!, output!, "stop"]);
  });

  test("a stream: its pieces, and its tokens once", async () => {
    const ledger = watchLedger(gateway);
    const result = streamText(ask({ prompt: "[sim tokens=5 mark=g every=0] Hello" }));
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.join("")).toBe("g-0 g-1 g-2 g-3 g-4");
    expect(pieces.length).toBeGreaterThan(1);
    const { input, output } = await ledger.at(0);
    expect(await result.usage).toMatchObject({ inputTokens: input!, outputTokens: output! });
  });

  test.each([false, true])("two rounds with a tool, and thoughts between them (streamed: %p)", async (streamed) => {
    const prompt = "[sim think=3 rounds=2 every=0] Use get_weather";
    const request = ask({ prompt, tools: { get_weather: weather }, stopWhen: stepCountIs(5) });
    const result: Loose = streamed ? streamText(request) : await generateText(request);
    expect(await result.text).toContain("7 degrees");
    expect(await result.steps).toHaveLength(3);
  });

  test("an object of a schema", async () => {
    const schema = z.object({ name: z.string(), guests: z.array(z.string()) });
    const { output } = await generateText(ask({ prompt: "Alice and Bob meet.", output: Output.object({ schema }) }));
    expect(schema.parse(output)).toEqual(output as Loose);
  });

  test("a picture; of a model that reads none, that is said", async () => {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const content = [
      { type: "text", text: "What is it?" },
      { type: "file", mediaType: "image/png", data: Buffer.from(pixel, "base64") },
    ];
    const call = generateText(ask({ messages: [{ role: "user", content }] }));
    if (name === BLIND) {
      const refusal = await refusalOf(call);
      expect([refusal.statusCode, refusal.message]).toEqual([400, expect.stringContaining("reads no images")]);
      return;
    }
    expect((await call).text).toContain("What is it?");
    const { requests } = name.startsWith("google/") ? simulator : gateway.simulator;
    expect(JSON.stringify(requests.at(-1)!.body)).toContain(pixel);
  });

  test("an error: its status, and the provider's words", async () => {
    const refusal = await refusalOf(generateText(ask({ prompt: "[sim status=400 message=Never]" })));
    expect([refusal.statusCode, refusal.message, refusal.isRetryable]).toEqual([400, "Never", false]);
  });

  test("a stream that breaks off is told as an error", async () => {
    const errors: unknown[] = [];
    const onError = ({ error }: { error: unknown }) => errors.push(error);
    const { fullStream } = streamText(ask({ prompt: "[sim tokens=20 every=0 error=5] Hello", onError }));
    for await (const _ of fullStream);
    // Responses end with an event of the error and one of the response that failed, as OpenAI does.
    expect(errors).toHaveLength(way === "openai by Responses" ? 2 : 1);
  });
});

test("who refers to items of an answer hears how its provider is told otherwise", async () => {
  const request = { prompt: "[sim think=3 every=0] Use get_weather", tools: { get_weather: weather } };
  const model = ways["openai by Responses"]!("openai/gpt-5");
  const call = generateText({ model, maxRetries: 0, stopWhen: stepCountIs(3), ...request });
  const refusal = await refusalOf(call);
  expect([refusal.statusCode, refusal.message]).toEqual([400, expect.stringContaining("`store: false`")]);
});

test("vectors, one and several", async () => {
  const at = { apiKey: KEY, baseURL: `${gateway.url}/v1` };
  const name = "openai/text-embedding-3-small";
  for (const model of [
    createOpenAI(at).embeddingModel(name),
    createOpenAICompatible({ ...at, name: "headgate" }).embeddingModel(name),
  ]) {
    const { embedding } = await embed({ model, value: "Hello" });
    expect(embedding).toHaveLength(1536);
    const { embeddings } = await embedMany({ model, values: ["Hello", "World"] });
    expect(embeddings[0]).toEqual(embedding);
  }
});
