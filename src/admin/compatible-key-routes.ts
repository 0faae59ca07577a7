import { type JsonObject, objectAt } from "../core/json.ts";
import type { KeyRow } from "../store/keys.ts";
import { audit } from "./audit.ts";
import { revoked } from "./key-routes.ts";
import { invalid } from "./key-told.ts";
import { mustAskFor } from "./question.ts";
import type { AdminCall, Route, Told } from "./routes.ts";

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
    role: "admin",
    takesBody: false,
    async answer({ admin, query }) {
      // The token belongs to one installation: there is no team to choose.
      mustAskFor(query, ["teamId", "slug", "purpose"]);
      const rows = await admin.keys.page({ limit: MOST });
      return { status: 200, body: { apiKeys: rows.map(shown) } };
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
  if (aiGatewayQuota !== undefined)
    throw invalid("aiGatewayQuota", '"aiGatewayQuota" is not taken here; POST /admin/keys takes a budget.');
  if (expiresAt !== undefined && expiresAt !== null && !isTime(expiresAt))
    throw invalid("expiresAt", '"expiresAt" must be a time in whole milliseconds.');
  if (metadata !== undefined && objectAt(metadata) === undefined)
    throw invalid("metadata", '"metadata" must be an object.');
  const told: JsonObject = { name, ...(metadata === undefined ? {} : { metadata }) };
  if (isTime(expiresAt)) told.expires_at = new Date(expiresAt).toISOString();
  const checked = await admin.keys.check(told, atMs);
  const { row, secret } = await admin.keys.make(admin.keys.newId(atMs), checked, atMs);
  audit(call, "key.create", row.id, { after: shown(row) });
  return { status: 200, body: { apiKeyString: secret, apiKey: shown(row) } };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 253_402_300_800_000;
}

function shown({ id, name, hint, team, createdAt, expiresAt, leakedAt, metadata }: KeyRow): JsonObject {
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
    ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as JsonObject }),
  };
}
