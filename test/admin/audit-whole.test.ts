import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import { AuditStore } from "../../src/store/audit.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { ask, chat, made, post, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** What is changed is in the audit log, or neither is there: both go in with one commit. */

interface Call {
  path: string;
  body?: object;
  /** In the order in which they stand in the log, the latest first. */
  actions: string[];
}

let gateway: RunningGateway;
let database: SqliteDatabase;
let ids: Record<"key" | "leaked" | "team" | "empty" | "budget" | "generation", string>;
let secret: string;

beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  const asked = spyOn(SqliteDatabase.prototype, "all");
  const idOf = async (path: string, body: object) => {
    const reply = await ask(gateway, "POST", path, body);
    expect(reply.status).toBe(201);
    return (await jsonOf(reply)).id as string;
  };
  const [team, empty] = [await idOf("/admin/teams", { name: "a" }), await idOf("/admin/teams", { name: "b" })];
  const { id: key, key: text } = await made(gateway, { team, budget: { limit_usd: 5, period: "total" } });
  const leaked = await made(gateway);
  secret = leaked.key;
  const budget = await idOf("/admin/budgets", { scope: "user", scope_id: "ada", limit_usd: 1 });
  await ask(gateway, "PUT", "/ai-gateway/budgets/defaults", { scopeType: "api-key", limitAmount: 100 });
  await ask(gateway, "PUT", "/ai-gateway/budgets", { scopeType: "user", userId: "bob", limitAmount: 100 });
  await idOf("/admin/routing-rules", { id: "one", type: "deny", model: "openai/gpt-5-nano" });
  await idOf("/admin/virtual-models", { id: "vmc/one", model: "openai/gpt-5" });
  await ask(gateway, "POST", "/admin/providers/xai/credentials", { name: "blue", api_key: "xai-0123456789abcdefghij" });
  const { id: generation } = await jsonOf(await post(gateway, text, chat()));
  await idOf("/admin/budgets", { scope: "team", scope_id: empty, limit_usd: 5 });
  ids = { key, leaked: leaked.id, team, empty, budget, generation };
  database = asked.mock.contexts[0] as SqliteDatabase;
  asked.mockRestore();
});
afterAll(() => gateway.stop());

