import { afterAll, beforeAll, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const admin = { authorization: `Bearer ${TOKEN}` };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(async () => {
  await gateway.stop();
});

async function shown(model: string, user: string, said = "[sim tokens=100 every=0]") {
  const reply = await gateway.post("/v1/chat/completions", {
    model,
    user,
    messages: [{ role: "user", content: said }],
  });
  await reply.text();
  return jsonOf(await gateway.get(`/admin/generations/${reply.headers.get("x-request-id")}`, admin));
}

test.each(["openai/gpt-5", "anthropic/claude-sonnet-4.5"])(
  "what %s costs is told with its arithmetic, to the nanodollar",
  async (model) => {
    const { arithmetic, market_cost, native_tokens_prompt, native_tokens_completion } = await shown(model, "ann");
    expect(arithmetic).toMatchObject({ sum: market_cost, rest: 0, times: null });
    const unitsOf = (...meters: string[]) =>
      arithmetic.lines
        .filter(({ meter }: { meter: string }) => meters.includes(meter))
        .reduce((sum: number, { units }: { units: number }) => sum + units, 0);
    expect(unitsOf("input", "cache_read", "cache_write_5m")).toBe(native_tokens_prompt);
    expect(unitsOf("output", "reasoning")).toBe(native_tokens_completion);
    const added = arithmetic.lines.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0);
    expect(Math.abs(added - market_cost)).toBeLessThanOrEqual(1.1e-9);
  },
);

test("a request that nobody answered has none", async () => {
  const { arithmetic, error } = await shown("openai/gpt-5", "ann", "[sim status=400]");
  expect([arithmetic, typeof error]).toEqual([null, "string"]);
});

test("the budgets that it was spent from are told, corrections included, and no other", async () => {
  const make = async (scope: string, scope_id: string) =>
    (await jsonOf(await gateway.post("/admin/budgets", { scope, scope_id, limit_usd: 10, period: "daily" }, admin)))
      .id as string;
  const before = await shown("openai/gpt-5", "eve");
  const [own, all] = [await make("user", "eve"), await make("gateway", "gateway")];
  await make("user", "bob");
  const { id, market_cost, charged, created_at } = await shown("openai/gpt-5", "eve");
  const day = `${created_at.slice(0, 10)}T00:00:00.000Z`;
  const charge = { period: "daily", period_started_at: day, amount_usd: market_cost };
  expect(charged).toHaveLength(2);
  expect(charged).toEqual(
    expect.arrayContaining([
      { budget_id: own, scope: "user", scope_id: "eve", ...charge },
      { budget_id: all, scope: "gateway", scope_id: "gateway", ...charge },
    ]),
  );
  const correction = { adjustment_usd: 0.5, reason: "the invoice" };
  expect((await gateway.post(`/admin/generations/${id}/corrections`, correction, admin)).status).toBe(201);
  const again = await jsonOf(await gateway.get(`/admin/generations/${id}`, admin));
  expect(again.charged[0].amount_usd).toBeCloseTo(market_cost + 0.5, 9);
  expect(again.arithmetic.rest).toBe(0);
  expect(before.charged).toEqual([]);
});

test("whether something is kept of what was said is told without reading it", async () => {
  const made = await jsonOf(await gateway.post("/admin/keys", { name: "keeping", keep_bodies: true }, admin));
  const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim tokens=1 every=0]" }] };
  const reply = await gateway.post("/v1/chat/completions", body, { authorization: `Bearer ${made.key}` });
  await reply.text();
  const id = reply.headers.get("x-request-id");
  const isKept = async () => (await jsonOf(await gateway.get(`/admin/generations/${id}`, admin))).has_bodies;
  while (!(await isKept())) await new Promise(setImmediate);
  expect((await shown("openai/gpt-5", "ann")).has_bodies).toBe(false);
  const { data } = await jsonOf(await gateway.get("/admin/audit?limit=10", admin));
  expect(data.map(({ action }: { action: string }) => action)).not.toContain("generation.read");
});
