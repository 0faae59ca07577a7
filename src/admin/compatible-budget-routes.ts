import { EACH, type Scope } from "../access/budget.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, type JsonValue, jsonObject } from "../core/json.ts";
import { mustBeThere } from "./budget-owner.ts";
import { invalid, readBudget, type ToldBudget } from "./budget-told.ts";
import type { Budgets, Owner } from "./budgets.ts";
import { inHostedWords } from "./hosted-words.ts";
import { mustAskFor, textAsked } from "./question.ts";
import type { Route } from "./routes.ts";
import { ok, type Told } from "./told.ts";

const BUDGETS = "/ai-gateway/budgets";
const DEFAULTS = `${BUDGETS}/defaults`;

/** What the hosted service calls those whose money is counted. Its team is everybody who shares an account: this installation. */
const SCOPE_TYPES: Readonly<Record<string, { scope: Scope; id?: string }>> = {
  team: { scope: "gateway" },
  project: { scope: "team", id: "projectId" },
  user: { scope: "user", id: "userId" },
  "api-key": { scope: "key", id: "apiKeyId" },
};
const IDS = ["projectId", "userId", "apiKeyId"];
/** There is one installation: whoever names a team means it. */
const BESIDE = ["teamId", "slug"];

/** The hosted service's own paths for budgets (contract 10.1): what is written for them works with the admin token. */
export const COMPATIBLE_BUDGET_ROUTES: readonly Route[] = [
  {
    method: "PUT",
    path: BUDGETS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { scopeType, projectId, userId, apiKeyId, ...told } = call.body;
      const owner = ownerOf(scopeType, jsonObject({ projectId, userId, apiKeyId }));
      await mustBeThere(call.admin, owner.scope, owner.scopeId, owner.scope === "key" ? "apiKeyId" : "projectId");
      return ok(budgetShown(await call.admin.budgets.set(owner, budgetTold(told), call.atMs, call.log)));
    },
  },
  {
    method: "DELETE",
    path: BUDGETS,
    role: "admin",
    takesBody: false,
    async answer(call) {
      const { query } = call;
      mustAskFor(query, ["scopeType", ...IDS, ...BESIDE]);
      const told = Object.fromEntries(IDS.map((name) => [name, query.get(name) ?? undefined]));
      const owner = ownerOf(query.get("scopeType") ?? undefined, jsonObject(told));
      return removed(await call.admin.budgets.clear(owner, call.log));
    },
  },
  {
    method: "GET",
    path: `${BUDGETS}/list`,
    role: "viewer",
    takesBody: false,
    async answer({ admin, query, atMs }) {
      mustAskFor(query, ["scopeType", ...BESIDE]);
      const rows = await listed(admin.budgets, textAsked(query, "scopeType"), atMs);
      return ok({ budgets: rows.filter((one) => one.scope_id !== EACH).map(budgetShown) });
    },
  },
  {
    method: "PUT",
    path: DEFAULTS,
    role: "admin",
    takesBody: true,
    async answer(call) {
      const { scopeType, ...told } = call.body;
      const owner = eachOf(scopeType);
      return ok(defaultShown(await call.admin.budgets.set(owner, budgetTold(told), call.atMs, call.log)));
    },
  },
  {
    method: "DELETE",
    path: DEFAULTS,
    role: "admin",
    takesBody: false,
    async answer(call) {
      mustAskFor(call.query, ["scopeType", ...BESIDE]);
      const owner = eachOf(call.query.get("scopeType") ?? undefined);
      return removed(await call.admin.budgets.clear(owner, call.log));
    },
  },
  {
    method: "GET",
    path: `${DEFAULTS}/list`,
    role: "viewer",
    takesBody: false,
    async answer({ admin, query, atMs }) {
      mustAskFor(query, ["scopeType", ...BESIDE]);
      const rows = await listed(admin.budgets, textAsked(query, "scopeType"), atMs);
      return ok({ defaults: rows.filter((one) => one.scope_id === EACH).map(defaultShown) });
    },
  },
];

