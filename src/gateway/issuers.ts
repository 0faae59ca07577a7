import { readFileSync, statSync } from "node:fs";
import { IssuerKeys, type IssuerMemory } from "../access/issuer-keys.ts";
import type { KeyPolicy } from "../access/key-policy.ts";
import { Oidc, type OidcRule } from "../access/oidc.ts";
import type { Seal } from "../access/seal.ts";
import type { OidcConfig } from "../config/oidc.ts";
import { isObject, type JsonValue, parseJson, stringAt } from "../core/json.ts";
import type { Soon } from "../core/soon.ts";
import { fetchDocument } from "../upstream/document.ts";
import { secretFile } from "./secret-file.ts";

type Told = OidcConfig[number];

export interface IssuersParts {
  readonly oidc: OidcConfig;
  readonly complain: (cause: Error) => void;
  /** Unix milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

export interface GuestList {
  readonly guests: Oidc;
  /** Has the keys of all issuers fetched. @param memory where those of one are kept */
  warm(memory?: (issuer: string) => IssuerMemory): Promise<void>;
}

export interface MemoryParts {
  readonly settings: { get(name: string): Soon<string | undefined>; set(name: string, value: string): Soon<void> };
  readonly seal: Pick<Seal, "close" | "open">;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Keys of issuers among the settings: sealed, so that nobody who can write there lets himself in. */
export function memoryOf({ settings, seal, now }: MemoryParts): (issuer: string) => IssuerMemory {
  return (issuer) => {
    const name = `issuer_keys ${issuer}`;
    return {
      async recall() {
        const sealed = await settings.get(name);
        const kept = sealed === undefined ? undefined : parseJson(seal.open(sealed, name));
        if (!isObject(kept) || typeof kept.at !== "number" || kept.document === undefined) return undefined;
        const ageMs = now() - kept.at;
        // What is yet to come tells that the clock is wrong, and not how old it is.
        return ageMs < 0 ? undefined : { document: kept.document, ageMs };
      },
      keep: (document) => settings.set(name, seal.close(JSON.stringify({ at: now(), document }), name)),
    };
  };
}

/** Who is let in with a token of an issuer; `undefined` where nobody is. @throws ConfigError for a file that cannot be read */
export function guestsOf({ oidc, complain, now }: IssuersParts): GuestList | undefined {
  if (oidc.length === 0) return undefined;
  const issuers = [...Map.groupBy(oidc, ({ issuer }) => issuer)].map(([issuer, all]) => {
    const first = all[0]!;
    const at = `oidc.${oidc.indexOf(first)}`;
    const lacking = (cause: Error) =>
      complain(new Error(`the keys of ${issuer} (${at}) cannot be had: ${cause.message}`));
    return {
      issuer,
      keys: new IssuerKeys({ fetch: keySetOf(first, at), complain: lacking }),
      rules: all.map(ruleOf),
    };
  });
  return {
    guests: new Oidc(issuers, now),
    async warm(memory) {
      await Promise.all(issuers.map(({ issuer, keys }) => keys.warm(memory?.(issuer))));
    },
  };
}

function ruleOf({
  name,
  audience,
  subjects,
  claims,
  identity_from,
  name_from,
  algorithms,
  max_age_seconds,
  team,
  team_from,
  policy,
}: Told): OidcRule {
  return {
    name,
    algorithms: new Set(algorithms),
    audience,
    claims: new Map([["sub", subjects], ...Object.entries(claims)]),
    identityFrom: identity_from,
    nameFrom: name_from,
    maxAgeS: max_age_seconds,
    team,
    teamFrom: team_from,
    // As JSON it has no members that are told and undefined.
    ...(policy === undefined ? {} : { policy: JSON.parse(JSON.stringify(policy)) as KeyPolicy }),
  };
}

/** How the keys of an issuer are had. @throws ConfigError for a file that cannot be read */
function keySetOf(told: Told, at: string): () => Promise<JsonValue | undefined> {
  const { issuer, jwks_uri: uri, jwks_file: file, ca_file, token_file } = told;
  if (file !== undefined) {
    secretFile(file, `${at}.jwks_file`);
    return async () => documentIn(file);
  }
  const ca = ca_file === undefined ? undefined : secretFile(ca_file, `${at}.ca_file`);
  if (token_file !== undefined) secretFile(token_file, `${at}.token_file`);
  const fetchOf = (url: string, shown: boolean) => {
    // Read each time: what stands there is renewed by others.
    const token = token_file === undefined || !shown ? undefined : secretFile(token_file, `${at}.token_file`);
    return fetchDocument(url, { ca, headers: token === undefined ? undefined : { authorization: `Bearer ${token}` } });
  };
  if (uri !== undefined) return () => fetchOf(uri, true);
  const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return async () => {
    const found = keySetAddress(await fetchOf(discovery, true), issuer);
    // The operator has said whom the token is shown to, and not whom that one names.
    return fetchOf(found, new URL(found).origin === new URL(issuer).origin);
  };
}

const LARGEST_FILE = 512 * 1024;

function documentIn(file: string): JsonValue | undefined {
  if (statSync(file).size > LARGEST_FILE) throw new Error(`${file} is larger than ${LARGEST_FILE} bytes`);
  return parseJson(readFileSync(file, "utf8"));
}

/** What an issuer says of itself (OpenID Connect Discovery, 4.3): it must be itself, and its keys come as safely. @throws Error */
function keySetAddress(document: JsonValue, issuer: string): string {
  const { issuer: named, jwks_uri: told } = isObject(document) ? document : {};
  if (named !== issuer) throw new Error("its openid-configuration is that of another issuer");
  const uri = stringAt(told);
  if (uri === undefined || !URL.canParse(uri)) throw new Error("its openid-configuration has no jwks_uri");
  if (new URL(uri).protocol !== "https:" && new URL(issuer).protocol === "https:")
    throw new Error("its openid-configuration has a jwks_uri without TLS");
  return uri;
}
