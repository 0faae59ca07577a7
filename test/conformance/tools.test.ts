import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, failure, type Loose, RELAYED, sent, TRANSCODED, WAYS } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type Tool = OpenAI.Chat.Completions.ChatCompletionFunctionTool;
type Call = OpenAI.Chat.Completions.ChatCompletionMessageFunctionToolCall;

function tool(name: string, properties: Record<string, unknown> = { city: { type: "string" } }): Tool {
  return {
    type: "function",
    function: { name, description: `About ${name}`, parameters: { type: "object", properties } },
  };
}

const WEATHER = tool("get_weather");
const TIME = tool("get_time", { zone: { type: "string" }, hours: { type: "integer" } });
const NOTHING = tool("no_arguments", {});

describe.each([...WAYS, "mistral/mistral-large"])("tools of %s", (model) => {
  test("one call, plain: no content, its arguments as JSON text", async () => {
    const answer = await client.chat.completions.create({ ...ask(model, "Use get_weather"), tools: [WEATHER] });
    const { message, finish_reason } = answer.choices[0]!;
    expect(finish_reason).toBe("tool_calls");
    expect(message.content).toBeNull();
    expect(message.tool_calls).toEqual([
      {
        id: expect.any(String),
        type: "function",
        function: { name: "get_weather", arguments: '{"city":"Paris"}' },
      },
    ]);
    expect(gateway.row(answer.id)!.finish).toBe("tool-calls");
  });

  test.each([false, true])("several calls at once have ids of their own (streamed: %p)", async (streamed) => {
    const request = { ...ask(model, "[sim tools=3 every=0]"), tools: [WEATHER, TIME, NOTHING] };
    const completion = streamed
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const calls = completion.choices[0]!.message.tool_calls as Call[];
    expect(calls.map((call) => call.function.name)).toEqual(["get_weather", "get_time", "no_arguments"]);
    expect(calls.map((call) => Object.keys(JSON.parse(call.function.arguments)))).toEqual([
      ["city"],
      ["zone", "hours"],
      [],
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
    expect(completion.choices[0]!.finish_reason).toBe("tool_calls");
  });

  test("a streamed call comes in pieces that make the whole, its name once and its index from 0", async () => {
    const stream = await client.chat.completions.create({
      ...ask(model, "[sim every=0] Use get_weather and get_time"),
      tools: [WEATHER, TIME],
      stream: true,
    });
    const pieces = [];
    for await (const chunk of stream) pieces.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    for (const [index, name] of ["get_weather", "get_time"].entries()) {
      const own = pieces.filter((piece) => piece.index === index);
      expect(own.filter((piece) => piece.id).length).toBe(1);
      expect(own[0]).toMatchObject({ type: "function", function: { name } });
      expect(own.filter((piece) => piece.function?.name)).toHaveLength(1);
      const json = own.map((piece) => piece.function?.arguments ?? "").join("");
      expect(Object.keys(JSON.parse(json))).toEqual(
        Object.keys([WEATHER, TIME][index]!.function.parameters!.properties!),
      );
    }
    expect(pieces.every(({ index }) => index === 0 || index === 1)).toBe(true);
  });

  test("a call without arguments ends as an empty object, streamed too", async () => {
    const request = { ...ask(model, "[sim every=0] Use no_arguments"), tools: [NOTHING] };
    const plain = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [plain, streamed])
      expect((choices[0]!.message.tool_calls![0] as Call).function.arguments).toBe("{}");
  });

  test("text and calls may stand side by side", async () => {
    const request = { ...ask(model, '[sim say="Let me look." tool=get_weather every=0]'), tools: [WEATHER] };
    const plain = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [plain, streamed]) {
      expect(choices[0]!.message.content).toBe("Let me look.");
      expect(choices[0]!.message.tool_calls).toHaveLength(1);
    }
  });

  test("the helper tells of arguments as they come", async () => {
    const stream = client.chat.completions.stream({
      ...ask(model, "[sim every=0] Use get_time"),
      tools: [TIME],
    });
    const deltas: string[] = [];
    const done: string[] = [];
    stream.on("tool_calls.function.arguments.delta", ({ arguments_delta, name, index }) => {
      expect([name, index]).toEqual(["get_time", 0]);
      deltas.push(arguments_delta);
    });
    stream.on("tool_calls.function.arguments.done", (event) => done.push(event.arguments));
    await stream.done();
    expect(deltas.length).toBeGreaterThan(1);
    expect(done).toEqual([deltas.join("")]);
  });

  test.each([false, true])("the results go back and are answered (streamed: %p)", async (streamed) => {
    const tools = [WEATHER, TIME];
    const first = await client.chat.completions.create({ ...ask(model, "[sim tools=2]"), tools });
    const { message } = first.choices[0]!;
    const [weather, time] = message.tool_calls!;
    const request = {
      model,
      tools,
      messages: [
        { role: "user" as const, content: "[sim every=0] What now?" },
        message,
        { role: "tool" as const, tool_call_id: weather!.id, content: "21 degrees" },
        { role: "tool" as const, tool_call_id: time!.id, content: "noon" },
      ],
    };
    const second = streamed
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    expect(second.choices[0]!.message.content).toContain('The tool answered "21 degrees" and "noon"');
    expect(second.choices[0]!.finish_reason).toBe("stop");
  });

  test.each([false, true])(
    "the client's tool runner goes round until there is an answer (streamed: %p)",
    async (stream) => {
      const cities: string[] = [];
      const runnable = zodFunction({
        name: "get_weather",
        parameters: z.object({ city: z.string() }),
        function: ({ city }) => {
          cities.push(city);
          return `${cities.length * 10} degrees`;
        },
      });
      const request = { ...ask(model, "[sim rounds=2 every=0] Use get_weather"), tools: [runnable] };
      const runner = stream
        ? client.chat.completions.runTools({ ...request, stream: true })
        : client.chat.completions.runTools(request);
      expect(await runner.finalContent()).toContain('"10 degrees" and "20 degrees"');
      expect(cities).toEqual(["Paris", "Paris"]);
      sent(gateway, 3);
    },
  );

  test("a choice of tool is obeyed: one by name, some tool, or none", async () => {
    const choose = async (tool_choice: OpenAI.Chat.ChatCompletionToolChoiceOption) => {
      const answer = await client.chat.completions.create({
        ...ask(model, "Hello"),
        tools: [WEATHER, TIME],
        tool_choice,
      });
      return (answer.choices[0]!.message.tool_calls as Call[] | undefined)?.map((call) => call.function.name) ?? [];
    };
    expect(await choose({ type: "function", function: { name: "get_time" } })).toEqual(["get_time"]);
    expect(await choose("none")).toEqual([]);
    expect(await choose("auto")).toEqual([]);
  });
});

