import { afterAll, beforeAll, expect, test } from "bun:test";
import { ROUTES } from "../../src/admin/routes.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { ask, chat, made, TOKEN } from "../access/keys.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
/** What stands for the names in paths. */
const there: Record<string, string> = {};
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  const { id, key } = await made(gateway);
  there.key = id;
  there["/admin/keys/{id}"] = id;
  const make = async (path: string, body: object) => String((await jsonOf(await ask(gateway, "POST", path, body))).id);
  there["/admin/teams/{id}"] = await make("/admin/teams", { name: "blue" });
  const budget = { scope: "tag", scope_id: "blue", limit_usd: 5 };
  there["/admin/budgets/{id}"] = await make("/admin/budgets", budget);
  there["/admin/routing-rules/{id}"] = await make("/admin/routing-rules", RULE);
  there["/admin/virtual-models/{id}"] = await make("/admin/virtual-models", { id: "vmc/one", ...VIRTUAL });
  there.provider = "groq";
  await make("/admin/providers/groq/credentials", { name: "one", ...CREDENTIAL });
  there["/admin/providers/{provider}/credentials/{id}"] = "one";
  const asked = await gateway.post("/v1/chat/completions", chat(), { authorization: `Bearer ${key}` });
  there.generation = (await jsonOf(asked)).id;
});
afterAll(() => gateway.stop());

const RULE = { type: "deny", model: "openai/gpt-4.1" };
const VIRTUAL = { candidates: [{ model: "openai/gpt-5", weight: 5 }] };
const CREDENTIAL = { api_key: "gsk-made-up-0123456789" };

const KEY_MEMBERS = [
  ...["name", "owner", "team", "expires_at", "disabled", "models", "providers", "zero_data_retention", "no_training"],
  ...["hipaa", "limits", "hedge", "user", "tags", "keep_bodies", "budget", "metadata"],
];
const BUDGET_MEMBERS = ["limit_usd", "period", "soft", "includes_byok", "thresholds", "archived"];
const QUOTA_MEMBERS = ["limitAmount", "refreshPeriod", "includeByokInQuota"];
const RULE_MEMBERS = ["type", "model", "to", "reason", "enabled", "description"];
const VIRTUAL_MEMBERS = [
  ...["model", "candidates", "relay", "selector", "requires", "sticky", "provider_options", "name", "description"],
  ...["status", "visibility"],
];
const CREDENTIAL_MEMBERS = [
  ...["name", "weight", "api_key", "access_key_id", "secret_access_key", "session_token", "credentials_json"],
  ...["base_url", "region", "project", "location", "zero_data_retention", "no_training", "hipaa", "regions"],
];

interface Write {
  /** What is taken as it stands; a number in it makes the next one another. */
  readonly good: (n: number) => JsonObject;
  /** All that the route takes. */
  readonly takes: readonly string[];
}

/** Every route that is told something. */
const WRITES: Readonly<Record<string, Write>> = {
  "POST /admin/keys": { good: () => ({ name: "x" }), takes: KEY_MEMBERS },
  "PATCH /admin/keys/{id}": { good: () => ({ name: "x" }), takes: KEY_MEMBERS },
  "POST /admin/keys/{key}/rotate": { good: () => ({ overlap_seconds: 5 }), takes: ["overlap_seconds"] },
  "POST /v1/api-keys": {
    good: () => ({ purpose: "ai-gateway" }),
    takes: ["purpose", "name", "expiresAt", "metadata", "aiGatewayQuota"],
  },
  "POST /admin/teams": { good: () => ({ name: "x" }), takes: ["name", "metadata"] },
  "PATCH /admin/teams/{id}": { good: () => ({ name: "x" }), takes: ["name", "metadata"] },
  "POST /admin/budgets": {
    good: (n) => ({ scope: "tag", scope_id: `tag ${n}`, limit_usd: 5 }),
    takes: ["scope", "scope_id", ...BUDGET_MEMBERS],
  },
  // Whose it is, and its period, are not changed: it says so.
  "PATCH /admin/budgets/{id}": { good: () => ({ limit_usd: 5 }), takes: BUDGET_MEMBERS },
  "PUT /ai-gateway/budgets": {
    good: () => ({ scopeType: "project", projectId: "blue", limitAmount: 5 }),
    takes: ["scopeType", "projectId", "userId", "apiKeyId", ...QUOTA_MEMBERS],
  },
  "PUT /ai-gateway/budgets/defaults": {
    good: () => ({ scopeType: "user", limitAmount: 5 }),
    takes: ["scopeType", ...QUOTA_MEMBERS],
  },
  "POST /admin/routing-rules": { good: (n) => ({ id: `r${n}`, ...RULE }), takes: ["id", ...RULE_MEMBERS] },
  "PUT /admin/routing-rules/{id}": { good: () => RULE, takes: RULE_MEMBERS },
  "PATCH /admin/routing-rules/{id}": { good: () => RULE, takes: RULE_MEMBERS },
  "POST /admin/virtual-models": { good: (n) => ({ id: `vmc/v${n}`, ...VIRTUAL }), takes: ["id", ...VIRTUAL_MEMBERS] },
  "PUT /admin/virtual-models/{id}": { good: () => VIRTUAL, takes: VIRTUAL_MEMBERS },
  "PATCH /admin/virtual-models/{id}": { good: () => VIRTUAL, takes: VIRTUAL_MEMBERS },
  "POST /admin/providers/{provider}/credentials": {
    good: (n) => ({ name: `c${n}`, ...CREDENTIAL }),
    takes: CREDENTIAL_MEMBERS,
  },
  "PATCH /admin/providers/{provider}/credentials/{id}": { good: () => ({ weight: 2 }), takes: CREDENTIAL_MEMBERS },
  "POST /admin/generations/{generation}/corrections": {
    good: () => ({ adjustment_usd: "0.000000001", reason: "x" }),
    takes: ["adjustment_usd", "reason"],
  },
};

