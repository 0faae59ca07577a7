import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, type Loose, sent } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const EVENT = z.object({ name: z.string(), guests: z.array(z.string()), where: z.object({ city: z.string() }) });
const format = zodResponseFormat(EVENT, "event");

/** Models that take a schema, and how it reaches each: in a mode of its own, or as a tool that must be called. */
const MODELS = [
  ["openai/gpt-4o", (body: Loose) => body.response_format?.json_schema?.schema],
  ["anthropic/claude-sonnet-4.5", (body: Loose) => body.output_config?.format?.schema],
  ["anthropic/claude-sonnet-5", (body: Loose) => body.output_config?.format?.schema],
  ["anthropic/claude-sonnet-4", (body: Loose) => body.tools?.[0]?.input_schema],
] as const;

describe.each(MODELS)("a schema for %s", (model, schemaIn) => {
  test("is followed, and parsed by the client", async () => {
    const request = { ...ask(model, "Who comes?"), response_format: format };
    const completion = await client.chat.completions.parse(request);
    const { message, finish_reason } = completion.choices[0]!;
    expect(EVENT.safeParse(message.parsed).success).toBe(true);
    expect(finish_reason).toBe("stop");
    expect(message.tool_calls ?? []).toEqual([]);
    expect(JSON.parse(message.content!)).toEqual(message.parsed);
    const schema = schemaIn(bodyOf(sent(gateway)));
    expect(Object.keys(schema.properties)).toEqual(["name", "guests", "where"]);
    expect(gateway.row(completion.id)!.finish).toBe("stop");
  });

  test("is followed in a stream, where the helper parses what has come so far", async () => {
    const stream = client.chat.completions.stream({
      ...ask(model, "[sim every=0] Who comes?"),
      response_format: format,
    });
    const partial: unknown[] = [];
    stream.on("content.delta", ({ parsed }) => partial.push(parsed));
    const { choices } = await stream.finalChatCompletion();
    expect(EVENT.safeParse(choices[0]!.message.parsed).success).toBe(true);
    expect(choices[0]!.finish_reason).toBe("stop");
    expect(choices[0]!.message.tool_calls ?? []).toEqual([]);
    expect(partial.length).toBeGreaterThan(3);
    expect(partial.at(-1)).toEqual(choices[0]!.message.parsed);
  });
});

test.each(["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4"])(
  "any JSON object is given where %s is asked for one",
  async (model) => {
    const request = {
      ...ask(model, "[sim every=0] Answer in JSON"),
      response_format: { type: "json_object" as const },
    };
    const plain = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [plain, streamed]) {
      expect(JSON.parse(choices[0]!.message.content!)).toBeObject();
      expect(choices[0]!.finish_reason).toBe("stop");
      expect(choices[0]!.message.tool_calls ?? []).toEqual([]);
    }
  },
);

test("the hosted gateway's older form of a schema is understood too", async () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  for (const model of ["anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4"]) {
    const request = { ...ask(model, "Where?"), response_format: { type: "json", schema, name: "place" } as Loose };
    const { choices } = await client.chat.completions.create(request);
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({ city: "Paris" });
  }
});

test("a schema leaves the client's own tools free to be called", async () => {
  const tools = [
    { type: "function" as const, function: { name: "look_up", parameters: { type: "object", properties: {} } } },
  ];
  for (const model of ["openai/gpt-4o", "anthropic/claude-sonnet-4.5"]) {
    const { choices } = await client.chat.completions.create({
      ...ask(model, "Use look_up"),
      tools,
      response_format: format,
    });
    expect(choices[0]!.finish_reason).toBe("tool_calls");
    expect(choices[0]!.message.tool_calls![0]).toMatchObject({ function: { name: "look_up" } });
  }
});

test("an answer that was cut off is no parsed answer: the client is told of the length", async () => {
  const request = { ...ask("anthropic/claude-sonnet-4.5", "Who comes?"), response_format: format, max_tokens: 3 };
  const thrown = await client.chat.completions.parse(request).catch((error: Error) => error);
  expect((thrown as Error).constructor.name).toBe("LengthFinishReasonError");
});
