import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Bank, chat, KEY_BUDGET, openBank } from "./support.ts";

let bank: Bank;
beforeEach(async () => {
  bank = await openBank();
});
afterEach(() => bank.stop());

const BUDGETS = "/admin/budgets";
const GOOD = { scope: "user", scope_id: "ann", limit_usd: 1, period: "weekly" };
const list = async (query = "") => (await bank.admin("GET", `${BUDGETS}${query}`)).body.data;

describe("a budget", () => {
  test("is told as it was made, with its defaults", async () => {
    const made = await bank.budget({ scope: "team", scope_id: "team_1", limit_usd: "0.000000001" });
    expect(made).toEqual({
      id: expect.stringMatching(/^budget_[0-9A-Z]{26}$/),
      object: "budget",
      scope: "team",
      scope_id: "team_1",
      period: "total",
      limit_usd: 1e-9,
      spent_usd: 0,
      byok_spent_usd: 0,
      reserved_usd: 0,
      remaining_usd: 1e-9,
      soft: false,
      includes_byok: false,
      thresholds: [50, 75, 100],
      archived: false,
      starts_at: null,
      resets_at: null,
      created_at: expect.any(String),
      updated_at: made.created_at,
    });
    expect(await bank.state(made.id)).toEqual(made);
  });

  test("is found by whose it is", async () => {
    await bank.budget(GOOD);
    const gateway = await bank.budget({ scope: "gateway", limit_usd: 1 });
    expect(await list()).toHaveLength(2);
    expect(await list("?scope=gateway")).toEqual([gateway]);
    expect(await list("?scope=user&scope_id=ann")).toHaveLength(1);
    for (const nobody of ["%25", "an_", "*", "ann'--", "ANN"]) expect(await list(`?scope_id=${nobody}`)).toEqual([]);
    for (const wrong of ["?limit=0", "?limit=501", "?limit=x", "?scope=a&scope=b", "?order=1"])
      expect((await bank.admin("GET", `${BUDGETS}${wrong}`)).status).toBe(400);
  });

  test("of a key or team that there is not, or no more, is none: it would bind nobody", async () => {
    const key = (await bank.admin("POST", "/admin/keys", { name: "k" })).body;
    const team = (await bank.admin("POST", "/admin/teams", { name: "t" })).body;
    const gone = (await bank.admin("POST", "/admin/keys", { name: "k" })).body.id;
    await bank.admin("DELETE", `/admin/keys/${gone}`);
    for (const [scope, scope_id] of [
      ["key", gone],
      ["key", key.id.slice(0, -1)],
      ["key", key.key],
      ["key", "*' OR 1=1"],
      ["team", `team_${key.id.slice(4)}`],
    ]) {
      const { status, body } = await bank.admin("POST", BUDGETS, { scope, scope_id, limit_usd: 1 });
      expect([scope_id, status, body.error.param]).toEqual([scope_id, 400, "scope_id"]);
    }
    for (const [told, param] of [
      [{ scopeType: "api-key", apiKeyId: gone }, "apiKeyId"],
      [{ scopeType: "project", projectId: `team_${key.id.slice(4)}` }, "projectId"],
    ] as const) {
      const { status, body } = await bank.admin("PUT", "/ai-gateway/budgets", { ...told, limitAmount: 1 });
      expect([status, body.error.param]).toEqual([400, param]);
    }
    expect(await list()).toEqual([]);
    for (const [scope, scope_id] of [
      ["key", key.id],
      ["key", "key_environment"],
      ["key", "oidc:ci:repo:acme/app"],
      ["key", "*"],
      ["team", team.id],
      ["team", "shop"],
    ])
      expect([scope_id, (await bank.budget({ scope, scope_id, limit_usd: 1 })).scope_id]).toEqual([scope_id, scope_id]);
  });

  test("is not for a key's secret, whoever's it is said to be: that is told to nobody, and kept nowhere", async () => {
    const { key } = (await bank.admin("POST", "/admin/keys", { name: "k" })).body;
    const told = ["key", "user", "entity", "tag", "team"].map((scope) => [
      BUDGETS,
      "POST",
      { scope, scope_id: key, limit_usd: 1 },
    ]);
    const hosted = ["/ai-gateway/budgets", "PUT", { scopeType: "api-key", apiKeyId: key, limitAmount: 1 }];
    for (const [path, method, body] of [...told, hosted] as [string, string, object][]) {
      const reply = await bank.admin(method, path, body);
      expect([body, reply.status, JSON.stringify(reply.body).includes(key)]).toEqual([body, 400, false]);
      expect(reply.body.error.message).toContain("say its id instead");
    }
    expect(await list()).toEqual([]);
  });

  test("comes after the others, page by page", async () => {
    for (const user of ["a", "b", "c"]) await bank.budget({ ...GOOD, scope_id: user });
    const all = await list();
    const first = (await bank.admin("GET", `${BUDGETS}?limit=2`)).body;
    expect(first).toEqual({ object: "list", data: all.slice(0, 2), has_more: true, next: all[1].id });
    const last = (await bank.admin("GET", `${BUDGETS}?limit=2&after=${first.next}`)).body;
    expect(last).toEqual({ object: "list", data: all.slice(2), has_more: false, next: null });
  });

  test("of each tells no spending: that is each one's own", async () => {
    const each = await bank.budget({ ...GOOD, scope_id: "*" });
    expect(each).not.toHaveProperty("spent_usd");
  });

  test("is changed in what may change, and what was done is written down", async () => {
    const { id } = await bank.budget(GOOD);
    const change = { limit_usd: 2, soft: true, includes_byok: true, thresholds: [90], archived: true };
    const { status, body } = await bank.admin("PATCH", `${BUDGETS}/${id}`, change);
    expect([status, body]).toEqual([200, expect.objectContaining(change)]);
    for (const wrong of [{ scope: "key" }, { scope_id: "bob" }, { period: "daily" }])
      expect((await bank.admin("PATCH", `${BUDGETS}/${id}`, wrong)).status).toBe(400);
    await bank.admin("DELETE", `${BUDGETS}/${id}`);
    for (const method of ["GET", "DELETE"]) expect((await bank.admin(method, `${BUDGETS}/${id}`)).status).toBe(404);
    const { data } = (await bank.admin("GET", `/admin/audit?target=${id}`)).body;
    const actions = data.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(["budget.remove", "budget.change", "budget.create"]);
  });

  test("that is made again in the same period goes on where it was", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    await (await bank.gateway.post("/v1/chat/completions", chat(100))).text();
    await bank.admin("DELETE", `${BUDGETS}/${id}`);
    const again = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.02 });
    expect(again.spent_usd).toBe(0.01);
  });

  test("is not looked for in a scope that there is not", async () => {
    const { status, body } = await bank.admin("GET", `${BUDGETS}?scope=keys`);
    expect([status, body.error.param, body.error.message]).toEqual([400, "scope", expect.stringContaining("entity")]);
    expect((await bank.admin("GET", `${BUDGETS}?scope=`)).status).toBe(200);
  });

  test("there is one of each period for each", async () => {
    await bank.budget(GOOD);
    const { status, body } = await bank.admin("POST", BUDGETS, GOOD);
    expect([status, body.error.param]).toEqual([400, "period"]);
    await bank.budget({ ...GOOD, period: "daily" });
    const both = await Promise.all([1, 2].map(() => bank.admin("POST", BUDGETS, { ...GOOD, period: "monthly" })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 400]);
  });
});

