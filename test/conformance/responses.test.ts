import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { isSignatureOf } from "../../src/simulator/anthropic/signature.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, nanodollars, promptOf, sent } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type Item = OpenAI.Responses.ResponseInputItem;
type StreamEvent = OpenAI.Responses.ResponseStreamEvent;

const CLAUDE = "anthropic/claude-sonnet-4.5";
/** By way of chat completions. */
const LLAMA = "meta/llama-3.3-70b";
const MODELS = [CLAUDE, LLAMA] as const;

const WEATHER = {
  type: "function" as const,
  name: "get_weather",
  description: "About the weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  strict: false,
};
const TIME = { ...WEATHER, name: "get_time", parameters: { type: "object", properties: { zone: { type: "string" } } } };

async function eventsOf(request: Loose): Promise<StreamEvent[]> {
  const stream: Loose = await client.responses.create({ ...request, stream: true });
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Of an event stream: every type, in order, repeated ones once. */
const typesOf = (events: readonly StreamEvent[]) =>
  events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);

async function isIncomplete(model: string, finish: string, reason: string): Promise<void> {
  const request = { model, input: `[sim say="Cut sh" finish=${finish} every=0]` };
  const plain = await client.responses.create(request);
  expect(plain).toMatchObject({ status: "incomplete", incomplete_details: { reason }, output_text: "Cut sh" });
  const events = await eventsOf(request);
  expect(events.at(-1)).toMatchObject({ type: "response.incomplete", response: { incomplete_details: { reason } } });
}

test("a response that was filtered is incomplete too", () => isIncomplete(LLAMA, "filter", "content_filter"));

