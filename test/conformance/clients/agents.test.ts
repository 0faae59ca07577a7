import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Agent, OpenAIProvider, Runner, tool, webSearchTool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { watchLedger } from "../../faults/ledger.ts";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, sent } from "../client.ts";

/** OpenAI's agents as their users write them, with models of every wire, by way of chat completions and of Responses. */

let simulator: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  simulator = startSimulator();
  const google = { api_key: "sk-test-google", base_url: `${simulator.url}/google/v1beta` };
  gateway = await startGateway({ config: { providers: { google } } });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
});
beforeEach(() => gateway.simulator.forget());

const MODELS = [
  "openai/gpt-4o",
  "openai/gpt-5",
  "anthropic/claude-sonnet-4.5",
  "google/gemini-3.5-flash",
  "deepseek/deepseek-v4-pro",
] as const;
const EVERY = MODELS.flatMap((model) => [false, true].map((useResponses) => [model, useResponses] as const));

/** Runs agents over the gateway, and tells nobody else of it. */
function runnerOf(useResponses: boolean, options: Loose = {}): Runner {
  const openAIClient: Loose = clientOf(gateway, options);
  return new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses }), tracingDisabled: true });
}

const cities: string[] = [];
const getWeather = tool({
  name: "get_weather",
  description: "The weather of a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => {
    cities.push(city);
    return `${cities.length * 10} degrees`;
  },
});
const getTime = tool({ name: "get_time", description: "The time", parameters: z.object({}), execute: () => "noon" });
beforeEach(() => {
  cities.length = 0;
});

describe.each(EVERY)("%s, by Responses: %p", (model, useResponses) => {
  const run = (agent: Agent<Loose, Loose>, input: Loose, more: Loose = {}): Promise<Loose> =>
    runnerOf(useResponses).run(agent, input, more) as Loose;

  test("an answer, and its tokens", async () => {
    const ledger = watchLedger(gateway);
    const agent = new Agent({ name: "Assistant", instructions: "You are terse.", model });
    const result = await run(agent, "Hello");
    expect(result.finalOutput).toContain('You wrote: "Hello"');
    const { input, output } = await ledger.at(0);
    expect(result.state.usage).toMatchObject({ requests: 1, inputTokens: input, outputTokens: output });
  });

  test("goes round with tools until there is an answer", async () => {
    const agent = new Agent({ name: "Assistant", model, tools: [getWeather, getTime] });
    const result = await run(agent, "[sim rounds=2 every=0] Use get_weather");
    expect(result.finalOutput).toContain("20 degrees");
    expect(cities).toHaveLength(2);
  });

  test("two calls at once", async () => {
    const agent = new Agent({ name: "Assistant", model, tools: [getWeather, getTime] });
    const result = await run(agent, "[sim every=0] Use get_weather and get_time");
    expect(result.finalOutput).toContain("noon");
    expect(cities).toHaveLength(1);
  });

  test("streamed: in pieces, with a round of tools", async () => {
    const agent = new Agent({ name: "Assistant", model, tools: [getWeather] });
    const result = await run(agent, "[sim every=0] Use get_weather", { stream: true });
    let text = "";
    const kinds = new Set<string>();
    for await (const event of result) {
      kinds.add(event.name ?? event.type);
      if (event.data?.type === "output_text_delta") text += event.data.delta;
    }
    await result.completed;
    expect(text).toContain("10 degrees");
    expect(result.finalOutput).toBe(text);
    expect([...kinds]).toEqual(expect.arrayContaining(["tool_called", "tool_output", "message_output_created"]));
  });

  test("hands over to another agent, of another model", async () => {
    const other = model === "openai/gpt-4o" ? "anthropic/claude-sonnet-4.5" : "openai/gpt-4o";
    const weather = new Agent({
      name: "Weather",
      instructions: "You know the weather.",
      model: other,
      tools: [getWeather],
    });
    const front = Agent.create({ name: "Front", model, handoffs: [weather] });
    const result = await run(front, "[sim rounds=2 every=0] Use transfer_to_Weather, then get_weather");
    expect(result.lastAgent.name).toBe("Weather");
    expect(result.finalOutput).toContain("10 degrees");
  });

  test("an agent as a tool of another", async () => {
    const inner = new Agent({ name: "Inner", model });
    const asTool = inner.asTool({ toolName: "ask_inner", toolDescription: "Asks the other one" });
    const outer = new Agent({ name: "Outer", model, tools: [asTool] });
    const result = await run(outer, "[sim every=0] Use ask_inner");
    expect(result.finalOutput).toContain("You wrote");
  });

  test("an answer in a shape", async () => {
    const outputType = z.object({ name: z.string(), guests: z.array(z.string()) });
    const agent = new Agent({ name: "Planner", model, outputType });
    const result = await run(agent, "Alice and Bob meet.");
    expect(outputType.parse(result.finalOutput)).toEqual(result.finalOutput);
  });

  test("a conversation goes on, with what was thought and called in it", async () => {
    const agent = new Agent({ name: "Assistant", model, tools: [getWeather] });
    const first = await run(agent, "[sim think=5 every=0] Use get_weather");
    const second = await run(agent, [...first.history, { role: "user", content: "Go on" }]);
    expect(second.finalOutput).toContain('"Go on"');
  });

  test("an error is of the class of its status, with the provider's words", async () => {
    const agent = new Agent({ name: "Assistant", model });
    const refusal = await failure(run(agent, "[sim status=400 message=Never] Hello"), OpenAI.BadRequestError);
    expect(refusal.message).toContain("Never");
    const down: Loose = await failure(run(agent, "[sim status=503] Hello"), Error);
    expect(down.status).toBe(503);
  });

  test("a stream that breaks off is no answer", async () => {
    const agent = new Agent({ name: "Assistant", model });
    const result = await run(agent, "[sim tokens=20 every=0 error=5] Hello", { stream: true });
    const read = (async () => {
      for await (const _ of result);
      await result.completed;
    })();
    await failure(read, Error);
  });
});

