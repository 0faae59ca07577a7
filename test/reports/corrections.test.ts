import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { aroundToday } from "../support/days.ts";
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

const send = (path: string, body: unknown) => gateway.post(path, body, admin);
const correct = (id: string, body: unknown) => send(`/admin/generations/${id}/corrections`, body);

async function asked(user = "ann", tags: string[] = []): Promise<{ id: string; cost: number }> {
  const body = {
    model: "openai/gpt-5",
    messages: [{ role: "user", content: "[sim tokens=1000 every=0]" }],
    user,
    ...(tags.length === 0 ? {} : { providerOptions: { gateway: { tags } } }),
  };
  const reply = await gateway.post("/v1/chat/completions", body);
  const id = reply.headers.get("x-request-id")!;
  await reply.text();
  return { id, cost: (await jsonOf(await gateway.get(`/v1/generation?id=${id}`))).data.total_cost };
}

async function total(query = ""): Promise<number> {
  const [from, to] = aroundToday();
  const { results } = await jsonOf(
    await gateway.get(`/v1/report?start_date=${from}&end_date=${to}&group_by=model${query}`),
  );
  return results.reduce((sum: number, { total_cost }: { total_cost: number }) => sum + total_cost, 0);
}

describe("a correction", () => {
  test("is told with its generation, in reports by day and hour, and in what was spent in all", async () => {
    const { id, cost } = await asked();
    const before = await total();
    const reply = await correct(id, { adjustment_usd: 0.25, reason: "the invoice says so" });
    expect(reply.status).toBe(201);
    expect(await jsonOf(reply)).toMatchObject({ generation_id: id, adjustment_usd: 0.25, market_cost: cost + 0.25 });
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${id}`));
    expect(data).toMatchObject({ total_cost: cost + 0.25, usage: cost + 0.25, correction: 0.25 });
    expect(await total()).toBeCloseTo(before + 0.25, 9);
    expect(await total("&group_by=day&date_part=hour")).toBeCloseTo(before + 0.25, 9);
    const { total_used } = await jsonOf(await gateway.get("/v1/credits"));
    expect(Number(total_used)).toBeCloseTo(before + 0.25, 9);
    const shown = await jsonOf(await gateway.get(`/admin/generations/${id}`, admin));
    const { data: listed } = await jsonOf(await gateway.get("/admin/generations?limit=1", admin));
    expect(listed[0]).toMatchObject({ id, total_cost: cost + 0.25, correction: 0.25 });
    const csv = await (await gateway.get("/admin/generations?format=csv", admin)).text();
    const [head, first] = csv.split("\r\n").map((line) => line.split(","));
    expect(first![head!.indexOf("correction")]).toBe("0.25");
    expect(shown.corrections).toMatchObject([{ adjustment_usd: 0.25, reason: "the invoice says so" }]);
  });

  test("changes no row, and several add up, down to nothing", async () => {
    const { id, cost } = await asked();
    const row = gateway.row(id);
    for (const adjustment_usd of ["0.000000001", "-0.000000001", `-${cost}`])
      expect((await correct(id, { adjustment_usd, reason: "again" })).status).toBe(201);
    expect(gateway.row(id)).toEqual(row);
    expect((await jsonOf(await gateway.get(`/v1/generation?id=${id}`))).data.total_cost).toBe(0);
    const refused = await correct(id, { adjustment_usd: "-0.000000001", reason: "more" });
    expect([refused.status, (await jsonOf(refused)).error.param]).toEqual([400, "adjustment_usd"]);
  });

  test("is spent from the budgets that its request was spent from, and from no other", async () => {
    const make = async (scope: string, scope_id: string) =>
      (await jsonOf(await send("/admin/budgets", { scope, scope_id, limit_usd: 10, period: "total" }))).id as string;
    const [own, other] = [await make("user", "ann"), await make("user", "bob")];
    const spent = async (id: string) => (await jsonOf(await gateway.get(`/admin/budgets/${id}`, admin))).spent_usd;
    const { id, cost } = await asked();
    expect(Number(await spent(own))).toBe(cost);
    await correct(id, { adjustment_usd: "0.5", reason: "more" });
    expect([Number(await spent(own)), Number(await spent(other))]).toEqual([cost + 0.5, 0]);
    await correct(id, { adjustment_usd: "-0.5", reason: "less" });
    expect(Number(await spent(own))).toBe(cost);
    // One from before there was the budget was not spent from it.
    const createdAt = Date.now() - 3_600_000;
    const early = { ...FULL, id: generationId(createdAt), createdAt, user: "ann", byok: false };
    await gateway.headgate.gateway.generations.insert([{ row: early, charges: [] }]);
    expect((await correct(early.id, { adjustment_usd: "0.5", reason: "more" })).status).toBe(201);
    expect(Number(await spent(own))).toBe(cost);
  });

  test.each([
    [{ reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: 0, reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "-0", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "NaN", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "1e999", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: 1e300, reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "--1", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "0.0000000001", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: "one", reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: [1], reason: "a" }, "adjustment_usd"],
    [{ adjustment_usd: 1 }, "reason"],
    [{ adjustment_usd: 1, reason: " " }, "reason"],
    [{ adjustment_usd: 1, reason: "a".repeat(501) }, "reason"],
    [{ adjustment_usd: 1, reason: 5 }, "reason"],
    [{ adjustment_usd: 1, reason: "a", cost: 5 }, "cost"],
  ])("%p is refused, and nothing is changed", async (body, param) => {
    const { id, cost } = await asked();
    const reply = await correct(id, body);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
    expect((await jsonOf(await gateway.get(`/v1/generation?id=${id}`))).data.total_cost).toBe(cost);
  });

  test("by several at once takes away no more than there is, from the budget as well", async () => {
    const made = await send("/admin/budgets", { scope: "user", scope_id: "eve", limit_usd: 10, period: "total" });
    const budget = (await jsonOf(made)).id;
    const spent = async () => Number((await jsonOf(await gateway.get(`/admin/budgets/${budget}`, admin))).spent_usd);
    const { id, cost } = await asked("eve");
    const all = await Promise.all(
      Array.from({ length: 8 }, () => correct(id, { adjustment_usd: `-${cost}`, reason: "billed twice" })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400, 400, 400, 400]);
    expect([await spent(), (await jsonOf(await gateway.get(`/v1/generation?id=${id}`))).data.total_cost]).toEqual([
      0, 0,
    ]);
  });

  test("never makes a request cost more than can be counted, whatever is added to it", async () => {
    const { id } = await asked();
    expect((await correct(id, { adjustment_usd: 8_999_999, reason: "a" })).status).toBe(201);
    const more = await correct(id, { adjustment_usd: 9_000_000, reason: "b" });
    expect([more.status, (await jsonOf(more)).error.param]).toEqual([400, "adjustment_usd"]);
    for (const path of ["/admin/generations?limit=5", `/admin/generations/${id}`, "/admin/generations?format=csv"])
      expect((await gateway.get(path, admin)).status).toBe(200);
    expect((await correct(id, { adjustment_usd: -8_999_999, reason: "c" })).status).toBe(201);
  });

  test("reaches the account also where its key has got a budget of its own since", async () => {
    const budget = (scope_id: string, limit_usd: number) =>
      send("/admin/budgets", { scope: "tag", scope_id, limit_usd, period: "monthly" });
    const each = (await jsonOf(await budget("*", 10))).id;
    const { id, cost } = await asked("ann", ["moved"]);
    const own = (await jsonOf(await budget("moved", 20))).id;
    await correct(id, { adjustment_usd: "0.5", reason: "more" });
    const { spent_usd } = await jsonOf(await gateway.get(`/admin/budgets/${own}`, admin));
    expect(Number(spent_usd)).toBe(cost + 0.5);
    for (const made of [each, own])
      await fetch(`${gateway.url}/admin/budgets/${made}`, { method: "DELETE", headers: admin });
  });

  test("of what there is not is not found", async () => {
    const reply = await correct("gen_01ARZ3NDEKTSV4RRFFQ69G5FAV", { adjustment_usd: 1, reason: "a" });
    expect(reply.status).toBe(404);
  });
});
