import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Simulator, startSimulator } from "../server.ts";

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
type Loose = any;

let simulator: Simulator;
let client: OpenAI;
beforeAll(() => {
  simulator = startSimulator();
  client = new OpenAI({ apiKey: "sk-1", baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
});
afterAll(() => simulator.stop());

const TOOL = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { city: {} } },
  strict: false,
};
const errorOf = (call: Promise<unknown>): Promise<Loose> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

test("a text, whole and in events, read by OpenAI's client", async () => {
  const request = { model: "gpt-4o", input: '[sim say="A gate opens." every=0]', instructions: "Speak." };
  const whole = await client.responses.create(request);
  expect(whole).toMatchObject({ output_text: "A gate opens.", status: "completed", model: "gpt-4o-2024-08-06" });
  const streamed = await client.responses.stream(request).finalResponse();
  expect(streamed.output_text).toBe("A gate opens.");
  expect(streamed.usage).toEqual(whole.usage!);
});

test("thinking is told where it is asked for, and taken back where nobody has changed it", async () => {
  const request: Loose = {
    model: "gpt-5",
    input: "[sim think=9 every=0] Use get_weather",
    tools: [TOOL],
    reasoning: { effort: "low", summary: "auto" },
    include: ["reasoning.encrypted_content"],
  };
  for (const first of [
    await client.responses.create(request),
    await client.responses.stream(request).finalResponse(),
  ]) {
    const [thought, call] = first.output as Loose[];
    expect(thought).toMatchObject({ type: "reasoning", summary: [{ type: "summary_text" }] });
    expect(call).toMatchObject({ type: "function_call", name: "get_weather" });
    expect(first.usage!.output_tokens_details.reasoning_tokens).toBe(9);
    const result = { type: "function_call_output", call_id: call.call_id, output: "21 degrees" };
    const input = [{ role: "user", content: request.input }, ...first.output, result];
    expect((await client.responses.create({ ...request, input })).output_text).toContain("21 degrees");
    const broken = input.map((item: Loose) =>
      item.type === "reasoning" ? { ...item, encrypted_content: `${item.encrypted_content}x` } : item,
    );
    const error = await errorOf(client.responses.create({ ...request, input: broken }));
    expect(error).toMatchObject({ status: 400, code: "invalid_encrypted_content" });
  }
  const mute = await client.responses.create({ ...request, reasoning: { effort: "low" }, include: [] });
  expect(mute.output[0]).toEqual({ id: expect.stringMatching(/^rs_/), type: "reasoning", summary: [] } as Loose);
});

test.each([
  ["length", "max_output_tokens"],
  ["filter", "content_filter"],
])("an end by %s is incomplete", async (finish, reason) => {
  const whole = await client.responses.create({ model: "gpt-4o", input: `[sim finish=${finish} every=0]` });
  expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason } });
});

describe("what the API refuses", () => {
  test.each([
    [{ input: undefined }, "input"],
    [{ input: 7 }, "input"],
    [{ models: ["x"] }, "models"],
    [{ messages: [] }, "messages"],
    [{ tools: [{ type: "function", function: { name: "x" } }] }, "tools[0].name"],
    [{ input: [{ type: "function_call_output", call_id: "c", output: "" }] }, "No tool call found"],
    [{ input: [{ type: "function_call", call_id: "c", name: "x", arguments: "{}" }] }, "No tool output found"],
    [{ input: [{ type: "message", id: "gen_1", role: "assistant", content: "x" }] }, "input[0].id"],
  ] as [Loose, string][])("%j", async (more, words) => {
    const error = await errorOf(client.responses.create({ model: "gpt-4o", input: "Hello", ...more }));
    expect(error.status).toBe(400);
    expect(error.message).toContain(words);
  });
});

test("an error in the middle is an event, at which the client throws", async () => {
  const stream = await client.responses.create({
    model: "gpt-4o",
    input: "[sim tokens=9 every=0 error=3]",
    stream: true,
  });
  const read = async () => {
    for await (const _ of stream);
  };
  expect(await errorOf(read())).toMatchObject({ code: "server_error" });
});
