import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Loose, post } from "../fixtures/client.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { scoreOf, unitsOf } from "./rerank.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => {
  simulator.stop();
});

const BODY = { model: "rerank-v3.5", query: "ruby language", documents: ["Paris", "Ruby is a language", "Ruby"] };

async function ranked(path: string, body: object = BODY, headers = {}): Promise<Loose> {
  const reply = await post(simulator, path, body, headers);
  return { status: reply.status, ...((await reply.json()) as object) };
}

describe("a ranking", () => {
  test("has the documents with most of the query's words first, the same each time", async () => {
    const { results } = await ranked("/v2/rerank");
    expect(results.map(({ index }: Loose) => index)).toEqual([1, 2, 0]);
    expect(results[0].relevance_score).toBe(scoreOf(BODY.query, BODY.documents[1]!));
    expect((await ranked("/v2/rerank")).results).toEqual(results);
  });

  test("is Cohere's at Cohere's path, Voyage's at Voyage's, and elsewhere Cohere's with tokens", async () => {
    const cohere = await ranked("/v2/rerank", { ...BODY, top_n: 1 });
    expect(cohere.results).toHaveLength(1);
    expect(cohere.meta).toEqual({ api_version: { version: "2" }, billed_units: { search_units: 1 } });
    const voyage = await ranked("/voyage/v1/rerank", { ...BODY, top_k: 2 });
    expect(voyage).toMatchObject({ object: "list", model: BODY.model, usage: { total_tokens: 12 } });
    expect(voyage.data).toHaveLength(2);
    const others = await ranked("/lab/v1/rerank", { ...BODY, top_n: 1 });
    expect([others.results, others.usage]).toEqual([cohere.results, { total_tokens: 12 }]);
  });

  test("of long documents is more than one search unit", () => {
    expect(unitsOf("ruby", Array(100).fill("word"))).toBe(1);
    expect(unitsOf("ruby", Array(101).fill("word"))).toBe(2);
    // 499 tokens beside the query's one are one piece, and one more are two.
    expect(unitsOf("ruby", ["word".concat(" word".repeat(498)), ...Array(99).fill("word")])).toBe(1);
    expect(unitsOf("ruby", ["word".concat(" word".repeat(499)), ...Array(99).fill("word")])).toBe(2);
  });
});

describe("what is not taken is refused in the vendor's words", () => {
  test.each<[string, object]>([
    ["a member that a gateway should have kept", { providerOptions: {} }],
    ["one that it does not know", { top_k: 2 }],
    ["documents that are objects", { documents: [{ text: "a" }] }],
    ["no documents", { documents: [] }],
    ["no query", { query: "" }],
    ["no model", { model: undefined }],
  ])("%s", async (_, more) => {
    const refused = await ranked("/v2/rerank", { ...BODY, ...more });
    expect(refused).toMatchObject({ status: 400, message: expect.any(String) });
  });

  test("Voyage's are in `detail`, and it knows less", async () => {
    const refused = await ranked("/voyage/v1/rerank", { ...BODY, top_n: 2 });
    expect(refused).toMatchObject({ status: 400, detail: expect.stringContaining("top_n") });
  });

  test("a key that is none, or a bad one", async () => {
    expect(await ranked("/v2/rerank", BODY, { authorization: "" })).toMatchObject({ status: 401 });
    const bad = await ranked("/v2/rerank", BODY, { authorization: "Bearer sk-bad-1" });
    expect(bad).toMatchObject({ status: 401, message: "invalid api token" });
  });

  test("a scenario's status", async () => {
    const busy = await ranked("/v2/rerank", { ...BODY, query: "[sim status=429] ruby" });
    expect(busy).toMatchObject({ status: 429, message: expect.stringContaining("per minute") });
  });
});
