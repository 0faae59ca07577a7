import { EACH } from "../access/budget.ts";
import { isKeyShaped } from "../access/keys.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonValue } from "../core/json.ts";
import type { KeyRow } from "../store/keys.ts";
import { invalid } from "./key-told.ts";
import type { Admin } from "./routes.ts";

/**
 * Whoever a new budget is for must be there, as far as that can be known: one of a key or a team that there is not would bind nobody, and
 * nobody would be told. Guests, and teams that an issuer's rules name, are in no table.
 * @param param where it was said @throws GatewayError `invalid_request`
 */
export async function mustBeThere(
  { keys, teams }: Pick<Admin, "keys" | "teams">,
  scope: JsonValue | undefined,
  id: JsonValue | undefined,
  param: string,
): Promise<void> {
  // Whoever takes a key for its id: it would be told again here, and stand in a row of a user's.
  if (typeof id === "string" && isKeyShaped(id))
    throw invalid(param, `"${param}" is a key itself, which nobody else is to see: say its id instead, "key_…".`);
  if (typeof id !== "string" || id === EACH || id === "" || id.startsWith("oidc:")) return;
  const isThere = scope === "key" ? await isKey(keys, id) : scope !== "team" || !isTeamId(id) || (await teams.has(id));
  if (!isThere)
    throw invalid(param, `There is no ${scope} ${JSON.stringify(id.slice(0, 80))}: its budget would bind nobody.`);
}

/** Made here, which those of issuers' rules are not. */
function isTeamId(id: string): boolean {
  return /^team_[0-9A-Z]{26}$/.test(id);
}

/** One that is revoked opens nothing any more. */
async function isKey(keys: Admin["keys"], id: string): Promise<boolean> {
  if (keys.fixed.some((key) => key.id === id)) return true;
  let row: KeyRow;
  try {
    row = await keys.find(id);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "not_found") return false;
    throw thrown;
  }
  return row.revokedAt === null;
}
