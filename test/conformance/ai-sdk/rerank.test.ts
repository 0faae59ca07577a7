import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { scoreOf } from "../../../src/simulator/cohere/rerank.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

/** `rerank()`, which the SDK has from its major 6 on. */

const COHERE = "cohere/rerank-v3.5";
const VOYAGE = "voyage/rerank-2.5";

let lab: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  lab = startSimulator();
  gateway = await startGateway({
    config: {
      providers: {
        cohere: { api_key: "sk-test-cohere", base_url: lab.url },
        bedrock: { api_key: "bedrock-api-key-test", base_url: `${lab.url}/bedrock` },
        voyage: { api_key: "sk-test-voyage", base_url: `${lab.url}/voyage/v1` },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  lab.stop();
});
beforeEach(() => lab.forget());

const QUERY = "ruby language";
const DOCUMENTS = ["Paris is a city", "Ruby is a language", "Rails is written in Ruby"];
const bodySent = (): Loose => lab.requests.at(-1)!.body;

const ranked = DOCUMENTS.map((document, originalIndex) => ({
  originalIndex,
  score: scoreOf(QUERY, document),
  document,
})).sort((a, b) => b.score - a.score);

describe.each(SDKS.filter(({ major }) => major > 5))("rerank() of ai $major", (sdk) => {
  const { rerank } = sdk.ai;
  const model = (id: string) => providerOf(sdk, gateway).rerankingModel(id);

  test.each([COHERE, VOYAGE])("by %s is what was ranked, in its order", async (id) => {
    const result = await rerank({ model: model(id), query: QUERY, documents: DOCUMENTS });
    expect(result.ranking).toEqual(ranked);
    expect(result.rerankedDocuments).toEqual(ranked.map(({ document }) => document));
    const { generationId, cost } = result.providerMetadata.gateway;
    const row = gateway.row(generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-reranking-model", operation: "rerank", requested: id, error: null });
    expect(row.cost).toBeGreaterThan(0);
    expect(Math.round(Number(cost) * 1e9)).toBe(row.cost!);
  });

  test("by Bedrock is what Cohere's model ranked there", async () => {
    const providerOptions = { gateway: { only: ["bedrock"] } };
    const result = await rerank({ model: model(COHERE), query: QUERY, documents: DOCUMENTS, providerOptions });
    expect(result.ranking).toEqual(ranked);
    expect(lab.requests[0]!.path).toStartWith("/bedrock/model/cohere.rerank");
  });

  test("of a long list by tokens is believed, though no model reads so much at once", async () => {
    const documents = Array(40).fill("Ruby ".repeat(2000));
    const { providerMetadata } = await rerank({ model: model(VOYAGE), query: QUERY, documents, topN: 1 });
    const row = gateway.row(providerMetadata.gateway.generationId)!;
    expect(row.estimated).toBe(false);
    expect(row.input).toBeGreaterThan(2 * 32_000);
  });

  test("is told how many it wants, and the provider's own options", async () => {
    const providerOptions = { cohere: { maxTokensPerDoc: 99 }, gateway: { tags: ["blue"] } };
    const { ranking, providerMetadata } = await rerank({
      model: model(COHERE),
      query: QUERY,
      documents: DOCUMENTS,
      topN: 2,
      providerOptions,
    });
    expect(ranking).toEqual(ranked.slice(0, 2));
    expect(bodySent()).toEqual({
      model: "rerank-v3.5",
      query: QUERY,
      documents: DOCUMENTS,
      top_n: 2,
      max_tokens_per_doc: 99,
    });
    expect(JSON.parse(gateway.row(providerMetadata.gateway.generationId)!.tags!)).toEqual(["blue"]);
    await rerank({ model: model(VOYAGE), query: QUERY, documents: DOCUMENTS, topN: 1 });
    expect(bodySent()).toEqual({ model: "rerank-2.5", query: QUERY, documents: DOCUMENTS, top_k: 1 });
  });

  test("of objects reads what is in them", async () => {
    const documents = [
      { title: "Paris", text: "A city" },
      { title: "Ruby", text: "A language" },
    ];
    const { rerankedDocuments } = await rerank({ model: model(COHERE), query: QUERY, documents });
    expect(rerankedDocuments[0]).toEqual(documents[1]);
    for (const text of bodySent().documents) expect(text).toBeString();
  });

  test("what fails is the SDK's own error", async () => {
    const ask = (id: string, query = QUERY, more: object = {}) =>
      failureOf(rerank({ model: model(id), query, documents: DOCUMENTS, maxRetries: 0, ...more }));
    const none = await ask("cohere/rerank-9");
    expect([none.name, none.statusCode, none.modelId]).toEqual(["GatewayModelNotFoundError", 404, "cohere/rerank-9"]);
    const speaker = await ask("openai/gpt-4o");
    expect([speaker.name, speaker.message.includes("not offered for reranking")]).toEqual([
      "GatewayInvalidRequestError",
      true,
    ]);
    expect(lab.requests).toHaveLength(0);
    const busy = await ask(COHERE, "[sim status=429]");
    expect([busy.name, busy.isRetryable]).toEqual(["GatewayRateLimitError", true]);
    const failing = await ask(COHERE, "[sim status=503]");
    expect([failing.name, failing.statusCode]).toEqual(["GatewayInternalServerError", 503]);
  });

  test("another ranks where the first fails", async () => {
    const query = `[sim model=rerank-v3.5 status=503] ${QUERY}`;
    const providerOptions = { gateway: { models: [VOYAGE], only: ["cohere", "voyage"] } };
    const result = await rerank({ model: model(COHERE), query, documents: DOCUMENTS, providerOptions });
    expect(result.ranking).toHaveLength(3);
    expect(gateway.row(result.providerMetadata.gateway.generationId)!.model).toBe(VOYAGE);
  });
});

test("a body that is none is refused by name", async () => {
  const texts = { type: "text", values: ["x"] };
  for (const [body, param] of [
    [{}, "documents"],
    [{ documents: texts }, "query"],
    [{ documents: ["x"], query: "x" }, "documents"],
    [{ documents: { type: "picture", values: ["x"] }, query: "x" }, "documents.type"],
    [{ documents: { type: "text", values: [] }, query: "x" }, "documents.values"],
    [{ documents: { type: "text", values: [5] }, query: "x" }, "documents.values[0]"],
    [{ documents: texts, query: "x", topN: 0 }, "topN"],
  ] as [Loose, string][]) {
    const reply = await gateway.post("/v4/ai/reranking-model", body, { "ai-model-id": COHERE });
    const { error } = await jsonOf(reply);
    expect([body, reply.status, error.param]).toEqual([body, 400, param]);
  }
});

test("what the SDK has and this gateway does not is refused by its name", async () => {
  for (const [path, feature] of [
    ["/v4/ai/video-model", "video generation"],
    ["/v3/ai/video-model", "video generation"],
    ["/v4/ai/batch/start", "batches"],
    ["/v4/ai/decision-model", "evaluation"],
    ["/v4/ai/dream-model", "this part of the AI SDK protocol"],
  ] as const) {
    const reply = await gateway.post(path, {});
    const { error } = await jsonOf(reply);
    expect([path, reply.status, error.message.includes(feature)]).toEqual([path, 501, true]);
  }
});
