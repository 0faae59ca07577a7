import { createHash, randomBytes } from "node:crypto";
import { readToken } from "../access/id-token.ts";
import { IssuerKeys } from "../access/issuer-keys.ts";
import { Oidc, type OidcRule } from "../access/oidc.ts";
import type { Session } from "../access/sessions.ts";
import type { DashboardConfig, SignOnConfig } from "../config/dashboard.ts";
import { GatewayError } from "../core/error.ts";
import { isObject, type JsonObject, stringAt } from "../core/json.ts";
import { isOutage } from "../store/outage.ts";
import { fetchDocument } from "../upstream/document.ts";
import { secretFile } from "./secret-file.ts";

/** Why somebody did not come in by single sign-on, in words for them. What an issuer said beside it is for the log. */
const FAULTS = {
  denied: "Your identity provider did not let you sign in: it says that access was denied.",
  lost: "That took longer than ten minutes, or was begun in another browser. Sign in again.",
  refused:
    "Your identity provider knows you, but you are not let in here. Whoever runs this gateway says who is, under `dashboard.oidc`; its log says what was missing.",
  unavailable:
    "Your identity provider cannot be asked just now, or refuses this gateway. Its log says why; a link of `headgate link` signs in as well.",
  away: "You are let in, but the gateway's database does not answer just now. Sign in again in a moment.",
} as const;
type FaultCode = keyof typeof FAULTS;

class SignOnFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface SignOnParts {
  readonly told: SignOnConfig;
  /** Hears why somebody did not come in. */
  readonly complain: (id: string, cause: Error) => void;
  /** Unix milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Where an issuer is asked what. */
interface Discovered {
  readonly authorization: string;
  readonly token: string;
  readonly keys: string;
  readonly takesBasic: boolean;
}

/** What an issuer says of itself is asked again after so long; and so soon where it could not be asked. */
const FRESH_MS = 10 * 60_000;
const AGAIN_MS = 10_000;
/** What was complained of is not said again so soon. */
const SAID_AGAIN_MS = 60_000;

/** The dashboard's single sign-on: OpenID Connect's code flow, with PKCE (RFC 7636), for whoever a rule of the operator's names. */
export class SignOn {
  readonly title: string;
  private readonly told: SignOnConfig;
  private readonly complain: SignOnParts["complain"];
  private readonly secret: string | undefined;
  private readonly ca: string | undefined;
  private readonly tokens: Oidc;
  private readonly now: () => number;
  private said = { message: "", at: 0 };
  private discovery: { readonly found: Promise<Discovered>; readonly at: number; readonly good: boolean } | undefined;

  /** @throws ConfigError for a file that cannot be read */
  constructor({ told, complain, now = Date.now }: SignOnParts) {
    this.told = told;
    this.title = told.title;
    this.complain = complain;
    this.now = now;
    const { client_secret: secret, client_secret_file: file, ca_file, issuer } = told;
    this.secret = file === undefined ? secret : secretFile(file, "dashboard.oidc.client_secret_file");
    this.ca = ca_file === undefined ? undefined : secretFile(ca_file, "dashboard.oidc.ca_file");
    const keys = new IssuerKeys({
      fetch: async () => await fetchDocument((await this.discovered()).keys, { ca: this.ca }),
      complain: (cause) => complain("sign-on", cause),
    });
    this.tokens = new Oidc([{ issuer, keys, rules: rulesOf(told) }], now);
  }

  /** Where the browser is sent, and what it has to bring back, which nobody else can know. @param redirect where it is to be sent back to @throws SignOnFault */
  async begin(redirect: string): Promise<{ location: string; kept: string }> {
    const { authorization } = await this.discovered();
    const [state, nonce, verifier] = [chance(), chance(), chance()];
    const asked = new URL(authorization);
    const members = {
      response_type: "code",
      client_id: this.told.client_id,
      redirect_uri: redirect,
      scope: this.told.scopes.join(" "),
      state,
      nonce,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(members)) asked.searchParams.set(name, value);
    return { location: asked.href, kept: `${state}.${nonce}.${verifier}` };
  }

