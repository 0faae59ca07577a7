import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type OpenAI from "openai";
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

test.each(WAYS)("what %s read from its cache is part of the prompt, and cheaper", async (model) => {
  for (const streamed of [false, true]) {
    gateway.simulator.forget();
    const request = ask(model, "[sim cached=5000 tokens=3 every=0]");
    const answer = streamed
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const input = promptOf(sent(gateway)) + 5000;
    expect(answer.usage).toMatchObject({ prompt_tokens: input, prompt_tokens_details: { cached_tokens: 5000 } });
    const cost = nanodollars(model, { input, output: 3, cacheRead: 5000 });
    expect(cost).toBeLessThan(nanodollars(model, { input, output: 3 }));
    expect(Math.round((answer.usage as Loose).cost * 1e9)).toBe(cost);
    expect(gateway.row(answer.id)).toMatchObject({ input, cacheRead: 5000, cost });
  }
});

test("what was written to the cache is part of the prompt, and dearer", async () => {
  const answer = await client.chat.completions.create(ask(TRANSCODED, "[sim cache-write=3000 tokens=3]"));
  const input = promptOf(sent(gateway)) + 3000;
  expect(answer.usage).toMatchObject({ prompt_tokens: input, cache_creation_input_tokens: 3000 } as Loose);
  expect(gateway.row(answer.id)).toMatchObject({
    input,
    cacheWrite: 3000,
    cost: nanodollars(TRANSCODED, { input, output: 3, cacheWrite: 3000 }),
  });
});

test("marks on messages and parts reach a provider that caches on request: the second time is a read", async () => {
  const mark = { cache_control: { type: "ephemeral" } };
  const request: Loose = {
    model: TRANSCODED,
    messages: [
      { role: "system", content: "The rules of the gate. ".repeat(30), ...mark },
      { role: "user", content: [{ type: "text", text: "A long question. ".repeat(20), ...mark }] },
    ],
  };
  const first = await client.chat.completions.create(request);
  const second = await client.chat.completions.create(request);
  const written = (first.usage as Loose).cache_creation_input_tokens;
  expect(written).toBeGreaterThan(100);
  expect(first.usage!.prompt_tokens_details!.cached_tokens).toBe(0);
  expect(second.usage!.prompt_tokens_details!.cached_tokens).toBe(written);
  expect(second.usage!.prompt_tokens).toBe(first.usage!.prompt_tokens);
  const { input, output } = gateway.row(second.id)!;
  expect(gateway.row(second.id)!.cost).toBe(
    nanodollars(TRANSCODED, { input: input!, output: output!, cacheRead: written }),
  );
});

test("a mark for an hour costs what an hour costs", async () => {
  const request: Loose = {
    model: TRANSCODED,
    messages: [
      { role: "system", content: "Rules for an hour. ".repeat(30), cache_control: { type: "ephemeral", ttl: "1h" } },
      { role: "user", content: "Hello" },
    ],
  };
  const answer = await client.chat.completions.create(request);
  const written = (answer.usage as Loose).cache_creation_input_tokens;
  const { input, output, cost } = gateway.row(answer.id)!;
  expect(cost).toBe(nanodollars(TRANSCODED, { input: input!, output: output!, cacheWriteLong: written }));
});

test("a mark on a tool is kept", async () => {
  const tools: Loose = [
    {
      type: "function",
      function: { name: "look_up", parameters: { type: "object", properties: {} } },
      cache_control: { type: "ephemeral" },
    },
  ];
  await client.chat.completions.create({ ...ask(TRANSCODED, "Hello"), tools });
  expect((bodyOf(sent(gateway)) as Loose).tools[0].cache_control).toEqual({ type: "ephemeral" });
});

test("a provider that caches by itself is not bothered with marks, and the reply says that they were left out", async () => {
  const messages: Loose = [{ role: "user", content: "Hello", cache_control: { type: "ephemeral" } }];
  const answer = await client.chat.completions.create({ model: RELAYED, messages });
  expect(bodyOf(sent(gateway)).messages).toEqual([{ role: "user", content: "Hello" }]);
  expect((answer.choices[0]!.message as Loose).provider_metadata.gateway.dropped).toEqual(["cache_control"]);
});
