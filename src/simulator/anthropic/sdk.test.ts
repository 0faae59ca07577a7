import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
let client: Anthropic;
beforeAll(() => {
  simulator = startSimulator();
  client = new Anthropic({ apiKey: "sk-test", baseURL: `${simulator.url}/anthropic`, maxRetries: 0 });
});
afterAll(() => {
  simulator.stop();
});

const ask = (content: string) => ({
  model: "claude-sonnet-4-6",
  max_tokens: 4096,
  messages: [{ role: "user" as const, content }],
});
const WEATHER = {
  name: "get_weather",
  input_schema: { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] },
};

/** The error a call fails with. */
async function failure(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

describe("the official Anthropic client", () => {
  test("reads a plain message", async () => {
    const { data, request_id } = await client.messages.create(ask("Hello there")).withResponse();
    expect(data.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("Hello there") });
    expect(data.stop_reason).toBe("end_turn");
    expect(request_id).toMatch(/^req_011C/);
  });

  test("reads a stream", async () => {
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...ask("[sim tokens=5 every=1ms]"), stream: true }))
      types.push(event.type);
    expect(types.at(0)).toBe("message_start");
    expect(types.filter((type) => type === "content_block_delta")).toHaveLength(5);
    expect(types.at(-1)).toBe("message_stop");
  });

  test("collects a stream with its helper", async () => {
    const message = await client.messages.stream(ask("[sim tokens=20 every=0]")).finalMessage();
    expect(message.content[0]).toMatchObject({ text: expect.stringContaining("Water comes down the channel") });
    expect(message.usage).toMatchObject({ output_tokens: 20 });
  });

  test("collects calls of tools with its helper", async () => {
    const inputs: unknown[] = [];
    const stream = client.messages.stream({
      ...ask("get_weather [sim every=0 say='One moment.' tools=2]"),
      tools: [WEATHER, { ...WEATHER, name: "other" }],
    });
    stream.on("inputJson", (_part, snapshot) => inputs.push(snapshot));
    const message = await stream.finalMessage();
    expect(message.content.map((block) => block.type)).toEqual(["text", "tool_use", "tool_use"]);
    expect(message.content[1]).toMatchObject({ name: "get_weather", input: { city: "Paris" } });
    expect(inputs.at(-1)).toEqual({ city: "Paris" });
  });

  test("streams thought with its signature, and sends it back", async () => {
    const thinking = { type: "enabled" as const, budget_tokens: 2000 };
    const stream = client.messages.stream({ ...ask("get_weather [sim every=0 think=12]"), thinking, tools: [WEATHER] });
    let thought = "";
    stream.on("thinking", (delta) => {
      thought += delta;
    });
    const first = await stream.finalMessage();
    // `toMatchObject` of Bun 1.4.5 replaces what an asymmetric matcher has matched: a copy is compared.
    expect(structuredClone(first.content[0])).toMatchObject({
      type: "thinking",
      thinking: thought,
      signature: expect.any(String),
    });
    const call = first.content.find((block) => block.type === "tool_use");
    const second = await client.messages.create({
      ...ask(""),
      thinking,
      tools: [WEATHER],
      messages: [
        ...ask("get_weather").messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id as string, content: "21 degrees" }] },
      ],
    });
    expect(second.content.at(-1)).toMatchObject({ type: "text", text: expect.stringContaining("21 degrees") });
  });

  test("streams redacted thought", async () => {
    const thinking = { type: "enabled" as const, budget_tokens: 2000 };
    const message = await client.messages.stream({ ...ask("[sim every=0 redacted]"), thinking }).finalMessage();
    expect(message.content.map((block) => block.type)).toEqual(["redacted_thinking", "text"]);
  });

  test("parses structured output", async () => {
    const Place = z.object({ city: z.string(), days: z.int() });
    const message = await client.messages.parse({
      ...ask("Where?"),
      output_config: { format: zodOutputFormat(Place) },
    });
    expect(message.parsed_output).toMatchObject({ city: "Paris", days: expect.any(Number) });
  });

  test("runs tools until there is an answer", async () => {
    const cities: unknown[] = [];
    const answer = await client.beta.messages.toolRunner({
      ...ask("Please use get_weather"),
      tools: [
        {
          ...WEATHER,
          type: "custom",
          description: "The weather of a city",
          parse: (input: unknown) => input,
          run: (input: unknown) => {
            cities.push(input);
            return "21 degrees and sunny";
          },
        },
      ],
    });
    expect(answer.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("21 degrees and sunny") });
    expect(cities).toEqual([{ city: "Paris" }]);
  });

  test("counts tokens, and lists models", async () => {
    const { input_tokens } = await client.messages.countTokens({
      model: "claude-sonnet-4-6",
      messages: ask("How many?").messages,
    });
    expect(input_tokens).toBeGreaterThan(5);
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain("claude-opus-5");
  });

  test.each([
    ["[sim status=400]", Anthropic.BadRequestError, 400],
    ["[sim status=401]", Anthropic.AuthenticationError, 401],
    ["[sim status=403]", Anthropic.PermissionDeniedError, 403],
    ["[sim status=404]", Anthropic.NotFoundError, 404],
    ["[sim status=429 retry-after=1]", Anthropic.RateLimitError, 429],
    ["[sim status=500]", Anthropic.InternalServerError, 500],
    ["[sim status=529]", Anthropic.InternalServerError, 529],
    ["[sim html]", Anthropic.InternalServerError, 502],
  ])("throws the right error for %s", async (directive, kind, status) => {
    const error = await failure(client.messages.create(ask(directive)));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status });
  });

  test("throws an authentication error for a bad key", async () => {
    const bad = new Anthropic({ apiKey: "sk-bad", baseURL: simulator.url, maxRetries: 0 });
    expect(await failure(bad.messages.create(ask("hi")))).toBeInstanceOf(Anthropic.AuthenticationError);
  });

  test("comes again after an overload, and then succeeds", async () => {
    const patient = new Anthropic({ apiKey: "k", baseURL: simulator.url, maxRetries: 2 });
    const message = await patient.messages.create(
      ask("[sim first=2 id=patience status=529 retry-after-ms=1] [sim say=done]"),
    );
    expect(message.content[0]).toMatchObject({ text: "done" });
    expect(simulator.requests.filter(({ text }) => text.includes("id=patience"))).toHaveLength(3);
  });

  test("throws when a stream carries an error or is torn", async () => {
    const read = (directive: string) => client.messages.stream(ask(directive)).finalMessage();
    expect(await failure(read("[sim tokens=9 every=1ms error=2]"))).toMatchObject({
      message: expect.stringContaining("Overloaded"),
    });
    expect(await failure(read("[sim tokens=9 every=1ms reset=2]"))).toBeInstanceOf(Error);
    expect(await failure(read("[sim tokens=9 every=1ms cut=2]"))).toBeInstanceOf(Error);
  });

  test("gives up waiting for silence", async () => {
    const hasty = client.withOptions({ timeout: 50 });
    expect(await failure(hasty.messages.create(ask("[sim silence]")))).toBeInstanceOf(
      Anthropic.APIConnectionTimeoutError,
    );
  });
});