describe("what is no budget is refused with the member's name, and nothing is made", () => {
  test.each<[string, unknown]>([
    ["limit_usd", -1],
    ["limit_usd", "-0.01"],
    ["limit_usd", null],
    ["limit_usd", "NaN"],
    ["limit_usd", "1e999"],
    ["limit_usd", 1e300],
    ["limit_usd", 9_000_001],
    ["limit_usd", 0.0000000001],
    ["limit_usd", "0x10"],
    ["limit_usd", [1]],
    ["limit_usd", true],
    ["limit_usd", { $gt: 0 }],
    ["limit_usd", "1; DROP TABLE budgets"],
    ["limit_usd", undefined],
    ["period", "yearly"],
    ["period", "Daily"],
    ["period", 1],
    ["period", null],
    ["scope", "everything"],
    ["scope", ["key"]],
    ["scope", undefined],
    ["scope", "__proto__"],
    ["scope_id", ""],
    ["scope_id", 7],
    ["scope_id", undefined],
    ["scope_id", "x".repeat(257)],
    ["scope_id", "a\0b"],
    ["soft", "yes"],
    ["includes_byok", 1],
    ["archived", null],
    ["thresholds", 50],
    ["thresholds", [0]],
    ["thresholds", [101]],
    ["thresholds", [50.5]],
    ["thresholds", [50, 50]],
    ["thresholds", ["50"]],
    ["thresholds", Array.from({ length: 11 }, (_, nth) => nth + 1)],
    ["id", "budget_mine"],
    ["spent_usd", -5],
    ["spent", 0],
    ["created_at", "2020-01-01"],
    ["constructor", 1],
  ])("%s: %j", async (name, value) => {
    const { status, body } = await bank.admin("POST", BUDGETS, { ...GOOD, [name]: value });
    expect([status, body.error.param]).toEqual([400, name]);
    expect(await list()).toEqual([]);
  });

  test("numbers that JSON writes and no double holds", async () => {
    for (const limit of ["1e999", "-0.5", "1e-10"]) {
      const body = `{"scope":"gateway","limit_usd":${limit}}`;
      expect((await bank.admin("POST", BUDGETS, body)).status).toBe(400);
    }
    expect(await list()).toEqual([]);
  });

  test("a gateway has no other name", async () => {
    expect((await bank.admin("POST", BUDGETS, { ...GOOD, scope: "gateway" })).status).toBe(400);
  });
});

