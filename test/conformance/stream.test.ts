import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { countTokens } from "../../src/simulator/tokens.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, type Loose, nanodollars, promptOf, RELAYED, sent, TRANSCODED, WAYS } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk;

/** All chunks of a streamed answer, as the client reads them. */
async function chunksOf(model: string, content: string, more: object = {}): Promise<Chunk[]> {
  const stream = await client.chat.completions.create({ ...ask(model, content), ...more, stream: true });
  const chunks: Chunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

function textOf(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
}

describe.each(WAYS)("a stream of %s", (model) => {
  test("says every token once and in order, under one id, time and model", async () => {
    const chunks = await chunksOf(model, "[sim tokens=200 mark=w every=0]");
    const words = Array.from({ length: 200 }, (_, i) => `w-${i}`).join(" ");
    expect(textOf(chunks)).toBe(words);
    for (const member of ["id", "created", "model", "object"] as const)
      expect(new Set(chunks.map((chunk) => chunk[member])).size).toBe(1);
    expect(chunks[0]!.model).toBe(model);
    expect(chunks[0]!.id).toMatch(/^gen_/);
    expect(chunks.every(({ choices }) => choices.every(({ index }) => index === 0))).toBe(true);
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.role)).toHaveLength(1);
  });

  test("of ten thousand words that came at once is whole, and in order", async () => {
    const text = textOf(await chunksOf(model, "[sim tokens=10000 mark=w every=0]"));
    expect(text.split(" ")).toEqual(Array.from({ length: 10_000 }, (_, i) => `w-${i}`));
  });

  test("tells one usage, on the finishing chunk, to the nanodollar", async () => {
    const said = "Some of it turns a mill, some of it feeds a field.";
    const chunks = await chunksOf(model, `[sim say="${said}" every=0] Where does it go?`);
    const finishing = chunks.filter((chunk) => chunk.choices[0]?.finish_reason);
    expect(finishing).toHaveLength(1);
    expect(chunks.filter((chunk) => chunk.usage)).toEqual(finishing);
    expect(chunks.at(-1)).toBe(finishing[0]!);
    const tokens = { input: promptOf(sent(gateway)), output: countTokens(said) };
    const { usage, generationId, choices } = finishing[0] as Loose;
    expect(usage).toMatchObject({
      prompt_tokens: tokens.input,
      completion_tokens: tokens.output,
      total_tokens: tokens.input + tokens.output,
    });
    const cost = nanodollars(model, tokens);
    expect(Math.round(usage.cost * 1e9)).toBe(cost);
    expect(generationId).toBe(chunks[0]!.id);
    expect(Number(choices[0].delta.provider_metadata.gateway.cost)).toBe(usage.cost);
    expect(gateway.row(generationId)).toMatchObject({ ...tokens, cost, streamed: true, error: null, finish: "stop" });
  });

  test("is the same whether or not the client asks for usage", async () => {
    const without = await chunksOf(model, "[sim tokens=5 every=0]");
    const asked = await chunksOf(model, "[sim tokens=5 every=0]", { stream_options: { include_usage: true } });
    expect(asked.map(({ usage }) => usage?.completion_tokens)).toEqual(
      without.map(({ usage }) => usage?.completion_tokens),
    );
  });

  test("is put together by the client's own helper", async () => {
    const stream = client.chat.completions.stream(ask(model, '[sim say="One two three." every=0]'));
    const deltas: string[] = [];
    const done: string[] = [];
    stream.on("content.delta", ({ delta, snapshot }) => {
      deltas.push(delta);
      expect(snapshot).toBe(deltas.join(""));
    });
    stream.on("content.done", ({ content }) => done.push(content));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { role: "assistant", content: "One two three." },
    });
    expect(done).toEqual(["One two three."]);
    expect(deltas.length).toBeGreaterThan(1);
    expect(await stream.finalContent()).toBe("One two three.");
    expect(completion.usage).toMatchObject({ completion_tokens: countTokens("One two three.") });
    expect((await stream.totalUsage()).total_tokens).toBe(completion.usage!.total_tokens);
    expect((completion.choices[0]!.message as Loose).provider_metadata.gateway.generationId).toBe(completion.id);
  });

  test("keeps every letter, however the provider's bytes are cut", async () => {
    const said = "Schleuse 水门 🚪 \\ “quoted” \u2028 done";
    for (const cut of [1, 2, 3, 7, 64]) {
      const text = textOf(await chunksOf(model, `[sim say=${JSON.stringify(said)} bytes=${cut} every=0]`));
      expect(text).toBe(said);
    }
  });

  test("ends at its limit and says so", async () => {
    const chunks = await chunksOf(model, "[sim tokens=50 every=0]", { max_completion_tokens: 7 });
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe("length");
    expect(chunks.at(-1)!.usage!.completion_tokens).toBe(7);
  });

  test("may be empty, and ends well", async () => {
    const chunks = await chunksOf(model, "[sim empty every=0]");
    expect(textOf(chunks)).toBe("");
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe("stop");
    expect(gateway.row(chunks[0]!.id)).toMatchObject({ error: null, output: 0 });
  });
});

