import type { BroughtSecret } from "../access/authenticate.ts";
import type { Auth, Provider } from "../catalog/provider.ts";
import { isResidence } from "../catalog/tariffs.ts";
import { TERMS } from "../catalog/terms.ts";
import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { Config, ProviderConfig } from "../config/schema.ts";
import { present } from "../core/json.ts";
import { bearerProof } from "../upstream/auth/bearer.ts";
import { headerProof } from "../upstream/auth/header.ts";
import { Credential, type CredentialParts } from "../upstream/credentials.ts";
import { parseOrigin } from "../upstream/origin.ts";
import { Pool } from "../upstream/pool.ts";
import { awsAccess } from "./aws.ts";
import { API_KEY_FIELD, googleCloud } from "./google-cloud.ts";
import { secretFile, secretVariable } from "./secret-file.ts";

/** The credentials of every provider that has a secret, or that needs none and was configured. */
export function allCredentials(
  providers: ReadonlyMap<string, Provider>,
  config: Pick<Config, "providers">,
  env: Environment,
): Map<string, readonly Credential[]> {
  const credentials = new Map<string, readonly Credential[]>();
  for (const [name, provider] of providers) {
    const at = `providers.${name}`;
    const all = accountsOf(config.providers[name], at).flatMap((account) => credentialOf(provider, account, env) ?? []);
    if (all.length > 0) credentials.set(name, all);
  }
  return credentials;
}

/** What is told of one account at a provider, and where. */
export interface Account {
  readonly told: ProviderConfig | undefined;
  readonly at: string;
  readonly name: string | undefined;
  readonly weight: number;
  /** The text of a key file, where that is not in a file. */
  readonly keyText?: string | undefined;
  /** What is secret of it, where that is known. */
  readonly secrets?: readonly string[];
}

/** What shows or stands for a secret: in a list of credentials each has its own. */
const SECRETS = [
  "api_key",
  "api_key_file",
  "access_key_id",
  "secret_access_key",
  "secret_access_key_file",
  "session_token",
  "session_token_file",
  "credentials_file",
] as const;

/** The accounts at a provider: as many as are listed, or the one that is told without a list, or that the environment may tell. */
function accountsOf(told: ProviderConfig | undefined, at: string): Account[] {
  if (told?.credentials === undefined) return [{ told, at, name: undefined, weight: 1 }];
  const { credentials, ...shared } = told;
  const stray = SECRETS.filter((option) => shared[option] !== undefined);
  if (stray.length > 0)
    throw new ConfigError(stray.map((option) => `${at}.${option}: stands beside credentials, where it belongs`));
  const names = credentials.map(({ name }, i) => name ?? `${i + 1}`);
  return credentials.map(({ name: _, weight, ...own }, i) => {
    const inList = `${at}.credentials.${i}`;
    const name = names[i]!;
    if (names.indexOf(name) < i) throw new ConfigError([`${inList}.name: ${JSON.stringify(name)} is taken by another`]);
    // The environment's is one, and nobody could say which of these it is.
    if (SECRETS.every((option) => own[option] === undefined))
      throw new ConfigError([`${inList}: needs a secret of its own, such as an api_key`]);
    return { told: { ...shared, ...present(own) }, at: inList, name, weight };
  });
}

/** The credential of an account, or `undefined` where nobody tells a secret. @throws ConfigError */
export function credentialOf(provider: Provider, account: Account, env: Environment): Credential | undefined {
  const { told, at, keyText } = account;
  onlyItsOwn(provider, told, at);
  const { base_url } = told ?? {};
  const there = base_url === undefined ? provider : { ...provider, baseUrl: base_url };
  const access = accessOf(there, told, env, { at, keyText });
  if (access === undefined) return undefined;
  // Who answers at an address of the operator's own is not the one whose terms are known.
  const terms = base_url === undefined ? TERMS[provider.name] : undefined;
  try {
    return new Credential({
      provider: provider.name,
      name: account.name,
      weight: account.weight,
      kind: "system",
      ...access,
      baseUrl: withoutBelow(provider, access.baseUrl),
      fields: { ...provider.headers, ...access.fields },
      zeroDataRetention: told?.zero_data_retention ?? terms?.zeroDataRetention !== undefined,
      noTraining: told?.no_training ?? terms?.noTraining !== undefined,
      hipaa: told?.hipaa ?? false,
      regions: told?.regions,
      regional: isResidence(provider.name, access.baseUrl),
      // What is shown may be repeated. Not all vendors' secrets look like one; servers that want none are shown a word.
      secrets: [
        ...(account.secrets ?? []),
        ...Object.values(access.fields)
          .map((shown) => shown.replace(/^Bearer /, ""))
          .filter(({ length }) => length > 9),
      ],
    });
  } catch (cause) {
    throw new ConfigError([`${at}: ${(cause as Error).message}`]);
  }
}

function accessOf(
  provider: Provider,
  told: ProviderConfig | undefined,
  env: Environment,
  { at, keyText }: Pick<Account, "at" | "keyText">,
): Access | undefined {
  const { auth } = provider;
  const apiKey = () => secretOf(auth, told, env, at);
  if (auth.kind === "aws") return awsAccess(provider, auth, { told, env, at, apiKey });
  if (auth.kind === "google-cloud") return googleCloud({ told, env, at, apiKey: apiKey(), keyText });
  const secret = apiKey();
  const needless = told !== undefined && (auth.kind === "none" || told.api_key === "none");
  if (secret === undefined && !needless) return undefined;
  const baseUrl = provider.baseUrl ?? addressOf(provider, env);
  if (baseUrl !== undefined) return { baseUrl, ...(secret === undefined ? { fields: {} } : proofOf(auth, secret)) };
  // A variable alone may be there for another program; the configuration is meant for us.
  if (told === undefined) return undefined;
  throw new ConfigError([`${at}: needs a base_url${orVariable(provider)}`]);
}

