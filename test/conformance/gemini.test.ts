import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { signCall } from "../../src/simulator/gemini/signature.ts";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";

/** Gemini behind the doors, judged by the official clients: AI Studio with its key, and Vertex AI, each in the simulator's bytes. */

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
    expect(metadata.google.usage.promptTokenCount).toBe(reply.usage!.prompt_tokens);
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

  test("options addressed to Google", async () => {
    const body = ask("[sim say=abc.def]");
    body.providerOptions.google = { stopSequences: ["."], cachedContent: "cachedContents/a" };
    const { content, provider_metadata: metadata } = (await client.chat.completions.create(body)).choices[0]!
      .message as Loose;
    expect(content).toBe("abc");
    expect(metadata.gateway.dropped).toEqual(["providerOptions.google.cachedContent"]);
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

const SCHEMA = { type: "object" as const, properties: { a: { type: "integer" } }, required: ["a"] };
const ASKED = "[sim tools=2 think=3 every=0]";

describe("what Google gets of the second turn, from a client of", () => {
  let google: Simulator;
  let there: RunningGateway;
  beforeAll(async () => {
    google = startSimulator();
    const config = { providers: { google: { api_key: "AIza-test", base_url: `${google.url}/v1beta` } } };
    there = await startGateway({ config });
  });
  afterAll(async () => {
    await there.stop();
    google.stop();
  });

  /** The signatures of the model's turn, as they came back to who made them, and the results beside. */
  function mustHaveComeBack(): void {
    const { contents } = google.requests.at(-1)!.body as Loose;
    const parts = contents.find(({ role }: Loose) => role === "model").parts;
    const calls = parts.filter(({ functionCall }: Loose) => functionCall);
    expect(calls.map(({ functionCall }: Loose) => functionCall.name)).toEqual(["add", "multiply"]);
    const [first, second] = calls;
    expect(first.thoughtSignature).toBe(signCall("add", first.functionCall.args));
    expect(second.thoughtSignature).toBeUndefined();
    const results = contents
      .at(-1)
      .parts.map(({ functionResponse: { id, name, response } }: Loose) => [id, name, response]);
    expect(results).toEqual(calls.map(({ functionCall: { id, name } }: Loose) => [id, name, { output: "5" }]));
  }

  test.each([false, true])("Anthropic's API (streamed: %p)", async (stream) => {
    const client = new Anthropic({ apiKey: KEY, baseURL: there.url, maxRetries: 0 });
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: ASKED }];
    const body = {
      model: MODEL,
      max_tokens: 500,
      tools: ["add", "multiply"].map((name) => ({ name, input_schema: SCHEMA })),
    };
    const said = stream
      ? await client.messages.stream({ ...body, messages }).finalMessage()
      : await client.messages.create({ ...body, messages });
    const results = said.content.flatMap((block) =>
      block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "5" }] : [],
    );
    const next = await client.messages.create({
      ...body,
      messages: [...messages, { role: "assistant", content: said.content }, { role: "user", content: results }],
    });
    expect(next.content.find(({ type }) => type === "text")).toMatchObject({
      text: expect.stringContaining("The tool"),
    });
    mustHaveComeBack();
  });

  test.each([false, true])("OpenAI's Responses (streamed: %p)", async (stream) => {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${there.url}/v1`, maxRetries: 0 });
    const input: Loose[] = [{ role: "user", content: ASKED }];
    const body: Loose = {
      model: MODEL,
      tools: ["add", "multiply"].map((name) => ({ type: "function", name, parameters: SCHEMA })),
      include: ["reasoning.encrypted_content"],
    };
    const said = stream
      ? await client.responses.stream({ ...body, input }).finalResponse()
      : ((await client.responses.create({ ...body, input })) as Loose);
    const results = said.output.flatMap((item: Loose) =>
      item.type === "function_call" ? [{ type: "function_call_output", call_id: item.call_id, output: "5" }] : [],
    );
    const next: Loose = await client.responses.create({ ...body, input: [...input, ...said.output, ...results] });
    expect(next.output_text).toContain("The tool");
    mustHaveComeBack();
  });

  test("Chat Completions", async () => {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${there.url}/v1`, maxRetries: 0 });
    const body: Loose = { model: MODEL, messages: [{ role: "user", content: ASKED }], tools: TOOLS };
    const { provider_metadata: _, ...said } = (await client.chat.completions.create(body)).choices[0]!.message as Loose;
    const results = said.tool_calls.map(({ id }: Loose) => ({ role: "tool", tool_call_id: id, content: "5" }));
    await client.chat.completions.create({ ...body, messages: [...body.messages, said, ...results] });
    mustHaveComeBack();
  });
});

test("a service account's token goes to Vertex AI, and one is enough for many requests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-vertex-"));
  let minted = 0;
  const tokens = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ access_token: `ya29.token-${++minted}`, expires_in: 3600 }),
  });
  const vertex = startSimulator();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = join(folder, "key.json");
  const key = {
    type: "service_account",
    project_id: "p-1",
    client_email: "gateway@p-1.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    token_uri: `http://127.0.0.1:${tokens.port}/token`,
  };
  writeFileSync(file, JSON.stringify(key));
  const base = `${vertex.url}/v1/projects/p-1/locations/global`;
  const there = await startGateway({ config: { providers: { vertex: { credentials_file: file, base_url: base } } } });
  try {
    const ask = () => there.post("/v1/chat/completions", { model: MODEL, messages: [{ role: "user", content: "Hi" }] });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(minted).toBe(1);
    for (const { path, headers } of vertex.requests) {
      expect(path).toBe("/v1/projects/p-1/locations/global/publishers/google/models/gemini-3.5-flash:generateContent");
      expect(headers.authorization).toBe("Bearer ya29.token-1");
    }
  } finally {
    await there.stop();
    vertex.stop();
    tokens.stop(true);
    rmSync(folder, { recursive: true });
  }
});