/** Names of every column that there is, as SQL and as JSON have them, and what else people try. */
const COLUMNS = [
  ...new Set(
    MIGRATIONS.flat().flatMap((sql) =>
      [...sql.matchAll(/^\s*"?([a-z_]+)"? (?:INTEGER|TEXT)\b|ADD COLUMN "?([a-z_]+)"?/gm)].map(
        ([, column, added]) => column ?? added!,
      ),
    ),
  ),
];
const STRANGE = [
  ...["__proto__", "constructor", "prototype", "toString", "role", "roles", "admin", "is_admin", "isAdmin", "scopes"],
  ...[
    "permissions",
    "rights",
    "policy",
    "secret",
    "key",
    "key_id",
    "keyId",
    "tenant",
    "tenant_id",
    "account",
    "$where",
  ],
  ...["source", "read_only", "status", "object", "hint", "spent_usd", "reserved_usd", "remaining_usd", "budgets", ""],
];
const NAMES = [...new Set([...COLUMNS, ...COLUMNS.map(camelCase), ...STRANGE])];

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const pathOf = (route: string) => {
  const path = route.slice(route.indexOf(" ") + 1);
  return path.replace(/\{(\w+)\}/g, (_, name: string) => there[name === "id" ? path : name]!);
};

test("every route that is told something is tried", () => {
  const all = ROUTES.filter(({ takesBody, role }) => takesBody && role === "admin");
  expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(WRITES).sort());
  expect(COLUMNS.length).toBeGreaterThan(80);
  expect(Object.keys(WRITES).length * NAMES.length).toBeGreaterThan(2000);
});

test.each(Object.entries(WRITES))("%s takes what it declares, and nothing else", async (route, { good, takes }) => {
  const [method = ""] = route.split(" ");
  let n = 0;
  const control = await ask(gateway, method, pathOf(route), good(n++));
  expect([control.status < 300, await control.text()]).toEqual([true, expect.any(String)]);
  const state = async () => {
    const lists = ["/admin/keys?limit=500&revoked=true", "/admin/teams", "/admin/budgets", "/admin/routing-rules"];
    const all = [...lists, "/admin/virtual-models", "/admin/providers/groq", `/admin/generations/${there.generation}`];
    return Promise.all(all.map(async (path) => (await ask(gateway, "GET", path)).text()));
  };
  const before = await state();
  const names = NAMES.filter((name) => !takes.includes(name) && !Object.hasOwn(good(0), name));
  // By default every third, another third for each route.
  const step = sized(3, 1);
  const tried = names.filter((_, i) => i % step === route.length % step);
  const wrong: string[] = [];
  for (const name of tried) {
    const told = JSON.stringify(good(n++)).replace(/}$/, `,${JSON.stringify(name)}:"hg_1"}`);
    const reply = await ask(gateway, method, pathOf(route), told);
    const text = await reply.text();
    if (reply.status !== 400) wrong.push(`${name}: ${reply.status} ${text.slice(0, 120)}`);
  }
  expect(wrong).toEqual([]);
  expect(await state()).toEqual(before);
  tell({ row: "H8", what: `${route}: members that were refused`, value: tried.length });
});

test("what is noted of a key gives it nothing", async () => {
  const rights = { models: ["*"], role: "admin", id: "key_environment", team: "team_x", disabled: false, limits: null };
  const { key } = await made(gateway, { models: ["openai/gpt-5"], owner: "admin", metadata: { ...rights, a: rights } });
  const post = (model: string) => gateway.post("/v1/chat/completions", chat(model), { authorization: `Bearer ${key}` });
  expect([(await post("openai/gpt-5")).status, (await post("anthropic/claude-sonnet-4.5")).status]).toEqual([200, 403]);
  expect((await ask(gateway, "GET", "/admin/keys", undefined, key)).status).toBe(401);
});

test("whose a request is comes from its key alone", async () => {
  const { id: team } = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "red" }));
  const { id, key } = await made(gateway, { team, name: "mine" });
  const claims = ["key_id", "keyId", "api_key_id", "apiKeyId", "team", "team_id", "teamId", "owner", "byok", "cost"];
  const rows: unknown[] = [];
  for (const claim of claims) {
    const field = `x-${claim.replaceAll("_", "-").toLowerCase()}`;
    const headers = {
      authorization: `Bearer ${key}`,
      [field]: "key_environment",
      "x-vercel-ai-gateway-team": "team_x",
    };
    // In the body some of them are refused and the others are the provider's affair.
    for (const body of [chat(), chat("openai/gpt-5", claim === "byok" ? {} : { [claim]: "key_environment" })]) {
      const reply = await gateway.post("/v1/chat/completions", body, headers);
      const { id: generation } = await jsonOf(reply);
      if (reply.status !== 200) continue;
      const row = await gateway.headgate.gateway.generations.find(generation, id);
      rows.push([row?.keyId, row?.team, row?.byok]);
    }
    const option = { providerOptions: { gateway: { [claim]: "key_environment" } } };
    expect([claim, (await gateway.post("/v1/chat/completions", chat("openai/gpt-5", option), headers)).status]).toEqual(
      [claim, 400],
    );
  }
  expect(rows.length).toBeGreaterThanOrEqual(claims.length);
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(new Set([JSON.stringify([id, team, false])]));
});
