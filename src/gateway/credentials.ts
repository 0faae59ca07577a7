import { readFileSync } from "node:fs";
import type { Auth, Provider } from "../catalog/provider.ts";
import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { Config, ProviderConfig } from "../config/schema.ts";
import { bearerProof } from "../upstream/auth/bearer.ts";
import { headerProof } from "../upstream/auth/header.ts";
import { Credential } from "../upstream/credentials.ts";

/** A credential for every provider that has a secret, or that needs none and was configured. */
export function allCredentials(
  providers: ReadonlyMap<string, Provider>,
  config: Config,
  env: Environment,
): Map<string, Credential> {
  const credentials = new Map<string, Credential>();
  for (const [name, provider] of providers) {
    const told = config.providers[name];
    const secret = secretOf(provider.auth, told, env, `providers.${name}`);
    const needless = told !== undefined && (provider.auth.kind === "none" || told.api_key === "none");
    if (secret === undefined && !needless) continue;
    if (provider.baseUrl === undefined) {
      // A variable alone may be there for another program; the configuration is meant for us.
      if (told === undefined) continue;
      throw new ConfigError([`providers.${name}: needs a base_url`]);
    }
    credentials.set(name, credentialOf(provider, secret, told));
  }
  return credentials;
}

function credentialOf(provider: Provider, secret: string | undefined, told: ProviderConfig | undefined): Credential {
  const { name, auth, headers } = provider;
  const prove = auth.kind === "header" ? headerProof(auth.header) : bearerProof;
  try {
    return new Credential({
      provider: name,
      kind: "system",
      baseUrl: provider.baseUrl!,
      fields: { ...headers, ...(secret === undefined ? {} : prove(secret)) },
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
    const value = env[variable]?.trim();
    if (value) return value;
    const file = env[`${variable}_FILE`];
    if (file) return secretFile(file, `${variable}_FILE`);
  }
  return undefined;
}

function secretFile(path: string, at: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new ConfigError([`${at}: ${path} cannot be read (${(cause as Error).message})`]);
  }
  if (secret === "") throw new ConfigError([`${at}: ${path} is empty`]);
  return secret;
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
    const prove = auth.kind === "header" ? headerProof(auth.header) : bearerProof;
    const fields = { ...headers, ...prove("sk-simulated") };
    const baseUrl = `${simulator}/${name}`;
    credentials.set(
      name,
      new Credential({ provider: name, kind: "system", baseUrl, fields, simulated: true, zeroDataRetention: true }),
    );
  }
  return credentials;
}
