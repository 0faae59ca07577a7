import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { ask, clientOf, failure, sent } from "../conformance/client.ts";
import { anthropicAt, say } from "../conformance/messages-client.ts";
import { watchLedger } from "../faults/ledger.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { levelsIn, limit } from "./limited.ts";

const MODEL = "openai/gpt-4o";
const CLAUDE = "anthropic/claude-sonnet-4.5";
const CHAT = { model: MODEL, messages: [{ role: "user", content: "[sim tokens=2 every=0] Hello" }] };

let gateway: RunningGateway;
/** The gate that knows names of requests. */
let names: unknown;
beforeAll(async () => {
  gateway = await startGateway();
  [names] = gateway.headgate.gateway.gates;
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** Every door that generates, and how its own SDK is asked. */
const DOORS: readonly [path: string, body: object][] = [
  ["/v1/chat/completions", CHAT],
  ["/v1/chat/completions", { ...CHAT, stream: true }],
  ["/v1/responses", { model: MODEL, input: "[sim tokens=2 every=0] Hello" }],
  ["/v1/messages", say(CLAUDE, "[sim tokens=2 every=0] Hello")],
  ["/v1/messages", { ...say(CLAUDE, "[sim tokens=2 every=0] Hello"), stream: true }],
  ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "Hello" }],
  ["/v1/completions", { model: "openai/gpt-3.5-turbo-instruct", prompt: "[sim tokens=2 every=0] Hello" }],
  ["/v1/completions", { model: CLAUDE, prompt: "[sim tokens=2 every=0] Hello", stream: true }],
  ["/v1/moderations", { input: "Hello" }],
  ["/v1/audio/speech", { model: "openai/tts-1", voice: "alloy", input: "Hello" }],
];

test("without limits nothing is told of any", async () => {
  const { headers } = await gateway.post("/v1/chat/completions", CHAT);
  expect(levelsIn(headers)).toEqual({});
});

describe.each(DOORS)("three requests a minute at %s", (path, body) => {
  test("are answered, each told what is left; the fourth is refused before anybody is asked", async () => {
    const clock = limit(gateway, { per_key: { requests_per_minute: 3 } });
    const ledger = watchLedger(gateway);
    for (const [remaining, reset] of [
      ["2", "20s"],
      ["1", "40s"],
      ["0", "1m0s"],
    ]) {
      const reply = await gateway.post(path, body);
      await reply.arrayBuffer();
      expect(reply.status).toBe(200);
      const openai = { "limit-requests": "3", "remaining-requests": remaining!, "reset-requests": reset! };
      expect(levelsIn(reply.headers)).toMatchObject(openai);
      expect(reply.headers.get("access-control-expose-headers")).toBe("*");
    }
    await ledger.at(2);
    const refused = await gateway.post(path, body);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("20");
    expect(refused.headers.get("x-should-retry")).toBeNull();
    expect(refused.headers.get("access-control-expose-headers")).toBe("*");
    expect(levelsIn(refused.headers)).toMatchObject({ "limit-requests": "3", "remaining-requests": "0" });
    const { error } = await jsonOf(refused);
    const type = path === "/v1/messages" ? "rate_limit_error" : "rate_limit_exceeded";
    expect(error).toMatchObject({ type, code: "rate_limit_exceeded" });
    expect(error.message).toBe("The rate limit for this key is reached: 3 requests a minute. Try again in 20 s.");
    sent(gateway, 3);
    expect(ledger.rows).toHaveLength(3);
    clock.now += 20_000;
    const again = await gateway.post(path, body);
    await again.arrayBuffer();
    expect(again.status).toBe(200);
  });
});

test("what is refused is counted for those who watch", async () => {
  limit(gateway, { per_key: { requests_per_minute: 1 } });
  for (const status of [200, 429]) expect((await gateway.post("/v1/chat/completions", CHAT)).status).toBe(status);
  expect(await (await gateway.get("/metrics")).text()).toMatch(/code="rate_limit_exceeded"\} [1-9]/);
});

