import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, jsonOf } from "../support/gateway.ts";
import { type Bank, BOTH, CENT, chat, GIFT, KEY_BUDGET, openBank, say, UNPRICED } from "./support.ts";

let bank: Bank;
beforeEach(async () => {
  bank = await openBank();
});
afterEach(() => bank.stop());

const post = (body: unknown, headers?: Record<string, string>) =>
  bank.gateway.post("/v1/chat/completions", body, headers);

describe("a hard budget", () => {
  test("is spent to the last nanodollar, and no further", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.03 });
    for (let nth = 0; nth < 3; nth++) expect((await post(chat(100))).status).toBe(200);
    const refused = await post(chat(100));
    expect(refused.status).toBe(402);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    const { error } = await jsonOf(refused);
    expect(error.type).toBe("quota_for_entity_exceeded");
    expect(error.code).toBe("quota_for_entity_exceeded");
    expect(error.message).toContain("Current spend: $0.03, limit: $0.03.");
    expect(await bank.state(id)).toMatchObject({ spent_usd: 0.03, reserved_usd: 0, remaining_usd: 0 });
    expect(bank.lab.requests).toHaveLength(3);
  });

  test("tells what a request may cost that it does not pay for", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.03 });
    const { message } = (await jsonOf(await post(chat(1234)))).error;
    expect(message).toContain("Current spend: $0.00, limit: $0.03. This request may cost $0.1234.");
  });

  test("that is nothing lets nothing through, free models included", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0 });
    for (const model of [CENT, GIFT]) expect((await post({ ...chat(1), model })).status).toBe(402);
    expect(bank.lab.requests).toHaveLength(0);
  });

  test("names whose it is and when it begins anew", async () => {
    await bank.budget({ scope: "tag", scope_id: "alpha", period: "daily", limit_usd: 0 });
    expect((await post(chat(1))).status).toBe(200);
    const midnight = () => new Date(Math.ceil((Date.now() + 1) / 86_400_000) * 86_400_000).toISOString();
    const before = midnight();
    const refused = await post(chat(1, { tags: ["beta", "alpha"] }));
    const { message } = (await jsonOf(refused)).error;
    expect(message).toContain('Tag budget of "alpha" exceeded (daily).');
    expect([before, midnight()]).toContain(/It is reset at (\S+)\./.exec(message)![1]!);
  });

  test.each([
    ["/v1/messages", { max_tokens: 5 }],
    ["/v1/responses", {}],
  ])("refuses at %s in its own shape", async (path, more) => {
    await bank.budget({ scope: "gateway", limit_usd: 0 });
    const words = { role: "user", content: "Hello" };
    const body =
      path === "/v1/responses" ? { model: CENT, input: "Hello" } : { model: CENT, messages: [words], ...more };
    const refused = await bank.gateway.post(path, body);
    expect(refused.status).toBe(402);
    const told = await jsonOf(refused);
    expect(told.error.code).toBe("quota_for_entity_exceeded");
    expect(told.error.type).toBe(path === "/v1/messages" ? "billing_error" : "quota_for_entity_exceeded");
  });

  test("reserves nothing for what failed", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    expect((await post({ ...say("[sim status=500]"), max_tokens: 100 })).status).toBe(503);
    expect((await post({ ...say("[sim status=400]"), max_tokens: 100 })).status).toBe(400);
    expect(await bank.state(id)).toMatchObject({ spent_usd: 0, reserved_usd: 0, remaining_usd: 0.01 });
    expect((await post(chat(100))).status).toBe(200);
  });

  test("counts input as well", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    const { usage } = await jsonOf(await post({ ...say("[sim tokens=10 every=0]", BOTH), max_tokens: 10 }));
    const { prompt_tokens: input } = usage;
    expect((await bank.state(id)).spent_usd).toBe((input + 10) / 10_000);
  });

  test("is not asked where tokens are counted", async () => {
    await bank.budget({ scope: "gateway", limit_usd: 0 });
    const counted = await bank.gateway.post("/v1/messages/count_tokens", say("Hello"));
    expect(counted.status).toBe(200);
  });
});

