import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { scoreOf, unitsOf } from "../../src/simulator/cohere/rerank.ts";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import type { Loose } from "./client.ts";

const COHERE = "cohere/rerank-v3.5";
const VOYAGE = "voyage/rerank-2.5";
const OWN = "lab/judge";

/** Behind Cohere, Voyage and a server of the operator's. */
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
        lab: {
          wire: "openai-chat",
          api_key: "sk-test-lab",
          base_url: `${lab.url}/lab/v1`,
          models: [{ id: OWN, type: "reranking", price: { input: 1 } }],
        },
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

async function rerank(more: Loose = {}, path = "/v2/rerank"): Promise<Loose> {
  const reply = await gateway.post(path, { model: COHERE, query: QUERY, documents: DOCUMENTS, ...more });
  return { status: reply.status, ...(await jsonOf(reply)) };
}

function sentBody(requests = 1): Loose {
  expect(lab.requests).toHaveLength(requests);
  return lab.requests.at(-1)!.body;
}

const ranked = (documents: readonly string[]) =>
  documents
    .map((one, index) => ({ index, relevance_score: scoreOf(QUERY, one) }))
    .sort((a, b) => b.relevance_score - a.relevance_score);

describe("a ranking", () => {
  test("by Cohere is Cohere's, and costs by the search unit", async () => {
    const answer = await rerank({ top_n: 2 });
    expect(answer).toMatchObject({ status: 200, model: COHERE });
    expect(answer.id).toMatch(/^gen_/);
    expect(answer.results).toEqual(ranked(DOCUMENTS).slice(0, 2));
    expect(answer.meta).toEqual({ api_version: { version: "2" }, billed_units: { search_units: 1 } });
    expect(lab.requests[0]!.path).toBe("/v2/rerank");
    expect(sentBody()).toEqual({ model: "rerank-v3.5", query: QUERY, documents: DOCUMENTS, top_n: 2 });
    // $2.00 for a thousand.
    expect(answer.providerMetadata.gateway.cost).toBe("0.002");
    expect(gateway.row(answer.id)).toMatchObject({
      operation: "rerank",
      mode: "relay",
      cost: 2_000_000,
      estimated: false,
      error: null,
    });
  });

  test.each([
    [100, 1],
    [101, 2],
    [250, 3],
  ])("of %d documents is %d search units", async (count, units) => {
    const documents = Array.from({ length: count }, (_, i) => `Ruby ${i}`);
    expect(unitsOf(QUERY, documents)).toBe(units);
    const answer = await rerank({ documents, top_n: 1 });
    expect(answer.meta.billed_units).toEqual({ search_units: units });
    expect(gateway.row(answer.id)!.cost).toBe(units * 2_000_000);
  });

  test("by Voyage is asked for in its words, told in Cohere's, and costs by the token", async () => {
    const answer = await rerank({ model: VOYAGE, top_n: 1, max_tokens_per_doc: 100 });
    expect(sentBody()).toEqual({ model: "rerank-2.5", query: QUERY, documents: DOCUMENTS, top_k: 1 });
    expect(answer.results).toEqual(ranked(DOCUMENTS).slice(0, 1));
    const tokens = DOCUMENTS.reduce((sum, one) => sum + countTokens(QUERY) + countTokens(one), 0);
    expect(answer.meta.billed_units).toEqual({ input_tokens: tokens });
    expect(answer.providerMetadata.gateway.dropped).toEqual(["max_tokens_per_doc"]);
    // $0.05 a million.
    expect(gateway.row(answer.id)).toMatchObject({ mode: "transcode", input: tokens, output: 0, cost: tokens * 50 });
  });

  test("by Bedrock is Cohere's as well, and paid by the units that its documents are", async () => {
    const answer = await rerank({ top_n: 2, providerOptions: { gateway: { only: ["bedrock"] } } });
    expect(lab.requests[0]!.path).toBe("/bedrock/model/cohere.rerank-v3-5%3A0/invoke");
    expect(sentBody()).toEqual({ query: QUERY, documents: DOCUMENTS, top_n: 2, api_version: 2 });
    expect(answer.results).toEqual(ranked(DOCUMENTS).slice(0, 2));
    expect(answer.meta.billed_units).toEqual({ search_units: 1 });
    // It tells no units: they are reckoned, and said to be.
    expect(gateway.row(answer.id)).toMatchObject({ mode: "transcode", cost: 2_000_000, estimated: true });
  });

  test("by a server of the operator's costs what the operator says", async () => {
    const answer = await rerank({ model: OWN });
    expect(lab.requests[0]!.path).toBe("/lab/v1/rerank");
    expect(answer.results).toEqual(ranked(DOCUMENTS));
    const { input, cost } = gateway.row(answer.id)!;
    expect(cost).toBe(input! * 1000);
  });

  test("of a long list by tokens is believed, though no model reads so much at once", async () => {
    const documents = Array(60).fill("Ruby ".repeat(2000));
    const answer = await rerank({ model: VOYAGE, documents, top_n: 1 });
    const tokens = 60 * (countTokens(QUERY) + countTokens(documents[0]!));
    expect(tokens).toBeGreaterThan(2 * 32_000);
    expect(gateway.row(answer.id)).toMatchObject({ input: tokens, estimated: false });
  });

  test("whose cost nobody tells is paid as the most that it may be, and says so", async () => {
    const answer = await rerank({ query: "[sim no-usage] ruby" });
    expect(gateway.row(answer.id)).toMatchObject({ cost: 2_000_000, estimated: true });
  });

  test("… by tokens as well: a query is read with every document", async () => {
    const query = `[sim no-usage] ${"ruby ".repeat(200)}`;
    const answer = await rerank({ model: VOYAGE, query, documents: Array(50).fill("Ruby") });
    const input = 50 * (Math.ceil(query.length / 4) + 1);
    // $0.05 a million.
    expect(gateway.row(answer.id)).toMatchObject({ input, cost: input * 50, estimated: true });
    expect(answer.meta.billed_units).toEqual({ input_tokens: input });
  });
});

