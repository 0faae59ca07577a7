import { createHmac, randomBytes } from "node:crypto";
import type { Soon } from "../store/database.ts";
import type { KeyRow } from "../store/keys.ts";

/** What a request may do is decided by its key. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  /** The group of keys that it belongs to. */
  readonly team?: string | undefined;
}

/** A row for a key of which no more is said than this. */
export function keyRow(told: Pick<KeyRow, "id" | "hash" | "name" | "hint" | "createdAt"> & Partial<KeyRow>): KeyRow {
  const nothing = { owner: null, team: null, expiresAt: null, policy: null, metadata: null, updatedAt: null };
  return { disabled: false, previousHash: null, previousUntil: null, ...nothing, ...told };
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
  /**
   * Who shows this, perhaps only once their issuer was asked; `undefined` for what is no such thing at all.
   * @throws (or rejects with) GatewayError, saying what is wrong with it
   */
  find(text: string): Soon<Key> | undefined;
}

/** Texts of valid keys that are remembered, so that a busy client is not hashed anew every time. */
const REMEMBERED = 1000;

/** The keys that are valid now, by their hash. */
export class KeyRing {
  /** Absent where no issuer is configured. */
  guests: Guests | undefined;
  private readonly secret: string;
  private readonly keys: Map<string, Key>;
  private readonly adminHash: string | undefined;
  private readonly remembered = new Map<string, Key>();

  /** @param secret this installation's, under which keys are hashed; `adminHash` of the admin token, if there is one */
  constructor(secret: string, keys: ReadonlyMap<string, Key>, adminHash?: string) {
    this.secret = secret;
    this.keys = new Map(keys);
    this.adminHash = adminHash;
  }

  /** Whether this is the admin token. Only hashes are compared. */
  isAdmin(text: string): boolean {
    return this.adminHash !== undefined && keyHash(text, this.secret) === this.adminHash;
  }

  /** The key with this text. How long it takes tells nothing of how near a wrong guess was: of those, only hashes are compared. */
  find(text: string): Key | undefined {
    const known = this.remembered.get(text);
    if (known !== undefined) return known;
    const key = this.keys.get(keyHash(text, this.secret));
    if (key === undefined) return undefined;
    if (this.remembered.size >= REMEMBERED) this.remembered.clear();
    this.remembered.set(text, key);
    return key;
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
