import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { secretFile, secretVariable } from "./secret-file.ts";

/** The secrets of a gateway itself, as far as the operator tells them. */
export interface OwnSecrets {
  /** A client key: as for every other client of the hosted service the variable holds it, or its twin a file that does. */
  readonly environmentKey: string | undefined;
  readonly adminToken: string | undefined;
  readonly secret: string | undefined;
  /** The one before, while it is being changed. */
  readonly previous: string | undefined;
}

const SHORTEST = { admin_token: 16, secret: 32, secret_previous: 32 };

/** @throws ConfigError for a file that cannot be read, or holds less than a secret */
export function ownSecrets(config: Config, env: Environment): OwnSecrets {
  return {
    environmentKey: secretVariable(env, "AI_GATEWAY_API_KEY"),
    adminToken: secretOf(config, "admin_token"),
    secret: secretOf(config, "secret"),
    previous: secretOf(config, "secret_previous"),
  };
}

function secretOf(config: Config, option: keyof typeof SHORTEST): string | undefined {
  const file = config[`${option}_file`];
  if (file === undefined) return config[option];
  const secret = secretFile(file, `${option}_file`);
  const shortest = SHORTEST[option];
  if (secret.length < shortest)
    throw new ConfigError([`${option}_file: ${file} holds fewer than ${shortest} characters`]);
  return secret;
}
