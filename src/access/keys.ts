import { createHmac, randomBytes } from "node:crypto";
import type { JsonObject } from "../core/json.ts";
import { isObject, parseJson } from "../core/json.ts";
import type { Soon } from "../store/database.ts";
import type { KeyRow } from "../store/keys.ts";
import type { KeyPolicy } from "./key-policy.ts";

/** What a request may do is decided by its key. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  /** The group of keys that it belongs to. */
  readonly team?: string;
  /** Whose it is, in the words of whoever made it. */
  readonly owner?: string;
  /** Unix milliseconds from which on it opens nothing. */
  readonly expiresAt?: number;
  /** What whoever has it may do; absent where that is everything. */
  readonly policy?: KeyPolicy;
}

/** A row for a key of which no more is said than this. */
export function keyRow(told: Pick<KeyRow, "id" | "hash" | "name" | "hint" | "createdAt"> & Partial<KeyRow>): KeyRow {
  const nothing = { owner: null, team: null, expiresAt: null, policy: null, metadata: null, updatedAt: null };
  const never = { previousHash: null, previousUntil: null, revokedAt: null, leakedAt: null };
  return { disabled: false, ...never, ...nothing, ...told };
}

/** What of a row requests are decided by. */
export function keyOf({ id, name, disabled, leakedAt, team, owner, expiresAt, policy: text }: KeyRow): Key {
  const policy = text === null ? undefined : parseJson(text);
  // One whose policy nobody can read opens nothing: what it may not do is not known.
  const isUnclear = text !== null && !isObject(policy);
  return {
    id,
    name,
    disabled: disabled || leakedAt !== null || isUnclear,
    ...(team === null ? {} : { team }),
    ...(owner === null ? {} : { owner }),
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(isObject(policy) ? { policy: policy as KeyPolicy } : {}),
  };
}

const PREFIX = "hg_";
const SECRET_BYTES = 32;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Enough base-62 digits for 32 bytes, and for the checksum's four. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;

/** A new client key: `hg_`, 256 bits of chance, and a checksum by which a leak scanner tells a key from a look-alike. */
export function newKey(): string {
  const secret = base62(randomBytes(SECRET_BYTES), SECRET_DIGITS);
  return PREFIX + secret + checksum(secret);
}

/** Whether a text could be a key of ours at all. */
export function isKeyShaped(text: string): boolean {
  const secret = text.slice(PREFIX.length, -CHECK_DIGITS);
  return (
    text.startsWith(PREFIX) &&
    text.length === PREFIX.length + SECRET_DIGITS + CHECK_DIGITS &&
    text.endsWith(checksum(secret))
  );
}

/** What is kept of a key: useless without this installation's secret. */
export function keyHash(key: string, secret: string): string {
  return createHmac("sha256", secret).update(key).digest("base64");
}

/** The first characters, by which people tell keys apart. */
export function keyHint(key: string): string {
  return `${key.slice(0, PREFIX.length + 4)}…`;
}

/** Those who are let in without a key of ours, since somebody whom the operator trusts vouches for them. */
export interface Guests {
  /** Whether a text could be a token of theirs at all. */
  isToken(text: string): boolean;
  /** Whose token this is, where it was looked at before and still holds. */
  known(text: string): Key | undefined;
  /**
   * Whose token this is, perhaps only once their issuer was asked.
   * @throws (or rejects with) GatewayError `invalid_token`, `issuer_unavailable`
   */
  find(text: string): Soon<Key>;
  /** How it stands with those who vouch for them, for operators. */
  told(): readonly JsonObject[];
}

/** Texts of valid keys that are remembered, so that a busy client is not hashed anew every time. */
const REMEMBERED = 1000;

/** What a text opens, and until when, where that ends before the key itself does. */
interface Entry {
  readonly key: Key;
  readonly until?: number;
}

