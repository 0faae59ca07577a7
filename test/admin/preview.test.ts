import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Preview } from "../../src/admin/contract.ts";
import { ask, made, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const GPT = "openai/gpt-5-mini";
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    remembers: true,
    config: {
      admin_token: TOKEN,
      retries: { same_endpoint: 0 },
      health: { failures: 1, cooldown_ms: 60_000 },
      routing_rules: [
        { id: "first", type: "rewrite", model: "openai/gpt-4o", to: "vmc/support" },
        { id: "never", type: "deny", model: "openai/gpt-5-nano", reason: "Too small." },
      ],
      virtual_models: { "vmc/support": { candidates: [{ model: GPT }, { model: "anthropic/claude-sonnet-4.5" }] } },
      rate_limits: { per_key: { requests_per_minute: 5, tokens_per_minute: 100_000 } },
    },
  });
});
afterAll(() => gateway.stop());

const CHAT = { model: GPT, messages: [{ role: "user", content: "Hello there, how are you?" }] };
const preview = async (told: object = {}): Promise<Preview> =>
  jsonOf(await ask(gateway, "POST", "/admin/preview", { ...CHAT, ...told }));
/** All that would be another if anything had been asked, held or written down. */
const traces = async () => {
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations"));
  const { data: audit } = await jsonOf(await ask(gateway, "GET", "/admin/audit"));
  const { data: budgets } = await jsonOf(await ask(gateway, "GET", "/admin/budgets"));
  return JSON.stringify([data, audit, budgets, gateway.simulator.requests.length]);
};

test("who would be asked, in which order, for how much, and who would not", async () => {
  const told = await preview({ max_tokens: 1000 });
  expect(told).toMatchObject({
    object: "preview",
    api_key_id: "key_playground",
    api_key_name: "Playground",
    requested_model: GPT,
    model: GPT,
    led_by: [],
    output_cap: 1000,
    refusal: null,
    budgets: [],
  });
  const [first] = told.steps;
  expect(first).toMatchObject({ provider: "openai", model: GPT, upstream_model: "gpt-5-mini", mode: "relay" });
  const price = (await jsonOf(await ask(gateway, "GET", `/admin/models/${GPT}`))).endpoints.find(
    ({ id }: { id: string }) => id === first!.endpoint,
  ).price.per_million_tokens;
  const least = (told.input_tokens! * price.input) / 1e6;
  expect(first!.cost!.least).toBeCloseTo(least, 9);
  expect(first!.cost!.most).toBeCloseTo(least + (1000 * price.output) / 1e6, 9);
  expect(told.skipped.find(({ provider }) => provider === "azure")?.reason).toBe("no credential");
});

