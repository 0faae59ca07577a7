import { GatewayError } from "../core/error.ts";
import { type JsonObject, type JsonValue, jsonObject, objectAt } from "../core/json.ts";
import type { KeyRow } from "../store/keys.ts";
import { readBudget, type ToldBudget } from "./budget-told.ts";
import { inHostedWords } from "./hosted-words.ts";
import { budgetsOf, type KeyBudget } from "./key-budget.ts";
import { madeKey, revoked } from "./key-routes.ts";
import { invalid } from "./key-told.ts";
import { mustAskFor } from "./question.ts";
import type { AdminCall, Route } from "./routes.ts";
import type { Told } from "./told.ts";

const KEYS = "/v1/api-keys";
/** What the hosted service keeps keys of this kind apart by. */
const PURPOSE = "ai-gateway";
/** As many are listed: it has no pages. */
const MOST = 1000;
/** Of as many at once is it asked when they were used. */
const AT_ONCE = 100;
const HOUR_MS = 3_600_000;
/** The hosted service's team is everybody who shares an account: this installation. Its clients want a text there. */
const TEAM = "gateway";

/** The hosted service's own paths for keys (contract 7.2): what is written for them works with the admin token. */
export const COMPATIBLE_KEY_ROUTES: readonly Route[] = [
  { method: "POST", path: KEYS, role: "admin", takesBody: true, answer: make },
  {
    method: "GET",
    path: KEYS,
    role: "viewer",
    takesBody: false,
    async answer(call) {
      // The token belongs to one installation: there is no team to choose.
      mustAskFor(call.query, ["teamId", "slug", "purpose"]);
      const apiKeys = await shown(call, await call.admin.keys.page({ limit: MOST }));
      return { status: 200, body: { apiKeys, pagination: { count: apiKeys.length, next: null, prev: null } } };
    },
  },
  {
    method: "GET",
    path: `${KEYS}/{id}`,
    role: "viewer",
    takesBody: false,
    async answer(call) {
      mustAskFor(call.query, ["teamId", "slug"]);
      const [apiKey] = await shown(call, [await unrevoked(call, call.id)]);
      return { status: 200, body: { apiKey: apiKey! } };
    },
  },
  { method: "PATCH", path: `${KEYS}/{key}/quota`, role: "admin", takesBody: true, answer: adjustQuota },
  {
    method: "DELETE",
    path: `${KEYS}/{id}`,
    role: "admin",
    takesBody: false,
    answer: async (call) => ({ status: 200, body: await revoked(call) }),
  },
];

async function make(call: AdminCall): Promise<Told> {
  const { purpose, name = "API key", projectId: project, expiresAt, metadata, aiGatewayQuota, ...others } = call.body;
  if (purpose !== PURPOSE) throw invalid("purpose", `"purpose" must be "${PURPOSE}": there are no other keys here.`);
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(stranger, `There is no ${JSON.stringify(stranger.slice(0, 80))} here; POST /admin/keys takes more.`);
  if (expiresAt !== undefined && expiresAt !== null && !isTime(expiresAt))
    throw invalid("expiresAt", '"expiresAt" must be a time in whole milliseconds.');
  if (isTime(expiresAt) && expiresAt <= call.atMs) throw invalid("expiresAt", '"expiresAt" must be a time to come.');
  if (metadata !== undefined && objectAt(metadata) === undefined)
    throw invalid("metadata", '"metadata" must be an object.');
  const told: JsonObject = { name, ...(metadata === undefined ? {} : { metadata }) };
  if (project !== undefined && project !== null) told.team = project;
  if (isTime(expiresAt)) told.expires_at = new Date(expiresAt).toISOString();
  const { done, budgets } = await madeKey(call, told, quotaOf(aiGatewayQuota)).catch((thrown) => {
    throw thrown instanceof GatewayError && thrown.details.param === "team" ? noProject() : thrown;
  });
  return { status: 200, body: { apiKeyString: done.secret, apiKey: keyShown(done.row, undefined, budgets) } };
}

/** There a group of keys is a project; here, as for budgets, that is a team. */
function noProject(): GatewayError {
  return invalid("projectId", '"projectId" must be the id of a team.');
}

/** The budget of a key that is there, in the place of any that it has. */
async function adjustQuota(call: AdminCall): Promise<Told> {
  const { admin, gateway, params, atMs, log } = call;
  const row = await unrevoked(call, params.key!);
  const told = readQuota(call.body, (name) => name);
  if (told.limit === undefined && (await budgetsOf(admin.budgets, row.id, atMs)).length === 0)
    throw invalid("limitAmount", '"limitAmount" is missing.');
  const used = (await gateway.reports.lastHours([row.id])).get(row.id);
  const budget = await admin.budgets.set({ scope: "key", scopeId: row.id }, told, atMs, log);
  const apiKey = keyShown(row, used, [budget]);
  return { status: 200, body: { apiKey, quota: apiKey.quota! } };
}