describe.each(MODELS)("a response of %s", (model) => {
  const said = "Some of it turns a mill, some of it feeds a field.";

  test("has the text, the usage and the price of it", async () => {
    const response = await client.responses.create({
      model,
      instructions: "Be brief.",
      input: `[sim say="${said}" every=0] Where does it go?`,
      max_output_tokens: 300,
      metadata: { trip: "7" },
    });
    expect(response.output_text).toBe(said);
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      model,
      error: null,
      incomplete_details: null,
      instructions: "Be brief.",
      max_output_tokens: 300,
    });
    expect(response.id).toMatch(/^gen_/);
    expect(response.output).toMatchObject([
      { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: said }] },
    ]);
    const tokens = { input: promptOf(sent(gateway)), output: countTokens(said) };
    expect(response.usage).toMatchObject({
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      total_tokens: tokens.input + tokens.output,
    });
    const { provider_metadata: metadata, providerMetadata } = response as Loose;
    expect(metadata.gateway.generationId).toBe(response.id);
    expect(providerMetadata).toEqual(metadata);
    const row = gateway.row(response.id)!;
    expect(row).toMatchObject({ wire: "openai-responses", finish: "stop", cost: nanodollars(model, tokens) });
  });

  test("is streamed as the sequence of events that OpenAI documents, numbered without a gap", async () => {
    const events = await eventsOf({ model, input: `[sim say="${said}" every=0]` });
    expect(typesOf(events)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    const deltas = events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []));
    expect(deltas.join("")).toBe(said);
    expect(deltas.length).toBeGreaterThan(3);
    const places = events.flatMap((event) => ("item_id" in event ? [`${event.item_id} ${event.output_index}`] : []));
    expect(new Set(places).size).toBe(1);
    const last = events.at(-1) as Loose;
    expect(last.response.usage.output_tokens).toBe(countTokens(said));
    expect(gateway.row(last.response.id)).toMatchObject({ streamed: true, output: countTokens(said) });
  });

  test("is put together by the client's helper, which ends with what a plain answer is", async () => {
    const stream = client.responses.stream({ model, input: `[sim say="${said}" every=0]` });
    let text = "";
    stream.on("response.output_text.delta", ({ delta }) => {
      text += delta;
    });
    const final = await stream.finalResponse();
    expect(text).toBe(said);
    expect(final.output_text).toBe(said);
    expect(final.status).toBe("completed");
  });

  test("that was cut short is incomplete, and says why", () => isIncomplete(model, "length", "max_output_tokens"));

  test("without a word is a clean end with nothing in it", async () => {
    const response = await client.responses.create({ model, input: "[sim empty every=0]" });
    expect(response).toMatchObject({ status: "completed", output: [] });
  });

  describe("with tools", () => {
    test.each([false, true])("calls several at once (streamed: %p)", async (streamed) => {
      const request = { model, input: "[sim tools=2 every=0]", tools: [WEATHER, TIME] };
      const response = streamed
        ? await client.responses.stream(request).finalResponse()
        : await client.responses.create(request);
      const calls = response.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
      expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_time"]);
      expect(calls.map(({ arguments: said }) => Object.keys(JSON.parse(said)))).toEqual([["city"], ["zone"]]);
      expect(new Set(calls.map(({ call_id: id }) => id)).size).toBe(2);
      expect(response.status).toBe("completed");
      expect(gateway.row(response.id)!.finish).toBe("tool-calls");
    });

    test("goes on when its output comes back with the results", async () => {
      const tools = [WEATHER];
      const input: Item[] = [{ role: "user", content: "[sim every=0] Use get_weather" }];
      const first = await client.responses.create({ model, input, tools });
      const [call] = first.output.filter((item) => item.type === "function_call");
      input.push(...(first.output as Item[]));
      input.push({ type: "function_call_output", call_id: call!.call_id, output: "21 degrees" });
      const second = await client.responses.create({ model, input, tools });
      expect(second.output_text).toContain("21 degrees");
      const { messages } = bodyOf(sent(gateway, 2)) as Loose;
      expect(JSON.stringify(messages)).not.toContain("_hg");
      expect(messages.map(({ role }: Loose) => role)).toEqual(
        model === CLAUDE ? ["user", "assistant", "user"] : ["user", "assistant", "tool"],
      );
    });

    test("a choice of some leaves the others out", async () => {
      await client.responses.create({
        model,
        input: "Hello",
        tools: [WEATHER, TIME],
        tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "get_time" }] },
      });
      const { tools, tool_choice: choice } = bodyOf(sent(gateway)) as Loose;
      expect(tools.map((tool: Loose) => tool.name ?? tool.function.name)).toEqual(["get_time"]);
      expect(choice).toEqual(model === CLAUDE ? { type: "any" } : "required");
    });

    test("their arguments are parsed by the client's own types", async () => {
      const tools = [zodResponsesFunction({ name: "get_weather", parameters: z.object({ city: z.string() }) })];
      const response = await client.responses.parse({ model, input: "[sim every=0] Use get_weather", tools });
      const [call] = response.output.filter((item) => item.type === "function_call");
      expect(call!.parsed_arguments).toEqual({ city: "Paris" });
    });
  });

  test("a schema is followed, and parsed by the client", async () => {
    const guests = z.object({ name: z.string(), guests: z.array(z.string()) });
    const text = { format: zodTextFormat(guests, "party") };
    const response = await client.responses.parse({ model, input: "Who comes?", text });
    expect(guests.safeParse(response.output_parsed).success).toBe(true);
    const streamed = await client.responses.stream({ model, input: "[sim every=0] Who comes?", text }).finalResponse();
    expect(guests.safeParse(streamed.output_parsed).success).toBe(true);
  });

  test("what the provider cannot be told is named", async () => {
    const response: Loose = await client.responses.create({
      model,
      input: "Hello",
      store: true,
      truncation: "auto",
      include: ["reasoning.encrypted_content", "file_search_call.results"],
    });
    const { dropped } = response.provider_metadata.gateway;
    expect(dropped).toEqual(expect.arrayContaining(["store", "truncation", "include"]));
    expect(response).toMatchObject({ store: false, truncation: "disabled" });
    const body = bodyOf(sent(gateway));
    for (const name of ["store", "truncation", "include", "input"]) expect(body[name]).toBeUndefined();
  });

  test("a stream that breaks is an error, and no response completes", async () => {
    const events: StreamEvent[] = [];
    const broken = async () => {
      const stream = await client.responses.create({ model, input: "[sim tokens=20 every=0 cut=5]", stream: true });
      for await (const event of stream) events.push(event);
    };
    const error = await failure(broken(), OpenAI.APIError);
    expect(error).toMatchObject({ code: "upstream_truncated", type: "internal_server_error" });
    expect(events.at(-1)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "upstream_truncated" } },
    });
    const ended = events.map(({ type }) => type).filter((type) => /completed|incomplete/.test(type));
    expect(ended).toEqual([]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
  });

  test("a refusal before the first word is a status, streamed or not", async () => {
    for (const stream of [false, true]) {
      const call = client.responses.create({ model, input: "[sim status=500]", stream });
      const error = await failure(call, OpenAI.InternalServerError);
      expect(error).toMatchObject({ status: 503, code: "upstream_error" });
    }
  });
});

