import type { Auth, Provider } from "../catalog/provider.ts";
import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { ProviderConfig } from "../config/schema.ts";
import { bearerProof } from "../upstream/auth/bearer.ts";
import { type AwsKey, awsPrepare } from "../upstream/auth/sigv4.ts";
import type { Access } from "./credentials.ts";
import { secretFile, secretVariable } from "./secret-file.ts";

/** Where AWS's own tools look. */
const KEY_ID = "AWS_ACCESS_KEY_ID";
const SECRET = "AWS_SECRET_ACCESS_KEY";
const SESSION = "AWS_SESSION_TOKEN";

interface Told {
  told: ProviderConfig | undefined;
  env: Environment;
  /** Where in the configuration it is told. */
  at: string;
  /** The secret that is shown as it stands, of the configuration or the environment. */
  apiKey(): string | undefined;
}

/** An access key without where it is used. */
type Pair = Pick<AwsKey, "accessKeyId" | "secretAccessKey" | "sessionToken">;

/**
 * How a service of AWS is reached: with an API key, or by signing with an access key, what the configuration tells before
 * what lies in the environment; `undefined` where neither is told. An access key that lies in the environment may be another
 * program's, so it counts only where a region is told too, or the provider is configured.
 * @throws ConfigError for a key of which half is missing, and a region that is none
 */
export function awsAccess(
  provider: Provider,
  auth: Extract<Auth, { kind: "aws" }>,
  { told, env, at, apiKey }: Told,
): Access | undefined {
  const own = told?.api_key === undefined && told?.api_key_file === undefined ? toldPair(told, at) : undefined;
  const shown = own === undefined ? apiKey() : undefined;
  if (told === undefined && shown === undefined && !env[KEY_ID]) return undefined;
  const place = regionOf(provider, told, env);
  const meant = told !== undefined || place !== undefined;
  const pair = own ?? (shown === undefined && told?.api_key === undefined && meant ? pairIn(env) : undefined);
  if (shown === undefined && pair === undefined && told?.api_key !== "none") return undefined;
  const region = place ?? provider.region!.usual;
  const baseUrl = provider.baseUrl!.replace("{region}", region);
  // Where an address of the operator's own leads to is the operator's to say.
  const located = told?.base_url === undefined ? region : undefined;
  if (shown !== undefined) return { baseUrl, located, fields: bearerProof(shown) };
  if (pair === undefined) return { baseUrl, located, fields: {} };
  try {
    return { baseUrl, located, fields: {}, prepare: awsPrepare(baseUrl, { ...pair, region, service: auth.service }) };
  } catch (cause) {
    throw new ConfigError([`${at}: ${(cause as Error).message}`]);
  }
}

function toldPair(told: ProviderConfig | undefined, at: string): Pair | undefined {
  const { access_key_id: accessKeyId, secret_access_key_file: file, session_token_file: tokenFile } = told ?? {};
  const secretAccessKey = told?.secret_access_key ?? (file && secretFile(file, `${at}.secret_access_key_file`));
  const sessionToken = told?.session_token ?? (tokenFile && secretFile(tokenFile, `${at}.session_token_file`));
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined) return undefined;
  if (accessKeyId === undefined) throw new ConfigError([`${at}: needs an access_key_id beside the secret`]);
  if (secretAccessKey === undefined)
    throw new ConfigError([`${at}: needs a secret_access_key (or secret_access_key_file) beside access_key_id`]);
  return { accessKeyId, secretAccessKey, sessionToken };
}

function pairIn(env: Environment): Pair | undefined {
  const accessKeyId = env[KEY_ID]?.trim();
  const secretAccessKey = accessKeyId ? secretVariable(env, SECRET) : undefined;
  if (!accessKeyId || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: secretVariable(env, SESSION) };
}

/** The region of the configuration, or of the environment. */
function regionOf({ region }: Provider, told: ProviderConfig | undefined, env: Environment): string | undefined {
  if (told?.region !== undefined) return told.region;
  for (const variable of region?.variables ?? []) {
    const value = env[variable]?.trim();
    if (!value) continue;
    if (!/^[a-z0-9-]{1,63}$/.test(value)) throw new ConfigError([`${variable}: ${JSON.stringify(value)} is no region`]);
    return value;
  }
  return undefined;
}
