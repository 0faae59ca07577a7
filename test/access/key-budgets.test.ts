import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { BudgetStore } from "../../src/store/budgets.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { type Bank, chat, openBank } from "../budgets/support.ts";
import { jsonOf } from "../support/gateway.ts";
import { KEYS, post } from "./keys.ts";

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});
afterAll(() => bank.stop());

const make = (told: object) => bank.admin("POST", KEYS, { name: "ci", ...told });
const show = async (id: string) => (await bank.admin("GET", `${KEYS}/${id}`)).body;
const list = async () => (await bank.admin("GET", `${KEYS}?limit=500`)).body.data.length;
const budgetsOf = async (id: string) => (await bank.admin("GET", `/admin/budgets?scope=key&scope_id=${id}`)).body.data;
/** A cent's worth of words. */
const cent = chat(100);

test("a key with a budget and limits is made in one call, and spends no more", async () => {
  const made = await make({ budget: { limit_usd: 0.02, period: "total" }, limits: { requests_per_minute: 60 } });
  expect([made.status, made.body]).toMatchObject([
    201,
    { budget: { scope: "key", limit_usd: 0.02, period: "total", spent_usd: 0 }, limits: { requests_per_minute: 60 } },
  ]);
  const { id, key } = made.body;
  expect(made.body.budget.scope_id).toBe(id);
  const first = await post(bank.gateway, key, cent);
  expect(first.headers.get("x-ratelimit-limit-requests")).toBe("60");
  const statuses = [first.status];
  for (let i = 0; i < 3; i++) statuses.push((await post(bank.gateway, key, cent)).status);
  expect(statuses).toEqual([200, 200, 402, 402]);
  expect((await show(id)).budget).toMatchObject({ spent_usd: 0.02, remaining_usd: 0 });
  const reply = await post(bank.gateway, key, cent);
  expect((await jsonOf(reply)).error).toMatchObject({ type: "quota_for_entity_exceeded" });
});

test("a budget is given, changed and taken away with the key, and goes with it", async () => {
  const { id, key } = (await make({})).body;
  expect(await show(id)).toMatchObject({ budget: null, budgets: [] });
  const patch = (budget: unknown) => bank.admin("PATCH", `${KEYS}/${id}`, { budget });
  expect((await patch({ period: "daily" })).status).toBe(400);
  expect((await patch({ limit_usd: "0.01", period: "monthly" })).body.budget.limit_usd).toBe(0.01);
  expect([(await post(bank.gateway, key, cent)).status, (await post(bank.gateway, key, cent)).status]).toEqual([
    200, 402,
  ]);
  expect((await patch({ limit_usd: 0.02 })).body.budget).toMatchObject({ period: "monthly", spent_usd: 0.01 });
  expect((await post(bank.gateway, key, cent)).status).toBe(200);
  expect((await patch(null)).body.budget).toBeNull();
  expect((await post(bank.gateway, key, cent)).status).toBe(200);
  await patch({ limit_usd: 5 });
  await bank.admin("POST", "/admin/budgets", { scope: "key", scope_id: id, limit_usd: 1, period: "weekly" });
  const both = await show(id);
  expect([both.budget, both.budgets.length]).toEqual([null, 2]);
  await bank.admin("DELETE", `${KEYS}/${id}`);
  expect(await budgetsOf(id)).toEqual([]);
});

test("a budget of another period keeps what nobody says otherwise", async () => {
  const budget = { limit_usd: 3, period: "daily", soft: true, includes_byok: true, thresholds: [80] };
  const { id } = (await make({ budget })).body;
  const patch = async (told: object) => (await bank.admin("PATCH", `${KEYS}/${id}`, { budget: told })).body.budget;
  expect(await patch({ period: "weekly" })).toMatchObject({ ...budget, period: "weekly" });
  expect(await patch({ period: "monthly", soft: false })).toMatchObject({ ...budget, period: "monthly", soft: false });
  await patch({ archived: true });
  expect(await patch({ period: "total" })).toMatchObject({ archived: false, thresholds: [80] });
});