  /** Who has come back. @param kept what the browser brought back of {@link begin} @throws SignOnFault */
  async finish({
    query,
    kept,
    redirect,
  }: {
    query: URLSearchParams;
    kept: string | undefined;
    redirect: string;
  }): Promise<Pick<Session, "role" | "name">> {
    const [state, nonce, verifier, ...more] = (kept ?? "").split(".");
    if (!state || !nonce || !verifier || more.length > 0 || query.get("state") !== state)
      throw new SignOnFault("lost", "the browser brought back another state than it was given, or none");
    const issuer = query.get("iss");
    // RFC 9207: who answers may say who it is.
    if (issuer !== null && issuer !== this.told.issuer)
      throw new SignOnFault("refused", "another issuer has answered than was asked");
    const error = query.get("error");
    if (error !== null) {
      const word = /^[a-z_]{1,60}$/.test(error) ? error : "something that is no error";
      throw new SignOnFault(error === "access_denied" ? "denied" : "unavailable", `its issuer says ${word}`);
    }
    const code = query.get("code");
    if (code === null || code === "") throw new SignOnFault("lost", "there is no code in what was brought back");
    const told = await this.exchanged({ code, verifier, redirect });
    try {
      return await this.personOf(told, nonce);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
      throw new SignOnFault(thrown.code === "issuer_unavailable" ? "unavailable" : "refused", thrown.message);
    }
  }

  /** The name of what went wrong, which {@link wordsOf} knows; the log hears the rest, once a minute. */
  codeOf(thrown: unknown, id: string): string {
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
    const now = this.now();
    // Whoever comes by over and over does not fill the log.
    if (cause.message !== this.said.message || Math.abs(now - this.said.at) >= SAID_AGAIN_MS) {
      this.complain(id, new Error(`single sign-on: ${cause.message}`, { cause }));
      this.said = { message: cause.message, at: now };
    }
    if (thrown instanceof SignOnFault) return thrown.code;
    return isOutage(thrown) ? "away" : "unavailable";
  }

  /** What people are told who did not come in. */
  wordsOf(code: string | undefined): string | undefined {
    return code !== undefined && Object.hasOwn(FAULTS, code) ? FAULTS[code as FaultCode] : undefined;
  }

  /** The token that says who somebody is, for a code that was brought back. */
  private async exchanged({ code, verifier, redirect }: Record<"code" | "verifier" | "redirect", string>) {
    const { token, takesBasic } = await this.discovered();
    const { client_id } = this.told;
    const form = { grant_type: "authorization_code", code, redirect_uri: redirect, code_verifier: verifier };
    const isBasic = this.secret !== undefined && takesBasic;
    // Both are encoded as in a form before they are joined (RFC 6749, 2.3.1).
    const pair = `${encodeURIComponent(client_id)}:${encodeURIComponent(this.secret ?? "")}`;
    const shown = this.secret === undefined ? { client_id } : { client_id, client_secret: this.secret };
    const answer = await this.asked(token, {
      form: isBasic ? form : { ...form, ...shown },
      headers: isBasic ? { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } : undefined,
    });
    const idToken = isObject(answer) ? stringAt(answer.id_token) : undefined;
    if (idToken === undefined) throw new SignOnFault("unavailable", "its issuer has answered without an id_token");
    return idToken;
  }

  /** @throws GatewayError `invalid_token`, `issuer_unavailable` */
  private async personOf(text: string, nonce: string): Promise<Pick<Session, "role" | "name">> {
    const { id } = await this.tokens.find(text);
    const { claims } = readToken(text);
    const refused = (reason: string) => new GatewayError("invalid_token", `The OIDC token is refused: ${reason}.`);
    if (claims.nonce !== nonce) throw refused("it was made for another sign-in");
    const { azp, aud, email_verified: verified } = claims;
    // OpenID Connect Core, 3.1.3.7.
    if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== this.told.client_id)
      throw refused("it was made for another client");
    const rule = id.split(":")[1]!;
    const [role, at] = rule.split(".") as ["admins" | "viewers", string];
    if (Object.hasOwn(this.told[role][Number(at)]!.claims, "email") && isUnverified(verified))
      throw refused("its email address is not verified");
    return { role: role === "admins" ? "admin" : "viewer", name: nameOf(claims) };
  }

