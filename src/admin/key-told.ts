import { type Key, keyOf, keyRow } from "../access/keys.ts";
import type { Problem } from "../config/explain.ts";
import { checkKey, type KeyTold } from "../config/key.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, parseJson } from "../core/json.ts";
import type { KeyRow } from "../store/keys.ts";

/** @throws GatewayError `invalid_request` with everything that is wrong, and where */
export function checkedKey(told: JsonObject): KeyTold {
  return mustBe(checkKey(told));
}

/** @throws GatewayError `invalid_request` with everything that is wrong, and where */
export function mustBe<T>(result: { readonly value: T } | { readonly problems: readonly Problem[] }): T {
  if ("value" in result) return result.value;
  const { problems } = result;
  throw invalid(problems[0]!.path.join("."), problems.map(({ line }) => line).join("\n"));
}

/** What of a row is told here. */
export function membersOf({ name, owner, team, expiresAt, disabled, policy, metadata }: KeyRow): JsonObject {
  return {
    name,
    ...(owner === null ? {} : { owner }),
    ...(team === null ? {} : { team }),
    ...(expiresAt === null ? {} : { expires_at: timeOf(expiresAt) }),
    ...(disabled ? { disabled } : {}),
    ...(objectOf(policy) ?? {}),
    ...(metadata === null ? {} : { metadata: objectOf(metadata) ?? {} }),
  };
}

/** The members of a row for what was told. */
export function columnsOf(
  told: KeyTold,
): Pick<KeyRow, "name" | "owner" | "team" | "expiresAt" | "disabled" | "policy" | "metadata"> {
  const { name, owner = null, team = null, expires_at, disabled = false, metadata, ...policy } = told;
  return {
    name,
    owner,
    team,
    expiresAt: expires_at === undefined ? null : Date.parse(expires_at),
    disabled,
    policy: Object.keys(policy).length === 0 ? null : JSON.stringify(policy),
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
  };
}

/** The row of a new key. */
export function newRow(told: KeyTold, made: Pick<KeyRow, "id" | "hash" | "hint" | "createdAt">): KeyRow {
  return keyRow({ ...columnsOf(told), ...made });
}

/** A key as it is told: never its secret, nor the hash of it. */
export function shownKey(row: KeyRow, nowMs: number): JsonObject {
  const { id, hint, createdAt, updatedAt, revokedAt, leakedAt, previousUntil } = row;
  return {
    id,
    object: "key",
    hint,
    status: statusOf(row, nowMs),
    source: "api",
    read_only: false,
    owner: null,
    team: null,
    expires_at: null,
    disabled: false,
    ...membersOf(row),
    created_at: timeOf(createdAt),
    updated_at: timeOf(updatedAt),
    revoked_at: timeOf(revokedAt),
    leaked_at: timeOf(leakedAt),
    previous_until: previousUntil !== null && previousUntil > nowMs ? timeOf(previousUntil) : null,
  };
}

/** One of the environment: of it no more is known. */
export function shownFixed({ id, name }: Key): JsonObject {
  const never = { created_at: null, updated_at: null, revoked_at: null, leaked_at: null, previous_until: null };
  const nobody = { owner: null, team: null, expires_at: null, disabled: false };
  const where = { source: "environment", read_only: true };
  return { id, object: "key", hint: "…", status: "active", ...where, ...nobody, name, ...never };
}

function statusOf(row: KeyRow, nowMs: number): string {
  const { expiresAt } = keyOf(row);
  if (row.revokedAt !== null) return "revoked";
  if (row.leakedAt !== null) return "leaked";
  if (expiresAt !== undefined && expiresAt <= nowMs) return "expired";
  return row.disabled ? "disabled" : "active";
}

export function timeOf(atMs: number): string;
export function timeOf(atMs: number | null): string | null;
export function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

function objectOf(text: string | null): JsonObject | undefined {
  return text === null ? undefined : (parseJson(text) as JsonObject | undefined);
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}