describe("thinking", () => {
  const THINKING = { model: CLAUDE, reasoning: { effort: "medium" as const }, max_output_tokens: 8000 };
  const takes: [string, (request: Loose) => Promise<OpenAI.Responses.Response>][] = [
    ["plain", (request) => client.responses.create(request)],
    ["streamed", (request) => client.responses.stream(request).finalResponse() as Promise<Loose>],
  ];

  test.each(takes)("comes as an item of its own, with its proof (%s)", async (_, take) => {
    const response = await take({ ...THINKING, input: '[sim think=9 say="Done." every=0] Hello' });
    const [thought, message] = response.output as Loose[];
    expect(message).toMatchObject({ type: "message", content: [{ text: "Done." }] });
    expect(thought).toMatchObject({ type: "reasoning", summary: [], content: [{ type: "reasoning_text" }] });
    const [, signature] = /^hg1\.anthropic-claude-v1\.s\.(.+)$/.exec(thought.encrypted_content)!;
    expect(isSignatureOf(signature!, thought.content[0].text)).toBe(true);
    expect(response.usage!.output_tokens_details.reasoning_tokens).toBe(9);
  });

  test.each(takes)("goes back with the call that it led to, under its own signature (%s)", async (_, take) => {
    const tools = [WEATHER];
    const input: Item[] = [{ role: "user", content: "[sim think=12 every=0] Use get_weather" }];
    const first = await take({ ...THINKING, input, tools });
    const [call] = first.output.filter((item) => item.type === "function_call");
    input.push(...(first.output as Item[]));
    input.push({ type: "function_call_output", call_id: call!.call_id, output: "21 degrees" });
    const second = await client.responses.create({
      ...THINKING,
      input,
      tools,
      include: ["reasoning.encrypted_content"],
    });
    expect(second.output_text).toContain("21 degrees");
    const { content } = (bodyOf(sent(gateway, 2)) as Loose).messages[1];
    expect(content.map(({ type }: Loose) => type)).toEqual(["thinking", "tool_use"]);
    expect(isSignatureOf(content[0].signature, content[0].thinking)).toBe(true);
  });

  test.each(takes)("that is sealed comes and goes back sealed (%s)", async (_, take) => {
    const first = await take({ ...THINKING, input: '[sim redacted think=5 say="Done." every=0]' });
    const [thought] = first.output as Loose[];
    expect(thought.encrypted_content).toStartWith("hg1.anthropic-claude-v1.");
    const input = [{ role: "user", content: "Hello" }, ...first.output, { role: "user", content: "Go on" }];
    await client.responses.create({ ...THINKING, input: input as Item[] });
    const [block] = (bodyOf(sent(gateway, 2)) as Loose).messages[1].content;
    expect(block).toEqual({
      type: "redacted_thinking",
      data: thought.encrypted_content.replace(/^hg1\.[^.]+\.r\./, ""),
    });
  });

  test("of another provider is left out, and the reply says so", async () => {
    const first = await client.responses.create({ ...THINKING, input: '[sim think=5 say="Done." every=0]' });
    const input = [{ role: "user", content: "Hello" }, ...first.output, { role: "user", content: "Go on" }];
    const second: Loose = await client.responses.create({ model: LLAMA, input: input as Item[] });
    const [, back] = (bodyOf(sent(gateway, 2)) as Loose).messages;
    expect(back).toEqual({ role: "assistant", content: "Done." });
    expect(second.provider_metadata.gateway.dropped).toContain("reasoning_details");
  });
});

