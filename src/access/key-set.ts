import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { arrayAt, isObject, type JsonObject, type JsonValue, jsonObject, stringAt } from "../core/json.ts";
import type { IdToken } from "./id-token.ts";

interface Scheme {
  readonly type: "RSA" | "EC" | "OKP";
  readonly curve?: string;
  readonly hash: string | null;
  readonly padding?: number;
}

const PSS = constants.RSA_PKCS1_PSS_PADDING;

/** How tokens may be signed (RFC 7518, 8037, 9864): with a key that only the issuer has. Secrets that both sides have, and `none`, are not among them. */
const SCHEMES = {
  RS256: { type: "RSA", hash: "sha256" },
  RS384: { type: "RSA", hash: "sha384" },
  RS512: { type: "RSA", hash: "sha512" },
  PS256: { type: "RSA", hash: "sha256", padding: PSS },
  PS384: { type: "RSA", hash: "sha384", padding: PSS },
  PS512: { type: "RSA", hash: "sha512", padding: PSS },
  ES256: { type: "EC", curve: "P-256", hash: "sha256" },
  ES384: { type: "EC", curve: "P-384", hash: "sha384" },
  ES512: { type: "EC", curve: "P-521", hash: "sha512" },
  EdDSA: { type: "OKP", curve: "Ed25519", hash: null },
  Ed25519: { type: "OKP", curve: "Ed25519", hash: null },
} as const satisfies Record<string, Scheme>;

export type Algorithm = keyof typeof SCHEMES;

/** A public key of an issuer's. */
export interface PublicKey {
  readonly id: string | undefined;
  /** The one algorithm that it is for, where its issuer says so. */
  readonly algorithm: string | undefined;
  readonly type: string;
  readonly curve: string | undefined;
  readonly members: Readonly<Record<string, string>>;
  /** Its public members and what is said of them, by which it is known again. */
  readonly text: string;
  readonly key: KeyObject;
}

/** Issuers have a handful. */
const MOST_KEYS = 100;
const SHORTEST_RSA = 2048;
const LONGEST_RSA = 8192;

/** The keys of a JSON Web Key Set (RFC 7517) that signatures can be checked with; what else is in it is passed over. @throws Error where none is */
export function readKeySet(document: JsonValue | undefined): readonly PublicKey[] {
  const told = isObject(document) ? arrayAt(document.keys) : undefined;
  if (told === undefined) throw new Error("is not a JSON Web Key Set");
  const keys = told.slice(0, MOST_KEYS).flatMap((one) => (isObject(one) ? (readKey(one) ?? []) : []));
  if (keys.length === 0) throw new Error("holds no key that a signature could be checked with");
  return keys;
}

/** A set that holds these, and nothing else of where they came from. */
export function keySetOf(keys: readonly PublicKey[]): JsonObject {
  return { keys: keys.map(({ id, algorithm, members }) => jsonObject({ ...members, kid: id, alg: algorithm })) };
}

function readKey(told: JsonObject): PublicKey | undefined {
  const { use, key_ops: uses } = told;
  if (use !== undefined && use !== "sig") return undefined;
  if (uses !== undefined && arrayAt(uses)?.includes("verify") !== true) return undefined;
  const [id, algorithm, curve] = [stringAt(told.kid), stringAt(told.alg), stringAt(told.crv)];
  const jwk = publicMembers(told);
  if (jwk === undefined) return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    if (jwk.kty === "RSA" && !isStrong(key)) return undefined;
    const text = JSON.stringify([id, algorithm, jwk]);
    return { id, algorithm, type: jwk.kty, curve, members: jwk, text, key };
  } catch {
    return undefined;
  }
}

type PublicMembers = { kty: string } & Record<string, string>;

/** Nothing else of it is read: above all not what would be secret. */
function publicMembers({ kty, n, e, crv, x, y }: JsonObject): PublicMembers | undefined {
  const all = (...members: unknown[]) => members.every((one) => typeof one === "string");
  if (kty === "RSA" && all(n, e)) return { kty, n, e } as PublicMembers;
  if (kty === "EC" && all(crv, x, y)) return { kty, crv, x, y } as PublicMembers;
  if (kty === "OKP" && all(crv, x)) return { kty, crv, x } as PublicMembers;
  return undefined;
}

function isStrong({ asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  return modulusLength >= SHORTEST_RSA && modulusLength <= LONGEST_RSA && publicExponent > 2n;
}

/** Those of a set with which a token can have been signed: of its name and for its algorithm. A token without a name is taken where only one fits. */
export function keysFor(keys: readonly PublicKey[], { algorithm, keyId }: IdToken): readonly PublicKey[] {
  const scheme = schemeOf(algorithm);
  const fitting = keys.filter(
    (one) =>
      one.type === scheme?.type &&
      (scheme.curve === undefined || one.curve === scheme.curve) &&
      (one.algorithm === undefined || one.algorithm === algorithm),
  );
  if (keyId !== undefined) return fitting.filter(({ id }) => id === keyId);
  return fitting.length === 1 ? fitting : [];
}

/** Whether the owner of one of these keys has signed the token. */
export function isSigned({ algorithm, signed, signature }: IdToken, keys: readonly PublicKey[]): boolean {
  const scheme = schemeOf(algorithm);
  if (scheme === undefined) return false;
  const { hash, padding } = scheme;
  const how = {
    // Without a word on the padding it is that of PKCS #1.
    ...(padding === undefined ? {} : { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
    dsaEncoding: "ieee-p1363" as const,
  };
  const text = Buffer.from(signed);
  return keys.some(({ key }) => {
    try {
      return verify(hash, text, { key, ...how }, signature);
    } catch {
      return false;
    }
  });
}

function schemeOf(algorithm: string): Scheme | undefined {
  return Object.hasOwn(SCHEMES, algorithm) ? SCHEMES[algorithm as Algorithm] : undefined;
}
