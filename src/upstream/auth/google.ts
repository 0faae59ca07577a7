import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { GatewayError } from "../../core/error.ts";
import { isObject, type JsonObject, parseJson, stringAt } from "../../core/json.ts";
import type { HeadFields, Prepare } from "../credentials.ts";

/** A service account, as the file says that Google gives for its key. https://developers.google.com/identity/protocols/oauth2/service-account */
export interface ServiceAccount {
  readonly email: string;
  readonly key: KeyObject;
  readonly keyId: string | undefined;
  /** Where its tokens are had. */
  readonly tokenUrl: string;
  readonly project: string | undefined;
}

/** Where every account's tokens are had, whatever a key file says. */
export const TOKEN_URL = "https://oauth2.googleapis.com/token";
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** @throws Error that says what is wrong with the file, and nothing of what is in it */
export function readServiceAccount(text: string): ServiceAccount {
  const file = parseJson(text);
  if (!isObject(file)) throw new Error("is not JSON");
  if (file.type !== "service_account")
    throw new Error(`is of type ${JSON.stringify(file.type ?? null)}; only the key of a service account is read here`);
  const { client_email: email, private_key: pem } = file;
  if (typeof email !== "string" || typeof pem !== "string") throw new Error("has no client_email or no private_key");
  const tokenUrl = stringAt(file.token_uri) ?? TOKEN_URL;
  if (!URL.canParse(tokenUrl)) throw new Error("has a token_uri that is no address");
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("has a private_key that cannot be read");
  }
  return { email, key, keyId: stringAt(file.private_key_id), tokenUrl, project: stringAt(file.project_id) };
}

/** A token is renewed this long before it expires, while it still serves. */
const RENEW_MS = 5 * 60_000;
/** One that has less left is not sent: it must last until it is read. */
const SPENT_MS = 30_000;
/** After a renewal that failed, while the old token still serves. */
const PAUSE_MS = 10_000;
const EXCHANGE_MS = 10_000;

interface Token {
  readonly fields: HeadFields;
  readonly expiresAt: number;
}

/** `Authorization: Bearer …` with an access token that lives for an hour: minted when first needed, renewed before it expires. */
export class AccessToken {
  private readonly account: ServiceAccount;
  private readonly now: () => number;
  private token: Token | undefined;
  private minting: Promise<Token> | undefined;
  private notBefore = 0;

  /** @param now milliseconds since 1970 */
  constructor(account: ServiceAccount, now: () => number = Date.now) {
    this.account = account;
    this.now = now;
  }

  /** At once where there is a token. @throws GatewayError `upstream_auth`, `upstream_unreachable`, `upstream_overloaded` */
  readonly prepare: Prepare = () => {
    const now = this.now();
    const { token } = this;
    if (token === undefined || token.expiresAt - now <= SPENT_MS) return this.mint().then(({ fields }) => fields);
    if (token.expiresAt - now <= RENEW_MS && now >= this.notBefore)
      this.mint().catch(() => {
        this.notBefore = this.now() + PAUSE_MS;
      });
    return token.fields;
  };

  /** However many wait, one asks. */
  private mint(): Promise<Token> {
    this.minting ??= exchange(this.account, this.now)
      .then((token) => {
        this.token = token;
        return token;
      })
      .finally(() => {
        this.minting = undefined;
      });
    return this.minting;
  }
}

async function exchange(account: ServiceAccount, now: () => number): Promise<Token> {
  const asked = now();
  let status: number;
  let body: JsonObject;
  try {
    const response = await fetch(account.tokenUrl, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: assertion(account, Math.floor(asked / 1000)),
      }),
      redirect: "manual",
      // Once an hour, and by connections that no two accounts share.
      keepalive: false,
      signal: AbortSignal.timeout(EXCHANGE_MS),
    });
    status = response.status;
    const parsed = parseJson(await response.text());
    body = isObject(parsed) ? parsed : {};
  } catch (cause) {
    throw new GatewayError("upstream_unreachable", "The provider's token service cannot be reached.", { cause });
  }
  const { access_token: value, expires_in: seconds } = body;
  if (status !== 200 || typeof value !== "string" || typeof seconds !== "number") throw refused(status, body);
  return { fields: { authorization: `Bearer ${value}` }, expiresAt: asked + seconds * 1000 };
}

function refused(status: number, { error, error_description: description }: JsonObject): GatewayError {
  const upstream = { status, body: stringAt(description)?.slice(0, 500) ?? "", code: stringAt(error) ?? "no token" };
  if (status >= 500 || status === 429)
    return new GatewayError("upstream_overloaded", "The provider's token service failed.", { upstream });
  const details = { upstream: { ...upstream, account: true as const } };
  return new GatewayError("upstream_auth", "The provider gave the gateway's service account no token.", details);
}

/** A JWT that says who asks, signed with the account's key. */
function assertion({ email, key, keyId, tokenUrl }: ServiceAccount, issuedAt: number): string {
  const header = { alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
  const claims = { iss: email, scope: SCOPE, aud: tokenUrl, iat: issuedAt, exp: issuedAt + 3600 };
  const said = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${said}.${sign("RSA-SHA256", Buffer.from(said), key).toString("base64url")}`;
}