  private discovered(): Promise<Discovered> {
    const now = this.now();
    if (this.discovery !== undefined) {
      const { found, at, good } = this.discovery;
      // A clock that was set back does not make it last.
      if (Math.abs(now - at) < (good ? FRESH_MS : AGAIN_MS)) return found;
    }
    const found = this.asked(`${this.told.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`).then(
      (document) => {
        const read = readDiscovery(isObject(document) ? document : {}, this.told.issuer);
        if (this.discovery?.found === found) this.discovery = { found, at: now, good: true };
        return read;
      },
    );
    this.discovery = { found, at: now, good: false };
    return found;
  }

  private async asked(url: string, way: Parameters<typeof fetchDocument>[1] = {}) {
    try {
      return await fetchDocument(url, { ...way, ca: this.ca });
    } catch (thrown) {
      throw new SignOnFault("unavailable", (thrown as Error).message);
    }
  }
}

/** @throws ConfigError for a file that cannot be read */
export function signOnOf({ oidc }: DashboardConfig, parts: Pick<SignOnParts, "complain" | "now">): SignOn | undefined {
  return oidc === undefined ? undefined : new SignOn({ told: oidc, ...parts });
}

function chance(): string {
  return randomBytes(32).toString("base64url");
}

/** Admins first: the first that fits counts. */
function rulesOf({ admins, viewers, algorithms, client_id }: SignOnConfig): OidcRule[] {
  const taken = new Set<string>(algorithms);
  const rules = (role: string, all: SignOnConfig["admins"]) =>
    all.map(({ claims }, at) => ({
      name: `${role}.${at}`,
      algorithms: taken,
      audience: client_id,
      claims: new Map(Object.entries(claims)),
      identityFrom: "sub",
    }));
  return [...rules("admins", admins), ...rules("viewers", viewers)];
}

/** OpenID Connect Discovery, 4.3: it must be that of the issuer, and lead to places as safe. */
function readDiscovery(document: JsonObject, issuer: string): Discovered {
  if (document.issuer !== issuer)
    throw new SignOnFault("unavailable", "the openid-configuration is that of another issuer");
  const place = (name: string) => {
    const url = stringAt(document[name]);
    if (url === undefined || !URL.canParse(url))
      throw new SignOnFault("unavailable", `the openid-configuration has no ${name}`);
    const { protocol, username } = new URL(url);
    if (username !== "" || (protocol !== "https:" && !(protocol === "http:" && issuer.startsWith("http:"))))
      throw new SignOnFault("unavailable", `the openid-configuration has a ${name} without TLS`);
    return url;
  };
  const ways = document.token_endpoint_auth_methods_supported;
  return {
    authorization: place("authorization_endpoint"),
    token: place("token_endpoint"),
    keys: place("jwks_uri"),
    // The way that holds where nothing is said.
    takesBasic: !Array.isArray(ways) || ways.includes("client_secret_basic"),
  };
}

/** Some issuers say it as a text. Whatever is said and is not that it is, is that it is not. */
function isUnverified(verified: unknown): boolean {
  return verified !== undefined && String(verified).toLowerCase() !== "true";
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** What lists call somebody by. */
function nameOf({
  email,
  email_verified: verified,
  preferred_username: preferred,
  name,
  sub,
}: JsonObject): string | null {
  // Nobody goes by an address in the log that may be somebody else's.
  const own = isUnverified(verified) ? undefined : email;
  const named = [own, preferred, name, sub].find((one) => typeof one === "string" && one.trim() !== "");
  return typeof named !== "string" || UNPRINTABLE.test(named) ? null : named.slice(0, 100).toWellFormed();
}
