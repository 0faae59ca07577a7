import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { chunksOf, jsonOf } from "../support/gateway.ts";
import { type Bank, openBank } from "./support.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
type Loose = any;

/** Who completes, judges and ranks: a cent for a hundred tokens that are written, or read; five for a search unit. */
const MODELS = [
  { id: "texts/completes", price: { input: 0, output: 100 } },
  { id: "texts/ranks", type: "reranking", price: { search_unit: 0.05 } },
  { id: "texts/ranks-by-tokens", type: "reranking", price: { input: 100 } },
  { id: "texts/ranks-unpriced", type: "reranking" },
  { id: "texts/judges", type: "moderation", price: { input: 0 } },
  { id: "texts/judges-unpriced", type: "moderation" },
];

let bank: Bank;
let asked: Simulator;
beforeAll(async () => {
  asked = startSimulator();
  const base_url = `${asked.url}/texts/v1`;
  const texts = { wire: "openai-chat", completions: true, api_key: "sk-test", base_url, models: MODELS };
  // Cohere tells search units, and so does who speaks as it does.
  const cohere = { api_key: "sk-test", base_url: asked.url, models: [{ ...MODELS[1], upstream: "ranks" }] };
  bank = await openBank({ config: { providers: { texts, cohere } } });
});
afterAll(async () => {
  await bank.stop();
  asked.stop();
});
beforeEach(() => asked.forget());

async function budgetOf(usd: number): Promise<string> {
  const user = crypto.randomUUID();
  await bank.budget({ scope: "user", scope_id: user, limit_usd: usd, period: "total" });
  return user;
}

async function post(path: string, user: string, body: Loose, ...only: string[]): Promise<Loose> {
  const gateway = { user, ...(only.length === 0 ? {} : { only }) };
  const reply = await bank.gateway.post(path, { ...body, providerOptions: { gateway } });
  return { status: reply.status, ...(await jsonOf(reply)) };
}

const spent = async (user: string) => {
  const { data } = (await bank.admin("GET", "/admin/budgets")).body;
  const { spent_usd, reserved_usd } = data.find(({ scope_id: id }: Loose) => id === user);
  expect(Number(reserved_usd)).toBe(0);
  return Number(spent_usd);
};

describe("a ranking", () => {
  const ranking = (count: number) => ({
    query: "ruby",
    documents: Array.from({ length: count }, (_, i) => `Ruby ${i}`),
  });

  test("is reserved and paid by the search units that its documents are", async () => {
    const user = await budgetOf(0.12);
    const model = "texts/ranks";
    expect(await post("/v2/rerank", user, { model, ...ranking(100) }, "cohere")).toMatchObject({ status: 200 });
    expect(await spent(user)).toBe(0.05);
    // Three would be $0.15, and $0.07 are left.
    const refused = await post("/v2/rerank", user, { model, ...ranking(201) }, "cohere");
    expect(refused).toMatchObject({ status: 402, code: "quota_for_entity_exceeded", message: expect.any(String) });
    expect(asked.requests).toHaveLength(1);
    expect(await spent(user)).toBe(0.05);
  });

  test("by tokens is reserved for the query that is read with every document", async () => {
    const query = "word ".repeat(100);
    const documents = Array(20).fill("Ruby");
    const read = 20 * (countTokens(query) + 1);
    const model = "texts/ranks-by-tokens";
    // It is read once in the request, and twenty times by who ranks.
    const user = await budgetOf(0.1);
    expect(await post("/v2/rerank", user, { model, query, documents })).toMatchObject({ status: 402 });
    expect(asked.requests).toHaveLength(0);
    const richer = await budgetOf(1);
    expect(await post("/v2/rerank", richer, { model, query, documents })).toMatchObject({ status: 200 });
    expect(await spent(richer)).toBeCloseTo(read / 10_000, 9);
  });

  test("without a price is not made where there is a budget", async () => {
    const answer = await post("/v2/rerank", await budgetOf(100), { model: "texts/ranks-unpriced", ...ranking(1) });
    expect(answer.code).toBe("no_providers_available");
    expect(asked.requests).toHaveLength(0);
  });
});

describe("a completion", () => {
  const complete = (user: string, more: Loose) =>
    post("/v1/completions", user, { model: "texts/completes", prompt: "[sim tokens=50 every=0] Water", ...more });

  test("is paid for every answer that is written", async () => {
    const user = await budgetOf(1);
    const prompt = ["[sim tokens=50 every=0] a", "[sim tokens=50 every=0] b"];
    expect(await complete(user, { prompt, n: 2, max_tokens: 50 })).toMatchObject({ status: 200 });
    expect(await spent(user)).toBe(0.02);
  });

  test.each([
    ["n", { n: 4 }],
    ["several prompts", { prompt: ["a", "b", "c", "d"].map((one) => `[sim tokens=50 every=0] ${one}`) }],
    ["the best of several", { best_of: 4 }],
  ])("is reserved for each of its answers: %s", async (_, more) => {
    // Two cents pay for fifty tokens four times.
    const user = await budgetOf(0.02);
    expect(await complete(user, { max_tokens: 51, ...more })).toMatchObject({ status: 402 });
    expect(asked.requests).toHaveLength(0);
    expect(await complete(user, { max_tokens: 50, ...more })).toMatchObject({ status: 200 });
  });

  test("whose end the client leaves open says not much more than is paid for", async () => {
    const user = await budgetOf(0.01);
    const body = { model: "texts/completes", prompt: "[sim tokens=endless every=0] Water", stream: true };
    const reply = await bank.gateway.post("/v1/completions", { ...body, providerOptions: { gateway: { user } } });
    const text = await reply.text();
    expect(text).not.toContain("[DONE]");
    expect(chunksOf(text).at(-1).error.code).toBe("quota_for_entity_exceeded");
    // What came with the piece that went beyond it is paid as well: some hundred tokens, of no end.
    expect(await spent(user)).toBeGreaterThanOrEqual(0.01);
    expect(await spent(user)).toBeLessThan(0.1);
  });
});

describe("a moderation", () => {
  test("that is free spends nothing; one without a price is not made where there is a budget", async () => {
    const user = await budgetOf(0.01);
    expect(await post("/v1/moderations", user, { model: "texts/judges", input: "Hello" })).toMatchObject({
      status: 200,
    });
    expect(await spent(user)).toBe(0);
    const answer = await post("/v1/moderations", user, { model: "texts/judges-unpriced", input: "Hello" });
    expect(answer.error.code).toBe("no_providers_available");
    expect(asked.requests).toHaveLength(1);
  });
});