/** The keys that are valid now, by their hash. What is put in or removed holds from the next request on. */
export class KeyRing {
  /** Absent where no issuer is configured. */
  guests: Guests | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Those that stand in no row: the environment's. */
  readonly fixed: readonly Key[];
  private readonly secret: string;
  private readonly entries: Map<string, Entry>;
  /** By which hashes each key is found: those of rows only. */
  private readonly hashes = new Map<string, readonly string[]>();
  /** How often any was put in or removed. */
  changes = 0;
  /** What is kept of the admin token, if there is one. */
  readonly adminHash: string | undefined;
  private readonly remembered = new Map<string, Entry>();

  /** @param secret this installation's, under which keys are hashed; `adminHash` of the admin token, if there is one */
  constructor(secret: string, keys: ReadonlyMap<string, Key>, adminHash?: string, now: () => number = Date.now) {
    this.secret = secret;
    this.fixed = [...keys.values()];
    this.entries = new Map([...keys].map(([hash, key]) => [hash, { key }]));
    this.adminHash = adminHash;
    this.now = now;
  }

  /** Whether this is the admin token. Only hashes are compared. */
  isAdmin(text: string): boolean {
    return this.adminHash !== undefined && keyHash(text, this.secret) === this.adminHash;
  }

  /** What is kept of a key that is made here. */
  hashOf(text: string): string {
    return keyHash(text, this.secret);
  }

  /** The key of a row, in the place of what was known of it. One that is revoked is removed. */
  put(row: KeyRow): void {
    this.remove(row.id);
    if (row.revokedAt !== null) return;
    const { hash, previousHash, previousUntil } = row;
    const key = keyOf(row);
    const entries: [string, Entry][] = [[hash, { key }]];
    if (previousHash !== null && previousUntil !== null) entries.push([previousHash, { key, until: previousUntil }]);
    // One that the environment has as well is the environment's: it stays whatever becomes of the row.
    const own = entries.filter(([hash]) => !this.entries.has(hash));
    for (const [hash, entry] of own) this.entries.set(hash, entry);
    this.hashes.set(
      row.id,
      own.map(([hash]) => hash),
    );
  }

  /** Whether this is the id of a key that is kept and opens nothing any more, for good; or of a team that no other key belongs to. */
  isGone(id: string): boolean {
    const [, kind] = /^(key|team)_[0-9A-Z]{26}$/.exec(id) ?? [];
    if (kind === "team") return !this.entries.values().some(({ key }) => key.team === id);
    return kind === "key" && !this.hashes.has(id);
  }

  /** How many were put in. */
  get size(): number {
    return this.hashes.size;
  }

  /** What has become of some of those that were put in, where others change them too. */
  renew(rows: readonly KeyRow[], gone: readonly string[]): void {
    for (const id of gone) this.remove(id);
    for (const row of rows) this.put(row);
  }

  /** The keys of these rows in the place of all that were put in: as they stand by now where others change them too. */
  replace(rows: readonly KeyRow[]): void {
    for (const id of [...this.hashes.keys()]) this.remove(id);
    for (const row of rows) this.put(row);
  }

  remove(id: string): void {
    this.changes++;
    for (const hash of this.hashes.get(id) ?? []) this.entries.delete(hash);
    this.hashes.delete(id);
    this.remembered.clear();
  }

  /** The key with this text. How long it takes tells nothing of how near a wrong guess was: of those, only hashes are compared. */
  find(text: string): Key | undefined {
    let entry = this.remembered.get(text);
    if (entry === undefined) {
      entry = this.entries.get(keyHash(text, this.secret));
      if (entry === undefined) return undefined;
      if (this.remembered.size >= REMEMBERED) this.remembered.clear();
      this.remembered.set(text, entry);
    }
    return entry.until !== undefined && this.now() >= entry.until ? undefined : entry.key;
  }
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return base62(bytes, CHECK_DIGITS);
}

function base62(bytes: Buffer, digits: number): string {
  let rest = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (let i = 0; i < digits; i++, rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text;
  return text;
}

/** CRC-32 as zlib has it. */
function crc32(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
