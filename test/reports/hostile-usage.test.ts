import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";

/** What the provider says next of its usage, as it stands in JSON. */
let usage: string;
let provider: ReturnType<typeof startProvider>;
let gateway: RunningGateway;

function startProvider() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { stream, input } = (await request.json()) as { stream?: boolean; input?: unknown };
      if (new URL(request.url).pathname.endsWith("/embeddings"))
        return json(
          `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m","usage":${usage}}`,
        );
      if (input !== undefined)
        return json(`{"id":"r1","object":"response","status":"completed","model":"m","output":[
        {"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello.","annotations":[]}]}],"usage":${usage.replaceAll("prompt_", "input_").replaceAll("completion_", "output_")}}`);
      if (stream !== true)
        return json(`{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[
          {"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":${usage}}`);
      const head = '{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m"';
      const chunks = [
        `${head},"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello."},"finish_reason":null}]}`,
        `${head},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
        `${head},"choices":[],"usage":${usage}}`,
        "[DONE]",
      ];
      return new Response(chunks.map((chunk) => `data: ${chunk}\n\n`).join(""), {
        headers: { "content-type": "text/event-stream" },
      });
    },
  });
}

const json = (text: string) => new Response(text, { headers: { "content-type": "application/json" } });

beforeAll(async () => {
  provider = startProvider();
  const price = { input: 3, output: 15, cache_read: 0.3 };
  gateway = await startGateway({
    config: {
      admin_token: TOKEN,
      providers: {
        odd: {
          wire: "openai-chat",
          base_url: `http://127.0.0.1:${provider.port}/v1`,
          api_key: "sk-odd",
          models: [
            { id: "odd/model", price },
            { id: "odd/vectors", type: "embedding", price: { input: 3 } },
          ],
        },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  provider.stop(true);
});

const question = { model: "odd/model", messages: [{ role: "user", content: "Hello, how are you today?" }] };

/** The ways of asking: each leads to the same wire of the provider's, relayed or by events. */
const WAYS = {
  "a plain chat": () => ask("/v1/chat/completions", question),
  "a streamed chat": () => ask("/v1/chat/completions", { ...question, stream: true }),
  "a message of Claude's wire": () => ask("/v1/messages", { ...question, max_tokens: 100 }),
  "a streamed message": () => ask("/v1/messages", { ...question, max_tokens: 100, stream: true }),
};

/** @returns the id of the generation */
async function ask(path: string, body: object): Promise<string> {
  const reply = await gateway.post(path, body);
  const text = await reply.text();
  expect([reply.status, text]).toEqual([200, expect.stringContaining("Hello.")]);
  return reply.headers.get("x-request-id")!;
}

const alarms = async () =>
  (await jsonOf(await gateway.get("/admin/alarms", { authorization: `Bearer ${TOKEN}` }))).data;

describe.each([
  ["a negative count", '{"prompt_tokens":-1,"completion_tokens":-1,"total_tokens":-2}'],
  ["a count beyond all numbers", '{"prompt_tokens":1e999,"completion_tokens":1e999}'],
  ["a count in a text", '{"prompt_tokens":"5","completion_tokens":"5"}'],
  ["a count that is no number", '{"prompt_tokens":"NaN","completion_tokens":5}'],
  ["a fraction of a token", '{"prompt_tokens":0.5,"completion_tokens":0.5}'],
  ["2^53 - 1", '{"prompt_tokens":9007199254740991,"completion_tokens":9007199254740991}'],
  ["2^63", '{"prompt_tokens":9223372036854775808,"completion_tokens":9223372036854775808}'],
  [
    "more read from a cache than there was",
    '{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":900000}}',
  ],
  [
    "less than nothing read from a cache",
    '{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":-900000}}',
  ],
])("%s", (_, told) => {
  test.each(Object.entries(WAYS))(
    "in the answer to %s credits nobody, is paid for, and is an alarm",
    async (_, way) => {
      usage = told;
      const id = await way();
      const row = gateway.row(id)!;
      expect(row.cost).toBeGreaterThan(0);
      expect(row.cost).toBeLessThan(1_000_000);
      for (const count of [row.input, row.output, row.cacheRead, row.cacheWrite, row.reasoning])
        if (count !== null) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      expect(row.input).toBeGreaterThan(0);
      const alarm = (await alarms()).find(({ target }: { target: string }) => target === id);
      expect(alarm).toMatchObject({ kind: "usage", target: id, detail: { provider: "odd", model: "odd/model" } });
      expect(JSON.stringify(alarm)).not.toContain("900000");
    },
  );
});

test.each([
  ["a negative count", '{"prompt_tokens":-1,"total_tokens":-1}'],
  ["a count beyond all numbers", '{"prompt_tokens":1e999}'],
  ["2^53 - 1", '{"prompt_tokens":9007199254740991,"total_tokens":9007199254740991}'],
])("%s of what was placed is paid for by its size, and is an alarm", async (_, told) => {
  usage = told;
  const reply = await gateway.post("/v1/embeddings", { model: "odd/vectors", input: "word ".repeat(400) });
  const id = reply.headers.get("x-request-id")!;
  expect(reply.status).toBe(200);
  expect((await jsonOf(reply)).usage.prompt_tokens).toBeLessThan(600);
  const row = gateway.row(id)!;
  expect(row).toMatchObject({ estimated: true, output: 0 });
  expect(row.input).toBeGreaterThan(450);
  const alarm = (await alarms()).find(({ target }: { target: string }) => target === id);
  expect(alarm).toMatchObject({ kind: "usage", detail: { provider: "odd", model: "odd/vectors" } });
});

test("what makes sense is no alarm", async () => {
  const before = (await alarms()).length;
  usage = '{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":7}}';
  for (const way of Object.values(WAYS)) await way();
  usage = "null";
  for (const way of Object.values(WAYS)) await way();
  expect(await alarms()).toHaveLength(before);
});

describe("what the provider says that it cost", () => {
  test.each(Object.entries(WAYS))("in the answer to %s stands beside what we reckon", async (_, way) => {
    usage = '{"prompt_tokens":1000,"completion_tokens":100,"cost":0.00341475}';
    const id = await way();
    expect(gateway.row(id)).toMatchObject({ cost: 4_500_000, providerCost: 3_414_750 });
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
    expect([data.total_cost, data.provider_cost]).toEqual([0.0045, 0.00341475]);
  });

  test("is nothing where it is nonsense, and moves no money", async () => {
    for (const cost of ["-1", "1e999", '"5"', "{}"]) {
      usage = `{"prompt_tokens":1000,"completion_tokens":100,"cost":${cost}}`;
      expect(gateway.row(await WAYS["a streamed chat"]())).toMatchObject({ cost: 4_500_000, providerCost: null });
    }
  });
});

test("alarms are told page by page, and not without the token", async () => {
  const first = await jsonOf(await gateway.get("/admin/alarms?limit=2", { authorization: `Bearer ${TOKEN}` }));
  expect([first.data.length, first.has_more]).toEqual([2, true]);
  const next = await jsonOf(
    await gateway.get(`/admin/alarms?limit=2&before=${first.next}`, { authorization: `Bearer ${TOKEN}` }),
  );
  expect(next.data[0].id < first.data[1].id).toBe(true);
  expect((await gateway.get("/admin/alarms")).status).toBe(401);
});