test.each([RELAYED, TRANSCODED])("some tool must be called, and one at a time, where %s is asked so", async (model) => {
  const answer = await client.chat.completions.create({
    ...ask(model, "Use get_weather and get_time"),
    tools: [WEATHER, TIME],
    tool_choice: "required",
    parallel_tool_calls: false,
  });
  expect(answer.choices[0]!.message.tool_calls).toHaveLength(1);
});

test("consecutive results reach the Messages API in one turn, each beside its call", async () => {
  await client.chat.completions.create({
    model: TRANSCODED,
    tools: [WEATHER],
    messages: [
      { role: "user", content: "Compare" },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: ["a", "b"].map((id) => ({
          id: `call.${id}`,
          type: "function" as const,
          function: { name: "get_weather", arguments: `{"city":"${id}"}` },
        })),
      },
      { role: "tool", tool_call_id: "call.a", content: "1" },
      { role: "tool", tool_call_id: "call.b", content: [{ type: "text", text: "2" }] },
      { role: "user", content: "Well?" },
    ],
  });
  const { messages } = bodyOf(sent(gateway)) as Loose;
  expect(messages.map(({ role }: Loose) => role)).toEqual(["user", "assistant", "user"]);
  expect(messages[1].content).toEqual([
    { type: "text", text: "I look." },
    { type: "tool_use", id: "call_a", name: "get_weather", input: { city: "a" } },
    { type: "tool_use", id: "call_b", name: "get_weather", input: { city: "b" } },
  ]);
  expect(messages[2].content).toEqual([
    { type: "tool_result", tool_use_id: "call_a", content: "1" },
    { type: "tool_result", tool_use_id: "call_b", content: "2" },
    { type: "text", text: "Well?" },
  ]);
});

test("a conversation with tools moves from one provider's format to the other's and back", async () => {
  const tools = [WEATHER];
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
    { role: "user", content: "[sim rounds=4] Use get_weather" },
  ];
  for (const model of [RELAYED, TRANSCODED, RELAYED, TRANSCODED]) {
    const { choices } = await client.chat.completions.create({ model, messages, tools });
    const { message } = choices[0]!;
    expect(message.tool_calls).toHaveLength(1);
    messages.push(message, { role: "tool", tool_call_id: message.tool_calls![0]!.id, content: `from ${model}` });
  }
  const { choices } = await client.chat.completions.create({ model: RELAYED, messages, tools });
  expect(choices[0]!.message.content).toContain(`"from ${RELAYED}" and "from ${TRANSCODED}"`);
});

test("arguments that are no JSON are passed on as they are, and refused where they cannot be", async () => {
  const request = { ...ask(RELAYED, `[sim tool=get_weather args='{"city":']`), tools: [WEATHER] };
  const { choices } = await client.chat.completions.create(request);
  const { message } = choices[0]!;
  expect((message.tool_calls![0] as Call).function.arguments).toBe('{"city":');
  const result = { role: "tool" as const, tool_call_id: message.tool_calls![0]!.id, content: "?" };
  const back = { model: TRANSCODED, messages: [...request.messages, message, result], tools: [WEATHER] };
  const error = await failure(client.chat.completions.create(back), OpenAI.BadRequestError);
  expect(error.code).toBe("unsupported");
  sent(gateway);
});