describe("a key and its budget are one commit", () => {
  const WRITES = /^\s*(?:INSERT INTO|UPDATE|DELETE FROM) (keys|budgets|audit)\b/;
  const daily = { limit_usd: 1, period: "daily" };

  /** Which of their tables each batch wrote to that wrote to any. */
  async function commits(act: () => Promise<unknown>): Promise<string[]> {
    const batch = spyOn(SqliteDatabase.prototype, "batch");
    await act();
    const all = batch.mock.calls.map(([statements]) => statements.flatMap(({ sql }) => WRITES.exec(sql)?.[1] ?? []));
    batch.mockRestore();
    return all.filter((tables) => tables.length > 0).map((tables) => tables.toSorted().join(" "));
  }

  test("made, changed, put in the place of others, and gone with the key", async () => {
    let id = "";
    const made = await commits(async () => {
      ({ id } = (await make({ budget: { limit_usd: 1 } })).body);
    });
    const patch = (body: object) => commits(() => bank.admin("PATCH", `${KEYS}/${id}`, body));
    const told = [
      made,
      await patch({ budget: { limit_usd: 2 } }),
      await patch({ name: "cd", budget: daily }),
      await patch({ name: "ci", budget: null }),
      await patch({ budget: daily }),
      await commits(() => bank.admin("DELETE", `${KEYS}/${id}`)),
    ];
    const both = ["audit audit budgets keys"];
    expect(told).toEqual([both, both, ["audit audit budgets budgets keys"], both, both, both]);
  });

  test("a budget that cannot be kept leaves no key, no change, and no word of either", async () => {
    const { id } = (await make({ budget: { limit_usd: 1 } })).body;
    const everything = async () =>
      JSON.stringify([
        (await bank.admin("GET", `${KEYS}?limit=500&revoked=true`)).body,
        (await bank.admin("GET", "/admin/budgets?scope=key")).body,
        (await bank.admin("GET", "/admin/audit?limit=500")).body,
      ]);
    const before = await everything();
    const broken = { sql: "INSERT INTO budgets (id) VALUES (NULL)", must: true } as const;
    const insertion = spyOn(BudgetStore.prototype, "insertion").mockReturnValue(broken);
    const refused = [
      await make({ budget: daily }),
      await bank.admin("PATCH", `${KEYS}/${id}`, { name: "changed", budget: daily }),
    ];
    expect(insertion).toHaveBeenCalledTimes(2);
    insertion.mockRestore();
    expect(refused.map(({ status }) => status)).toEqual([500, 500]);
    bank.gateway.complaints.length = 0;
    expect(await everything()).toBe(before);
  });
});

describe("a budget that is none is a 400 that says where: no key is made, nothing is changed", () => {
  test.each([
    [5, "budget"],
    [[], "budget"],
    [{}, "budget.limit_usd"],
    [{ period: "total" }, "budget.limit_usd"],
    [{ limit_usd: -1 }, "budget.limit_usd"],
    [{ limit_usd: "NaN" }, "budget.limit_usd"],
    [{ limit_usd: 1e300 }, "budget.limit_usd"],
    [{ limit_usd: 0.0000000001 }, "budget.limit_usd"],
    [{ limit_usd: 1, period: "hourly" }, "budget.period"],
    [{ limit_usd: 1, spent_usd: 0 }, "budget.spent_usd"],
    [{ limit_usd: 1, scope: "gateway" }, "budget.scope"],
    [{ limit_usd: 1, soft: "yes" }, "budget.soft"],
  ])("%j", async (budget, param) => {
    const before = await list();
    const refused = await make({ budget });
    expect([refused.status, refused.body.error.param]).toEqual([400, param]);
    expect(await list()).toBe(before);
    const { id } = (await make({})).body;
    const change = await bank.admin("PATCH", `${KEYS}/${id}`, { name: "changed", budget });
    expect([change.status, change.body.error.param]).toEqual([400, param]);
    expect(await show(id)).toMatchObject({ name: "ci", budgets: [] });
    await bank.admin("DELETE", `${KEYS}/${id}`);
  });

  test("and where the key is wrong there is no budget either", async () => {
    const budgets = async () => (await bank.admin("GET", "/admin/budgets?scope=key")).body.data.length;
    const before = await budgets();
    expect((await make({ models: [], budget: { limit_usd: 1 } })).status).toBe(400);
    expect(await budgets()).toBe(before);
  });
});

