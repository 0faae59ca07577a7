import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, nanodollars, sent } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const SMALL = "openai/text-embedding-3-small";
const LARGE = "openai/text-embedding-3-large";
const MISTRALS = "mistral/codestral-embed";

/** What OpenAI's client is told of the same text. */
async function vectorOf(input: string, model = SMALL): Promise<number[]> {
  const reply = await jsonOf(await gateway.post("/v1/embeddings", { model, input, encoding_format: "float" }));
  gateway.simulator.forget();
  return reply.data[0].embedding;
}

describe.each(SDKS)("embeddings of ai $major", (sdk) => {
  const { ai, major, path } = sdk;
  const model = (id: string) => providerOf(sdk, gateway).textEmbeddingModel(id);
  const options = (gateway: object, more: object = {}) => ({ providerOptions: { gateway, ...more } });

  test("embed() gives the vector, what it took and what it cost", async () => {
    const expected = await vectorOf("Water");
    const { embedding, usage, providerMetadata, value } = await ai.embed({ model: model(SMALL), value: "Water" });
    expect([value, embedding]).toEqual(["Water", expected]);
    const told = providerMetadata.gateway;
    const row = gateway.row(told.generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-embedding-model", requested: SMALL, model: SMALL, provider: "openai" });
    expect(usage.tokens).toBe(row.input!);
    expect(row.cost).toBe(nanodollars(SMALL, { input: row.input!, output: 0 }));
    expect(Math.round(Number(told.cost) * 1e9)).toBe(row.cost!);
    expect(told.routing.finalProvider).toBe("openai");
    const body = bodyOf(sent(gateway));
    expect(body).toEqual({
      model: "text-embedding-3-small",
      input: major === 5 ? "Water" : ["Water"],
      encoding_format: "float",
    });
  });

  test("embedMany() keeps the order of many values", async () => {
    const values = ["Water", "Gate", "Channel"];
    const expected = await Promise.all(values.map((value) => vectorOf(value)));
    const { embeddings, usage } = await ai.embedMany({ model: model(SMALL), values });
    expect(embeddings).toEqual(expected);
    expect(usage.tokens).toBeGreaterThan(2);
    sent(gateway);
  });

  test("embedMany() of more than one request takes is as many requests as it needs", async () => {
    const values = Array.from({ length: 2049 }, (_, i) => `v${i}`);
    const { embeddings } = await ai.embedMany({
      model: model(SMALL),
      values,
      ...options({}, { openai: { dimensions: 2 } }),
    });
    expect(embeddings).toHaveLength(2049);
    expect(embeddings.every((vector: number[]) => vector.length === 2)).toBe(true);
    const sizes = gateway.simulator.requests.map((request) => {
      const { input }: Loose = bodyOf(request);
      return typeof input === "string" ? 1 : input.length;
    });
    expect(sizes.sort()).toEqual([1, 2048]);
  });

  test("a provider's own options, in the SDK's names", async () => {
    await ai.embed({
      model: model(SMALL),
      value: "Water",
      ...options({}, { openai: { dimensions: 256, user: "ada" } }),
    });
    expect(bodyOf(sent(gateway))).toMatchObject({ dimensions: 256, user: "ada" });
    gateway.simulator.forget();
    await ai
      .embed({ model: model(MISTRALS), value: "Water", ...options({}, { mistral: { outputDimension: 64 } }) })
      .catch(() => {});
    expect(bodyOf(sent(gateway)).output_dimension).toBe(64);
  });

  test("the gateway's options: a model to fall back to, tags, and an account of the client's own", async () => {
    const value = "[sim model=text-embedding-3-small status=503] Water";
    const { embedding, providerMetadata } = await ai.embed({
      model: model(SMALL),
      value,
      ...options({ models: [LARGE], tags: ["blue"], user: "ada", byok: { openai: [{ apiKey: "canary.own/7Qf2" }] } }),
    });
    expect(embedding).toHaveLength(3072);
    const row = gateway.row(providerMetadata.gateway.generationId)!;
    expect(row).toMatchObject({ model: LARGE, user: "ada", byok: true });
    expect(JSON.parse(row.tags!)).toEqual(["blue"]);
    const shown = gateway.simulator.requests.map(({ headers }) => headers.authorization);
    expect(shown).toEqual(["Bearer canary.own/7Qf2", "Bearer sk-test-openai", "Bearer canary.own/7Qf2"]);
    for (const { text } of gateway.simulator.requests) expect(text).not.toMatch(/providerOptions|byok/);
  });

  test("what is refused is the SDK's own error, with our message", async () => {
    const ask = (id: string, value = "Water", more: object = {}) =>
      failureOf(ai.embed({ model: model(id), value, maxRetries: 0, ...more }));
    const none = await ask("openai/text-embedding-9");
    expect([none.name, none.statusCode, none.modelId]).toEqual([
      "GatewayModelNotFoundError",
      404,
      "openai/text-embedding-9",
    ]);
    const speaker = await ask("anthropic/claude-sonnet-4.5");
    expect([speaker.name, speaker.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    expect(speaker.message).toContain("not offered for embeddings");
    const empty = await ask(SMALL, "");
    expect([empty.name, empty.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    expect(empty.message).toContain(major === 5 ? '"values" must be given' : '"values[0]"');
    expect(gateway.simulator.requests).toHaveLength(0);
    const busy = await ask(SMALL, "[sim status=429]");
    expect([busy.name, busy.statusCode, busy.isRetryable]).toEqual(["GatewayRateLimitError", 429, true]);
    const failing = await ask(SMALL, "[sim status=529]");
    expect([failing.name, failing.statusCode]).toEqual(["GatewayInternalServerError", 503]);
  });

  test("a body or a header that is none is refused by name", async () => {
    const post = (body: unknown, headers: Record<string, string> = { "ai-model-id": SMALL }) =>
      gateway.post(`${path}/embedding-model`, body, headers);
    for (const [body, param] of [
      [{}, "values"],
      [{ values: [] }, "values"],
      [{ values: "Water" }, "values"],
      [{ values: [1] }, "values[0]"],
      [{ input: 5 }, "input"],
      [{ values: ["x"], dimensions: "many" }, "dimensions"],
      [{ values: ["x"], providerOptions: [] }, "providerOptions"],
    ] as [object, string][]) {
      const reply = await post(body);
      const { error } = await jsonOf(reply);
      expect([body, reply.status, error.param]).toEqual([body, 400, param]);
    }
    const { error } = await jsonOf(await post({ values: ["x"] }, {}));
    expect([error.type, error.param]).toEqual(["invalid_request_error", "ai-model-id"]);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("what nobody knows is not sent, and told", async () => {
    const body = { values: ["x"], truncate: "END" };
    const reply = await jsonOf(await gateway.post(`${path}/embedding-model`, body, { "ai-model-id": SMALL }));
    expect(reply.providerMetadata.gateway.dropped).toEqual(["truncate"]);
    expect(reply.warnings).toMatchObject([{ type: "unsupported", feature: "truncate" }]);
    expect(bodyOf(sent(gateway)).truncate).toBeUndefined();
  });
});

test("the length of a vector, as the newest SDK asks for it", async () => {
  const model = providerOf(SDKS[2]!, gateway).embeddingModel(SMALL);
  const { embeddings } = await model.doEmbed({ values: ["Water"], dimensions: 256 });
  expect(embeddings[0]).toHaveLength(256);
  expect(bodyOf(sent(gateway)).dimensions).toBe(256);
});
