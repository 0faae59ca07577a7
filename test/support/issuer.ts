import { constants, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

export type Claims = Record<string, unknown>;

/** A key pair of an issuer's, and how it signs. */
export interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  /** As it stands in a key set. */
  readonly jwk: Record<string, unknown>;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const P1363 = { dsaEncoding: "ieee-p1363" as const };

const SCHEMES: Record<
  string,
  { pair(): { publicKey: KeyObject; privateKey: KeyObject }; hash: string | null; how?: object }
> = {
  RS256: { pair: () => generateKeyPairSync("rsa", { modulusLength: 2048 }), hash: "sha256" },
  RS512: { pair: () => generateKeyPairSync("rsa", { modulusLength: 2048 }), hash: "sha512" },
  PS256: { pair: () => generateKeyPairSync("rsa", { modulusLength: 2048 }), hash: "sha256", how: PSS },
  ES256: { pair: () => generateKeyPairSync("ec", { namedCurve: "P-256" }), hash: "sha256", how: P1363 },
  ES384: { pair: () => generateKeyPairSync("ec", { namedCurve: "P-384" }), hash: "sha384", how: P1363 },
  EdDSA: { pair: () => generateKeyPairSync("ed25519"), hash: null },
};

export function signingKey(algorithm = "ES256", id: string = randomUUID()): SigningKey {
  const { publicKey, privateKey } = SCHEMES[algorithm]!.pair();
  return { id, algorithm, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid: id, use: "sig" } };
}

export const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token, signed. @param header laid over the one that the key has; `undefined` leaves a member out */
export function tokenOf(key: SigningKey, claims: Claims | string, header: Claims = {}): string {
  const said = `${part({ alg: key.algorithm, typ: "JWT", kid: key.id, ...header })}.${part(claims)}`;
  return `${said}.${signatureOf(key, said).toString("base64url")}`;
}

export function signatureOf({ algorithm, privateKey }: SigningKey, said: string): Buffer {
  const { hash, how } = SCHEMES[algorithm]!;
  return sign(hash, Buffer.from(said), { key: privateKey, ...how });
}

/** An issuer with a server of its own, on a free port. */
export class Issuer {
  keys: SigningKey[];
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** Takes the place of the usual answer at a path, where it gives one. */
  answer: (request: Request) => Response | undefined | Promise<Response | undefined> = () => undefined;
  private readonly origin: string;
  private readonly server: ReturnType<typeof Bun.serve>;

  /** What its address ends in. */
  private readonly path: string;

  constructor(
    keys: SigningKey[] = [signingKey()],
    { path = "", tls }: { path?: string; tls?: { key: string; cert: string } } = {},
  ) {
    this.keys = keys;
    this.path = path;
    this.origin = tls === undefined ? "http://127.0.0.1" : "https://localhost";
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      ...(tls === undefined ? {} : { tls: { key: Bun.file(tls.key), cert: Bun.file(tls.cert) } }),
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        this.asked.push(pathname);
        const other = await this.answer(request);
        if (other !== undefined) return other;
        if (pathname === `${path}/.well-known/openid-configuration`)
          return Response.json({ issuer: this.url, jwks_uri: `${this.url}/keys` });
        if (pathname === `${path}/keys`) return Response.json({ keys: this.keys.map(({ jwk }) => jwk) });
        return new Response("not here", { status: 404 });
      },
    });
  }

  /** `iss` of its tokens. */
  get url(): string {
    return `${this.origin}:${this.server.port}${this.path}`;
  }

  /** How often its keys were fetched. */
  get fetches(): number {
    return this.asked.filter((path) => path.endsWith("/keys")).length;
  }

  /** Claims of a token that is good for an hour. */
  claims(more: Claims = {}): Claims {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.url, aud: "headgate", sub: "repo:acme/app:ref:main", iat: now, exp: now + 3600, ...more };
  }

  token(more: Claims = {}, header: Claims = {}, key: SigningKey = this.keys[0]!): string {
    return tokenOf(key, this.claims(more), header);
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
  }
}
