import type { JsonObject } from "../../src/core/json.ts";
import { ask, chat, made } from "../access/keys.ts";
import { jsonOf, type RunningGateway } from "./gateway.ts";

const RULE = { type: "deny", model: "openai/gpt-4.1" };
const VIRTUAL = { candidates: [{ model: "openai/gpt-5", weight: 5 }] };
const CREDENTIAL = { api_key: "gsk-made-up-0123456789" };

const KEY_MEMBERS = [
  ...["name", "owner", "team", "expires_at", "disabled", "models", "providers", "zero_data_retention", "no_training"],
  ...["hipaa", "limits", "hedge", "user", "tags", "keep_bodies", "budget", "metadata"],
];
const BUDGET_MEMBERS = ["limit_usd", "period", "soft", "includes_byok", "thresholds", "archived"];
const QUOTA_MEMBERS = ["limitAmount", "refreshPeriod", "includeByokInQuota", "alertThresholds"];
const RULE_MEMBERS = ["type", "model", "to", "reason", "enabled", "description"];
const VIRTUAL_MEMBERS = [
  ...["model", "candidates", "relay", "selector", "requires", "sticky", "provider_options", "name", "description"],
  ...["status", "visibility"],
];
const CREDENTIAL_MEMBERS = [
  ...["name", "weight", "api_key", "access_key_id", "secret_access_key", "session_token", "credentials_json"],
  ...["base_url", "region", "project", "location", "zero_data_retention", "no_training", "hipaa", "regions"],
];

/** What one budget has. */
const MONEY = { limit_usd: 5, soft: false, includes_byok: false, thresholds: [50, 75], archived: false };
const QUOTA = { limitAmount: 5, refreshPeriod: "daily", includeByokInQuota: false, alertThresholds: [50] };
const WHOLE_KEY = {
  name: "x",
  owner: "ada",
  expires_at: "2099-01-31T00:00:00Z",
  disabled: false,
  models: ["openai/gpt-5"],
  providers: ["openai"],
  zero_data_retention: false,
  no_training: false,
  hipaa: false,
  limits: { requests_per_minute: 60, tokens_per_minute: 5000, concurrent_streams: 3 },
  hedge: false,
  user: { required: true, fixed: "ada" },
  tags: { required: true, fixed: ["a"], allowed: ["b"], most: 3 },
  keep_bodies: false,
  budget: { ...MONEY, period: "daily" },
  metadata: { a: 1 },
};
const WHOLE_VIRTUAL = {
  candidates: [{ model: "openai/gpt-5", weight: 5 }],
  selector: "weight",
  requires: ["vision"],
  sticky: "user",
  provider_options: { gateway: { order: ["openai"] } },
  name: "one",
  description: "for people",
  status: "draft",
  visibility: "public",
};
const WHOLE_RULE = { type: "deny", model: "openai/gpt-4.1", reason: "dear", enabled: false, description: "for people" };
const WHOLE_CREDENTIAL = {
  weight: 2,
  api_key: CREDENTIAL.api_key,
  base_url: "https://api.groq.example/openai/v1",
  zero_data_retention: false,
  no_training: false,
  hipaa: false,
};

export interface Write {
  /** What is taken as it stands; a number in it makes the next one another. */
  readonly good: (n: number) => JsonObject;
  /** The same with all that it can have at once. @default `good` */
  readonly whole?: (n: number) => JsonObject;
  /** All that the route takes. */
  readonly takes: readonly string[];
}

