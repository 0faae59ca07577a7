import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, jsonOf } from "../support/gateway.ts";
import { type Bank, BOTH, CENT, chat, KEY_BUDGET, openBank, say } from "./support.ts";

/** Ten cents for a hundred tokens of output. */
const DEAR = "lab/dear";
const models = [
  { id: CENT, price: { input: 0, output: 100 } },
  { id: BOTH, price: { input: 100, output: 100 } },
  { id: DEAR, price: { input: 0, output: 1000 } },
];

let bank: Bank;
let budget: { id: string };
const under = new Set<Promise<unknown>>();

async function open(told: Record<string, unknown> = { limit_usd: 100 }, budgets: Record<string, unknown> = {}) {
  bank = await openBank({ models, config: { budgets } });
  budget = await bank.budget({ ...KEY_BUDGET, ...told });
}
afterEach(async () => {
  await Promise.allSettled(under);
  under.clear();
  await bank.stop();
});

const post = (body: unknown, signal?: AbortSignal) => {
  const reply = fetch(`${bank.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer test-key", "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  under.add(reply);
  return reply;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A request that is asked of somebody and has no end until it is let go. */
async function hanging(body: Record<string, unknown>): Promise<() => Promise<void>> {
  const before = bank.lab.requests.length;
  const leaver = new AbortController();
  post({ ...say("[sim delay=100s]"), ...body }, leaver.signal).catch(() => {});
  while (bank.lab.requests.length === before) await turn();
  return async () => {
    leaver.abort();
    while ((await state()).reserved_usd > 0) await turn();
  };
}

const state = () => bank.state(budget.id);
const reservedFor = async (body: Record<string, unknown>): Promise<number> => {
  const leave = await hanging(body);
  const { reserved_usd: reserved } = await state();
  await leave();
  return reserved;
};

describe("what is reserved", () => {
  beforeEach(() => open());

  test("is the cap that the client sets", async () => {
    expect(await reservedFor({ max_tokens: 500 })).toBe(0.05);
    expect(await reservedFor({ max_completion_tokens: 300 })).toBe(0.03);
  });

  test("is the default where it sets none", async () => {
    expect(await reservedFor({})).toBe(0.4096);
    expect(await reservedFor({ stream: true })).toBe(0.4096);
  });

  test("is as much for each answer", async () => {
    expect(await reservedFor({ max_tokens: 500, n: 3 })).toBe(0.15);
    expect(await reservedFor({ n: 2 })).toBe(0.8192);
  });

  test("is the higher cap where options for a provider say more", async () => {
    expect(await reservedFor({ max_tokens: 10, providerOptions: { lab: { maxTokens: 5000 } } })).toBe(0.5);
    expect(await reservedFor({ max_tokens: 500, max_completion_tokens: 10 })).toBe(0.05);
    expect(await reservedFor({ providerOptions: { lab: { maxTokens: 5000 } } })).toBe(0.5);
  });

  test("is the default where only options for a provider have a lower cap, which another does not read", async () => {
    expect(await reservedFor({ providerOptions: { other: { maxTokens: 1 } } })).toBe(0.4096);
    expect(await reservedFor({ stream: true, providerOptions: { other: { maxTokens: 1 } } })).toBe(0.4096);
  });

  test.each([null, 1.5, -5, 0, "1", 1e300])(
    "is the default where options put %p in the place of a cap",
    async (maxTokens) => {
      expect(await reservedFor({ max_tokens: 1, providerOptions: { other: { maxTokens } } })).toBe(0.4096);
    },
  );

  test("is the price of the dearest who may be asked", async () => {
    expect(await reservedFor({ max_tokens: 100, models: [DEAR] })).toBe(0.1);
  });

  test("has the input in it", async () => {
    const words = { role: "user", content: `[sim delay=100s] ${"word ".repeat(400)}` };
    const reserved = await reservedFor({ model: BOTH, max_tokens: 1, messages: [words] });
    expect(reserved).toBeGreaterThan(0.04);
    expect(reserved).toBeLessThan(0.08);
  });

  test("has all the text in it, whatever it looks like", async () => {
    const hidden = `${"x".repeat(2001)} ${"word ".repeat(400)}`;
    const messages = [
      { role: "user", content: hidden },
      { role: "user", content: "[sim delay=100s]" },
    ];
    const body = { model: BOTH, max_tokens: 1, messages };
    expect(await reservedFor(body)).toBeGreaterThan(0.1);
    const parameters = { type: "object", properties: { [hidden]: { type: "string" } } };
    const tools = [{ type: "function", function: { name: "f", parameters } }];
    expect(await reservedFor({ ...body, messages: messages.slice(1), tools })).toBeGreaterThan(0.1);
  });

  test("has pictures in it that are named by their address", async () => {
    const picture = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
    const messages = [{ role: "user", content: [picture, { type: "text", text: "[sim delay=100s]" }] }];
    const reserved = await reservedFor({ model: BOTH, max_tokens: 1, messages });
    expect(reserved).toBeGreaterThan(0.16);
    expect(reserved).toBeLessThan(0.17);
  });

  test("is nothing any more once the client has left, before anything was said or after", async () => {
    const leaver = new AbortController();
    const reply = await post({ ...say("[sim tokens=endless every=1ms]"), stream: true }, leaver.signal);
    const reader = reply.body!.getReader();
    await reader.read();
    leaver.abort();
    while ((await state()).reserved_usd > 0) await turn();
    expect((await state()).spent_usd).toBeGreaterThan(0);
  });
});

test("where two may be asked at once for a stream, both are paid for", async () => {
  const other = { models, wire: "openai-chat", api_key: "none" };
  bank = await openBank({ models, config: { providers: { other: { ...other, base_url: "http://127.0.0.1:9/v1" } } } });
  budget = await bank.budget({ ...KEY_BUDGET, limit_usd: 100 });
  const hedged = { max_tokens: 100, providerOptions: { gateway: { hedge: true, order: ["lab"] } } };
  expect(await reservedFor({ ...hedged, stream: true })).toBe(0.02);
  expect(await reservedFor(hedged)).toBe(0.01);
});

describe("a request that only others' reservations block", () => {
  test("waits for them", async () => {
    await open({ limit_usd: 0.01 });
    const leave = await hanging({ max_tokens: 100 });
    const second = post(chat(100));
    await turn();
    expect(bank.lab.requests).toHaveLength(1);
    await leave();
    expect((await second).status).toBe(200);
    expect(await state()).toMatchObject({ spent_usd: 0.01, reserved_usd: 0 });
  });

  test("is refused when they take too long, and told why", async () => {
    await open({ limit_usd: 0.01 }, { wait_ms: 30 });
    const leave = await hanging({ max_tokens: 100 });
    const refused = await post(chat(100));
    expect(refused.status).toBe(402);
    expect((await jsonOf(refused)).error.message).toContain("Requests under way have reserved $0.01.");
    await leave();
    expect((await post(chat(100))).status).toBe(200);
  });

  test("is refused at once where waiting would not help", async () => {
    await open({ limit_usd: 0.01 }, { wait_ms: 60_000 });
    const leave = await hanging({ max_tokens: 100 });
    expect((await post(chat(101))).status).toBe(402);
    await leave();
  });

  test.each([
    ["removed", "DELETE", undefined],
    ["archived", "PATCH", { archived: true }],
    ["made soft", "PATCH", { soft: true }],
    ["raised", "PATCH", { limit_usd: 1 }],
  ])("goes on when the budget is %s, and so does a stream", async (_, method, body) => {
    await open({ limit_usd: 0.02 }, { default_output_tokens: 100, wait_ms: 60_000 });
    const leave = await hanging({ max_tokens: 100 });
    const leaves = new AbortController();
    const stream = await post({ ...say("[sim tokens=endless every=1ms]"), stream: true }, leaves.signal);
    const second = post(chat(100));
    await turn();
    expect(bank.lab.requests).toHaveLength(2);
    expect((await bank.admin(method, `/admin/budgets/${budget.id}`, body)).status).toBeLessThan(300);
    expect((await second).status).toBe(200);
    const reader = stream.body!.getReader();
    for (let read = 0; read < 60_000; ) read += (await reader.read()).value!.length;
    leaves.abort();
    await leave();
    if (method === "PATCH") expect((await state()).reserved_usd).toBe(0);
  });

  test("leaves nothing behind by leaving", async () => {
    await open({ limit_usd: 0.01 }, { wait_ms: 60_000 });
    const leave = await hanging({ max_tokens: 100 });
    const leaver = new AbortController();
    const second = post(chat(100), leaver.signal);
    second.catch(() => {});
    const { listener } = bank.gateway.headgate;
    while (listener.inFlight < 2) await turn();
    leaver.abort();
    while (listener.inFlight > 1) await turn();
    const third = post(chat(100));
    await leave();
    expect((await third).status).toBe(200);
    expect(await state()).toMatchObject({ spent_usd: 0.01, reserved_usd: 0 });
    expect(bank.lab.requests).toHaveLength(2);
  });

  test("is sent with what is left where it says no cap, once it is known what that is", async () => {
    await open({ limit_usd: 0.02 }, { wait_ms: 60_000 });
    const leave = await hanging({ max_tokens: 100 });
    const second = post(say("[sim tokens=500 every=0]"));
    await leave();
    const { usage } = await jsonOf(await second);
    expect(usage.completion_tokens).toBe(200);
  });
});

describe("a stream that outgrows what was reserved", () => {
  test("goes on while others have reserved what is left, as soon as that is free", async () => {
    await open({ limit_usd: 1 }, { default_output_tokens: 100, wait_ms: 60_000 });
    const leave = await hanging({ max_tokens: 9900 });
    const reply = await post({ ...say("[sim tokens=400 every=1ms]"), stream: true });
    const all = reply.text();
    // What others have reserved is all that is left: it stands still.
    await leave();
    expect(chunksOf(await all).at(-1).usage.completion_tokens).toBe(400);
    expect(await state()).toMatchObject({ spent_usd: 0.04, reserved_usd: 0 });
  });

  test("with a cap of its own is the provider's to keep to it", async () => {
    await open({ limit_usd: 0.01 }, { default_output_tokens: 100 });
    const reply = await post(chat(100, { stream: true }));
    expect(chunksOf(await reply.text()).at(-1).usage.completion_tokens).toBe(100);
  });
});

describe("who is served ahead of others", () => {
  const gpt = {
    model: "openai/gpt-5-mini",
    max_tokens: 100,
    messages: [{ role: "user", content: "[sim tokens=100 every=0]" }],
  };

  test.each([
    ["/v1/chat/completions", gpt, { service_tier: "priority" }, 1.8],
    ["/v1/chat/completions", { ...gpt, stream: true }, { service_tier: "priority" }, 1.8],
    ["/v1/chat/completions", gpt, { service_tier: "flex" }, 0.5],
    ["/v1/chat/completions", gpt, { providerOptions: { openai: { serviceTier: "priority" } } }, 1.8],
    ["/v1/chat/completions", gpt, { providerOptions: { gateway: { serviceTier: "priority" } } }, 1.8],
    ["/v1/chat/completions", { ...gpt, model: "openai/gpt-4o-mini" }, { service_tier: "priority" }, 5 / 3],
    ["/v1/chat/completions", { ...gpt, model: "openai/gpt-5.4" }, { service_tier: "priority" }, 2],
  ])("at %s pays what that costs: %j with %j", async (path, body, more, times) => {
    await open();
    const spend = async (asked: unknown) => {
      const { spent_usd: before } = await state();
      const reply = await bank.gateway.post(path, asked);
      expect(reply.status).toBe(200);
      await reply.text();
      return (await state()).spent_usd - before;
    };
    const usual = await spend(body);
    expect(usual).toBeGreaterThan(0);
    expect(await spend({ ...body, ...more })).toBeCloseTo(usual * times, 9);
  });

  test.each([{ service_tier: "priority" }, { speed: "fast" }, { providerOptions: { other: { serviceTier: "fast" } } }])(
    "may cost more: %j",
    async (more) => {
      await open({ limit_usd: 0.02 });
      expect((await post({ ...chat(100), ...more })).status).toBe(402);
      await bank.admin("PATCH", `/admin/budgets/${budget.id}`, { limit_usd: 0.025 });
      expect((await post({ ...chat(100), ...more })).status).not.toBe(402);
    },
  );
});

test("what is searched by a provider is reserved, as often as the client lets it", async () => {
  await open({ limit_usd: 0.05 });
  const search = (tool: object) =>
    bank.gateway.post("/v1/messages", {
      model: "anthropic/claude-sonnet-4.5",
      max_tokens: 10,
      messages: [{ role: "user", content: "[sim tokens=5 every=0]" }],
      tools: [{ type: "web_search_20250305", name: "web_search", ...tool }],
    });
  expect((await search({ max_uses: 6 })).status).toBe(402);
  expect((await search({ max_uses: 3 })).status).toBe(200);
});

describe("on an account of the client's own", () => {
  const GPT = "openai/gpt-5-mini";
  const own = (more: Record<string, unknown> = {}) => ({
    ...chat(10),
    model: GPT,
    providerOptions: { gateway: { byok: { openai: [{ apiKey: "sk-own" }] }, ...more } },
  });

  test("nothing counts, and what was spent there is told", async () => {
    await open({ limit_usd: 0 });
    expect((await post(own({ byok_only: true }))).status).toBe(200);
    const { spent_usd: spent, byok_spent_usd: byok } = await state();
    expect(spent).toBe(0);
    expect(byok).toBeGreaterThan(0);
  });

  test("it counts where the budget says so", async () => {
    await open({ limit_usd: 0.000001, includes_byok: true });
    expect((await post(own({ byok_only: true }))).status).toBe(402);
    await bank.admin("PATCH", `/admin/budgets/${budget.id}`, { limit_usd: 1 });
    expect((await post(own({ byok_only: true }))).status).toBe(200);
    const { remaining_usd: left, byok_spent_usd: byok } = await state();
    expect(left).toBe(Number((1 - byok).toFixed(9)));
  });

  test("it is capped to what another budget pays for, whatever is overspent of one that does not count it", async () => {
    await open({ limit_usd: 1 });
    expect((await post(chat(100))).status).toBe(200);
    await bank.admin("PATCH", `/admin/budgets/${budget.id}`, { limit_usd: 0 });
    await bank.budget({ scope: "gateway", limit_usd: 0.005, includes_byok: true });
    const { max_tokens: _, ...uncapped } = own({ byok_only: true }) as Record<string, unknown>;
    const reply = await post(uncapped);
    expect(reply.status).toBe(200);
    const { gateway } = (await jsonOf(reply)).choices[0].message.provider_metadata;
    expect(gateway.warnings).toEqual([{ type: "other", message: expect.stringContaining("the answer was capped") }]);
  });

  test("the gateway's accounts are reserved for where they may stand in", async () => {
    await open({ limit_usd: 0 });
    expect((await post(own())).status).toBe(402);
  });
});