/** Each way to change something, in an order in which each can be done. */
const CALLS: readonly (readonly [route: string, call: () => Call])[] = [
  [
    "POST /admin/budgets",
    () => ({ path: "/admin/budgets", body: { scope: "tag", scope_id: "x", limit_usd: 1 }, actions: ["budget.create"] }),
  ],
  [
    "PATCH /admin/budgets/{id}",
    () => ({ path: `/admin/budgets/${ids.budget}`, body: { limit_usd: 2 }, actions: ["budget.change"] }),
  ],
  ["DELETE /admin/budgets/{id}", () => ({ path: `/admin/budgets/${ids.budget}`, actions: ["budget.remove"] })],
  [
    "PUT /ai-gateway/budgets",
    () => ({
      path: "/ai-gateway/budgets",
      body: { scopeType: "user", userId: "bob", limitAmount: 3, refreshPeriod: "monthly" },
      actions: ["budget.set"],
    }),
  ],
  [
    "DELETE /ai-gateway/budgets",
    () => ({ path: "/ai-gateway/budgets?scopeType=user&userId=bob", actions: ["budget.remove"] }),
  ],
  [
    "PUT /ai-gateway/budgets/defaults",
    () => ({
      path: "/ai-gateway/budgets/defaults",
      body: { scopeType: "api-key", limitAmount: 50 },
      actions: ["budget.set"],
    }),
  ],
  [
    "DELETE /ai-gateway/budgets/defaults",
    () => ({ path: "/ai-gateway/budgets/defaults?scopeType=api-key", actions: ["budget.remove"] }),
  ],
  [
    "POST /admin/routing-rules",
    () => ({
      path: "/admin/routing-rules",
      body: { id: "two", type: "deny", model: "openai/gpt-5-nano" },
      actions: ["routing_rule.create"],
    }),
  ],
  [
    "PUT /admin/routing-rules/{id}",
    () => ({
      path: "/admin/routing-rules/one",
      body: { type: "deny", model: "openai/gpt-5-mini" },
      actions: ["routing_rule.change"],
    }),
  ],
  [
    "PATCH /admin/routing-rules/{id}",
    () => ({ path: "/admin/routing-rules/one", body: { enabled: false }, actions: ["routing_rule.change"] }),
  ],
  [
    "POST /admin/routing-rules/{id}/move",
    () => ({ path: "/admin/routing-rules/one/move", body: { before: null }, actions: ["routing_rule.move"] }),
  ],
  ["DELETE /admin/routing-rules/{id}", () => ({ path: "/admin/routing-rules/one", actions: ["routing_rule.remove"] })],
  [
    "POST /admin/virtual-models",
    () => ({
      path: "/admin/virtual-models",
      body: { id: "vmc/two", model: "openai/gpt-5" },
      actions: ["virtual_model.create"],
    }),
  ],
  [
    "PUT /admin/virtual-models/{id}",
    () => ({
      path: "/admin/virtual-models/vmc/one",
      body: { model: "openai/gpt-5-mini" },
      actions: ["virtual_model.change"],
    }),
  ],
  [
    "PATCH /admin/virtual-models/{id}",
    () => ({
      path: "/admin/virtual-models/vmc/one",
      body: { model: "openai/gpt-5" },
      actions: ["virtual_model.change"],
    }),
  ],
  [
    "DELETE /admin/virtual-models/{id}",
    () => ({ path: "/admin/virtual-models/vmc/one", actions: ["virtual_model.remove"] }),
  ],
  [
    "POST /admin/keys",
    () => ({
      path: "/admin/keys",
      body: { name: "new", budget: { limit_usd: 1 } },
      actions: ["key.create", "budget.set"],
    }),
  ],
  [
    "PATCH /admin/keys/{id}",
    () => ({
      path: `/admin/keys/${ids.key}`,
      body: { name: "other", budget: { limit_usd: 1, period: "weekly" } },
      actions: ["key.change", "budget.set"],
    }),
  ],
  [
    "POST /admin/keys/{key}/rotate",
    () => ({ path: `/admin/keys/${ids.key}/rotate`, body: { overlap_seconds: 60 }, actions: ["key.rotate"] }),
  ],
  ["DELETE /admin/keys/{id}", () => ({ path: `/admin/keys/${ids.key}`, actions: ["key.revoke", "budget.remove"] })],
  [
    "POST /external/compromised_secret",
    () => ({ path: "/external/compromised_secret", body: { secret: { api_key: secret } }, actions: ["key.leak"] }),
  ],
  [
    "POST /v1/api-keys",
    () => ({
      path: "/v1/api-keys",
      body: { purpose: "ai-gateway", aiGatewayQuota: { limitAmount: 1 } },
      actions: ["key.create", "budget.set"],
    }),
  ],
  [
    "PATCH /v1/api-keys/{key}/quota",
    () => ({ path: `/v1/api-keys/${ids.leaked}/quota`, body: { limitAmount: 1 }, actions: ["budget.set"] }),
  ],
  [
    "DELETE /v1/api-keys/{id}",
    () => ({ path: `/v1/api-keys/${ids.leaked}`, actions: ["key.revoke", "budget.remove"] }),
  ],
  ["POST /admin/teams", () => ({ path: "/admin/teams", body: { name: "c" }, actions: ["team.create"] })],
  [
    "PATCH /admin/teams/{id}",
    () => ({ path: `/admin/teams/${ids.team}`, body: { name: "d" }, actions: ["team.change"] }),
  ],
  [
    "DELETE /admin/teams/{id}",
    () => ({ path: `/admin/teams/${ids.empty}`, actions: ["team.remove", "budget.remove"] }),
  ],
  [
    "POST /admin/providers/{provider}/credentials",
    () => ({
      path: "/admin/providers/xai/credentials",
      body: { name: "red", api_key: "xai-abcdefghij0123456789" },
      actions: ["credential.create"],
    }),
  ],
  [
    "PATCH /admin/providers/{provider}/credentials/{id}",
    () => ({ path: "/admin/providers/xai/credentials/blue", body: { weight: 2 }, actions: ["credential.change"] }),
  ],
  [
    "DELETE /admin/providers/{provider}/credentials/{id}",
    () => ({ path: "/admin/providers/xai/credentials/blue", actions: ["credential.remove"] }),
  ],
  [
    "POST /admin/generations/{generation}/corrections",
    () => ({
      path: `/admin/generations/${ids.generation}/corrections`,
      body: { adjustment_usd: 1, reason: "late" },
      actions: ["generation.correct"],
    }),
  ],
  ["POST /admin/session", () => ({ path: "/admin/session", body: { token: TOKEN }, actions: ["session.begin"] })],
];

test("every route that changes something is here", () => {
  const writes = ROUTES.filter(({ method, harmless }) => method !== "GET" && harmless !== true);
  expect(CALLS.map(([route]) => route).toSorted()).toEqual(
    writes.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
});

const TABLES = [
  "keys",
  "teams",
  "budgets",
  "directions",
  "credentials",
  "corrections",
  "accounts",
  "rollups",
  "audit",
  "sessions",
];

/** All that is kept, and all that is told of what is held in memory. */
async function everything(): Promise<string> {
  const rows = TABLES.map((table) => database.all(`SELECT * FROM ${table}`));
  const lists = ["keys?revoked=true", "budgets", "routing-rules", "virtual-models", "providers", "teams"];
  const told = lists.map(async (path) => (await ask(gateway, "GET", `/admin/${path}`)).text());
  return JSON.stringify([rows, await Promise.all(told)]);
}

describe.each(CALLS)("%s", (route, call) => {
  const [method = ""] = route.split(" ");

  test("changes nothing where it cannot be written down", async () => {
    const { path, body } = call();
    const before = await everything();
    const broken = { sql: "INSERT INTO audit (id, created_at, actor, action, target) VALUES (NULL, 0, '', '', '')" };
    const line = spyOn(AuditStore.prototype, "line").mockReturnValue(broken);
    const reply = await ask(gateway, method, path, body);
    expect(line).toHaveBeenCalled();
    line.mockRestore();
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([500, "internal_error"]);
    expect(await everything()).toBe(before);
    gateway.complaints.length = 0;
  });

  test("and is written down by what it changed", async () => {
    const { path, body, actions } = call();
    const entries = async () => (await jsonOf(await ask(gateway, "GET", "/admin/audit?limit=500"))).data;
    const before = (await entries()).length;
    const reply = await ask(gateway, method, path, body);
    expect(reply.ok).toBe(true);
    const data: { action: string; detail: object }[] = await entries();
    expect(data.slice(0, data.length - before).map(({ action }) => action)).toEqual(actions);
    expect(JSON.stringify(data)).not.toMatch(/hg_\w{40}|xai-\w/);
  });
});
