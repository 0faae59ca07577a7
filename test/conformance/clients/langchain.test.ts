import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type AIMessageChunk, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import OpenAI from "openai";
import { z } from "zod";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { watchLedger } from "../../faults/ledger.ts";
import { KEY, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, failure, type Loose, sent } from "../client.ts";

/** LangChain as its users write it, with models of every wire, by way of chat completions and of Responses. */

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
const BLIND = "deepseek/deepseek-v4-pro";
const EVERY = MODELS.flatMap((model) => [false, true].map((responses) => [model, responses] as const));

function llmOf(model: string, useResponsesApi = false, more: Loose = {}): ChatOpenAI {
  const configuration = { baseURL: `${gateway.url}/v1` };
  return new ChatOpenAI({ model, apiKey: KEY, configuration, useResponsesApi, ...more });
}

const cities = z.object({ city: z.string() });
const getWeather = tool(({ city }: z.infer<typeof cities>) => `7 degrees in ${city}`, {
  name: "get_weather",
  description: "The weather of a city",
  schema: cities,
});
const getTime = tool(() => "noon", { name: "get_time", description: "The time", schema: z.object({}) });

/** The chunks of a stream added up as LangChain does, and how many of them had text. */
async function whole(stream: Promise<AsyncIterable<AIMessageChunk>>) {
  let message: AIMessageChunk | undefined;
  let pieces = 0;
  for await (const chunk of await stream) {
    if (chunk.text !== "") pieces++;
    message = message === undefined ? chunk : message.concat(chunk);
  }
  return { message: message!, pieces };
}

describe.each(EVERY)("%s, by Responses: %p", (model, responses) => {
  const llm = (more: Loose = {}) => llmOf(model, responses, more);

  test("invoke: the text, its tokens, and the id of its row", async () => {
    const answer = await llm().invoke([new SystemMessage("You are terse."), new HumanMessage("Hello, world!")]);
    expect(answer.text).toContain('You wrote: "Hello, world!"');
    const row = gateway.row(answer.id!)!;
    expect(answer.usage_metadata).toMatchObject({
      input_tokens: row.input!,
      output_tokens: row.output!,
      total_tokens: row.input! + row.output!,
    });
    expect([row.input! > 0, row.output! > 0]).toEqual([true, true]);
  });

  test("stream: in pieces, and its tokens are told once", async () => {
    const ledger = watchLedger(gateway);
    const { message, pieces } = await whole(llm().stream("[sim tokens=6 mark=g every=0] Hello"));
    expect(message.text).toBe("g-0 g-1 g-2 g-3 g-4 g-5");
    expect(pieces).toBeGreaterThan(1);
    const row = await ledger.at(0);
    expect(message.usage_metadata).toMatchObject({ input_tokens: row.input!, output_tokens: row.output! });
  });

  test("bindTools: two calls at once, and what they return", async () => {
    const able = llm().bindTools([getWeather, getTime]);
    const messages: Loose[] = [new HumanMessage("[sim every=0] Use get_weather and get_time")];
    const first = await able.invoke(messages);
    expect(first.tool_calls!.map(({ name }) => name)).toEqual(["get_weather", "get_time"]);
    messages.push(first);
    const own: Loose = { get_weather: getWeather, get_time: getTime };
    for (const call of first.tool_calls!) messages.push(await own[call.name].invoke(call));
    const second = await able.invoke(messages);
    expect(second.tool_calls).toEqual([]);
    expect(second.text).toContain("noon");
  });

  test("bindTools, streamed: a call in pieces is one call, and can be answered", async () => {
    const able = llm().bindTools([getWeather]);
    const user = new HumanMessage("[sim every=0] Use get_weather");
    const { message } = await whole(able.stream([user]));
    const [call, ...others] = message.tool_calls!;
    expect([call!.name, others]).toEqual(["get_weather", []]);
    const { city } = cities.parse(call!.args);
    const result: Loose = await getWeather.invoke(call as Loose);
    const { message: last } = await whole(able.stream([user, message, result]));
    expect(last.text).toContain(`7 degrees in ${city}`);
  });

  test("bindTools: a tool that must be called is called", async () => {
    // By Responses LangChain 1.6.0 does not send "required".
    for (const tool_choice of responses ? ["get_time"] : ["get_time", "required"]) {
      const answer = await llm().bindTools([getTime], { tool_choice }).invoke("[sim every=0] Hello");
      expect(answer.tool_calls!.map(({ name }) => name)).toEqual(["get_time"]);
    }
  });

  test.each(["jsonSchema", "functionCalling"] as const)("withStructuredOutput, by %s", async (method) => {
    const schema = z.object({ name: z.string(), guests: z.array(z.string()) });
    const answer = await llm().withStructuredOutput(schema, { name: "party", method }).invoke("Alice and Bob meet.");
    expect(schema.parse(answer)).toEqual(answer);
  });

  test("a picture reaches the model; of one that reads none, that is said", async () => {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const url = `data:image/png;base64,${pixel}`;
    const content: Loose[] = [
      { type: "text", text: "What is it?" },
      { type: "image_url", image_url: { url } },
    ];
    const call = llm().invoke([new HumanMessage({ content })]);
    if (model === BLIND) {
      const refusal = await failure(call, OpenAI.BadRequestError);
      expect([refusal.code, refusal.message]).toEqual(["unsupported", expect.stringContaining("reads no images")]);
      return;
    }
    expect((await call).text).toContain("What is it?");
    const { requests } = model.startsWith("google/") ? simulator : gateway.simulator;
    expect(JSON.stringify(requests.at(-1)!.body)).toContain(pixel);
  });

  test("a conversation that had a thought in it goes on", async () => {
    const user = new HumanMessage("[sim think=5 every=0 say=One] Count");
    const first = await llm().invoke([user]);
    expect(first.text).toBe("One");
    const second = await llm().invoke([user, first, new HumanMessage("Go on")]);
    expect(second.text).toContain('You wrote: "Go on"');
  });

  test("an error is of the class of its status, with the provider's words", async () => {
    const refusal = await failure(llm().invoke("[sim status=400 message=Never] Hello"), OpenAI.BadRequestError);
    expect(refusal.message).toContain("Never");
    // LangChain itself asks six times more.
    const down: Loose = await failure(llm({ maxRetries: 0 }).invoke("[sim status=503] Hello"), Error);
    expect(down.status).toBe(503);
    if (!model.startsWith("google/")) sent(gateway, 2);
  });

  test("a stream that breaks off is no answer", async () => {
    await failure(whole(llm({ maxRetries: 0 }).stream("[sim tokens=20 every=0 error=5] Hello")), Error);
  });

  test("what the gateway is asked beside: other models, and what it is filed under", async () => {
    const providerOptions = { gateway: { tags: ["langchain"], user: "ada" } };
    const modelKwargs = { models: ["mistral/mistral-large-3"], providerOptions };
    const name = model.split("/")[1]!;
    const answer = await llm({ modelKwargs }).invoke(
      [
        `[sim model=${name} status=503]`,
        `[sim path=/google status=503]`,
        `[sim path=/anthropic status=503] Hello`,
      ].join(""),
    );
    expect(gateway.row(answer.id!)).toMatchObject({
      model: "mistral/mistral-large-3",
      requested: model,
      user: "ada",
      tags: '["langchain"]',
    });
  });
});

