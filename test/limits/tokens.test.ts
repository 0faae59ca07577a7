import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ConfigError } from "../../src/config/explain.ts";
import { estimateInput } from "../../src/ledger/estimate.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { watchLedger } from "../faults/ledger.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { levelsIn, limit, toldOf } from "./limited.ts";

const PATH = "/v1/chat/completions";
const CLAUDE = "anthropic/claude-sonnet-4.5";
const LIMIT = 100_000;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ remembers: true, config: { retries: { same_endpoint: 0 } } });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.simulator.forget();
  gateway.headgate.gateway.health.forget();
});

const chat = (content: string, more: object = {}) => ({
  model: "openai/gpt-4o",
  messages: [{ role: "user", content }],
  ...more,
});

/** Tokens that are left, as the next request is told them that takes nothing itself but what it must. */
async function left(): Promise<number> {
  const probe = chat("[sim tokens=1 every=0]", { max_tokens: 1 });
  const reply = await gateway.post(PATH, probe);
  await reply.arrayBuffer();
  expect(reply.status).toBe(200);
  return Number(levelsIn(reply.headers)["remaining-tokens"]) + estimateInput(probe) + 1;
}

describe("tokens of a minute", () => {
  test.each([false, true])("are taken by estimate, and counted when it is over (streamed: %p)", async (stream) => {
    limit(gateway, { per_key: { tokens_per_minute: LIMIT }, default_output_tokens: 777 });
    const body = chat("[sim tokens=40 every=0] Hello", { stream });
    const reply = await gateway.post(PATH, body);
    const told = LIMIT - estimateInput(body) - 777;
    expect(levelsIn(reply.headers)).toMatchObject({ "limit-tokens": String(LIMIT), "remaining-tokens": String(told) });
    const { usage } = stream ? chunksOf(await reply.text()).findLast((chunk) => chunk.usage) : await jsonOf(reply);
    expect(usage.total_tokens).toBeGreaterThan(40);
    expect(await left()).toBe(LIMIT - usage.total_tokens);
  });

  test("the most that a request names for its answer is what it takes", async () => {
    limit(gateway, { per_key: { tokens_per_minute: LIMIT }, default_output_tokens: 777 });
    const messages = [{ role: "user", content: "[sim tokens=3 every=0] Hello" }];
    const body = { model: CLAUDE, max_tokens: 4000, messages };
    const { headers } = await gateway.post("/v1/messages", body);
    expect(levelsIn(headers)["remaining-tokens"]).toBe(String(LIMIT - estimateInput(body) - 4000));
    const three = chat("[sim tokens=3 every=0] Hello", { n: 3 });
    limit(gateway, { per_key: { tokens_per_minute: LIMIT }, default_output_tokens: 777 });
    const several = await gateway.post(PATH, three);
    expect(levelsIn(several.headers)["remaining-tokens"]).toBe(String(LIMIT - estimateInput(three) - 3 * 777));
    const embedding = { model: "openai/text-embedding-3-small", input: "Hello" };
    limit(gateway, { per_key: { tokens_per_minute: LIMIT } });
    const embedded = await gateway.post("/v1/embeddings", embedding);
    expect(levelsIn(embedded.headers)["remaining-tokens"]).toBe(String(LIMIT - estimateInput(embedding)));
  });

  test.each([false, true])("a request that nobody answers takes none (streamed: %p)", async (stream) => {
    limit(gateway, { per_key: { tokens_per_minute: LIMIT } });
    const reply = await gateway.post(PATH, chat("[sim status=503]", { stream }));
    expect(reply.status).toBe(503);
    gateway.headgate.gateway.health.forget();
    expect(await left()).toBe(LIMIT);
  });

  test("are held while they are used: who asks meanwhile is refused, and told when", async () => {
    const clock = limit(gateway, { per_key: { tokens_per_minute: 1000 } });
    const first = await gateway.post(PATH, chat("[sim tokens=9 every=20ms]", { stream: true, max_tokens: 900 }));
    const body = chat("[sim tokens=4 every=0]", { max_tokens: 300 });
    const refused = await gateway.post(PATH, body);
    expect(refused.status).toBe(429);
    expect((await jsonOf(refused)).error.message).toMatch(
      /^The rate limit for this key is reached: 1000 tokens a minute/,
    );
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(10);
    await first.text();
    expect((await gateway.post(PATH, body)).status).toBe(200);
    clock.now += 60_000;
    expect(await left()).toBe(1000);
  });

  test("that were more than anybody thought are made up for by those that follow", async () => {
    const clock = limit(gateway, { per_key: { tokens_per_minute: 1000 }, default_output_tokens: 10 });
    const long = await gateway.post(PATH, chat("[sim tokens=3000 every=0]"));
    const { usage } = await jsonOf(long);
    expect(usage.total_tokens).toBeGreaterThan(3000);
    const next = () => gateway.post(PATH, chat("[sim tokens=1 every=0]", { max_tokens: 1 }));
    const refused = await next();
    expect(levelsIn(refused.headers)["remaining-tokens"]).toBe("0");
    clock.now += Number(refused.headers.get("retry-after")) * 1000 - 2000;
    expect((await next()).status).toBe(429);
    clock.now += 2000;
    expect((await next()).status).toBe(200);
  });

  test("a most beyond the limit waits for all of it, and is not refused for ever", async () => {
    const clock = limit(gateway, { per_key: { tokens_per_minute: 1000 } });
    const body = chat("[sim tokens=100 every=0]", { max_tokens: 16_000 });
    const first = await gateway.post(PATH, body);
    expect(levelsIn(first.headers)["remaining-tokens"]).toBe("0");
    const { usage } = await jsonOf(first);
    const refused = await gateway.post(PATH, body);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil((usage.total_tokens * 60) / 1000));
    clock.now += 60_000;
    expect((await gateway.post(PATH, body)).status).toBe(200);
  });

  test("an input beyond the limit is refused once and for all", async () => {
    limit(gateway, { per_key: { tokens_per_minute: 1000 } });
    const refused = await gateway.post(PATH, chat("word ".repeat(2000)));
    expect(refused.status).toBe(413);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    expect((await jsonOf(refused)).error).toMatchObject({
      code: "request_too_large",
      message: expect.stringMatching(/about 25\d\d tokens; the limit for this key is 1000 a minute/),
    });
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

describe("streams at a time", () => {
  const stream = (content: string, signal?: AbortSignal) =>
    fetch(gateway.url + PATH, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body: JSON.stringify(chat(content, { stream: true })),
      ...(signal && { signal }),
    });

  test("are as many as may be open; plain requests are none, and who ends or leaves makes room", async () => {
    limit(gateway, { per_key: { concurrent_streams: 2, requests_per_minute: 100, tokens_per_minute: LIMIT } });
    const ledger = watchLedger(gateway);
    const leaves = new AbortController();
    const [first, second] = await Promise.all([
      stream("[sim tokens=endless every=5ms]", leaves.signal),
      stream("[sim tokens=endless every=5ms]", leaves.signal),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    const third = await stream("Hello");
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("1");
    expect((await jsonOf(third)).error).toMatchObject({
      code: "rate_limit_exceeded",
      message: "The rate limit for this key is reached: 2 streams at a time. Let one of them end first.",
    });
    expect((await gateway.post(PATH, chat("[sim tokens=1 every=0]"))).status).toBe(200);
    leaves.abort();
    await ledger.at(2);
    // What those that left were told by then is all that they took.
    const used = ledger.rows.reduce((sum, { input, output }) => sum + (input ?? 0) + (output ?? 0), 0);
    expect(await left()).toBe(LIMIT - used);
    for (let i = 0; i < 5; i++) {
      const reply = await stream("[sim tokens=1 every=0]");
      expect(reply.status).toBe(200);
      await reply.text();
    }
    for (const broken of ["[sim status=503]", "[sim error=2]", "[sim cut=2]", "[sim error]"]) {
      for (let i = 0; i < 3; i++) {
        gateway.headgate.gateway.health.forget();
        const reply = await stream(broken);
        expect(reply.status).not.toBe(429);
        await reply.text();
      }
    }
  });
});

test("whatever becomes of 150 streams, in the end none is held and every token is one of a row", async () => {
  const { buckets } = limit(gateway, { per_key: { concurrent_streams: 1000, tokens_per_minute: 10_000_000 } });
  const ledger = watchLedger(gateway);
  const random = chance(4_100);
  const says = [
    "tokens=20 every=1ms",
    "tokens=9 cut=3",
    "error=2",
    "status=503",
    "reset=4",
    "silence=2",
    "tokens=endless every=2ms",
    "garbage",
    "eof=1",
  ];
  await Promise.all(
    Array.from({ length: 150 }, async (_, i) => {
      const leaves = new AbortController();
      const does = says[Math.floor(random() * says.length)]!;
      const goes = /silence|endless/.test(does) || random() < 0.3;
      try {
        const reply = await fetch(gateway.url + PATH, {
          method: "POST",
          headers: { authorization: "Bearer test-key", "content-type": "application/json" },
          body: JSON.stringify(chat(`[sim ${does} id=${i}]`, { stream: random() < 0.8 || goes })),
          signal: leaves.signal,
        });
        const reader = reply.body!.getReader();
        while (!(await reader.read()).done) if (goes) leaves.abort();
      } catch (thrown) {
        if (!leaves.signal.aborted) throw thrown;
      }
    }),
  );
  await ledger.at(149);
  const used = ledger.rows.reduce((sum, { input, output }) => sum + (input ?? 0) + (output ?? 0), 0);
  const [held, tokens] = buckets.take([
    { bucket: { name: "streams key key_environment", limit: 1000, per: "moment" }, amount: 0 },
    { bucket: { name: "tokens key key_environment", limit: 10_000_000, per: "minute" }, amount: 0 },
  ]).levels;
  expect(held!.remaining).toBe(1000);
  expect(tokens!.remaining).toBe(10_000_000 - used);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e10, "many", true, null, [[60]]])(
  "%p is no limit",
  (value) => {
    for (const scope of ["gateway", "per_key", "per_user"])
      for (const name of ["requests_per_minute", "tokens_per_minute", "concurrent_streams"]) {
        const check = () => toldOf({ [scope]: { [name]: value } });
        expect(check).toThrow(ConfigError);
        expect(check).toThrow(`rate_limits.${scope}.${name}`);
      }
    expect(() => toldOf({ per_key: { request_per_minute: 1 } })).toThrow("requests_per_minute");
  },
);