/** @throws GatewayError `not_found`, also for one that is revoked: there it is gone */
async function unrevoked({ admin }: AdminCall, id: string): Promise<KeyRow> {
  const row = await admin.keys.find(id);
  if (row.revokedAt !== null) throw new GatewayError("not_found", `There is no key ${row.id}.`, { param: "id" });
  return row;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 253_402_300_800_000;
}

/** The budget that a quota asks for. @throws GatewayError `invalid_request` that names the member */
function quotaOf(told: JsonValue | undefined): KeyBudget {
  if (told === undefined || told === null) return undefined;
  const at = (name: string) => `aiGatewayQuota.${name}`;
  const members = objectAt(told);
  if (members === undefined) throw invalid("aiGatewayQuota", '"aiGatewayQuota" must be an object.');
  for (const name of ["active", "archived"]) if (members[name] !== undefined) throw strange(at(name));
  if (members.limitAmount === undefined)
    throw invalid(at("limitAmount"), `${JSON.stringify(at("limitAmount"))} is missing.`);
  return readQuota({ refreshPeriod: "none", ...members }, at);
}

/** @param at the path of a member @throws GatewayError `invalid_request` that names it */
function readQuota(told: JsonObject, at: (name: string) => string): ToldBudget {
  const { limitAmount, refreshPeriod, includeByokInQuota, alertThresholds, active, archived, ...others } = told;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw strange(at(stranger));
  if (active !== undefined && (typeof active !== "boolean" || active === archived))
    throw invalid(
      at("active"),
      `${JSON.stringify(at("active"))} must be true or false, and the opposite of "archived".`,
    );
  const budget = jsonObject({
    limit_usd: limitAmount,
    // There it is called `none`.
    period: refreshPeriod === "none" ? "total" : refreshPeriod === "total" ? null : refreshPeriod,
    includes_byok: includeByokInQuota,
    thresholds: alertThresholds,
    archived: archived ?? (active === undefined ? undefined : !active),
  });
  try {
    return readBudget(budget);
  } catch (thrown) {
    throw inHostedWords(thrown, at);
  }
}

function strange(path: string): GatewayError {
  return invalid(path, `There is no ${JSON.stringify(path.slice(0, 80))}.`);
}

function shownQuota(all: readonly JsonObject[] = []): JsonObject {
  const [one] = all;
  if (one === undefined) return {};
  return {
    quota: jsonObject({
      quotaEntityId: one.scope_id,
      limitAmount: one.limit_usd,
      currentSpend: one.spent_usd,
      currentByokSpend: one.byok_spent_usd,
      includeByokInQuota: one.includes_byok,
      refreshPeriod: one.period === "total" ? "none" : one.period,
      active: one.archived !== true,
      archived: one.archived,
      alertThresholds: one.thresholds,
      createdAt: Date.parse(String(one.created_at)),
      updatedAt: Date.parse(String(one.updated_at)),
    }),
  };
}

async function shown({ admin, gateway, atMs }: AdminCall, rows: readonly KeyRow[]): Promise<JsonObject[]> {
  const hours = new Map<string, number>();
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const ids = rows.slice(at, at + AT_ONCE).map(({ id }) => id);
    for (const [id, hour] of await gateway.reports.lastHours(ids)) hours.set(id, hour);
  }
  const one = async (row: KeyRow) => keyShown(row, hours.get(row.id), await budgetsOf(admin.budgets, row.id, atMs));
  return Promise.all(rows.map(one));
}

/**
 * As its clients read one, who want every member (https://github.com/vercel/sdk/blob/main/src/models/apikey.ts, 2026-08): when it was used
 * last is known to the hour, and is when it was made where it never was.
 */
function keyShown(row: KeyRow, hour: number | undefined, budgets: readonly JsonObject[]): JsonObject {
  const { id, name, hint, team, createdAt, expiresAt, leakedAt, metadata } = row;
  return {
    id,
    name,
    partialKey: hint,
    teamId: TEAM,
    purpose: PURPOSE,
    projectId: team,
    expiresAt,
    activeAt: Math.max(createdAt, (hour ?? 0) * HOUR_MS),
    createdAt,
    createdBy: "admin",
    leakedAt,
    leakedUrl: null,
    createdByAppId: null,
    ...shownQuota(budgets),
    ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as JsonObject }),
  };
}
