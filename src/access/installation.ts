import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "../core/id.ts";
import type { Soon } from "../store/database.ts";
import type { KeyRow } from "../store/keys.ts";
import { type Key, KeyRing, keyHash, keyHint, keyRow, newKey } from "./keys.ts";
import { hashingSecret, PROOF, proofOf } from "./rotation.ts";
import { Seal } from "./seal.ts";

/** Where keys and settings are kept. */
export interface InstallationStores {
  keys: {
    insertFirst(row: KeyRow, settings: readonly (readonly [name: string, value: string])[]): Soon<boolean>;
    all(): Soon<KeyRow[]>;
  };
  settings: { get(name: string): Soon<string | undefined>; set(name: string, value: string): Soon<void> };
}

export interface InstallationParts extends InstallationStores {
  /** The data folder, or `:memory:` for an installation that leaves nothing. */
  data: string;
  /** Under which keys are hashed, where the operator says it: then no file in the folder does. */
  secret: string | undefined;
  /** The one before, while it is being changed. */
  previous?: string | undefined;
  /** A client key that the operator set in the environment. */
  environmentKey: string | undefined;
  /** The admin token that the operator set, if any. */
  adminToken: string | undefined;
  nowMs: number;
  /** @default Date.now */
  now?: () => number;
}

export interface Installation {
  readonly keys: KeyRing;
  /** For what lies sealed in the database. */
  readonly seal: Seal;
  /** Present at the first start only: afterwards nobody knows them but those who kept them. */
  readonly fresh: { readonly key: string; readonly adminToken: string | undefined } | undefined;
}

const SECRET_FILE = "key-secret";
const ADMIN_HASH = "admin_token_hash";

/**
 * Gets an installation ready: its secret, its keys, its admin token; makes what is missing.
 * @throws Error where the keys were hashed under another secret, or one that is gone: they would all be refused without a word
 */
export async function prepareInstallation(parts: InstallationParts): Promise<Installation> {
  const { keys, settings, data, nowMs } = parts;
  let rows = await keys.all();
  const secret = parts.secret ?? keptSecret(data) ?? newSecret(data, rows.length > 0);
  await mustBeTheOne(secret, parts, rows.length > 0);
  const hashing = await hashingSecret(settings, { secret, previous: parts.previous });
  let fresh: Installation["fresh"];
  if (rows.length === 0) {
    const key = newKey();
    const adminToken = parts.adminToken === undefined ? `hga_${randomBytes(24).toString("base64url")}` : undefined;
    const told = { hash: keyHash(key, hashing), name: "first", hint: keyHint(key), createdAt: nowMs };
    const made: [string, string][] = [[PROOF, proofOf(secret)]];
    if (adminToken !== undefined) made.push([ADMIN_HASH, keyHash(adminToken, hashing)]);
    if (await keys.insertFirst(keyRow({ id: `key_${ulid(nowMs)}`, ...told }), made)) fresh = { key, adminToken };
    // Another was first, a moment ago.
    else await mustBeTheOne(secret, parts, true);
    rows = await keys.all();
  }
  if (parts.adminToken !== undefined) await settings.set(ADMIN_HASH, keyHash(parts.adminToken, hashing));
  const environment: [string, Key][] = [];
  if (parts.environmentKey !== undefined) {
    const key = { id: "key_environment", name: "AI_GATEWAY_API_KEY", disabled: false };
    environment.push([keyHash(parts.environmentKey, hashing), key]);
  }
  const ring = new KeyRing(hashing, new Map(environment), await settings.get(ADMIN_HASH), parts.now);
  for (const row of rows) ring.put(row);
  return { keys: ring, seal: new Seal(secret, parts.previous), fresh };
}

/** @throws Error where keys were hashed under another */
async function mustBeTheOne(secret: string, parts: InstallationParts, used: boolean) {
  const { settings, data, secret: told, previous } = parts;
  const proof = proofOf(secret);
  const known = await settings.get(PROOF);
  // Until everything is sealed anew, the proof is that of the one before.
  if (known !== undefined && previous !== undefined && known === proofOf(previous)) return;
  // A folder from before the proof was kept: its file is as good.
  const other =
    known === undefined ? used && told !== undefined && (keptSecret(data) ?? told) !== told : known !== proof;
  if (other)
    throw new Error(
      told === undefined
        ? `${join(data, SECRET_FILE)} holds another secret than the one under which the keys in the database were made: none of them would be recognised. Put the right one back.`
        : "HEADGATE_SECRET is another one than that under which the keys in the database were made: none of them would be recognised. Tell the right one, or start with an empty database.",
    );
  if (known === undefined && used) await settings.set(PROOF, proof);
}

/** What lies in the folder. An empty one is what a full disk leaves behind: hashes under it would be worth nothing. */
function keptSecret(data: string): string | undefined {
  const file = join(data, SECRET_FILE);
  if (data === ":memory:" || !existsSync(file)) return undefined;
  closeToOthers(file);
  return readFileSync(file, "utf8").trim() || undefined;
}

/** As copying leaves it, everybody on the machine may read it. */
function closeToOthers(file: string): void {
  if ((statSync(file).mode & 0o077) === 0) return;
  try {
    chmodSync(file, 0o600);
  } catch {
    // It is somebody else's, or mounted so that nothing can be changed: whoever did that decides.
  }
}

/** Made once. It lies beside the database, so that a copy of the one is worth nothing without the other. */
function newSecret(data: string, mustExist: boolean): string {
  const secret = randomBytes(32).toString("hex");
  if (data === ":memory:") return secret;
  const file = join(data, SECRET_FILE);
  if (mustExist)
    throw new Error(
      `${file} is missing or empty: without it none of the keys in the database can be recognised. Put it back, or start with another data folder.`,
    );
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return secret;
}