test("a transcoded stream keeps the finer rules: the role alone first, then one kind of delta a chunk", async () => {
  const chunks = await chunksOf(TRANSCODED, "[sim think=6 tokens=6 every=0]", {
    reasoning: { max_tokens: 1024 },
    max_tokens: 4000,
  });
  expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant" });
  const kinds = chunks.slice(1).map((chunk) => Object.keys(chunk.choices[0]!.delta).join("+"));
  const runs = kinds.filter((kind, i) => kind !== kinds[i - 1]);
  expect(runs).toEqual(["reasoning+reasoning_details", "content", "provider_metadata"]);
  for (const chunk of chunks.slice(0, -1)) expect(chunk.choices[0]!.finish_reason).toBeNull();
  expect(new Set(chunks.map(({ system_fingerprint }) => system_fingerprint)).size).toBe(1);
});

test("a relayed stream is the provider's to the byte, but for what the gateway declares", async () => {
  const content = "[sim tokens=40 mark=r every=0]";
  const [ours, theirs] = await Promise.all([
    gateway.post("/v1/chat/completions", { ...ask(RELAYED, content), stream: true }).then((reply) => reply.text()),
    fetch(`${gateway.simulator.url}/openai/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: JSON.stringify({ ...ask("gpt-4o", content), stream: true, stream_options: { include_usage: true } }),
    }).then((reply) => reply.text()),
  ]);
  const plain = (sse: string) =>
    sse
      .split("\n\n")
      .filter((frame) => frame.includes('"finish_reason":null'))
      .map((frame) => frame.replace(/"(id|model)":"[^"]*"/g, '"$1":""').replace(/"created":\d+/, '"created":0'));
  expect(plain(ours)).toHaveLength(41);
  expect(plain(ours)).toEqual(plain(theirs));
});

test("several answers at once are streamed side by side, each to its own finish", async () => {
  const chunks = await chunksOf(RELAYED, "[sim tokens=5 every=0]", { n: 2 });
  const finishes = chunks.flatMap(({ choices }) => choices.filter(({ finish_reason }) => finish_reason));
  expect(finishes.map(({ index }) => index).sort()).toEqual([0, 1]);
  expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  expect(chunks.at(-1)!.usage!.completion_tokens).toBe(10);
  const texts = [0, 1].map((n) =>
    chunks.flatMap(({ choices }) => choices.filter(({ index }) => index === n).map(({ delta }) => delta.content ?? "")),
  );
  expect(texts[0]!.join("")).not.toBe(texts[1]!.join(""));
});

test("log probabilities are relayed token by token", async () => {
  const chunks = await chunksOf(RELAYED, "[sim tokens=4 every=0]", { logprobs: true, top_logprobs: 1 });
  const told = chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
  expect(told.map(({ token }) => token).join("")).toBe(textOf(chunks));
});

test("whether the client wants padding against eavesdroppers is the client's business", async () => {
  const padded = await chunksOf(RELAYED, "[sim tokens=4 every=0]");
  const bare = await chunksOf(RELAYED, "[sim tokens=4 every=0]", { stream_options: { include_obfuscation: false } });
  expect(padded.some((chunk) => "obfuscation" in chunk)).toBe(true);
  expect(bare.some((chunk) => "obfuscation" in chunk)).toBe(false);
});

test("usage is asked of a provider of OpenAI's wire, and of none that refuses to be asked", async () => {
  await chunksOf(RELAYED, "[sim tokens=1 every=0]");
  await chunksOf("mistral/mistral-large", "[sim tokens=1 every=0]");
  const [openai, mistral] = gateway.simulator.requests.map((request) => bodyOf(request) as Loose);
  expect(openai.stream_options).toEqual({ include_usage: true });
  expect(mistral.stream_options).toBeUndefined();
});

test("a provider that tells no usage in its stream is estimated, on the finishing chunk, and marked", async () => {
  const chunks = await chunksOf("mistral/mistral-large", '[sim say="One two three four." every=0]');
  expect(textOf(chunks)).toBe("One two three four.");
  const { usage } = chunks.at(-1) as Loose;
  expect(usage).toMatchObject({ estimated: true, completion_tokens: Math.ceil("One two three four.".length / 4) });
  expect(gateway.row(chunks[0]!.id)).toMatchObject({ estimated: true, error: null });
});
