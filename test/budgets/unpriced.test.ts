import { afterEach, describe, expect, test } from "bun:test";
import { jsonOf } from "../support/gateway.ts";
import { type Bank, BOTH, CENT, chat, GIFT, KEY_BUDGET, openBank, UNPRICED } from "./support.ts";

let bank: Bank;
afterEach(() => bank.stop());

const HALF = "lab/half-priced";
const models = [
  { id: CENT, price: { input: 0, output: 100 } },
  { id: BOTH, price: { input: 100, output: 100 } },
  { id: GIFT, price: { input: 0, output: 0 } },
  { id: UNPRICED },
  // What its output costs nobody wrote.
  { id: HALF, price: { input: 100 } },
];
const vectors = { id: "lab/vectors", type: "embedding", price: { input: 100 } };
const unpricedVectors = { id: "lab/unpriced-vectors", type: "embedding" };

const open = (budgets: Record<string, unknown> = {}) =>
  openBank({ config: { budgets }, models: [...models, vectors, unpricedVectors] });

interface Case {
  readonly what: string;
  readonly model: string;
  readonly limit: number;
  readonly ceiling?: { input: number; output: number };
  readonly status: number;
  /** Cents that are counted for a hundred tokens of output, and those of input where told. */
  readonly spent?: (usage: { prompt_tokens: number }) => number;
}

const CEILING = { input: 100, output: 200 };

describe("what is counted against a budget", () => {
  test.each<Case>([
    { what: "a price", model: CENT, limit: 1, status: 200, spent: () => 1 },
    { what: "both prices", model: BOTH, limit: 1, status: 200, spent: ({ prompt_tokens: n }) => 1 + n / 100 },
    { what: "no price is refused", model: UNPRICED, limit: 1, status: 400 },
    { what: "half a price is none", model: HALF, limit: 1, status: 400 },
    { what: "zero, where it is written", model: GIFT, limit: 1, status: 200, spent: () => 0 },
    { what: "a budget of nothing refuses a price", model: CENT, limit: 0, status: 402 },
    { what: "a budget of nothing refuses both", model: BOTH, limit: 0, status: 402 },
    { what: "a budget of nothing refuses zero", model: GIFT, limit: 0, status: 402 },
    {
      what: "a ceiling for no price",
      model: UNPRICED,
      limit: 1,
      ceiling: CEILING,
      status: 200,
      spent: ({ prompt_tokens: n }) => 2 + n / 100,
    },
    {
      what: "a ceiling for half a price",
      model: HALF,
      limit: 1,
      ceiling: CEILING,
      status: 200,
      spent: ({ prompt_tokens: n }) => 2 + n / 100,
    },
    { what: "a ceiling changes no price", model: CENT, limit: 1, ceiling: CEILING, status: 200, spent: () => 1 },
    { what: "a ceiling that is too dear is refused", model: UNPRICED, limit: 0.019, ceiling: CEILING, status: 402 },
  ])("$what", async ({ model, limit, ceiling, status, spent }) => {
    bank = await open(ceiling === undefined ? {} : { ceiling_price: ceiling });
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: limit });
    const reply = await bank.gateway.post("/v1/chat/completions", { ...chat(100), model });
    expect(reply.status).toBe(status);
    const told = await jsonOf(reply);
    const cents = spent === undefined ? 0 : spent(told.usage);
    const { spent_usd, reserved_usd } = await bank.state(id);
    expect([Math.round(spent_usd * 1e6), reserved_usd]).toEqual([Math.round(cents * 1e4), 0]);
    expect(bank.lab.requests).toHaveLength(status === 200 ? 1 : 0);
  });

  test("embeddings have only input to pay for", async () => {
    bank = await open();
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    const embed = (model: string) => bank.gateway.post("/v1/embeddings", { model, input: "A few words to be placed." });
    const told = await jsonOf(await embed(vectors.id));
    expect((await bank.state(id)).spent_usd).toBe(told.usage.prompt_tokens / 10_000);
    expect((await embed(unpricedVectors.id)).status).toBe(400);
    await bank.admin("PATCH", `/admin/budgets/${id}`, { limit_usd: 0 });
    expect((await embed(vectors.id)).status).toBe(402);
  });
});

