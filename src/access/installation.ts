import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "../core/id.ts";
import type { KeyRow } from "../store/keys.ts";
import { type Key, KeyRing, keyHash, keyHint, newKey } from "./keys.ts";

/** Where keys and settings are kept. */
export interface InstallationStores {
  keys: { insert(row: KeyRow): void; all(): KeyRow[] };
  settings: { get(name: string): string | undefined; set(name: string, value: string): void };
}

export interface InstallationParts extends InstallationStores {
  /** The data folder, or `:memory:` for an installation that leaves nothing. */
  data: string;
  /** A client key that the operator set in the environment. */
  environmentKey: string | undefined;
  /** The admin token that the operator set, if any. */
  adminToken: string | undefined;
  nowMs: number;
}

export interface Installation {
  readonly keys: KeyRing;
  /** Present at the first start only: afterwards nobody knows them but those who kept them. */
  readonly fresh: { readonly key: string; readonly adminToken: string | undefined } | undefined;
}

const SECRET_FILE = "key-secret";
const ADMIN_HASH = "admin_token_hash";

/**
 * Gets an installation ready: its secret, its keys, its admin token; makes what is missing.
 * @throws Error where the keys were hashed under a secret that is gone: they would all be refused without a word
 */
export function prepareInstallation(parts: InstallationParts): Installation {
  const { keys, settings, data, nowMs } = parts;
  let rows = keys.all();
  const secret = installationSecret(data, rows.length > 0);
  let fresh: Installation["fresh"];
  if (rows.length === 0) {
    const key = newKey();
    const adminToken = parts.adminToken === undefined ? `hga_${randomBytes(24).toString("base64url")}` : undefined;
    keys.insert({
      id: `key_${ulid(nowMs)}`,
      hash: keyHash(key, secret),
      name: "first",
      hint: keyHint(key),
      createdAt: nowMs,
      disabled: false,
    });
    if (adminToken !== undefined) settings.set(ADMIN_HASH, keyHash(adminToken, secret));
    fresh = { key, adminToken };
    rows = keys.all();
  }
  if (parts.adminToken !== undefined) settings.set(ADMIN_HASH, keyHash(parts.adminToken, secret));
  const ring = new Map<string, Key>(rows.map(({ hash, id, name, disabled }) => [hash, { id, name, disabled }]));
  if (parts.environmentKey !== undefined) {
    ring.set(keyHash(parts.environmentKey, secret), {
      id: "key_environment",
      name: "AI_GATEWAY_API_KEY",
      disabled: false,
    });
  }
  return { keys: new KeyRing(secret, ring, settings.get(ADMIN_HASH)), fresh };
}

/** The secret under which keys are hashed. It lies beside the database, so that a copy of the one is worth nothing without the other. */
function installationSecret(data: string, mustExist: boolean): string {
  if (data === ":memory:") return randomBytes(32).toString("hex");
  const file = join(data, SECRET_FILE);
  // An empty one is what a full disk leaves behind: hashes under it would be worth nothing.
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (kept !== "") return kept;
  if (mustExist)
    throw new Error(
      `${file} is missing or empty: without it none of the keys in the database can be recognised. Put it back, or start with another data folder.`,
    );
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32).toString("hex");
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return secret;
}