/** The address that the environment tells, where the vendor's own tools look for it. */
export function addressOf({ addressVariables = [] }: Provider, env: Environment): string | undefined {
  return addressVariables.map((variable) => env[variable]?.trim()).find((address) => address);
}

function orVariable({ addressVariables }: Provider): string {
  return addressVariables === undefined ? "" : ` (or ${addressVariables[0]} in the environment)`;
}

/** How a provider is reached, and how it is shown who asks. */
export type Access = Pick<CredentialParts, "baseUrl" | "fields" | "prepare" | "closed" | "located">;

export function proofOf(auth: Auth, secret: string): Omit<Access, "baseUrl"> {
  if (auth.kind === "google-cloud") return { fields: headerProof(API_KEY_FIELD)(secret) };
  if (auth.kind !== "header") return { fields: bearerProof(secret) };
  const prove = headerProof(auth.header);
  const { bearerBelow } = auth;
  if (bearerBelow === undefined) return { fields: prove(secret) };
  const below = `${bearerBelow}/`;
  return { fields: {}, prepare: ({ path }) => (path.startsWith(below) ? bearerProof(secret) : prove(secret)) };
}

/** One provider at which clients may show secrets of their own. */
export interface ClientAccounts {
  /** For one request; `undefined` for a secret that is not this provider's. */
  credentialFor(brought: BroughtSecret): Credential | undefined;
}

/** What tells apart, of anything that a header field can hold, what could be a secret. */
export const SECRET = /^[\x21-\x7e]{1,4096}$/;

/** The providers whose secrets can be told by how they begin. All their clients share connections, as they share ours. */
export function clientAccounts(providers: ReadonlyMap<string, Provider>): Map<string, ClientAccounts> {
  const accounts = new Map<string, ClientAccounts>();
  for (const [name, { baseUrl, headers, secretPrefix }] of providers) {
    if (baseUrl === undefined || secretPrefix === undefined) continue;
    const pool = new Pool(parseOrigin(baseUrl));
    const credentialFor = ({ field, token }: BroughtSecret) => {
      if (!token.startsWith(secretPrefix) || !SECRET.test(token)) return undefined;
      const fields = { ...headers, ...(field === "authorization" ? bearerProof(token) : headerProof(field)(token)) };
      return new Credential({ provider: name, kind: "byok", baseUrl, fields, pool });
    };
    accounts.set(name, { credentialFor });
  }
  return accounts;
}

/** Options that only one kind of provider has. */
const OWN = {
  "google-cloud": ["project", "location", "credentials_file"],
  aws: [
    "region",
    "access_key_id",
    "secret_access_key",
    "secret_access_key_file",
    "session_token",
    "session_token_file",
  ],
} as const;

/** Options that make up an address or sign requests are for who has such an address: elsewhere they would be passed over without a word. */
function onlyItsOwn({ auth }: Provider, told: ProviderConfig | undefined, at: string): void {
  const stray = Object.entries(OWN).flatMap(([kind, options]) =>
    kind === auth.kind ? [] : options.filter((option) => told?.[option] !== undefined),
  );
  if (stray.length > 0) throw new ConfigError(stray.map((option) => `${at}.${option}: it has no such thing`));
}

/** Vendors print addresses with and without what the paths of a wire begin with there. */
export function withoutBelow({ below = {}, wires }: Provider, baseUrl: string): string {
  const base = baseUrl.replace(/(?<!\/)\/+$/, "");
  // The only wire whose own paths begin with the version.
  const version = wires.generate?.every((wire) => wire === "anthropic-messages") ? ["/v1"] : [];
  const doubled = [...Object.values(below), ...version].find((path) => base.endsWith(path));
  return doubled === undefined ? baseUrl : base.slice(0, -doubled.length);
}

/** The secret: of the configuration, or of the environment where the vendor's own tools look, or of a file that either names. */
function secretOf(auth: Auth, told: ProviderConfig | undefined, env: Environment, at: string): string | undefined {
  if (told?.api_key !== undefined) return told.api_key === "none" ? undefined : told.api_key;
  if (told?.api_key_file !== undefined) return secretFile(told.api_key_file, `${at}.api_key_file`);
  for (const variable of variablesOf(auth)) {
    const secret = secretVariable(env, variable);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** Where the vendor's own tools look for its secret, the usual place first. */
export function variablesOf(auth: Auth): readonly string[] {
  return auth.kind === "none" ? [] : auth.variables;
}

/** The simulator in place of every provider that speaks a wire of ours. It keeps nothing. */
export function simulatedCredentials(
  providers: ReadonlyMap<string, Provider>,
  simulator: string,
): Map<string, readonly Credential[]> {
  const credentials = new Map<string, readonly Credential[]>();
  for (const [name, { auth, headers, wires }] of providers) {
    if (Object.keys(wires).length === 0) continue;
    const proof = proofOf(auth, "sk-simulated");
    const baseUrl = `${simulator}/${name}`;
    const fields = { ...headers, ...proof.fields };
    const parts = { provider: name, kind: "system", baseUrl, ...proof, fields } as const;
    credentials.set(name, [new Credential({ ...parts, simulated: true, zeroDataRetention: true, hipaa: true })]);
  }
  return credentials;
}