test("is what becomes of the same request", async () => {
  const body = { ...CHAT, providerOptions: { gateway: { models: ["anthropic/claude-sonnet-4.5", "no/such"] } } };
  const told = await preview(body);
  const { id } = await jsonOf(await gateway.post("/v1/chat/completions", body));
  const { plan } = await jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`));
  expect(told.steps.map(({ endpoint }) => endpoint)).toEqual(
    plan.legs.map(({ endpoint }: { endpoint: string }) => endpoint),
  );
  expect(told.steps.length).toBeGreaterThan(1);
  const who = told.skipped.map(({ provider, model, reason }) => ({ who: provider ?? model, reason }));
  expect(who).toEqual(plan.skipped);
});

test("nothing is sent, held or written down", async () => {
  const budget = { scope: "gateway", limit_usd: 5, period: "daily" };
  const { id } = await jsonOf(await ask(gateway, "POST", "/admin/budgets", budget));
  const before = await traces();
  for (let i = 0; i < 20; i++) expect((await preview()).refusal).toBeNull();
  expect(await traces()).toBe(before);
  expect(before).not.toContain("how are you");
  await ask(gateway, "DELETE", `/admin/budgets/${id}`);
});

describe("where it is led", () => {
  test("by rules and a virtual model", async () => {
    const told = await preview({ model: "openai/gpt-4o" });
    expect([told.requested_model, told.model, told.led_by]).toEqual([
      "openai/gpt-4o",
      GPT,
      [
        { kind: "routing_rule", id: "first", to: "vmc/support" },
        { kind: "virtual_model", id: "vmc/support", to: GPT },
      ],
    ]);
    expect(new Set(told.steps.map(({ model }) => model))).toEqual(new Set([GPT, "anthropic/claude-sonnet-4.5"]));
  });

  test("to a refusal", async () => {
    const told = await preview({ model: "openai/gpt-5-nano" });
    expect([told.model, told.steps, told.led_by]).toEqual([
      null,
      [],
      [{ kind: "routing_rule", id: "never", to: null }],
    ]);
    expect(told.refusal).toMatchObject({
      status: 403,
      code: "denied_by_rule",
      message: expect.stringContaining("Too small."),
    });
    expect((await preview({ model: "openai/gpt-9" })).refusal).toMatchObject({ status: 404, code: "model_not_found" });
  });

  test("to nobody, and why each is not asked", async () => {
    const told = await preview({ providerOptions: { gateway: { only: ["anthropic"] } } });
    expect(told.refusal).toMatchObject({ status: 400, code: "no_providers_available" });
    expect(told.skipped.find(({ provider }) => provider === "openai")?.reason).toContain("only");
  });
});

describe("for a key", () => {
  test("that may not", async () => {
    const { id } = await made(gateway, { name: "narrow", models: ["anthropic/*"] });
    const told = await preview({ api_key_id: id });
    expect([told.api_key_name, told.refusal?.code]).toEqual(["narrow", "denied_to_key"]);
    await ask(gateway, "DELETE", `/admin/keys/${id}`);
    expect((await preview({ api_key_id: id })).refusal).toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  test("of the environment", async () => {
    expect(await preview({ api_key_id: "key_environment" })).toMatchObject({
      refusal: null,
      api_key_name: "AI_GATEWAY_API_KEY",
    });
  });

  test("whose budget does not pay for it", async () => {
    const { id } = await made(gateway, { budget: { limit_usd: 0.000001, period: "monthly" } });
    const told = await preview({ api_key_id: id, max_tokens: 5000 });
    expect(told.budgets).toMatchObject([
      { scope: "key", scope_id: id, limit_usd: 0.000001, spent_usd: 0, reserved_usd: 0, is_enough: false },
    ]);
    expect(told.budgets[0]!.wanted_usd).toBeGreaterThanOrEqual(0.01);
    expect(told.refusal).toMatchObject({ status: 402, code: "quota_for_entity_exceeded" });
  });

  test("whose budget cuts its answer", async () => {
    const { id } = await made(gateway, { budget: { limit_usd: 0.001, period: "monthly" } });
    const told = await preview({ api_key_id: id });
    expect(told.refusal).toBeNull();
    expect(told.output_cap).toBeGreaterThan(10);
    expect(told.output_cap).toBeLessThan(600);
    expect(told.call_cap).toBeNull();
  });

  test("whose budget holds its provider to so many searches", async () => {
    const { id } = await made(gateway, { budget: { limit_usd: 0.045, period: "monthly" } });
    const searching = { max_tokens: 16, tools: [{ type: "web_search" }] };
    expect(await preview({ ...searching, api_key_id: id })).toMatchObject({ refusal: null, call_cap: 4 });
    expect(await preview(searching)).toMatchObject({ refusal: null, call_cap: null });
    expect((await preview({ ...searching, max_tool_calls: 5, api_key_id: id })).refusal?.status).toBe(402);
  });

  test("whose limits it is counted in", async () => {
    const { id, key } = await made(gateway);
    const limits = async () => (await preview({ api_key_id: id, max_tokens: 100 })).limits;
    const requests = { counts: "requests", of: "this key", limit: 5, per: "minute", wanted: 1 };
    expect(await limits()).toMatchObject([
      { ...requests, remaining: 5, is_enough: true },
      { counts: "tokens", limit: 100_000, is_enough: true },
    ]);
    for (let i = 0; i < 5; i++) await gateway.post("/v1/chat/completions", CHAT, { authorization: `Bearer ${key}` });
    const told = await preview({ api_key_id: id });
    expect(told.limits[0]).toMatchObject({ ...requests, is_enough: false });
    expect(told.refusal).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
  });
});

test("who fails just now stands last, and why", async () => {
  const fails = "[sim model=gpt-5-mini status=529] Hi";
  const messages = [{ role: "user", content: fails }];
  const body = { model: GPT, messages, providerOptions: { gateway: { models: ["anthropic/claude-sonnet-4.5"] } } };
  const { key } = await made(gateway);
  await gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${key}` });
  const told = await preview({ providerOptions: body.providerOptions });
  const last = told.steps.at(-1)!;
  expect([last.provider, last.left_alone]).toEqual(["openai", "upstream_overloaded"]);
  expect(told.steps[0]!.left_alone).toBeNull();
});

test("what is no request, or for no key that there is, is refused", async () => {
  const status = async (told: object) => (await ask(gateway, "POST", "/admin/preview", told)).status;
  expect(await status({})).toBe(400);
  expect(await status({ ...CHAT, model: 5 })).toBe(400);
  expect(await status({ ...CHAT, messages: "x" })).toBe(400);
  expect(await status({ ...CHAT, api_key_id: 5 })).toBe(400);
  expect(await status({ ...CHAT, api_key_id: "key_nobody" })).toBe(404);
  const long = "x".repeat(100_000);
  expect(await status({ ...CHAT, messages: [{ role: "user", content: long }] })).toBe(200);
});
