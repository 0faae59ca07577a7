import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { countTokens } from "../../src/simulator/tokens.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import {
  ask,
  bodyOf,
  clientOf,
  failure,
  type Loose,
  nanodollars,
  promptOf,
  RELAYED,
  RESHAPED,
  sent,
  TRANSCODED,
  WAYS,
} from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

describe.each(WAYS)("a plain answer of %s", (model) => {
  test("is what the model said, under the gateway's id and the client's name for the model", async () => {
    const { data, response, request_id } = await client.chat.completions
      .create(ask(model, '[sim say="The gate is open."]'))
      .withResponse();
    expect(data.choices).toHaveLength(1);
    expect(data.choices[0]).toMatchObject({ index: 0, finish_reason: "stop", logprobs: null });
    expect(data.choices[0]!.message).toMatchObject({ role: "assistant", content: "The gate is open." });
    expect(data.object).toBe("chat.completion");
    expect(data.model).toBe(model);
    expect(data.id).toMatch(/^gen_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(request_id).toBe(data.id);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect((data as Loose).generationId).toBe(data.id);
    expect(Math.abs(data.created - Date.now() / 1000)).toBeLessThan(3600);
  });

  test("costs what the catalogue says, to the nanodollar, in the reply and in the ledger", async () => {
    const said = "Water comes down the channel, and the gate decides where it goes.";
    const answer = await client.chat.completions.create(ask(model, `[sim say="${said}"] Where does it go?`));
    const input = promptOf(sent(gateway));
    const output = countTokens(said);
    expect(answer.usage).toMatchObject({
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
    });
    const cost = nanodollars(model, { input, output });
    expect(cost).toBeGreaterThan(0);
    const usage = answer.usage as Loose;
    expect(Math.round(usage.cost * 1e9)).toBe(cost);
    expect(usage.market_cost).toBe(usage.cost);
    expect(usage.is_byok).toBe(false);
    expect(usage.estimated).toBeUndefined();
    const row = gateway.row(answer.id);
    expect(row).toMatchObject({ input, output, cost, estimated: false, error: null, finish: "stop" });
    const told = (answer.choices[0]!.message as Loose).provider_metadata.gateway;
    expect(Number(told.cost)).toBe(usage.cost);
    expect(told.generationId).toBe(answer.id);
  });

  test("ends at its limit and says so", async () => {
    const answer = await client.chat.completions.create({ ...ask(model, "[sim tokens=50]"), max_completion_tokens: 7 });
    expect(answer.choices[0]!.finish_reason).toBe("length");
    expect(answer.usage!.completion_tokens).toBe(7);
    expect(gateway.row(answer.id)).toMatchObject({ finish: "length", output: 7 });
  });

  test("takes the older name of the limit", async () => {
    const answer = await client.chat.completions.create({ ...ask(model, "[sim tokens=50]"), max_tokens: 6 });
    expect(answer.usage!.completion_tokens).toBe(6);
  });

  test("ends before a stop sequence", async () => {
    const request = { ...ask(model, '[sim say="one two three"]'), stop: ["three"] };
    const answer = await client.chat.completions.create(request);
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one two " } });
  });

  test("may be empty", async () => {
    const answer = await client.chat.completions.create(ask(model, "[sim empty]"));
    expect(answer.choices[0]!.finish_reason).toBe("stop");
    expect(answer.choices[0]!.message.content ?? "").toBe("");
    expect(answer.usage!.completion_tokens).toBe(0);
  });

  test("keeps every letter of what was said and asked, whatever the script", async () => {
    const said = 'Schleuse — 水门 🚪 "quoted" \\ and \u2028 done';
    const answer = await client.chat.completions.create(ask(model, `[sim say=${JSON.stringify(said)}] Grüße, 世界 🌍`));
    expect(answer.choices[0]!.message.content).toBe(said);
    expect(sent(gateway).text).toContain("Grüße, 世界 🌍");
  });

  test("follows a conversation of several turns", async () => {
    await client.chat.completions.create({
      model,
      messages: [
        { role: "system", content: "You keep a gate." },
        { role: "user", content: "My name is Ada." },
        { role: "assistant", content: "Hello Ada." },
        { role: "user", content: [{ type: "text", text: "What is my name?" }] },
      ],
    });
    const { messages } = bodyOf(sent(gateway)) as Loose;
    const texts = JSON.stringify(messages);
    for (const text of ["My name is Ada.", "Hello Ada.", "What is my name?"]) expect(texts).toContain(text);
    expect(messages.map(({ role }: Loose) => role).filter((role: string) => role !== "system")).toEqual([
      "user",
      "assistant",
      "user",
    ]);
  });
});

test("a system prompt goes where each provider wants it, and a developer's counts as one", async () => {
  const messages = [
    { role: "system" as const, content: "Be brief." },
    { role: "developer" as const, content: "Answer in Dutch." },
    { role: "user" as const, content: "Hello" },
  ];
  for (const model of WAYS) await client.chat.completions.create({ model, messages });
  const [relayed, transcoded, reshaped] = gateway.simulator.requests.map((request) => bodyOf(request) as Loose);
  expect(relayed.messages).toEqual(messages);
  expect(transcoded.system.map(({ text }: Loose) => text)).toEqual(["Be brief.", "Answer in Dutch."]);
  expect(transcoded.messages.map(({ role }: Loose) => role)).toEqual(["user"]);
  // A provider that refuses the role gets the other one.
  expect(reshaped.messages.map(({ role }: Loose) => role)).toEqual(["system", "system", "user"]);
});

test("a refusal is told as one, with a finish reason that clients know", async () => {
  const relayed = await client.chat.completions.create(ask(RELAYED, "[sim refusal]"));
  expect(relayed.choices[0]!.message.refusal).toContain("simulated");
  expect(relayed.choices[0]!.message.content).toBeNull();
  const transcoded = await client.chat.completions.create(ask(TRANSCODED, "[sim refusal]"));
  expect(transcoded.choices[0]!.finish_reason).toBe("content_filter");
  expect(gateway.row(transcoded.id)!.finish).toBe("refusal");
});

test("several answers at once are relayed, each to its own finish", async () => {
  const answer = await client.chat.completions.create({ ...ask(RELAYED, "[sim tokens=4]"), n: 3 });
  expect(answer.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
    [0, "stop"],
    [1, "stop"],
    [2, "stop"],
  ]);
  expect(new Set(answer.choices.map(({ message }) => message.content)).size).toBe(3);
  expect(answer.usage!.completion_tokens).toBe(12);
});

