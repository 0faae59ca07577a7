import type { BroughtSecret } from "../access/authenticate.ts";
import type { Auth, Provider } from "../catalog/provider.ts";
import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { Config, ProviderConfig } from "../config/schema.ts";
import { bearerProof } from "../upstream/auth/bearer.ts";
import { headerProof } from "../upstream/auth/header.ts";
import { Credential, type CredentialParts } from "../upstream/credentials.ts";
import { parseOrigin } from "../upstream/origin.ts";
import { Pool } from "../upstream/pool.ts";
import { awsAccess } from "./aws.ts";
import { API_KEY_FIELD, googleCloud } from "./google-cloud.ts";
import { secretFile, secretVariable } from "./secret-file.ts";

/** A credential for every provider that has a secret, or that needs none and was configured. */
export function allCredentials(
  providers: ReadonlyMap<string, Provider>,
  config: Config,
  env: Environment,
): Map<string, Credential> {
  const credentials = new Map<string, Credential>();
  for (const [name, provider] of providers) {
    const told = config.providers[name];
    onlyItsOwn(provider, told);
    if (provider.auth.kind === "aws") {
      const apiKey = () => secretOf(provider.auth, told, env, `providers.${name}`);
      const access = awsAccess(provider, provider.auth, { told, env, apiKey });
      if (access !== undefined) credentials.set(name, credentialOf(provider, access, told));
      continue;
    }
    if (provider.auth.kind === "google-cloud") {
      const access = googleCloud(provider, {
        told,
        env,
        apiKey: secretOf(provider.auth, told, env, `providers.${name}`),
      });
      if (access !== undefined) credentials.set(name, credentialOf(provider, access, told));
      continue;
    }
    const secret = secretOf(provider.auth, told, env, `providers.${name}`);
    const needless = told !== undefined && (provider.auth.kind === "none" || told.api_key === "none");
    if (secret === undefined && !needless) continue;
    const baseUrl = provider.baseUrl ?? addressOf(provider, env);
    if (baseUrl === undefined) {
      // A variable alone may be there for another program; the configuration is meant for us.
      if (told === undefined) continue;
      throw new ConfigError([`providers.${name}: needs a base_url${orVariable(provider)}`]);
    }
    const proof = secret === undefined ? { fields: {} } : proofOf(provider.auth, secret);
    credentials.set(name, credentialOf(provider, { baseUrl, ...proof }, told));
  }
  return credentials;
}

/** The address that the environment tells, where the vendor's own tools look for it. */
function addressOf({ addressVariables = [] }: Provider, env: Environment): string | undefined {
  return addressVariables.map((variable) => env[variable]?.trim()).find((address) => address);
}

function orVariable({ addressVariables }: Provider): string {
  return addressVariables === undefined ? "" : ` (or ${addressVariables[0]} in the environment)`;
}

/** How a provider is reached, and how it is shown who asks. */
export type Access = Pick<CredentialParts, "baseUrl" | "fields" | "prepare">;

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
function onlyItsOwn({ name, auth }: Provider, told: ProviderConfig | undefined): void {
  const stray = Object.entries(OWN).flatMap(([kind, options]) =>
    kind === auth.kind ? [] : options.filter((option) => told?.[option] !== undefined),
  );
  if (stray.length > 0)
    throw new ConfigError(stray.map((option) => `providers.${name}.${option}: it has no such thing`));
}

/** Vendors print addresses with and without what the paths of a wire begin with there. */
function withoutBelow({ below = {} }: Provider, baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, "");
  const doubled = Object.values(below).find((path) => base.endsWith(path));
  return doubled === undefined ? baseUrl : base.slice(0, -doubled.length);
}

function credentialOf(provider: Provider, access: Access, told: ProviderConfig | undefined): Credential {
  const { name, headers } = provider;
  try {
    return new Credential({
      provider: name,
      kind: "system",
      ...access,
      baseUrl: withoutBelow(provider, access.baseUrl),
      fields: { ...headers, ...access.fields },
      zeroDataRetention: told?.zero_data_retention ?? false,
      noTraining: told?.no_training ?? false,
    });
  } catch (cause) {
    throw new ConfigError([`providers.${name}: ${(cause as Error).message}`]);
  }
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
): Map<string, Credential> {
  const credentials = new Map<string, Credential>();
  for (const [name, { auth, headers, wires }] of providers) {
    if (Object.keys(wires).length === 0) continue;
    const proof = proofOf(auth, "sk-simulated");
    const baseUrl = `${simulator}/${name}`;
    credentials.set(
      name,
      new Credential({
        provider: name,
        kind: "system",
        baseUrl,
        ...proof,
        fields: { ...headers, ...proof.fields },
        simulated: true,
        zeroDataRetention: true,
      }),
    );
  }
  return credentials;
}
