import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { countTokens } from "../../src/simulator/tokens.ts";
import { chunksOf as chunksIn, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, bodyOf, clientOf, failure, type Loose, nanodollars, sent } from "./client.ts";

/** Which only completes, and two that only chat. */
const MODEL = "openai/gpt-3.5-turbo-instruct";
const CHAT = "openai/gpt-4o";
const CLAUDE = "anthropic/claude-sonnet-4.5";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

type Params = Omit<OpenAI.Completions.CompletionCreateParamsNonStreaming, "stream">;
const create = (more: Partial<Params> & Loose = {}) =>
  client.completions.create({ model: MODEL, prompt: '[sim say="down the channel"] Water comes', ...more });

/** All chunks of a streamed answer, as the client reads them. */
async function streamed(more: Partial<Params> & Loose = {}): Promise<OpenAI.Completions.Completion[]> {
  const request: OpenAI.Completions.CompletionCreateParamsStreaming = {
    model: MODEL,
    prompt: '[sim say="down the channel" every=0] Water comes',
    ...more,
    stream: true,
  };
  const stream = await client.completions.create(request);
  const chunks: OpenAI.Completions.Completion[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: readonly OpenAI.Completions.Completion[], index = 0) =>
  chunks.flatMap(({ choices }) => choices.flatMap((one) => (one.index === index ? [one.text] : []))).join("");

describe("a completion", () => {
  test("is the model's, under our id, with a usage that costs what the catalogue says", async () => {
    const answer = await create();
    expect(answer).toMatchObject({ object: "text_completion", model: MODEL });
    expect(answer.id).toMatch(/^gen_/);
    expect(answer.choices).toEqual([{ text: "down the channel", index: 0, logprobs: null, finish_reason: "stop" }]);
    const { path, ...request } = sent(gateway);
    expect(path).toBe("/openai/v1/completions");
    expect(bodyOf({ path, ...request }).model).toBe("gpt-3.5-turbo-instruct");
    const tokens = { input: countTokens('[sim say="down the channel"] Water comes'), output: 3 };
    const { usage } = answer as Loose;
    expect(usage).toMatchObject({ prompt_tokens: tokens.input, completion_tokens: 3, total_tokens: tokens.input + 3 });
    const cost = nanodollars(MODEL, tokens);
    // $1.50 and $2.00 a million.
    expect(cost).toBe(tokens.input * 1500 + 3 * 2000);
    expect(Math.round(usage.cost * 1e9)).toBe(cost);
    const expected = { operation: "complete", mode: "relay", finish: "stop", cost, error: null, ...tokens };
    expect(gateway.row(answer.id)).toMatchObject(expected);
  });

  test("streamed says the same, piece by piece, and tells one usage with its end", async () => {
    const chunks = await streamed();
    expect(textOf(chunks)).toBe("down the channel");
    expect(bodyOf(sent(gateway)).stream_options).toEqual({ include_usage: true });
    expect(new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`)).size).toBe(1);
    const [last] = chunks.slice(-1) as Loose[];
    expect(last.choices[0].finish_reason).toBe("stop");
    expect(chunks.filter(({ usage }) => usage)).toEqual([last]);
    expect(last.providerMetadata.gateway.generationId).toBe(last.id);
    expect(gateway.row(last.id)).toMatchObject({ streamed: true, output: 3, mode: "relay", error: null });
  });

  test("of several prompts, several times, is as many choices", async () => {
    const prompt = ["one", "two"];
    const answer = await create({ prompt, n: 2, max_tokens: 4 });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const chunks = await streamed({ prompt, n: 2, max_tokens: 4 });
    for (const { index, text } of answer.choices) expect(textOf(chunks, index)).toBe(text);
    expect(chunks.filter(({ choices }) => choices[0]!.finish_reason !== null)).toHaveLength(4);
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  });

  test.each([
    ["tokens", [1, 2, 3]],
    ["lists of tokens", [[1, 2], [3]]],
  ])("of %s is asked for as it stands", async (_, prompt) => {
    const answer = await create({ prompt, max_tokens: 4 });
    expect(bodyOf(sent(gateway)).prompt).toEqual(prompt);
    expect(answer.usage!.prompt_tokens).toBe(3);
  });

  test("has what only this API has: the prompt again, probabilities, what comes behind it", async () => {
    const answer = await create({ echo: true, logprobs: 2, suffix: " and on.", best_of: 2 });
    expect(bodyOf(sent(gateway))).toMatchObject({ echo: true, logprobs: 2, suffix: " and on.", best_of: 2 });
    const [choice] = answer.choices;
    expect(choice!.text).toEndWith("Water comesdown the channel");
    expect(choice!.logprobs!.tokens!.join("")).toBe("down the channel");
    expect(textOf(await streamed({ echo: true }))).toEndWith("Water comesdown the channel");
  });

  test("that tells no usage is paid for by its size, and says so", async () => {
    const chunks = (await streamed({ prompt: '[sim say="down the channel" no-usage every=0] x' })) as Loose[];
    expect(chunks.at(-1).usage).toMatchObject({ estimated: true, completion_tokens: 4 });
    expect(gateway.row(chunks.at(-1).id)).toMatchObject({ estimated: true, output: 4 });
  });
});

describe.each([CHAT, CLAUDE])("a completion of %s, which only chats", (model) => {
  const prompt = '[sim say="down the channel" every=0] Water comes';

  test("is the answer to one message", async () => {
    const answer = await create({ model, prompt, max_tokens: 50, stop: ["END"], temperature: 0.5 });
    expect(answer).toMatchObject({ object: "text_completion", model });
    expect(answer.choices).toEqual([{ text: "down the channel", index: 0, logprobs: null, finish_reason: "stop" }]);
    const [message, ...others] = bodyOf(sent(gateway)).messages as Loose[];
    expect(others).toEqual([]);
    expect(message.role).toBe("user");
    expect(JSON.stringify(message.content)).toContain("Water comes");
    expect(gateway.row(answer.id)).toMatchObject({ operation: "complete", mode: "transcode", error: null });
    const { usage } = answer as Loose;
    const tokens = { input: usage.prompt_tokens, output: usage.completion_tokens };
    expect(Math.round(usage.cost * 1e9)).toBe(nanodollars(model, tokens));
  });

  test("streamed says the same", async () => {
    const chunks = await streamed({ model, prompt });
    expect(textOf(chunks)).toBe("down the channel");
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe("stop");
    expect(chunks.filter(({ usage }) => usage)).toEqual([chunks.at(-1)!]);
  });

  test("has the prompt before it where that is wanted, and what it cannot be asked is told", async () => {
    const answer = (await create({ model, prompt, echo: true, best_of: 2, max_tokens: 50 })) as Loose;
    expect(answer.choices[0].text).toBe(`${prompt}down the channel`);
    expect(bodyOf(sent(gateway)).best_of).toBeUndefined();
    expect(answer.providerMetadata.gateway.dropped).toContain("best_of");
  });

  test.each<[string, Loose]>([
    ["prompt", { prompt: [1, 2] }],
    ["prompt", { prompt: ["a", "b"] }],
    ["n", { n: 2 }],
    ["logprobs", { logprobs: 1 }],
    ["suffix", { suffix: "." }],
  ])("without what was asked for would be another: %s is refused by name", async (name, more) => {
    const error = await failure(create({ model, ...more }), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "unsupported", type: "invalid_request_error" });
    expect(error.message).toContain(`cannot do \`${name}\``);
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

test("what was thought on the way has no place in it, and that it was left out is told", async () => {
  const request = {
    model: CLAUDE,
    prompt: "[sim think=5 say=Down. every=0] Water comes",
    max_tokens: 2000,
    providerOptions: { anthropic: { thinking: { type: "enabled", budget_tokens: 1024 } } },
  };
  const whole = (await create(request)) as Loose;
  expect(whole.choices[0].text).toBe("Down.");
  const chunks = await streamed(request);
  expect(textOf(chunks)).toBe("Down.");
  for (const { id, providerMetadata } of [whole, chunks.at(-1) as Loose]) {
    expect(providerMetadata.gateway.dropped).toContain("reasoning");
    expect(JSON.parse(gateway.row(id)!.dropped!)).toContain("reasoning");
  }
  const thoughtless = (await create({
    ...request,
    prompt: "[sim say=Down. every=0] Water comes",
    providerOptions: {},
  })) as Loose;
  expect(thoughtless.providerMetadata.gateway).not.toHaveProperty("dropped");
});

describe("a model that only completes", () => {
  test("is asked for no chat", async () => {
    const error = await failure(client.chat.completions.create(ask(MODEL, "Hello")), OpenAI.BadRequestError);
    expect(error.message).toContain("not offered for this API");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is in the list of models, and not where clients look for whom to talk to", async () => {
    const { data } = await jsonOf(await gateway.get("/v1/models"));
    expect(data.map(({ id }: Loose) => id)).toContain(MODEL);
    const picker = await jsonOf(await gateway.get("/claude-code/v1/models"));
    expect(picker.data.map(({ id }: Loose) => id)).not.toContain(`claude-code/${MODEL}`);
    expect(picker.data.map(({ id }: Loose) => id)).toContain(`claude-code/${CHAT}`);
    const config = await jsonOf(await gateway.get("/v4/ai/config"));
    expect(config.models.map(({ id }: Loose) => id)).not.toContain(MODEL);
  });
});

describe("who fails", () => {
  const prompt = "[sim model=gpt-3.5-turbo-instruct status=503] [sim every=0] Water";

  test.each([false, true])("is replaced by the next, who only chats (stream: %p)", async (stream) => {
    const more = { prompt, models: [CLAUDE], max_tokens: 5 };
    const answer = stream ? (await streamed(more)).at(-1)! : await create(more);
    expect(answer.model).toBe(CLAUDE);
    sent(gateway, 2);
  });

  test("before the first words is replaced too, and nothing of it was told", async () => {
    const failing = "[sim model=gpt-3.5-turbo-instruct error=0] [sim every=0] Water";
    const chunks = await streamed({ prompt: failing, models: [CLAUDE], max_tokens: 5 });
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set([CLAUDE]));
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe("length");
  });

  test.each(["cut=2", "error=2", "eof=2"])("behind them (%s) is told in band, and there is no end", async (fault) => {
    const body = { model: MODEL, prompt: `[sim tokens=9 ${fault} every=0] Water`, stream: true, models: [CLAUDE] };
    const text = await (await gateway.post("/v1/completions", body)).text();
    expect(text).not.toContain("[DONE]");
    const chunks = chunksIn(text);
    expect(chunks.at(-1).error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
    expect(chunks.filter(({ choices }) => choices?.[0].finish_reason)).toEqual([]);
    await failure(streamed({ prompt: body.prompt }), OpenAI.APIError);
    const { generationId } = chunks.at(-1);
    expect(gateway.row(generationId)!.error).not.toBeNull();
    expect(gateway.row(generationId)!.cost).toBeGreaterThan(0);
  });

  test("for good is told in OpenAI's shape", async () => {
    const error = await failure(
      clientOf(gateway, { maxRetries: 0 }).completions.create({ model: MODEL, prompt: "[sim status=503] x" }),
      OpenAI.InternalServerError,
    );
    expect(error).toMatchObject({ status: 503, code: "upstream_overloaded" });
  });

  test("with an answer that is none is a bad gateway", async () => {
    for (const body of ["{}", '{"choices":[]}', "[]"]) {
      const prompt = `[sim body='${body}'] x`;
      const reply = await gateway.post("/v1/completions", { model: MODEL, prompt });
      expect([body, reply.status, (await jsonOf(reply)).error.code]).toEqual([body, 502, "upstream_malformed"]);
    }
  });
});

test("what is no request is refused by name, before anything is sent", async () => {
  const wrong: [string, Loose][] = [
    ["prompt", { prompt: undefined }],
    ["prompt", { prompt: [] }],
    ["prompt[1]", { prompt: ["a", 5] }],
    ["max_tokens", { max_tokens: -1 }],
    ["n", { n: 0 }],
    ["logprobs", { logprobs: true }],
    ["stop", { stop: 7 }],
    ["model", { model: "" }],
  ];
  for (const [param, more] of wrong) {
    const error = await failure(create(more), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "invalid_request", type: "invalid_request_error", param });
  }
  const error = await failure(create({ model: "openai/gpt-3.5-turbo-instruckt" }), OpenAI.NotFoundError);
  expect(error.message).toContain(MODEL);
  expect(gateway.simulator.requests).toHaveLength(0);
});