test("Anthropic's door tells it in Anthropic's names too, with times of day", async () => {
  limit(gateway, { per_key: { requests_per_minute: 60, tokens_per_minute: 100_000 } });
  const before = Date.now();
  const { headers } = await gateway.post("/v1/messages", say(CLAUDE, "[sim tokens=2 every=0] Hello"));
  const told = levelsIn(headers);
  expect(told).toMatchObject({
    "limit-requests": "60",
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "59",
    "anthropic-ratelimit-tokens-limit": "100000",
  });
  const reset = told["anthropic-ratelimit-requests-reset"]!;
  expect(reset).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Date.parse(reset)).toBeGreaterThanOrEqual(before + 1000);
  const chat = await gateway.post("/v1/chat/completions", CHAT);
  expect(Object.keys(levelsIn(chat.headers)).filter((name) => name.startsWith("anthropic"))).toEqual([]);
});

test("who fails is told of limits too, and has made a request", async () => {
  limit(gateway, { per_key: { requests_per_minute: 3 } });
  for (const stream of [false, true]) {
    const body = { ...CHAT, stream, messages: [{ role: "user", content: "[sim status=503]" }] };
    const reply = await gateway.post("/v1/chat/completions", body);
    expect(reply.status).toBe(503);
    expect(levelsIn(reply.headers)).toMatchObject({ "remaining-requests": stream ? "1" : "2" });
  }
});

test("a request that cannot be read, or goes nowhere, counts for nothing", async () => {
  limit(gateway, { per_key: { requests_per_minute: 1 } });
  expect((await gateway.post("/v1/chat/completions", "{")).status).toBe(400);
  expect((await gateway.post("/v1/chat/completions", { ...CHAT, model: "nobody/has" })).status).toBe(404);
  expect((await gateway.post("/v1/messages/count_tokens", say(CLAUDE, "Hello"))).status).toBe(200);
  expect((await gateway.post("/v1/chat/completions", CHAT)).status).toBe(200);
});

describe("a request that is refused before it was let in is told what is left, and takes nothing of it", () => {
  const openai = { "limit-requests": "2", "remaining-requests": "2", "limit-tokens": "500", "remaining-tokens": "500" };
  const anthropic = { "anthropic-ratelimit-requests-remaining": "2", "anthropic-ratelimit-tokens-limit": "500" };
  test.each<[number, string, object | string, object]>([
    [400, "/v1/chat/completions", "{", openai],
    [400, "/v1/chat/completions", { ...CHAT, stream: true, messages: [] }, openai],
    [404, "/v1/chat/completions", { ...CHAT, model: "nobody/has" }, openai],
    [413, "/v1/chat/completions", { ...CHAT, messages: [{ role: "user", content: "word ".repeat(2000) }] }, openai],
    [400, "/v1/messages", { model: CLAUDE }, { ...openai, ...anthropic }],
    [404, "/v1/messages/count_tokens", say("nobody/has", "Hello"), { ...openai, ...anthropic }],
    [400, "/v1/embeddings", { model: "openai/text-embedding-3-small" }, openai],
    [400, "/v1/images/generations", { model: "openai/gpt-image-1" }, openai],
  ])("%i at %s", async (status, path, body, told) => {
    limit(gateway, {
      gateway: { requests_per_minute: 9 },
      per_key: { requests_per_minute: 2, tokens_per_minute: 500 },
    });
    for (let nth = 0; nth < 2; nth++) {
      const reply = await gateway.post(path, body);
      await reply.arrayBuffer();
      expect([reply.status, levelsIn(reply.headers)]).toMatchObject([status, told]);
    }
  });

  test("and whoever has no key is told nothing", async () => {
    limit(gateway, { gateway: { requests_per_minute: 9 }, per_key: { requests_per_minute: 2 } });
    const reply = await gateway.post("/v1/chat/completions", CHAT, { authorization: "Bearer hg_nothing" });
    expect([reply.status, levelsIn(reply.headers)]).toEqual([401, {}]);
  });

  test("nor is a name that was used already a reason to be silent", async () => {
    const key = { "idempotency-key": `twice-${crypto.randomUUID()}` };
    const gates = gateway.headgate.gateway as { gates: readonly unknown[] };
    limit(gateway, { per_key: { requests_per_minute: 5 } });
    gates.gates = [names, ...gates.gates];
    for (const [status, left] of [
      [200, "4"],
      [409, "4"],
      [422, "4"],
    ] as const) {
      const reply = await gateway.post("/v1/chat/completions", status === 422 ? { ...CHAT, seed: 1 } : CHAT, key);
      await reply.arrayBuffer();
      expect([reply.status, levelsIn(reply.headers)["remaining-requests"]]).toEqual([status, left]);
    }
  });
});