/** Every route that is told something by operators. */
export const WRITES: Readonly<Record<string, Write>> = {
  "POST /admin/keys": { good: () => ({ name: "x" }), whole: () => WHOLE_KEY, takes: KEY_MEMBERS },
  "PATCH /admin/keys/{id}": { good: () => ({ name: "x" }), whole: () => WHOLE_KEY, takes: KEY_MEMBERS },
  "POST /admin/keys/{key}/rotate": { good: () => ({ overlap_seconds: 5 }), takes: ["overlap_seconds"] },
  "POST /v1/api-keys": {
    good: () => ({ purpose: "ai-gateway" }),
    whole: () => ({
      purpose: "ai-gateway",
      name: "x",
      expiresAt: Date.UTC(2099, 0, 1),
      metadata: { a: 1 },
      aiGatewayQuota: QUOTA,
    }),
    takes: ["purpose", "name", "projectId", "expiresAt", "metadata", "aiGatewayQuota"],
  },
  "PATCH /v1/api-keys/{key}/quota": {
    good: () => ({ limitAmount: 5 }),
    whole: () => ({ ...QUOTA, active: true, archived: false }),
    takes: [...QUOTA_MEMBERS, "active", "archived"],
  },
  "POST /admin/teams": {
    good: () => ({ name: "x" }),
    whole: () => ({ name: "x", metadata: { a: 1 } }),
    takes: ["name", "metadata"],
  },
  "PATCH /admin/teams/{id}": {
    good: () => ({ name: "x" }),
    whole: () => ({ name: "x", metadata: { a: 1 } }),
    takes: ["name", "metadata"],
  },
  "POST /admin/budgets": {
    good: (n) => ({ scope: "tag", scope_id: `tag ${n}`, limit_usd: 5 }),
    whole: (n) => ({ scope: "tag", scope_id: `whole tag ${n}`, ...MONEY, period: "daily" }),
    takes: ["scope", "scope_id", ...BUDGET_MEMBERS],
  },
  // Whose it is, and its period, are not changed: it says so.
  "PATCH /admin/budgets/{id}": { good: () => ({ limit_usd: 5 }), whole: () => MONEY, takes: BUDGET_MEMBERS },
  "PUT /ai-gateway/budgets": {
    good: () => ({ scopeType: "project", projectId: "blue", limitAmount: 5 }),
    whole: () => ({ scopeType: "project", projectId: "blue", ...QUOTA }),
    takes: ["scopeType", "projectId", "userId", "apiKeyId", ...QUOTA_MEMBERS],
  },
  "PUT /ai-gateway/budgets/defaults": {
    good: () => ({ scopeType: "user", limitAmount: 5 }),
    whole: () => ({ scopeType: "user", ...QUOTA }),
    takes: ["scopeType", ...QUOTA_MEMBERS],
  },
  "POST /admin/routing-rules": {
    good: (n) => ({ id: `r${n}`, ...RULE }),
    whole: (n) => ({ id: `whole${n}`, ...WHOLE_RULE }),
    takes: ["id", ...RULE_MEMBERS],
  },
  "PUT /admin/routing-rules/{id}": { good: () => RULE, whole: () => WHOLE_RULE, takes: RULE_MEMBERS },
  "PATCH /admin/routing-rules/{id}": { good: () => RULE, whole: () => WHOLE_RULE, takes: RULE_MEMBERS },
  "POST /admin/routing-rules/{id}/move": { good: () => ({ before: null }), takes: ["before"] },
  "POST /admin/virtual-models": {
    good: (n) => ({ id: `vmc/v${n}`, ...VIRTUAL }),
    whole: (n) => ({ id: `vmc/whole${n}`, ...WHOLE_VIRTUAL }),
    takes: ["id", ...VIRTUAL_MEMBERS],
  },
  "PUT /admin/virtual-models/{id}": { good: () => VIRTUAL, whole: () => WHOLE_VIRTUAL, takes: VIRTUAL_MEMBERS },
  "PATCH /admin/virtual-models/{id}": { good: () => VIRTUAL, whole: () => WHOLE_VIRTUAL, takes: VIRTUAL_MEMBERS },
  "POST /admin/providers/{provider}/credentials": {
    good: (n) => ({ name: `c${n}`, ...CREDENTIAL }),
    whole: (n) => ({ name: `whole${n}`, ...WHOLE_CREDENTIAL }),
    takes: CREDENTIAL_MEMBERS,
  },
  "PATCH /admin/providers/{provider}/credentials/{id}": {
    good: () => ({ weight: 2 }),
    whole: () => WHOLE_CREDENTIAL,
    takes: CREDENTIAL_MEMBERS,
  },
  "POST /admin/sign-in-links": {
    good: () => ({ role: "viewer" }),
    whole: () => ({ role: "viewer", name: "Ada" }),
    takes: ["role", "name"],
  },
  "POST /admin/generations/{generation}/corrections": {
    good: () => ({ adjustment_usd: "0.000000001", reason: "x" }),
    whole: () => ({ adjustment_usd: 0.000000001, reason: "x" }),
    takes: ["adjustment_usd", "reason"],
  },
};

/** Makes one of everything that a path can name. @returns the path of a route, `PATCH /admin/keys/{id}`, as it leads to it */
export async function oneOfEach(
  gateway: RunningGateway,
): Promise<{ generation: string; pathOf(route: string): string }> {
  const there: Record<string, string> = {};
  const { id, key } = await made(gateway);
  there.key = id;
  there["/admin/keys/{id}"] = id;
  const make = async (path: string, body: object) => String((await jsonOf(await ask(gateway, "POST", path, body))).id);
  there["/admin/teams/{id}"] = await make("/admin/teams", { name: "blue" });
  const budget = { scope: "tag", scope_id: "blue", limit_usd: 5 };
  there["/admin/budgets/{id}"] = await make("/admin/budgets", budget);
  there["/admin/routing-rules/{id}"] = await make("/admin/routing-rules", RULE);
  there["/admin/routing-rules/{id}/move"] = there["/admin/routing-rules/{id}"];
  there["/admin/virtual-models/{id}"] = await make("/admin/virtual-models", { id: "vmc/one", ...VIRTUAL });
  there.provider = "groq";
  await make("/admin/providers/groq/credentials", { name: "one", ...CREDENTIAL });
  there["/admin/providers/{provider}/credentials/{id}"] = "one";
  const asked = await gateway.post("/v1/chat/completions", chat(), { authorization: `Bearer ${key}` });
  there.generation = (await jsonOf(asked)).id;
  const pathOf = (route: string) => {
    const path = route.slice(route.indexOf(" ") + 1);
    return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(there[name === "id" ? path : name]!));
  };
  return { generation: there.generation!, pathOf };
}