async function listed(budgets: Budgets, scopeType: string | undefined, atMs: number): Promise<JsonObject[]> {
  const scope = scopeType === undefined ? undefined : typeOf(scopeType).scope;
  const rows = await budgets.list({ scope }, atMs);
  return rows.filter((one) => nameOf(one.scope) !== undefined);
}

function removed(count: number): Told {
  if (count === 0) throw new GatewayError("not_found", "There is no such budget.");
  return ok({ deleted: true });
}

/** @throws GatewayError `invalid_request` */
function typeOf(scopeType: JsonValue | undefined): { scope: Scope; id?: string } {
  const type =
    typeof scopeType === "string" && Object.hasOwn(SCOPE_TYPES, scopeType) ? SCOPE_TYPES[scopeType] : undefined;
  if (type === undefined)
    throw invalid("scopeType", `"scopeType" must be one of ${Object.keys(SCOPE_TYPES).join(", ")}.`);
  return type;
}

/** @throws GatewayError `invalid_request` where it is not said whose, or that of another kind */
function ownerOf(scopeType: JsonValue | undefined, ids: JsonObject): Owner {
  const { scope, id: name } = typeOf(scopeType);
  for (const other in ids)
    if (other !== name) throw invalid(other, `${JSON.stringify(other)} says nothing of this scopeType.`);
  if (name === undefined) return { scope, scopeId: "gateway" };
  const id = ids[name];
  if (typeof id !== "string" || id === "" || id === EACH || id.length > 256 || /\p{Cc}/u.test(id))
    throw invalid(name, `${JSON.stringify(name)} must say whose it is, in at most 256 characters.`);
  return { scope, scopeId: id };
}

/** @throws GatewayError `invalid_request` */
function eachOf(scopeType: JsonValue | undefined): Owner {
  const { scope, id } = typeOf(scopeType);
  if (id === undefined) throw invalid("scopeType", "There is one team: it has a budget, and no default.");
  return { scope, scopeId: EACH };
}

/** @throws GatewayError `invalid_request` that names the member as it was told */
function budgetTold(told: JsonObject): ToldBudget {
  const { limitAmount, refreshPeriod, includeByokInQuota, alertThresholds, ...others } = told;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(stranger.slice(0, 80), `There is no ${JSON.stringify(stranger.slice(0, 80))}.`);
  if (limitAmount === undefined) throw invalid("limitAmount", '"limitAmount" is missing.');
  const budget = jsonObject({
    limit_usd: limitAmount,
    // There it is called `none`.
    period: refreshPeriod === "none" ? "total" : refreshPeriod === "total" ? null : refreshPeriod,
    includes_byok: includeByokInQuota,
    thresholds: alertThresholds,
  });
  try {
    return readBudget(budget);
  } catch (thrown) {
    throw inHostedWords(thrown);
  }
}

function nameOf(scope: JsonValue | undefined): string | undefined {
  return Object.keys(SCOPE_TYPES).find((name) => SCOPE_TYPES[name]!.scope === scope);
}

function common(one: JsonObject): JsonObject {
  return {
    scopeType: nameOf(one.scope)!,
    limitAmount: one.limit_usd!,
    refreshPeriod: one.period === "total" ? "none" : one.period!,
    active: one.archived !== true,
    createdAt: Date.parse(String(one.created_at)),
    updatedAt: Date.parse(String(one.updated_at)),
  };
}

function budgetShown(one: JsonObject): JsonObject {
  return {
    quotaEntityId: one.id!,
    scopeId: one.scope_id!,
    ...common(one),
    currentSpend: one.spent_usd!,
    currentByokSpend: one.byok_spent_usd!,
    includeByokInQuota: one.includes_byok!,
    archived: one.archived!,
  };
}

function defaultShown(one: JsonObject): JsonObject {
  return common(one);
}