test("by Responses a conversation goes on from an answer's id, where its provider keeps it", async () => {
  const runner = runnerOf(true);
  const agent = new Agent({ name: "Assistant", model: "openai/gpt-5" });
  const first = await runner.run(agent, "Hello");
  expect(first.lastResponseId).toStartWith("gen_");
  const second = await runner.run(agent, "Go on", { previousResponseId: first.lastResponseId! });
  expect(second.finalOutput).toContain('"Go on"');
  expect(bodyOf(sent(gateway, 2)).previous_response_id).toStartWith("resp_");
  const elsewhere = new Agent({ name: "Assistant", model: "anthropic/claude-sonnet-4.5" });
  const refusal = await failure(
    runner.run(elsewhere, "Go on", { previousResponseId: first.lastResponseId! }),
    OpenAI.BadRequestError,
  );
  expect(refusal.code).toBe("unsupported");
  expect(refusal.message).toContain("openai keeps that response");
});

test.each(["openai/gpt-5", "anthropic/claude-sonnet-4.5"])(
  "by Responses %s keeps its thoughts through a round of tools",
  async (model) => {
    const modelSettings: Loose = {
      reasoning: { effort: "low", summary: "auto" },
      store: false,
      providerData: { include: ["reasoning.encrypted_content"] },
    };
    const agent = new Agent({ name: "Assistant", model, modelSettings, tools: [getWeather] });
    const { finalOutput } = await runnerOf(true).run(agent, "[sim think=5 every=0] Use get_weather");
    expect(finalOutput).toContain("10 degrees");
    const again: Loose = bodyOf(sent(gateway, 2));
    if (model.startsWith("openai/"))
      expect(again.input[1]).toMatchObject({ type: "reasoning", encrypted_content: expect.any(String) });
    else expect(again.messages[1].content[0]).toMatchObject({ type: "thinking", signature: expect.any(String) });
  },
);

test("what the gateway is asked beside: other models, and what it is filed under", async () => {
  for (const useResponses of [false, true]) {
    const ledger = watchLedger(gateway);
    const modelSettings: Loose = {
      providerData: { models: ["openai/gpt-4o"], providerOptions: { gateway: { tags: ["agents"], user: "ada" } } },
    };
    const agent = new Agent({ name: "Assistant", model: "anthropic/claude-sonnet-4.5", modelSettings });
    await runnerOf(useResponses).run(agent, "[sim path=/anthropic status=503] Hello");
    expect(await ledger.at(0)).toMatchObject({ model: "openai/gpt-4o", user: "ada", tags: '["agents"]' });
  }
});

test("who has enough of a run leaves it", async () => {
  for (const useResponses of [false, true]) {
    const ledger = watchLedger(gateway);
    const leave = new AbortController();
    const agent = new Agent({ name: "Assistant", model: "anthropic/claude-sonnet-4.5" });
    const input = "[sim tokens=endless every=1ms] Hello";
    const result = await runnerOf(useResponses).run(agent, input, { stream: true, signal: leave.signal });
    for await (const { type } of result) if (type === "raw_model_stream_event") leave.abort();
    expect((await ledger.at(0)).error).toBe("client_closed");
  }
});

test("a tool of the provider's own goes to a provider that has it, and is left out elsewhere", async () => {
  for (const model of ["openai/gpt-5", "anthropic/claude-sonnet-4.5"]) {
    const agent = new Agent({ name: "Assistant", model, tools: [webSearchTool(), getWeather] });
    const { finalOutput } = await runnerOf(true).run(agent, "[sim every=0] Use get_weather");
    expect(finalOutput).toContain("10 degrees");
    const tools = bodyOf(gateway.simulator.requests.at(-1)!).tools as Loose[];
    const names = tools.map(({ type, name }) => name ?? type);
    expect(names).toEqual(model.startsWith("openai/") ? ["web_search", "get_weather"] : ["get_weather"]);
    cities.length = 0;
  }
});