describe("the hosted service's quota", () => {
  const PATH = "/v1/api-keys";
  const quota = { limitAmount: 0.01, refreshPeriod: "none", includeByokInQuota: true, alertThresholds: [50, 100] };

  test("is a budget", async () => {
    const made = await bank.admin("POST", PATH, { purpose: "ai-gateway", aiGatewayQuota: quota });
    const { apiKeyString, apiKey } = made.body;
    expect(apiKey.quota).toEqual({
      ...quota,
      quotaEntityId: apiKey.id,
      currentSpend: 0,
      currentByokSpend: 0,
      active: true,
      archived: false,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    const statuses = [await post(bank.gateway, apiKeyString, cent), await post(bank.gateway, apiKeyString, cent)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 402]);
    const { apiKeys } = (await bank.admin("GET", PATH)).body;
    const listed = apiKeys.find(({ id }: { id: string }) => id === apiKey.id);
    expect([listed.name, listed.quota.currentSpend]).toEqual(["API key", 0.01]);
  });

  test.each([
    [5, "aiGatewayQuota"],
    [{}, "aiGatewayQuota.limitAmount"],
    [{ limitAmount: -1 }, "aiGatewayQuota.limitAmount"],
    [{ limitAmount: 1, refreshPeriod: "yearly" }, "aiGatewayQuota.refreshPeriod"],
    [{ limitAmount: 1, alertThresholds: [0] }, "aiGatewayQuota.alertThresholds"],
    [{ limitAmount: 1, refreshPeriod: "total" }, "aiGatewayQuota.refreshPeriod"],
    [{ limitAmount: 1, limit: 1 }, "aiGatewayQuota.limit"],
    [{ limitAmount: 1, active: false }, "aiGatewayQuota.active"],
    [{ limitAmount: 1, currentSpend: 0 }, "aiGatewayQuota.currentSpend"],
  ])("%j is refused", async (aiGatewayQuota, param) => {
    const refused = await bank.admin("POST", PATH, { purpose: "ai-gateway", aiGatewayQuota });
    expect([refused.status, refused.body.error.param]).toEqual([400, param]);
  });

  test("is refused in the words of whoever asks for it", async () => {
    const ask = async (told: object) => (await bank.admin("POST", PATH, { purpose: "ai-gateway", ...told })).body.error;
    const quotas = async (told: object) => (await ask({ aiGatewayQuota: { limitAmount: 1, ...told } })).message;
    expect(await quotas({ limitAmount: -1 })).toBe(
      '"aiGatewayQuota.limitAmount" must be an amount from 0 to 9000000, with nine decimals at the most.',
    );
    expect(await quotas({ refreshPeriod: "hourly" })).toBe(
      '"aiGatewayQuota.refreshPeriod" must be daily, weekly, monthly or none.',
    );
    expect(await quotas({ includeByokInQuota: 1 })).toBe('"aiGatewayQuota.includeByokInQuota" must be true or false.');
    expect(await ask({ expiresAt: 1000 })).toMatchObject({
      param: "expiresAt",
      message: '"expiresAt" must be a time to come.',
    });
    const budget = { scopeType: "team", limitAmount: 1, refreshPeriod: "total" };
    const { body } = await bank.admin("PUT", "/ai-gateway/budgets", budget);
    expect(body.error.message).toBe('"refreshPeriod" must be daily, weekly, monthly or none.');
  });

  test("is changed where the key stands, and put away and taken out again without touching the key", async () => {
    const { body: made } = await bank.admin("POST", PATH, { purpose: "ai-gateway" });
    const { id } = made.apiKey;
    const change = (told: object) => bank.admin("PATCH", `${PATH}/${id}/quota`, told);
    const statusNow = async () => (await post(bank.gateway, made.apiKeyString, cent)).status;
    expect((await change({ refreshPeriod: "daily" })).body.error.param).toBe("limitAmount");
    const { status, body } = await change({ limitAmount: 0.01, refreshPeriod: "daily" });
    expect([status, body.apiKey.id, body.apiKey.quota]).toEqual([200, id, body.quota]);
    expect(body.quota).toMatchObject({ limitAmount: 0.01, refreshPeriod: "daily", active: true, archived: false });
    expect([await statusNow(), await statusNow()]).toEqual([200, 402]);
    const put = (await change({ archived: true })).body.quota;
    expect([put.active, put.archived, put.currentSpend, await statusNow()]).toEqual([false, true, 0.01, 200]);
    const taken = (await change({ active: true, limitAmount: 0.03, alertThresholds: [75] })).body.quota;
    expect([taken.active, taken.limitAmount, taken.alertThresholds]).toEqual([true, 0.03, [75]]);
    // What is spent while it is put away is not counted.
    expect([await statusNow(), await statusNow(), await statusNow()]).toEqual([200, 200, 402]);
    expect((await bank.admin("GET", `${PATH}/${id}`)).body.apiKey.quota.currentSpend).toBe(0.03);
  });

  test("of another period keeps what nobody says otherwise", async () => {
    const { body: made } = await bank.admin("POST", PATH, { purpose: "ai-gateway", aiGatewayQuota: quota });
    const { body } = await bank.admin("PATCH", `${PATH}/${made.apiKey.id}/quota`, { refreshPeriod: "weekly" });
    expect(body.quota).toMatchObject({ ...quota, refreshPeriod: "weekly" });
  });

  test.each([
    [{ limitAmount: -1 }, "limitAmount"],
    [{ refreshPeriod: "yearly" }, "refreshPeriod"],
    [{ alertThresholds: [0] }, "alertThresholds"],
    [{ active: "yes" }, "active"],
    [{ active: true, archived: true }, "active"],
    [{ archived: 1 }, "archived"],
    [{ currentSpend: 0 }, "currentSpend"],
    [{ quotaEntityId: "key_1" }, "quotaEntityId"],
  ])("%j is no change of it", async (told, param) => {
    const { body: made } = await bank.admin("POST", PATH, { purpose: "ai-gateway", aiGatewayQuota: quota });
    const path = `${PATH}/${made.apiKey.id}`;
    const refused = await bank.admin("PATCH", `${path}/quota`, told);
    expect([refused.status, refused.body.error.param]).toEqual([400, param]);
    expect((await bank.admin("GET", path)).body.apiKey.quota).toEqual(made.apiKey.quota);
  });
});