describe("official clients", () => {
  test("raise their own error, and are told when to come again", async () => {
    limit(gateway, { per_key: { requests_per_minute: 1 } });
    const openai = clientOf(gateway, { maxRetries: 0 });
    await openai.chat.completions.create(ask(MODEL, "[sim tokens=1 every=0]"));
    const error = await failure(openai.chat.completions.create(ask(MODEL, "Hello")), OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "rate_limit_exceeded" });
    expect(error.headers?.get("retry-after")).toBe("60");
    const streamed = openai.chat.completions.create({ ...ask(MODEL, "Hello"), stream: true });
    expect(await failure(streamed, OpenAI.RateLimitError)).toMatchObject({ status: 429 });
    const claude = anthropicAt(gateway, { maxRetries: 0 });
    const refused = await failure(claude.messages.create(say(CLAUDE, "Hello")), Anthropic.RateLimitError);
    expect(refused).toMatchObject({ status: 429, error: { error: { type: "rate_limit_error" } } });
  });

  /** Moves the clock on by as much as each refusal asks for, and keeps what came. */
  function waiting(clock: { now: number }) {
    const statuses: number[] = [];
    const asking = async (input: string | URL | Request, init?: RequestInit) => {
      const response = await fetch(input, init);
      statuses.push(response.status);
      clock.now += Number(response.headers.get("retry-after") ?? 0) * 1000;
      return response;
    };
    return { statuses, fetch: asking as typeof fetch };
  }

  test("that wait as they are told are answered at their second try", async () => {
    const clock = limit(gateway, { per_key: { requests_per_minute: 60 } });
    const burst = await Promise.all(Array.from({ length: 60 }, () => gateway.post("/v1/chat/completions", CHAT)));
    expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([200]));
    const openai = waiting(clock);
    await clientOf(gateway, { fetch: openai.fetch }).chat.completions.create(ask(MODEL, "[sim tokens=1 every=0]"));
    expect(openai.statuses).toEqual([429, 200]);
    const claude = waiting(clock);
    const message = say(CLAUDE, "[sim tokens=1 every=0]");
    await anthropicAt(gateway, { fetch: claude.fetch }).messages.create(message);
    expect(claude.statuses).toEqual([429, 200]);
  });
});

describe("limits of several", () => {
  const asUser = (user: string, headers = {}) => gateway.post("/v1/chat/completions", { ...CHAT, user }, headers);

  test("each end user has its own, however it is named", async () => {
    limit(gateway, { per_user: { requests_per_minute: 1 }, per_key: { requests_per_minute: 10 } });
    expect((await asUser("ada")).status).toBe(200);
    const refused = await asUser("ada");
    expect(refused.status).toBe(429);
    expect((await jsonOf(refused)).error.message).toContain("for this user is reached: 1 request a minute");
    const byHeader = { "ai-reporting-user": "ada" };
    expect((await gateway.post("/v1/chat/completions", CHAT, byHeader)).status).toBe(429);
    expect((await asUser("grace")).status).toBe(200);
    const nobody = await gateway.post("/v1/chat/completions", CHAT);
    expect(levelsIn(nobody.headers)).toMatchObject({ "limit-requests": "10", "remaining-requests": "7" });
  });

  test("who is refused by one has taken nothing of another, and is told of the tightest", async () => {
    limit(gateway, { gateway: { requests_per_minute: 3 }, per_user: { requests_per_minute: 1 } });
    expect((await asUser("ada")).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await asUser("ada")).status).toBe(429);
    const grace = await asUser("grace");
    expect(levelsIn(grace.headers)).toMatchObject({ "limit-requests": "1", "remaining-requests": "0" });
    expect((await asUser("alan")).status).toBe(200);
    const last = await asUser("barbara");
    expect((await jsonOf(last)).error.message).toContain("for the gateway is reached: 3 requests a minute");
    expect(levelsIn(last.headers)).toMatchObject({ "limit-requests": "3", "remaining-requests": "0" });
  });
});