test("log probabilities are relayed", async () => {
  const request = { ...ask(RELAYED, "[sim tokens=3]"), logprobs: true, top_logprobs: 2 };
  const answer = await client.chat.completions.create(request);
  expect(answer.choices[0]!.logprobs!.content).toHaveLength(3);
  expect(answer.choices[0]!.logprobs!.content![0]!.top_logprobs).toHaveLength(2);
});

test.each([
  ["n", { n: 2 }],
  ["logprobs", { logprobs: true }],
] as const)("what a provider's format cannot give is refused before anything is sent: %s", async (name, more) => {
  const error = await failure(
    client.chat.completions.create({ ...ask(TRANSCODED, "Hello"), ...more }),
    OpenAI.BadRequestError,
  );
  expect(error.code).toBe("unsupported");
  expect(error.message).toContain(`\`${name}\``);
  expect(gateway.simulator.requests).toHaveLength(0);
});

test("members of OpenAI's that the gateway has no word for travel untouched", async () => {
  const more = {
    metadata: { tenant: "a" },
    store: false,
    verbosity: "low" as const,
    prompt_cache_key: "k",
    logit_bias: { "50256": -100 },
    safety_identifier: "s",
  };
  await client.chat.completions.create({ ...ask("openai/gpt-5", "Hello"), ...more });
  expect(bodyOf(sent(gateway))).toMatchObject(more);
});

test("what a translated request could not say is named in the reply", async () => {
  const answer = await client.chat.completions.create({
    ...ask(TRANSCODED, "Hello"),
    seed: 7,
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    metadata: { tenant: "a" },
  });
  const { dropped } = (answer.choices[0]!.message as Loose).provider_metadata.gateway;
  expect([...dropped].sort()).toEqual(["frequency_penalty", "metadata", "presence_penalty", "seed"]);
  expect(JSON.parse(gateway.row(answer.id)!.dropped!)).toEqual(dropped);
});

test("sampling reaches the provider in its own range", async () => {
  const sampling = { temperature: 1.5, stop: ["x"] };
  await client.chat.completions.create({ ...ask(RELAYED, "Hello"), ...sampling, top_p: 0.5 });
  await client.chat.completions.create({ ...ask(TRANSCODED, "Hello"), ...sampling });
  const [relayed, transcoded] = gateway.simulator.requests.map((request) => bodyOf(request) as Loose);
  expect(relayed).toMatchObject({ temperature: 1.5, top_p: 0.5, stop: ["x"] });
  expect(transcoded).toMatchObject({ temperature: 1, stop_sequences: ["x"] });
});

test("sampling that a model does not have is left out and told, also where nothing is translated", async () => {
  const answer = await client.chat.completions.create({ ...ask("openai/gpt-5", "Hello"), temperature: 0.1 });
  expect((answer.choices[0]!.message as Loose).provider_metadata.gateway.dropped).toEqual(["temperature"]);
  expect(bodyOf(sent(gateway)).temperature).toBeUndefined();
});

test("usage that a provider never tells is estimated, and marked", async () => {
  for (const model of WAYS) {
    const answer = await client.chat.completions.create(
      ask(model, `[sim no-usage] ${"Count these words. ".repeat(20)}`),
    );
    const usage = answer.usage as Loose;
    expect(usage.estimated).toBe(true);
    expect(usage.completion_tokens).toBeGreaterThan(0);
    expect(usage.prompt_tokens).toBeGreaterThan(60);
    expect(gateway.row(answer.id)).toMatchObject({ estimated: true, input: usage.prompt_tokens });
  }
});

test("the provider's own figures stand beside ours", async () => {
  const answer = await client.chat.completions.create(ask(TRANSCODED, "Hello"));
  const { anthropic, gateway: own } = (answer.choices[0]!.message as Loose).provider_metadata;
  expect(anthropic.usage.output_tokens).toBe(answer.usage!.completion_tokens);
  expect(anthropic.responseId).toMatch(/^msg_/);
  expect(own.routing).toMatchObject({ originalModelId: TRANSCODED, finalProvider: "anthropic" });
});

test("a provider's credential goes to that provider alone, and the client's key to none", async () => {
  for (const model of [RELAYED, TRANSCODED, RESHAPED]) await client.chat.completions.create(ask(model, "Hello"));
  const [openai, anthropic, deepseek] = gateway.simulator.requests.map(({ headers }) => headers);
  expect(openai!.authorization).toBe("Bearer sk-test-openai");
  expect(anthropic!["x-api-key"]).toBe("sk-test-anthropic");
  expect(anthropic!.authorization).toBeUndefined();
  expect(deepseek!.authorization).toBe("Bearer sk-test-deepseek");
  for (const { headers, text } of gateway.simulator.requests)
    expect(JSON.stringify(headers) + text).not.toContain("test-key");
});
