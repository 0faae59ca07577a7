import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { countTokens } from "../../src/simulator/tokens.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, type Loose, nanodollars, promptOf, sent } from "./client.ts";
import { anthropicAt, BY_CHAT, CLAUDE, DEEPSEEK, eventsOf, GPT, MODELS, say } from "./messages-client.ts";

let gateway: RunningGateway;
let client: Anthropic;
beforeAll(async () => {
  gateway = await startGateway();
  client = anthropicAt(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** The answer by both ways, which must be the same but for what names it. */
async function bothWays(request: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> {
  const plain = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  expect(contentOf(streamed)).toEqual(contentOf(plain));
  expect(streamed.stop_reason).toBe(plain.stop_reason);
  const { input_tokens, output_tokens } = plain.usage;
  expect(streamed.usage).toMatchObject({ input_tokens, output_tokens });
  return plain;
}

/** Ids and signatures differ from answer to answer. */
function contentOf({ content }: Anthropic.Message): Loose {
  return content.map((block: Loose) => {
    const { id, signature, citations, caller, ...said } = block;
    return said;
  });
}

describe.each(MODELS)("an answer of %s", (model) => {
  test("is what the model said, under the gateway's id and the client's name for the model", async () => {
    const answer = await bothWays(say(model, '[sim say="The gate is open." every=0]'));
    expect(answer).toMatchObject({ type: "message", role: "assistant", model, stop_reason: "end_turn" });
    expect(answer.stop_sequence).toBeNull();
    expect(answer.content).toMatchObject([{ type: "text", text: "The gate is open." }]);
    expect(answer.id).toMatch(/^gen_/);
    expect((answer as Loose)._request_id).toBe(answer.id);
  });

  test("costs what the catalogue says, in the reply and in the ledger, whichever way it comes", async () => {
    const said = "Water comes down the channel.";
    const request = { ...say(model, `[sim say="${said}" every=0] Where does it go?`), ...BY_CHAT };
    for (const take of [
      () => client.messages.create(request),
      async () => {
        const text = await (await gateway.post("/v1/messages", { ...request, stream: true })).text();
        const events = eventsOf(text);
        const { usage, provider_metadata } = events.find(({ event }) => event === "message_delta")!.data;
        return { id: events[0]!.data.message.id, usage, provider_metadata };
      },
    ]) {
      gateway.simulator.forget();
      const answer: Loose = await take();
      const input = promptOf(sent(gateway));
      const output = countTokens(said);
      expect(answer.usage).toMatchObject({ input_tokens: input, output_tokens: output });
      const cost = nanodollars(model, { input, output });
      expect(gateway.row(answer.id)).toMatchObject({
        wire: "anthropic-messages",
        input,
        output,
        cost,
        estimated: false,
      });
      const told = answer.provider_metadata.gateway;
      expect(Math.round(Number(told.cost) * 1e9)).toBe(cost);
      expect(told.generationId).toBe(answer.id);
      expect(told.routing.originalModelId).toBe(model);
    }
  });

  test("ends at its limit, and at a stop sequence", async () => {
    const limited = await bothWays({ ...say(model, "[sim tokens=50 every=0]"), max_tokens: 20 });
    expect([limited.stop_reason, limited.usage.output_tokens]).toEqual(["max_tokens", 20]);
    const stopped = await bothWays({ ...say(model, '[sim say="one two three" every=0]'), stop_sequences: ["three"] });
    expect(stopped.content).toMatchObject([{ text: "one two " }]);
    // Only Anthropic tells which sequence it was; of the others one knows that they stopped.
    expect(stopped.stop_reason).toBe(model === CLAUDE ? "stop_sequence" : "end_turn");
    expect(stopped.stop_sequence).toBe(model === CLAUDE ? "three" : null);
  });

  test("may be empty, and may be in any script", async () => {
    const empty = await bothWays(say(model, "[sim empty every=0]"));
    expect(empty.stop_reason).toBe("end_turn");
    expect(empty.content.map((block) => (block.type === "text" ? block.text : ""))).toEqual(
      empty.content.map(() => ""),
    );
    const said = 'Schleuse — 水门 🚪 "quoted" \\ and \u2028 done';
    const answer = await bothWays(say(model, `[sim say=${JSON.stringify(said)} every=0] 世界 🌍`));
    expect(answer.content).toMatchObject([{ text: said }]);
    expect(gateway.simulator.requests.at(-1)!.text).toContain("世界 🌍");
  });

  test("streams in Anthropic's order, block by block", async () => {
    const request = say(model, "[sim say='Let me see.' tools=2 every=0] Use get_weather and get_time");
    const tools = ["get_weather", "get_time"].map((name) => ({ name, input_schema: { type: "object" as const } }));
    const reply = await gateway.post("/v1/messages", { ...request, tools, stream: true });
    expect(reply.headers.get("content-type")).toBe("text/event-stream");
    const events = eventsOf(await reply.text()).filter(({ event }) => event !== "ping");
    for (const { event, data } of events) expect(data.type).toBe(event);
    expect(events[0]!.event).toBe("message_start");
    expect(events[0]!.data.message).toMatchObject({
      id: expect.stringMatching(/^gen_/),
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
    });
    expect(events.slice(-2).map(({ event }) => event)).toEqual(["message_delta", "message_stop"]);
    const blocks = events.slice(1, -2);
    let open = -1;
    let isOpen = false;
    for (const { event, data } of blocks) {
      if (event === "content_block_start") {
        expect([isOpen, data.index]).toEqual([false, ++open]);
        isOpen = true;
      } else {
        expect([isOpen, data.index]).toEqual([true, open]);
        if (event === "content_block_stop") isOpen = false;
      }
    }
    expect(isOpen).toBe(false);
    expect(open).toBeGreaterThanOrEqual(1);
  });

  test("follows a conversation with a system prompt", async () => {
    await client.messages.create({
      model,
      max_tokens: 100,
      ...BY_CHAT,
      system: [{ type: "text", text: "You keep a gate.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: "My name is Ada." },
        { role: "assistant", content: [{ type: "text", text: "Hello Ada." }] },
        { role: "user", content: "What is my name?" },
      ],
    });
    const body = bodyOf(sent(gateway)) as Loose;
    const system = model === CLAUDE ? body.system : body.messages.shift().content;
    expect(JSON.stringify(system)).toContain("You keep a gate.");
    expect(body.messages.map(({ role }: Loose) => role)).toEqual(["user", "assistant", "user"]);
    for (const text of ["My name is Ada.", "Hello Ada.", "What is my name?"])
      expect(JSON.stringify(body.messages)).toContain(text);
  });
});

test("the start of a stream has the provider's count where it knows, else an estimate that says so", async () => {
  const start = async (model: string) =>
    eventsOf(
      await (
        await gateway.post("/v1/messages", {
          ...say(model, `[sim every=0] ${"word ".repeat(100)}`),
          ...BY_CHAT,
          stream: true,
        })
      ).text(),
    )[0]!.data;
  const known = await start(CLAUDE);
  expect(known.message.usage.input_tokens).toBe(promptOf(sent(gateway)));
  expect(known.provider_metadata).toBeUndefined();
  const guessed = await start(GPT);
  const truth = promptOf(gateway.simulator.requests.at(-1)!);
  expect(guessed.message.usage).toEqual({ input_tokens: expect.any(Number), output_tokens: 0 });
  expect(Math.abs(guessed.message.usage.input_tokens - truth)).toBeLessThan(truth / 2);
  expect(guessed.provider_metadata.gateway.usageEstimated).toBe(true);
});

test("usage that nobody told is estimated, and marked", async () => {
  for (const model of MODELS) {
    const request = say(model, `[sim no-usage every=0] ${"Count. ".repeat(40)}`);
    const answer: Loose = await client.messages.create(request);
    expect(answer.usage.estimated).toBe(true);
    expect(answer.usage.input_tokens).toBeGreaterThan(40);
    expect(gateway.row(answer.id)!.estimated).toBe(true);
    const streamed = await client.messages.stream(request).finalMessage();
    expect(streamed.usage.input_tokens).toBe(answer.usage.input_tokens);
    expect(streamed.usage.output_tokens).toBeGreaterThan(0);
    expect(gateway.row(streamed.id)!.estimated).toBe(true);
  }
});

test("cache reads and writes are apart from the input, as Anthropic has them, and whole in the ledger", async () => {
  const request = say(CLAUDE, "[sim cached=1000 cache-write=200 every=0] Hello");
  const answer = await bothWays(request);
  const prompt = promptOf(gateway.simulator.requests[0]!);
  expect(answer.usage).toMatchObject({
    input_tokens: prompt,
    cache_read_input_tokens: 1000,
    cache_creation_input_tokens: 200,
    cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 0 },
  });
  expect(gateway.row(answer.id)).toMatchObject({ input: prompt + 1200, cacheRead: 1000, cacheWrite: 200 });
  const other = await bothWays(say(GPT, "[sim cached=1000 every=0] Hello"));
  expect(other.usage.cache_read_input_tokens).toBe(1000);
  expect(gateway.row(other.id)!.input).toBe(other.usage.input_tokens + 1000);
});

test("what Anthropic's clients may say reaches Anthropic as they said it", async () => {
  const request = {
    ...say(CLAUDE, [
      { type: "text", text: "Look", cache_control: { type: "ephemeral", ttl: "1h" } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Words." }, title: "t" },
    ]),
    metadata: { user_id: "u-1" },
    top_k: 5,
    temperature: 0.5,
    stop_sequences: ["x"],
    service_tier: "auto" as const,
    tools: [{ name: "f", input_schema: { type: "object" as const }, cache_control: { type: "ephemeral" as const } }],
    tool_choice: { type: "auto" as const, disable_parallel_tool_use: true },
    providerOptions: { gateway: { tags: ["a"] } },
    tags: ["b"],
  };
  const answer = await client.messages.create(request);
  const { providerOptions: _, tags: __, ...rest } = request;
  expect(bodyOf(sent(gateway))).toEqual({ ...rest, model: "claude-sonnet-4-5-20250929" } as Loose);
  expect(gateway.row(answer.id)).toMatchObject({ user: "u-1", tags: '["a","b"]', mode: "relay" });
});

test("what they say in a translation reaches OpenAI in its own words, and what cannot be said is told", async () => {
  const answer: Loose = await client.messages.create({
    ...say(GPT, [
      { type: "text", text: "Look" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
      { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Words." }, title: "Title" },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" }, title: "a.pdf" },
    ]),
    metadata: { user_id: "u-1" },
    temperature: 0.5,
    stop_sequences: ["x"],
    thinking: { type: "disabled" },
    inference_geo: "us",
    context_management: { edits: [] },
  } as Loose);
  const body = bodyOf(sent(gateway)) as Loose;
  expect(body).toMatchObject({ temperature: 0.5, stop: ["x"], max_completion_tokens: 4000, user: "u-1" });
  expect(body.messages[0].content).toEqual([
    { type: "text", text: "Look" },
    { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
    { type: "image_url", image_url: { url: "https://example.org/a.png" } },
    { type: "text", text: "Title\nWords." },
    { type: "file", file: { file_data: "data:application/pdf;base64,JVBERi0=", filename: "a.pdf" } },
  ]);
  expect(answer.provider_metadata.gateway.dropped.toSorted()).toEqual([
    "context_management",
    "inference_geo",
    "thinking",
  ]);
});

test("what a model cannot take is refused by name, before anything is sent", async () => {
  const refused = async (block: Loose) => {
    const reply = await gateway.post("/v1/messages", { ...say(GPT, [block]), ...BY_CHAT });
    expect(reply.status).toBe(400);
    expect(gateway.simulator.requests).toHaveLength(0);
    const { error } = (await reply.json()) as Loose;
    expect(error.code).toBe("unsupported");
    return error.message;
  };
  // A document would be fetched, but not from in here.
  const inside = { type: "document", source: { type: "url", url: `${gateway.url}/a.pdf` } };
  expect(await refused(inside)).toContain("127.0.0.1");
});

test("a limit beyond what the model can give means all that it can give", async () => {
  await client.messages.create({ ...say(GPT, "[sim every=0]"), max_tokens: 20_000 });
  expect(bodyOf(sent(gateway)).max_output_tokens).toBe(16_384);
  await client.messages.create({ ...say(GPT, "[sim every=0]"), max_tokens: 20_000, ...BY_CHAT });
  expect(bodyOf(sent(gateway, 2)).max_completion_tokens).toBe(16_384);
});

test("a limit below what OpenAI takes is the least that it takes, and told", async () => {
  const answer: Loose = await client.messages.create({ ...say(GPT, "[sim every=0]"), max_tokens: 1 });
  expect(bodyOf(sent(gateway)).max_output_tokens).toBe(16);
  expect(answer.provider_metadata.gateway.dropped).toEqual(["max_tokens"]);
});

test("members of tools, and documents that are to be cited, that others have no word for are told", async () => {
  const answer: Loose = await client.messages.create({
    ...say(GPT, [
      {
        type: "document",
        source: { type: "text", media_type: "text/plain", data: "Words." },
        citations: { enabled: true },
      },
    ]),
    tools: [{ name: "f", input_schema: { type: "object" }, defer_loading: true }],
  });
  expect(answer.provider_metadata.gateway.dropped).toEqual(["citations", "tools[].defer_loading"]);
});

test("structured output is asked for in the provider's way", async () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  for (const model of [CLAUDE, GPT]) {
    const request = {
      ...say(model, "[sim every=0] Which city?"),
      output_config: { format: { type: "json_schema", schema } },
    };
    const answer = await bothWays(request as Loose);
    expect(JSON.parse((answer.content[0] as Anthropic.TextBlock).text)).toEqual({ city: expect.any(String) });
  }
  expect((bodyOf(gateway.simulator.requests.at(-1)!) as Loose).text.format.schema).toEqual(schema);
});

test("the SDK's own helper for structured outputs gets its object", async () => {
  const format = zodOutputFormat(z.object({ city: z.string(), degrees: z.number() }));
  for (const model of [CLAUDE, GPT]) {
    const answer = await client.messages.parse({
      ...say(model, "[sim every=0] Which city?"),
      output_config: { format },
    });
    expect(answer.parsed_output).toEqual({ city: expect.any(String), degrees: expect.any(Number) });
  }
});

test("oddities of a provider do not reach the SDK, which would lose text over them", async () => {
  for (const quirk of ["gaps", "restart"]) {
    const request = say(CLAUDE, `[sim quirk=${quirk} think=3 say="Done." every=0] Use f`);
    const answer = await client.messages
      .stream({ ...request, thinking: { type: "enabled", budget_tokens: 2000 } })
      .finalMessage();
    expect(answer.content).toMatchObject([{ type: "thinking" }, { type: "text", text: "Done." }]);
    expect((answer.content[0] as Anthropic.ThinkingBlock).thinking).not.toBe("");
  }
});

test("a refusal is told as one, whoever refuses", async () => {
  for (const model of MODELS) {
    const answer = await bothWays(say(model, "[sim refusal every=0]"));
    expect(answer.stop_reason).toBe("refusal");
    expect(answer.content).toMatchObject([{ type: "text", text: expect.stringContaining("refusal") }]);
  }
});

test("fallback, preferences and reports work as on any door", async () => {
  const answer = await client.messages.create(
    {
      ...say(CLAUDE, "[sim model=claude-sonnet-4-5-20250929 status=529] Hello"),
      models: [GPT],
      providerOptions: { gateway: { only: ["anthropic", "openai"] } },
    } as Loose,
    { headers: { "ai-reporting-user": "ada", "ai-reporting-tags": "x" } },
  );
  expect(answer.model).toBe(GPT);
  expect(gateway.row(answer.id)).toMatchObject({ requested: CLAUDE, model: GPT, user: "ada", tags: '["x"]' });
});

test("a provider's credential goes to that provider alone, and the client's own of Anthropic to Anthropic", async () => {
  const both = anthropicAt(gateway, {
    apiKey: null,
    authToken: "sk-ant-oat01-subscription",
    defaultHeaders: { "x-ai-gateway-api-key": "Bearer test-key" },
  });
  for (const model of MODELS) await both.messages.create(say(model, "[sim every=0]"));
  expect(gateway.simulator.requests.map(({ headers }) => headers["x-api-key"] ?? headers.authorization)).toEqual([
    "Bearer sk-ant-oat01-subscription",
    "Bearer sk-test-openai",
    "Bearer sk-test-deepseek",
  ]);
  for (const { path, headers, text } of gateway.simulator.requests) {
    expect(JSON.stringify(headers) + text).not.toContain("test-key");
    if (!path.startsWith("/anthropic/")) expect(JSON.stringify(headers) + text).not.toContain("subscription");
  }
});

test("thinking that a provider of OpenAI's wire tells is a block without a signature, and goes back as it came", async () => {
  const request = say(DEEPSEEK, '[sim quirk=reasoning think=9 say="Done." every=0]');
  const first = await bothWays(request);
  expect(first.content).toMatchObject([{ type: "thinking" }, { type: "text", text: "Done." }]);
  expect((first.content[0] as Anthropic.ThinkingBlock).thinking.length).toBeGreaterThan(20);
});