describe("the first edition", () => {
  test("takes objects, ranks by their fields, and gives documents back as they came", async () => {
    const documents = [{ text: "Paris", id: 7 }, { title: "Ruby", body: "language" }, "Ruby"];
    const answer = await rerank({ documents, return_documents: true }, "/v1/rerank");
    expect(sentBody().documents).toEqual(["Paris", "title: Ruby\nbody: language", "Ruby"]);
    expect(answer.results.map(({ document }: Loose) => document)).toEqual([
      documents[1],
      { text: "Ruby" },
      documents[0],
    ]);
  });

  test("says which fields count", async () => {
    const documents = [{ title: "Ruby", body: "x" }];
    await rerank({ documents, rank_fields: ["title"] }, "/v1/rerank");
    expect(sentBody()).toEqual({ model: "rerank-v3.5", query: QUERY, documents: ["Ruby"] });
  });
});

describe("who fails", () => {
  test("is replaced by the next, whatever it speaks", async () => {
    const query = "[sim model=rerank-v3.5 status=503] ruby";
    const only = { providerOptions: { gateway: { only: ["cohere", "voyage"] } } };
    const answer = await rerank({ query, models: [VOYAGE], ...only });
    expect(answer).toMatchObject({ status: 200, model: VOYAGE });
    sentBody(2);
    // The same model elsewhere comes before another.
    expect(await rerank({ query, models: [VOYAGE] })).toMatchObject({ status: 200, model: COHERE });
    expect(lab.requests.at(-1)!.path).toStartWith("/bedrock/");
  });

  test("for good is told in Cohere's shape", async () => {
    const answer = await rerank({ query: "[sim status=503] ruby" });
    expect(answer).toMatchObject({ status: 503, code: "upstream_overloaded", message: expect.any(String) });
    expect(answer.error).toBeUndefined();
  });

  test("with a ranking that is none is a bad gateway", async () => {
    for (const body of ["{}", '{"results":[{"index":9,"relevance_score":1}]}', "[]"]) {
      const answer = await rerank({ query: `[sim body='${body}'] x` });
      expect([body, answer.status, answer.code]).toEqual([body, 502, "upstream_malformed"]);
    }
  });
});

describe("what is refused is told in Cohere's shape, before anything is sent", () => {
  test.each<[string, Loose, string]>([
    ["no query", { query: undefined }, "query"],
    ["a query of nothing", { query: "" }, "query"],
    ["no documents", { documents: [] }, "documents"],
    ["a document that is a number", { documents: ["a", 1] }, "documents[1]"],
    ["none of them wanted", { top_n: 0 }, "top_n"],
    ["no model", { model: undefined }, "model"],
  ])("%s", async (_, more, param) => {
    for (const path of ["/v1/rerank", "/v2/rerank"]) {
      const answer = await rerank(more, path);
      expect(answer).toMatchObject({ status: 400, code: "invalid_request", param });
      expect(answer.message).toStartWith(`"${param}" must be `);
    }
    expect(lab.requests).toHaveLength(0);
  });

  test("a wrong key, a wrong method, and a model that does something else", async () => {
    const body = { model: COHERE, query: QUERY, documents: DOCUMENTS };
    const wrongKey = await gateway.post("/v2/rerank", body, { authorization: "Bearer nobody" });
    expect([wrongKey.status, typeof (await jsonOf(wrongKey)).message]).toEqual([401, "string"]);
    const wrongMethod = await gateway.get("/v2/rerank");
    expect([wrongMethod.status, typeof (await jsonOf(wrongMethod)).message]).toEqual([405, "string"]);
    const chat = await rerank({ model: "openai/gpt-4o" });
    expect(chat.status).toBe(400);
    expect(chat.message).toContain("not offered for reranking");
    expect(lab.requests).toHaveLength(0);
  });
});
