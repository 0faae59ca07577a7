import { afterAll, beforeAll, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { spanAt } from "../../src/core/period.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
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

const credits = async (headers?: Record<string, string>) => jsonOf(await gateway.get("/v1/credits", headers));
const make = async (scope: string, scope_id: string, limit_usd: number, more: object = {}) => {
  const reply = await gateway.post("/admin/budgets", { scope, scope_id, limit_usd, period: "monthly", ...more }, admin);
  expect(reply.status).toBe(201);
};
const ask = () =>
  gateway.post("/v1/chat/completions", {
    model: "openai/gpt-5",
    max_tokens: 2000,
    messages: [{ role: "user", content: "[sim tokens=1000 every=0]" }],
  });

test("what is left is that of the tightest budget of the key that asks, to the nanodollar", async () => {
  expect((await credits()).balance).toBe("Infinity");
  await make("gateway", "gateway", 8);
  await make("key", "*", 3);
  const other = await jsonOf(await gateway.post("/admin/keys", { name: "other" }, admin));
  await make("key", other.id, 1);
  await make("user", "ann", 0.5);
  expect((await credits()).balance).toBe("3");
  await (await ask()).text();
  const { balance, total_used } = await credits();
  expect(Number(total_used)).toBeGreaterThan(0.01);
  expect(balance).toBe(String(Math.round((3 - Number(total_used)) * 1e9) / 1e9));
  // Its own takes the place of the one that each has.
  await make("key", "key_environment", 5, { period: "total" });
  expect((await credits()).balance).toBe("5");
  await make("key", "key_environment", 0.25, { soft: true, period: "daily" });
  expect((await credits()).balance).toBe("5");
  const all = await credits(admin);
  expect(all).toEqual({ balance: String(Math.round((8 - Number(total_used)) * 1e9) / 1e9), total_used });
});

test("what was spent beyond what a double counts is told to the nanodollar, and nothing is left", async () => {
  const createdAt = Date.now();
  const own = { keyId: "key_environment", byok: false, error: null, cost: 9_000_000_000_000_000 };
  const charge = { scope: "gateway", scopeId: "gateway", period: "monthly", spent: own.cost, byokSpent: 0 };
  const charges = [{ ...charge, startedAt: spanAt("monthly", createdAt).startedAt }];
  const nano = (text: string) => {
    const [whole, decimals = ""] = text.split(".");
    return BigInt(whole + decimals.padEnd(9, "0"));
  };
  const before = nano((await credits(admin)).total_used);
  for (let i = 0; i < 3; i++) {
    await gateway.headgate.gateway.generations.insert([
      { row: { ...FULL, ...own, createdAt, id: generationId(createdAt), cost: own.cost + i }, charges },
    ]);
    await credits();
  }
  const { balance, total_used } = await credits(admin);
  expect(balance).toBe("0");
  expect(nano(total_used)).toBe(27_000_000_000_000_003n + before);
});

test("an attempt of which nobody knows whether it is billed says so, and costs nothing", async () => {
  const reply = await gateway.post("/v1/chat/completions", {
    model: "openai/gpt-5",
    messages: [{ role: "user", content: "[sim status=500]" }],
  });
  const id = reply.headers.get("x-request-id")!;
  await reply.text();
  const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
  expect(data.total_cost).toBe(0);
  expect(data.attempts[0]).toMatchObject({ error: "upstream_error", maybe_billed: true });
  const fine = await ask();
  await fine.text();
  const told = await jsonOf(await gateway.get(`/v1/generation?id=${fine.headers.get("x-request-id")}`));
  expect(told.data.attempts[0].maybe_billed).toBeUndefined();
});
