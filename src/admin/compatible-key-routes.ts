import { GatewayError } from "../core/error.ts";
import { type JsonObject, type JsonValue, jsonObject, objectAt } from "../core/json.ts";
import type { KeyRow } from "../store/keys.ts";
import { readBudget } from "./budget-told.ts";
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

/** The hosted service's own paths for keys (contract 7.2): what is written for them works with the admin token. */
export const COMPATIBLE_KEY_ROUTES: readonly Route[] = [
  { method: "POST", path: KEYS, role: "admin", takesBody: true, answer: make },
  {
    method: "GET",
    path: KEYS,
    role: "viewer",
    takesBody: false,
    async answer({ admin, query, atMs }) {
      // The token belongs to one installation: there is no team to choose.
      mustAskFor(query, ["teamId", "slug", "purpose"]);
      const rows = await admin.keys.page({ limit: MOST });
      const all = rows.map(async (row) => shown(row, await budgetsOf(admin.budgets, row.id, atMs)));
      return { status: 200, body: { apiKeys: await Promise.all(all) } };
    },
  },
  {
    method: "DELETE",
    path: `${KEYS}/{id}`,
    role: "admin",
    takesBody: false,
    answer: async (call) => ({ status: 200, body: await revoked(call) }),
  },
];

async function make(call: AdminCall): Promise<Told> {
  const { admin, atMs } = call;
  const { purpose, name = "API key", expiresAt, metadata, aiGatewayQuota, ...others } = call.body;
  if (purpose !== PURPOSE) throw invalid("purpose", `"purpose" must be "${PURPOSE}": there are no other keys here.`);
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(stranger, `There is no ${JSON.stringify(stranger.slice(0, 80))} here; POST /admin/keys takes more.`);
  if (expiresAt !== undefined && expiresAt !== null && !isTime(expiresAt))
    throw invalid("expiresAt", '"expiresAt" must be a time in whole milliseconds.');
  if (metadata !== undefined && objectAt(metadata) === undefined)
    throw invalid("metadata", '"metadata" must be an object.');
  const told: JsonObject = { name, ...(metadata === undefined ? {} : { metadata }) };
  if (isTime(expiresAt)) told.expires_at = new Date(expiresAt).toISOString();
  const { row, secret } = await madeKey(call, told, quotaOf(aiGatewayQuota));
  const apiKey = shown(row, await budgetsOf(admin.budgets, row.id, atMs));
  return { status: 200, body: { apiKeyString: secret, apiKey } };
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
  const { limitAmount, refreshPeriod = "none", includeByokInQuota, alertThresholds, ...others } = members;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw invalid(at(stranger), `There is no ${JSON.stringify(at(stranger).slice(0, 80))}.`);
  if (limitAmount === undefined) throw invalid(at("limitAmount"), `${JSON.stringify(at("limitAmount"))} is missing.`);
  const budget = jsonObject({
    limit_usd: limitAmount,
    period: refreshPeriod === "none" ? "total" : refreshPeriod,
    includes_byok: includeByokInQuota,
    thresholds: alertThresholds,
  });
  try {
    return readBudget(budget);
  } catch (thrown) {
    const { param } = GatewayError.from(thrown).details;
    const name = { limit_usd: "limitAmount", period: "refreshPeriod", includes_byok: "includeByokInQuota" }[
      param ?? ""
    ];
    const path = at(name ?? "alertThresholds");
    throw invalid(path, `${JSON.stringify(path)} is not what it must be.`);
  }
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
      createdAt: one.created_at,
      updatedAt: one.updated_at,
    }),
  };
}

function shown(
  { id, name, hint, team, createdAt, expiresAt, leakedAt, metadata }: KeyRow,
  budgets?: readonly JsonObject[],
): JsonObject {
  return {
    id,
    name,
    partialKey: hint,
    teamId: team,
    purpose: PURPOSE,
    createdAt,
    createdBy: "admin",
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(leakedAt === null ? {} : { leakedAt }),
    ...shownQuota(budgets),
    ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as JsonObject }),
  };
}
