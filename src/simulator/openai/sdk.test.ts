import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { type Simulator, startSimulator } from "../server.ts";
import { vectorOf } from "./embeddings.ts";

let simulator: Simulator;
let client: OpenAI;
beforeAll(() => {
  simulator = startSimulator();
  client = new OpenAI({ apiKey: "sk-test", baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
});
afterAll(() => {
  simulator.stop();
});

const ask = (content: string) => ({ model: "gpt-4o", messages: [{ role: "user" as const, content }] });
const WEATHER = {
  type: "function" as const,
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

/** The error a call fails with. */
async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

describe("the official OpenAI client", () => {
  test("reads a plain answer", async () => {
    const { data, response, request_id } = await client.chat.completions.create(ask("Hello there")).withResponse();
    expect(data.choices[0]?.message.content).toContain("Hello there");
    expect(data.usage?.total_tokens).toBeGreaterThan(40);
    expect(request_id).toMatch(/^req_/);
    expect(response.headers.get("openai-version")).toBe("2020-10-01");
  });

  test("reads a stream", async () => {
    const stream = await client.chat.completions.create({
      ...ask("[sim tokens=20 every=1ms]"),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage?.completion_tokens ?? usage;
    }
    expect(text).toStartWith("Water comes down the channel");
    expect(usage).toBe(20);
  });

  test("leaves a stream, and the simulator sees it", async () => {
    const stream = await client.chat.completions.create({
      ...ask("[sim tokens=5000 every=2ms id=leaving]"),
      stream: true,
    });
    for await (const _chunk of stream) break;
    const gone = await simulator.when(
      ({ text, outcome }) => text.includes("id=leaving") && outcome === "client-closed",
    );
    expect(gone.chunks).toBeLessThan(5000);
  });

  test("collects a stream with its helper", async () => {
    const stream = client.chat.completions.stream({ ...ask("use get_weather [sim every=0]"), tools: [WEATHER] });
    const seen: string[] = [];
    stream.on("tool_calls.function.arguments.delta", ({ arguments_delta }) => seen.push(arguments_delta));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.finish_reason).toBe("tool_calls");
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "get_weather", arguments: '{"city":"Paris"}' },
    });
    expect(seen.join("")).toBe('{"city":"Paris"}');
  });

  test("collects several calls at once with its helper", async () => {
    const tools = ["one", "two", "three"].map((name) => ({
      type: "function" as const,
      function: { name, parameters: { type: "object", properties: { n: { type: "integer" } } } },
    }));
    const completion = await client.chat.completions
      .stream({ ...ask("[sim tools=3 every=0]"), tools })
      .finalChatCompletion();
    expect(
      completion.choices[0]?.message.tool_calls?.map((call) => call.type === "function" && call.function.name),
    ).toEqual(["one", "two", "three"]);
  });

  test.each([false, true])("runs tools until there is an answer (streamed: %p)", async (stream) => {
    const cities: string[] = [];
    const tools = [
      {
        type: "function" as const,
        function: {
          name: "get_weather",
          description: "The weather of a city",
          parameters: WEATHER.function.parameters,
          parse: JSON.parse,
          function: ({ city }: { city: string }) => {
            cities.push(city);
            return "21 degrees and sunny";
          },
        },
      },
    ];
    const request = { ...ask("Please use get_weather [sim every=0]"), tools };
    const runner = stream
      ? client.chat.completions.runTools({ ...request, stream: true })
      : client.chat.completions.runTools(request);
    expect(await runner.finalContent()).toContain("21 degrees and sunny");
    expect(cities).toEqual(["Paris"]);
  });

  test("parses structured output", async () => {
    const Place = z.object({ city: z.string(), days: z.int().min(1).max(7), tags: z.array(z.enum(["warm", "cold"])) });
    const completion = await client.chat.completions.parse({
      ...ask("Where?"),
      response_format: zodResponseFormat(Place, "place"),
    });
    expect(completion.choices[0]?.message.parsed).toMatchObject({ city: "Paris", tags: ["warm"] });
    const streamed = await client.chat.completions
      .stream({ ...ask("Where? [sim every=0]"), response_format: zodResponseFormat(Place, "place") })
      .finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual(completion.choices[0]?.message.parsed as never);
  });

  test("tells of a refusal", async () => {
    const Answer = z.object({ text: z.string() });
    const completion = await client.chat.completions.parse({
      ...ask("[sim refusal]"),
      response_format: zodResponseFormat(Answer, "answer"),
    });
    expect(completion.choices[0]?.message.refusal).toContain("can't help");
    expect(completion.choices[0]?.message.parsed).toBeNull();
  });

  test("decodes embeddings, which it asks for as base64", async () => {
    const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: ["hello", "world"] });
    expect(data).toHaveLength(2);
    expect(Float32Array.from(data[0]?.embedding as number[])).toEqual(vectorOf("hello", 1536));
    expect(simulator.requests.at(-1)?.body).toMatchObject({ encoding_format: "base64" });
  });

  test("reads embeddings as numbers", async () => {
    const { data, usage } = await client.embeddings.create({
      model: "text-embedding-3-large",
      input: "hello",
      encoding_format: "float",
      dimensions: 12,
    });
    expect(data[0]?.embedding).toHaveLength(12);
    expect(usage.total_tokens).toBe(1);
  });

  test("lists models", async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain("gpt-4o");
  });

  test.each([
    ["[sim status=400]", OpenAI.BadRequestError, 400],
    ["[sim status=401]", OpenAI.AuthenticationError, 401],
    ["[sim status=403]", OpenAI.PermissionDeniedError, 403],
    ["[sim status=404]", OpenAI.NotFoundError, 404],
    ["[sim status=429]", OpenAI.RateLimitError, 429],
    ["[sim status=500]", OpenAI.InternalServerError, 500],
    ["[sim html]", OpenAI.InternalServerError, 502],
    ["[sim too-long]", OpenAI.BadRequestError, 400],
  ])("throws the right error for %s", async (directive, kind, status) => {
    const error = await failure(client.chat.completions.create(ask(directive)));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status });
  });

  test("throws an authentication error for a bad key", async () => {
    const bad = new OpenAI({ apiKey: "sk-bad-key", baseURL: `${simulator.url}/v1`, maxRetries: 0 });
    expect(await failure(bad.chat.completions.create(ask("hi")))).toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
  });

  test("comes again when it is told to, and then succeeds", async () => {
    const patient = new OpenAI({ apiKey: "k", baseURL: `${simulator.url}/v1`, maxRetries: 2 });
    const completion = await patient.chat.completions.create(
      ask("[sim first=2 id=patience status=429 retry-after-ms=1 ] [sim say=done]"),
    );
    expect(completion.choices[0]?.message.content).toBe("done");
    expect(simulator.requests.filter(({ text }) => text.includes("id=patience"))).toHaveLength(3);
  });

  test("throws when a stream carries an error or is torn", async () => {
    const read = async (directive: string) => {
      for await (const _ of await client.chat.completions.create({ ...ask(directive), stream: true }));
    };
    expect(await failure(read("[sim tokens=9 every=1ms error=2]"))).toBeInstanceOf(OpenAI.APIError);
    expect(await failure(read("[sim tokens=9 every=1ms reset=2]"))).toBeInstanceOf(Error);
  });

  test("throws a connection error when there is no answer", async () => {
    expect(await failure(client.chat.completions.create(ask("[sim reset]")))).toBeInstanceOf(OpenAI.APIConnectionError);
  });

  test("gives up waiting for silence", async () => {
    const hasty = client.withOptions({ timeout: 50 });
    expect(await failure(hasty.chat.completions.create(ask("[sim silence]")))).toBeInstanceOf(
      OpenAI.APIConnectionTimeoutError,
    );
  });
});