describe("budgets of several scopes", () => {
  test("stack: the first that is exceeded refuses, and nothing is taken of the others", async () => {
    const gateway = await bank.budget({ scope: "gateway", limit_usd: 1 });
    const user = await bank.budget({ scope: "user", scope_id: "ann", limit_usd: 0.01 });
    const entity = await bank.budget({ scope: "entity", scope_id: "acme", limit_usd: 1 });
    const asked = chat(100, { user: "ann", providerOptions: { gateway: { quotaEntityId: "acme" } } });
    expect((await post(asked)).status).toBe(200);
    const refused = await post(asked);
    expect(refused.status).toBe(402);
    expect((await jsonOf(refused)).error.message).toContain('User budget of "ann"');
    for (const { id } of [gateway, user, entity])
      expect(await bank.state(id)).toMatchObject({ spent_usd: 0.01, reserved_usd: 0 });
  });

  test("the header says who the user is", async () => {
    await bank.budget({ scope: "user", scope_id: "ann", limit_usd: 0 });
    expect((await post(chat(1, { user: "bob" }), { "ai-reporting-user": "ann" })).status).toBe(402);
    expect((await post(chat(1, { user: "ann" }), { "ai-reporting-user": "bob" })).status).toBe(200);
  });

  test("one for each is a budget of everybody's own, but for those who have another", async () => {
    await bank.budget({ scope: "user", scope_id: "*", limit_usd: 0.01 });
    await bank.budget({ scope: "user", scope_id: "rich", limit_usd: 0.02 });
    for (const user of ["ann", "bob", "rich", "rich"]) expect((await post(chat(100, { user }))).status).toBe(200);
    for (const user of ["ann", "bob", "rich"]) expect((await post(chat(100, { user }))).status).toBe(402);
    // Whoever is nobody has no budget.
    expect((await post(chat(100))).status).toBe(200);
  });

  test("periods stack as well", async () => {
    await bank.budget({ ...KEY_BUDGET, period: "daily", limit_usd: 1 });
    await bank.budget({ ...KEY_BUDGET, period: "total", limit_usd: 0.01 });
    expect((await post(chat(100))).status).toBe(200);
    expect((await jsonOf(await post(chat(100)))).error.message).toContain("It is not reset.");
  });
});

describe("a change of a budget", () => {
  test("holds from the next request on", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0 });
    expect((await post(chat(100))).status).toBe(402);
    await bank.admin("PATCH", `/admin/budgets/${id}`, { limit_usd: "0.01" });
    expect((await post(chat(100))).status).toBe(200);
    expect((await post(chat(100))).status).toBe(402);
    await bank.admin("PATCH", `/admin/budgets/${id}`, { soft: true });
    expect((await post(chat(100))).status).toBe(200);
    await bank.admin("PATCH", `/admin/budgets/${id}`, { soft: false, archived: true });
    expect((await post(chat(100))).status).toBe(200);
    await bank.admin("DELETE", `/admin/budgets/${id}`);
    expect((await post(chat(100))).status).toBe(200);
    expect((await bank.admin("GET", `/admin/budgets/${id}`)).status).toBe(404);
  });
});

describe("a request that does not say how much it wants", () => {
  test("is capped to what is left where that is less than the default, and is told", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const told = await jsonOf(await post(say("[sim tokens=500 every=0]")));
    expect(told.usage.completion_tokens).toBe(100);
    expect(told.choices[0].finish_reason).toBe("length");
    const { warnings } = told.choices[0].message.provider_metadata.gateway;
    expect(warnings).toEqual([{ type: "other", message: expect.stringContaining("100 output tokens") }]);
    const [request] = bank.lab.requests;
    expect(request!.body).toMatchObject({ max_completion_tokens: 100 });
  });

  test("is sent as it is where there is enough", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    const told = await jsonOf(await post(say("[sim tokens=500 every=0]")));
    expect(told.usage.completion_tokens).toBe(500);
    expect(told.choices[0].message.provider_metadata.gateway.warnings).toBeUndefined();
    expect(bank.lab.requests[0]!.body).not.toHaveProperty("max_completion_tokens");
  });

  test("that streams is cut, in band, where nobody pays for more", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const reply = await post({ ...say("[sim tokens=endless every=0]"), stream: true });
    expect(reply.status).toBe(200);
    const chunks = chunksOf(await reply.text());
    expect(chunks.at(-1).error).toMatchObject({ code: "quota_for_entity_exceeded" });
    const { spent_usd: spent, reserved_usd: reserved } = await bank.state(id);
    expect(reserved).toBe(0);
    expect(spent).toBeGreaterThan(0);
    expect((await post(chat(100))).status).toBe(402);
  });

  test("that streams reserves more as it grows", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    const reply = await post({ ...say("[sim tokens=8000 every=0]"), stream: true });
    const chunks = chunksOf(await reply.text());
    expect(chunks.at(-1).usage.completion_tokens).toBe(8000);
    expect(await bank.state(id)).toMatchObject({ spent_usd: 0.8, reserved_usd: 0 });
  });
});

describe("what has no price", () => {
  test("is refused where a budget applies, and nowhere else", async () => {
    expect((await post({ ...chat(5), model: UNPRICED })).status).toBe(200);
    await bank.budget({ scope: "tag", scope_id: "counted", limit_usd: 1 });
    expect((await post({ ...chat(5), model: UNPRICED })).status).toBe(200);
    const refused = await post({ ...chat(5), model: UNPRICED, tags: ["counted"] });
    expect(refused.status).toBe(400);
    expect((await jsonOf(refused)).error).toMatchObject({ code: "no_providers_available" });
  });

  test("whoever has one serves instead", async () => {
    await bank.budget({ scope: "gateway", limit_usd: 1 });
    const told = await jsonOf(await post({ ...chat(5), model: UNPRICED, models: [CENT] }));
    expect(told.model).toBe(CENT);
  });
});