describe("what cannot be done here is refused by name, and nothing is sent", () => {
  const REFUSED: [Loose, number, string, string][] = [
    [{ previous_response_id: "resp_1" }, 400, "unsupported", "previous_response_id"],
    [{ previous_response_id: "gen_01ARYZ6S41TSV4RRFFQ69G5FAV" }, 404, "not_found", "previous_response_id"],
    [{ conversation: "conv_1" }, 400, "unsupported", "conversation"],
    [{ prompt: { id: "pmpt_1" } }, 400, "unsupported", "prompt"],
    [{ background: true }, 501, "not_implemented", "background"],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, 400, "unsupported", "input[0]"],
    [
      { input: [{ role: "user", content: [{ type: "input_file", file_id: "file_1" }] }] },
      400,
      "unsupported",
      "input[0].content[0].file_id",
    ],
    [{ tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] }, 400, "unsupported", "tools[0].vector_store_ids"],
    [{ tools: [{ type: "code_interpreter", container: "cntr_1" }] }, 400, "unsupported", "tools[0].container"],
    [
      { tools: [{ type: "image_generation", input_image_mask: { file_id: "file_1" } }] },
      400,
      "unsupported",
      "tools[0].input_image_mask.file_id",
    ],
    [
      {
        providerOptions: { openai: { tools: [{ type: "image_generation", input_image_mask: { file_id: "file_1" } }] } },
      },
      400,
      "unsupported",
      "providerOptions.openai.tools",
    ],
    [
      { input: [{ type: "computer_call_output", call_id: "c", output: { file_id: "file_1" } }] },
      400,
      "unsupported",
      "input[0].output.file_id",
    ],
    [{ input: 7 }, 400, "invalid_request", "input"],
    [{ input: [{ role: "robot", content: "x" }] }, 400, "invalid_request", "input[0].role"],
    [{ input: [{ type: "function_call", call_id: "c" }] }, 400, "invalid_request", "input[0].name"],
    [{ max_output_tokens: "many" }, 400, "invalid_request", "max_output_tokens"],
  ];
  test.each(REFUSED)("%j", async (more, status, code, param) => {
    const error = await failure(client.responses.create({ model: CLAUDE, input: "Hello", ...more }), OpenAI.APIError);
    expect(error).toMatchObject({ status, code, param });
    expect(error.message).toContain(param);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test.each([
    [{ tools: [{ type: "web_search" }] }, "web_search"],
    [{ input: [{ type: "computer_call_output", call_id: "c", output: {} }] }, "computer_call_output"],
    [{ input: [{ role: "user", content: [{ type: "input_smell", smell: "rose" }] }] }, "input_smell"],
    [{ tool_choice: { type: "web_search" } }, "web_search"],
    [{ top_logprobs: 3 }, "top_logprobs"],
  ] as [Loose, string][])("%j, which only this API can say", async (more, what) => {
    const call = client.responses.create({ model: CLAUDE, input: "Hello", ...more });
    const error = await failure(call, OpenAI.BadRequestError);
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain(what);
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

test("Codex finds it below its own address", async () => {
  const codex = clientOf(gateway, { baseURL: `${gateway.url}/codex/v1` });
  const short = await codex.responses.compact({ model: "openai/gpt-4o" as "gpt-4o", input: "A long story." });
  expect(short.output.at(-1)!.type).toBe("compaction");
  const response = await codex.responses.create({ model: CLAUDE, input: '[sim say="Hi." every=0]' });
  expect(response.output_text).toBe("Hi.");
});

test.each(MODELS)("a failure after the status was spent on a heartbeat is told in events (%s)", async (model) => {
  const patient = await startGateway();
  try {
    // A configuration cannot say less than a second, which is long to wait for in a test.
    Object.assign(patient.headgate.gateway.snapshot, { heartbeatMs: 20 });
    const reply = await patient.post("/v1/responses", { model, input: "[sim delay=400ms status=500]", stream: true });
    expect(reply.status).toBe(200);
    const frames = (await reply.text()).split("\n\n").filter((frame) => frame !== "" && !frame.startsWith(":"));
    const events: Loose[] = frames.map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)));
    expect(events).toMatchObject([
      {
        type: "response.failed",
        sequence_number: 0,
        response: { status: "failed", error: { code: "upstream_error" } },
      },
      { type: "error", sequence_number: 1, code: "upstream_error", error: { code: "upstream_error", param: null } },
    ]);
    expect(frames.map((frame) => frame.split("\n")[0])).toEqual(["event: response.failed", "event: error"]);
    expect(events[0].response.id).toBe(reply.headers.get("x-request-id"));
  } finally {
    await patient.stop();
  }
});