test("a thousand requests for what has no price: none is served free", async () => {
  bank = await open();
  await bank.budget({ ...KEY_BUDGET, limit_usd: 1000 });
  const asked = { ...chat(1), model: UNPRICED };
  const statuses = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const reply = await bank.gateway.post("/v1/chat/completions", asked);
      await reply.text();
      return reply.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([400]));
  expect(bank.lab.requests).toHaveLength(0);
});

describe("usage that is none", () => {
  test.each([
    ["-1", '{"prompt_tokens":-1,"completion_tokens":-1,"total_tokens":-2}'],
    ["NaN", '{"prompt_tokens":1,"completion_tokens":"NaN","total_tokens":1}'],
    ["1e999", '{"prompt_tokens":1,"completion_tokens":1e999,"total_tokens":1e999}'],
    ["a text", '{"prompt_tokens":"5","completion_tokens":"5","total_tokens":"10"}'],
    ["2^63", '{"prompt_tokens":1,"completion_tokens":9223372036854775808,"total_tokens":9223372036854775809}'],
    ["a half", '{"prompt_tokens":1,"completion_tokens":0.5,"total_tokens":1.5}'],
    ["nothing", "null"],
    [
      "more from the cache than there was",
      '{"prompt_tokens":1,"completion_tokens":100,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":900}}',
    ],
  ])("gives nothing back, and costs what was said: %s", async (_, usage) => {
    bank = await open();
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    await (await bank.gateway.post("/v1/chat/completions", chat(100))).text();
    const before = (await bank.state(id)).spent_usd;
    const words = "word ".repeat(80).trim();
    const answer = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"${words}"},"finish_reason":"stop"}],"usage":${usage}}`;
    const asked = { ...chat(100), messages: [{ role: "user", content: `[sim body='${answer}']` }] };
    const reply = await bank.gateway.post("/v1/chat/completions", asked);
    expect(reply.status).toBe(200);
    await reply.text();
    const { spent_usd: spent, reserved_usd: reserved } = await bank.state(id);
    expect(reserved).toBe(0);
    expect(spent).toBeGreaterThan(before);
    expect(spent).toBeLessThanOrEqual(before + 0.02);
  });
});

describe("a slower one of a hedge that has no price", () => {
  /** Two providers of one model, of which the first says nothing. */
  const hedged = async (second: object) => {
    bank = await openBank({ models: [] });
    const { url } = bank.lab;
    await bank.gateway.stop();
    const at = (name: string, price: object) => ({
      wire: "openai-chat",
      api_key: `sk-test-${name}`,
      base_url: `${url}/openai/v1`,
      models: [{ id: "lab/model", upstream: `at-${name}`, ...price }],
    });
    const config = {
      hedging: { percent: 100 },
      budgets: { ceiling_price: { input: 1000, output: 200 } },
      providers: { first: at("first", {}), second: at("second", second) },
    };
    const { lab } = bank;
    const other = await openBank({ remembers: true, config });
    other.lab.stop();
    bank = { ...other, lab };
    const ask = (act: string) =>
      bank.gateway.post("/v1/chat/completions", {
        model: "lab/model",
        max_tokens: 100,
        stream: true,
        messages: [{ role: "user", content: `[sim tokens=5 every=0]${act} Hello` }],
        providerOptions: { gateway: { order: ["first", "second"], hedge: true } },
      });
    for (let i = 0; i < 20; i++) await (await ask("")).text();
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 100 });
    const reply = await ask("[sim model=at-first silence=0]");
    await reply.text();
    const row = bank.gateway.row(reply.headers.get("x-request-id")!)!;
    expect(JSON.parse(row.attempts)[0].error).toBe("outrun");
    const { spent_usd: spent, reserved_usd: reserved } = await bank.state(id);
    expect(reserved).toBe(0);
    return { spent, row };
  };
  /** The most that it may have read: no token is less than a byte. */
  const READ = 0.001 * 60;

  test("is counted at the ceiling, beside an answer that has one", async () => {
    const { spent, row } = await hedged({ price: { input: 0, output: 0 } });
    expect(row).toMatchObject({ provider: "second", cost: 0 });
    expect(spent).toBeGreaterThan(0.005);
    expect(spent).toBeLessThan(READ);
  });

  test("is counted at the ceiling, beside an answer that has none either", async () => {
    const { spent, row } = await hedged({});
    expect(row.cost).toBeNull();
    const answer = (row.input! * 1000 + row.output! * 200) / 1e6;
    expect(spent).toBeGreaterThan(answer + 0.005);
    expect(spent).toBeLessThan(answer + READ);
  });
});