describe("names that look like something else are names", () => {
  test.each(["'; DROP TABLE accounts; --", "%", "ann\n", "🦆", "__proto__", "a b"])("%j", async (user) => {
    if (/\n/.test(user)) {
      expect((await bank.admin("POST", BUDGETS, { ...GOOD, scope_id: user })).status).toBe(400);
      return;
    }
    const { id } = await bank.budget({ ...GOOD, scope_id: user, limit_usd: 0.01 });
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user }))).status).toBe(200);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user }))).status).toBe(402);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "somebody else" }))).status).toBe(200);
    expect((await bank.state(id)).spent_usd).toBe(0.01);
  });
});

describe("the hosted service's own paths", () => {
  const PATH = "/ai-gateway/budgets";
  const set = (body: unknown, path = PATH) => bank.admin("PUT", path, body);

  test("set, list and remove the budget of everybody, a project, a user and a key", async () => {
    const team = await set({ scopeType: "team", limitAmount: 50, refreshPeriod: "monthly" });
    expect(team).toMatchObject({
      status: 200,
      body: {
        quotaEntityId: expect.stringMatching(/^budget_/),
        scopeType: "team",
        scopeId: "gateway",
        limitAmount: 50,
        currentSpend: 0,
        currentByokSpend: 0,
        includeByokInQuota: false,
        refreshPeriod: "monthly",
        active: true,
        archived: false,
        createdAt: expect.any(Number),
      },
    });
    await set({ scopeType: "project", projectId: "team_1", limitAmount: 1 });
    await set({ scopeType: "user", userId: "ann", limitAmount: 0.01, includeByokInQuota: true });
    const { budgets } = (await bank.admin("GET", `${PATH}/list?teamId=t`)).body;
    expect(budgets.map((one: { scopeType: string }) => one.scopeType).sort()).toEqual(["project", "team", "user"]);
    expect((await bank.admin("GET", `${PATH}/list?scopeType=user`)).body.budgets).toHaveLength(1);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "ann" }))).status).toBe(200);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "ann" }))).status).toBe(402);
    expect((await bank.admin("DELETE", `${PATH}?scopeType=user&userId=ann`)).status).toBe(200);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "ann" }))).status).toBe(200);
    expect((await bank.admin("DELETE", `${PATH}?scopeType=user&userId=ann`)).status).toBe(404);
  });

  test("set again, there is one, of the period that was told last", async () => {
    await set({ scopeType: "team", limitAmount: 50, refreshPeriod: "monthly" });
    await set({ scopeType: "team", limitAmount: 5, refreshPeriod: "daily" });
    const { body } = await set({ scopeType: "team", limitAmount: 6, refreshPeriod: "none" });
    expect((await bank.admin("GET", `${PATH}/list`)).body.budgets).toEqual([body]);
  });

  test("set defaults, which are each one's own", async () => {
    const { status, body } = await set(
      { scopeType: "user", limitAmount: 0.01, refreshPeriod: "daily" },
      `${PATH}/defaults`,
    );
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ scopeType: "user", limitAmount: 0.01, active: true }),
    ]);
    expect((await bank.admin("GET", `${PATH}/defaults/list`)).body.defaults).toEqual([body]);
    expect((await bank.admin("GET", `${PATH}/list`)).body.budgets).toEqual([]);
    for (const status of [200, 402])
      expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "ann" }))).status).toBe(status);
    expect((await bank.admin("DELETE", `${PATH}/defaults?scopeType=user`)).status).toBe(200);
    expect((await bank.gateway.post("/v1/chat/completions", chat(100, { user: "ann" }))).status).toBe(200);
  });

  test.each<[string, unknown]>([
    ["scopeType", { scopeType: "tag", limitAmount: 1 }],
    ["scopeType", { scopeType: "constructor", limitAmount: 1 }],
    ["scopeType", { limitAmount: 1 }],
    ["projectId", { scopeType: "project", limitAmount: 1 }],
    ["projectId", { scopeType: "project", projectId: "*", limitAmount: 1 }],
    ["userId", { scopeType: "team", userId: "ann", limitAmount: 1 }],
    ["limitAmount", { scopeType: "team" }],
    ["limitAmount", { scopeType: "team", limitAmount: -1 }],
    ["limitAmount", { scopeType: "team", limitAmount: "NaN" }],
    ["refreshPeriod", { scopeType: "team", limitAmount: 1, refreshPeriod: "total" }],
    ["refreshPeriod", { scopeType: "team", limitAmount: 1, refreshPeriod: "hourly" }],
    ["includeByokInQuota", { scopeType: "team", limitAmount: 1, includeByokInQuota: 1 }],
    ["currentSpend", { scopeType: "team", limitAmount: 1, currentSpend: 0 }],
  ])("refuse what is none, by its own name: %s, %j", async (name, body) => {
    const answer = await set(body);
    expect([answer.status, answer.body.error.param]).toEqual([400, name]);
    expect(await list()).toEqual([]);
  });

  test("are for the admin token alone", async () => {
    const key = await bank.gateway.get(`${PATH}/list`);
    expect(key.status).toBe(401);
  });
});
