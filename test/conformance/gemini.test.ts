import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Gemini behind the chat door, judged by OpenAI's client: AI Studio with its key, and Vertex AI, each in the simulator's bytes. */

// biome-ignore lint/suspicious/noExplicitAny: what the gateway adds has no type there
type Loose = any;

const MODEL = "google/gemini-3.5-flash";
const OLDER = "google/gemini-2.5-flash";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway({ config: { simulate: "always" } });
  client = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
afterAll(() => gateway.stop());

const TOOLS = ["add", "multiply"].map((name) => ({
  type: "function" as const,
  function: { name, parameters: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] } },
}));

describe.each(["google", "vertex"])("by way of %s", (provider) => {
  const ask = (text: string, more: object = {}): Loose => ({
    model: MODEL,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: text },
    ],
    providerOptions: { gateway: { only: [provider] } },
    ...more,
  });

  test("an answer, with whoever gave it", async () => {
    const reply = await client.chat.completions.create(ask("Hello"));
    const { content, provider_metadata: metadata } = reply.choices[0]!.message as Loose;
    expect(content).toContain('You wrote: "Hello"');
    expect(reply.choices[0]!.finish_reason).toBe("stop");
    expect(metadata.gateway.routing.finalProvider).toBe(provider);
    expect(reply.usage!.prompt_tokens).toBeGreaterThan(0);
    expect(reply.usage!.total_tokens).toBe(reply.usage!.prompt_tokens + reply.usage!.completion_tokens);
    expect((reply.usage as Loose).cost).toBeGreaterThan(0);
  });

  test("a stream with thinking: what is counted as output has the thinking in it", async () => {
    const stream = client.chat.completions.stream(
      ask("[sim think=4 tokens=6 every=0]", { stream_options: { include_usage: true } }),
    );
    const pieces: string[] = [];
    stream.on("chunk", (chunk) => pieces.push((chunk.choices[0]?.delta as Loose)?.reasoning ?? ""));
    const reply = await stream.finalChatCompletion();
    expect(pieces.filter((piece) => piece !== "").length).toBe(4);
    expect(reply.choices[0]!.message.content!.split(" ").length).toBe(6);
    expect(reply.usage).toMatchObject({ completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 4 } });
  });

  test("JSON by a schema", async () => {
    const schema = {
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
    const reply = await client.chat.completions.create(ask("A number", { response_format: format }));
    expect(typeof JSON.parse(reply.choices[0]!.message.content!).n).toBe("number");
  });

  // The simulator, as Google, refuses a call that comes back unsigned, and results that stand apart.
  test.each([false, true])("calls, their signature and their results make the round (streamed: %p)", async (stream) => {
    const first = ask("[sim tools=2 every=0]", { tools: TOOLS });
    const said = stream
      ? await signedStream(first)
      : ((await client.chat.completions.create(first)).choices[0]!.message as Loose);
    expect(said.tool_calls.map((call: Loose) => call.function.name)).toEqual(["add", "multiply"]);
    expect(said.reasoning_details).toEqual([
      { type: "reasoning.encrypted", data: expect.any(String), format: "google-gemini-v1", index: 0 },
    ]);
    const results = said.tool_calls.map(({ id }: Loose) => ({ role: "tool", tool_call_id: id, content: "5" }));
    const { provider_metadata: _, ...turn } = said;
    const next = await client.chat.completions.create({ ...first, messages: [...first.messages, turn, ...results] });
    expect(next.choices[0]!.message.content).toContain('The tool answered "5" and "5"');
  });

  test("calls of another model come without a signature, and are taken all the same", async () => {
    const messages = [
      { role: "user", content: "add" },
      {
        role: "assistant",
        tool_calls: [{ id: "toolu_1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
      },
      { role: "tool", tool_call_id: "toolu_1", content: "5" },
    ];
    const reply = await client.chat.completions.create(ask("", { messages, tools: TOOLS }));
    expect(reply.choices[0]!.message.content).toContain('The tool answered "5"');
  });

  test("a schema and tools, which an older model does not take together", async () => {
    const schema = {
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
      additionalProperties: false,
    };
    const format = { type: "json_schema", json_schema: { name: "answer", schema } };
    const reply = await client.chat.completions.create(
      ask("[sim tool=answer]", { model: OLDER, tools: TOOLS, response_format: format }),
    );
    expect(reply.choices[0]!.finish_reason).toBe("stop");
    expect(reply.choices[0]!.message.tool_calls).toBeUndefined();
    expect(typeof JSON.parse(reply.choices[0]!.message.content!).n).toBe("number");
  });

  test.each([
    ["status=400", 400, "upstream_invalid_request"],
    ["too-long", 400, "context_length_exceeded"],
    ["status=429", 429, "upstream_rate_limited"],
    ["status=503", 503, "upstream_overloaded"],
    ["status=401", 502, "upstream_auth"],
    ["error", 503, "upstream_overloaded"],
  ])("a refusal: %s", async (directive, status, code) => {
    const failed: Loose = await client.chat.completions
      .create(ask(`[sim ${directive}]`, { stream: directive === "error" }))
      .catch((thrown) => thrown);
    expect([failed.status, failed.code]).toEqual([status, code]);
  });

  test.each(["cut=2", "eof=2", "error=2"])("a stream that breaks (%s) has no end", async (directive) => {
    const stream = await client.chat.completions.create(ask(`[sim tokens=9 every=0 ${directive}]`, { stream: true }));
    const read = async () => {
      for await (const chunk of stream as Loose) if (chunk.choices[0]?.finish_reason) throw new Error("it ended");
    };
    expect(await read().catch((thrown) => thrown)).toBeInstanceOf(OpenAI.APIError);
  });

  test("a filtered answer", async () => {
    const reply = await client.chat.completions.create(ask("[sim tokens=2 finish=filter]"));
    expect(reply.choices[0]!.finish_reason).toBe("content_filter");
  });
});

/** A streamed turn, with the details that the client's own helper does not put together. */
async function signedStream(body: Loose): Promise<Loose> {
  const stream = client.chat.completions.stream(body);
  const details: Loose[] = [];
  stream.on("chunk", (chunk) => details.push(...((chunk.choices[0]?.delta as Loose)?.reasoning_details ?? [])));
  const { role, content, tool_calls } = (await stream.finalChatCompletion()).choices[0]!.message;
  const calls = tool_calls!.map(({ id, type, function: called }: Loose) => ({
    id,
    type,
    function: { name: called.name, arguments: called.arguments },
  }));
  return { role, content, tool_calls: calls, reasoning_details: details };
}