test("what LangChain sends of a thinking model's own is heard", async () => {
  const llm = llmOf("anthropic/claude-sonnet-4.5", true, { reasoning: { effort: "low", summary: "auto" } });
  const first = await llm.invoke("[sim think=5 every=0] Think");
  const summary: Loose = first.contentBlocks.filter(({ type }) => type === "reasoning");
  expect(summary).toHaveLength(1);
  await llm.invoke([new HumanMessage("Think"), first, new HumanMessage("Go on")]);
  const { messages } = bodyOf(sent(gateway, 2)) as Loose;
  expect(messages[1].content[0].type).toBe("thinking");
});

test("batch: several at a time, each with its own answer", async () => {
  const answers = await llmOf("openai/gpt-4o").batch(["One", "Two", "Three"]);
  expect(answers.map(({ text }) => /"(\w+)"/.exec(text)![1])).toEqual(["One", "Two", "Three"]);
});

test("who has enough of a stream leaves it", async () => {
  const ledger = watchLedger(gateway);
  const leave = new AbortController();
  const stream = await llmOf("openai/gpt-4o").stream("[sim tokens=endless every=1ms]", { signal: leave.signal });
  const call = (async () => {
    for await (const _ of stream) leave.abort();
  })();
  await failure(call, Error);
  expect((await ledger.at(0)).error).toBe("client_closed");
});

test("embeddings: of one text and of several, as numbers", async () => {
  const configuration = { baseURL: `${gateway.url}/v1` };
  const embeddings = new OpenAIEmbeddings({ model: "openai/text-embedding-3-small", apiKey: KEY, configuration });
  const one = await embeddings.embedQuery("Hello");
  expect(one).toHaveLength(1536);
  const [first, second] = await embeddings.embedDocuments(["Hello", "World"]);
  expect(first).toEqual(one);
  expect(second).not.toEqual(one);
  const short = new OpenAIEmbeddings({
    model: "openai/text-embedding-3-small",
    apiKey: KEY,
    configuration,
    dimensions: 8,
  });
  expect(await short.embedQuery("Hello")).toHaveLength(8);
});

test("a key that is none is told as such", async () => {
  const configuration = { baseURL: `${gateway.url}/v1` };
  const llm = new ChatOpenAI({ model: "openai/gpt-4o", apiKey: "wrong", configuration });
  await failure(llm.invoke("Hello"), OpenAI.AuthenticationError);
});
