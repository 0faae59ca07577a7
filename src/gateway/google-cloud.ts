import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";
import type { ProviderConfig } from "../config/schema.ts";
import { AccessToken, readServiceAccount, type ServiceAccount, TOKEN_URL } from "../upstream/auth/google.ts";
import { headerProof } from "../upstream/auth/header.ts";
import type { Access } from "./credentials.ts";
import { secretFile } from "./secret-file.ts";

/** Where Google's APIs take an API key. */
export const API_KEY_FIELD = "x-goog-api-key";

/** Where Google's own tools and the AI SDK look. */
const PROJECT = ["GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT"];
const LOCATION = ["GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION"];
const KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS";

const PART = /^[a-z0-9-]{1,63}$/;

interface Told {
  told: ProviderConfig | undefined;
  env: Environment;
  /** Where in the configuration it is told. */
  at: string;
  /** Express mode needs no project. */
  apiKey: string | undefined;
  /** The text of a key file, where it is not to be read from one. */
  keyText?: string | undefined;
}

/**
 * How Vertex AI is reached: with an API key, or as a service account; `undefined` where neither is told. The key file that
 * the environment names may be another program's, so it counts only where something else speaks of Vertex AI.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
 * @throws ConfigError
 */
export function googleCloud({ told, env, at, apiKey: shown, keyText }: Told): Access | undefined {
  const tellsKey = told?.api_key !== undefined || told?.api_key_file !== undefined;
  const tellsAccount = told?.credentials_file !== undefined || keyText !== undefined;
  if (tellsKey && tellsAccount)
    throw new ConfigError([`${at}: has an api_key and a credentials_file, and only one of them can be shown`]);
  // A key that lies in the environment does not stand in for the account that the configuration names.
  const apiKey = tellsAccount ? undefined : shown;
  const meant = told !== undefined || env.GOOGLE_VERTEX_PROJECT || env.GOOGLE_VERTEX_LOCATION;
  const account = apiKey === undefined && meant ? accountOf(told, env, at, keyText) : undefined;
  if (apiKey === undefined && account === undefined) {
    if (told === undefined) return undefined;
    if (told.api_key === "none" && told.base_url !== undefined) return { baseUrl: told.base_url, fields: {} };
    throw new ConfigError([`${at}: needs an api_key, or a credentials_file of a service account`]);
  }
  const project = told?.project ?? partOf(env, PROJECT) ?? account?.project;
  const location = told?.location ?? partOf(env, LOCATION) ?? "global";
  if (account !== undefined && (project === undefined || !PART.test(project)))
    throw new ConfigError([`${at}: needs a project, as its key file names none`]);
  const baseUrl = told?.base_url ?? addressOf(project, location);
  const located = told?.base_url === undefined ? locatedOf(project, location) : undefined;
  if (account === undefined) {
    const fields = headerProof(API_KEY_FIELD)(apiKey!);
    if (project !== undefined || told?.base_url !== undefined) return { baseUrl, located, fields };
    // https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview: Google's own models, and no others.
    const why = `not served for an API key alone: give a service account (${at}.credentials_file)`;
    return { baseUrl, located, fields, closed: { wires: ["anthropic-messages"], why } };
  }
  return { baseUrl, located, fields: {}, prepare: new AccessToken(account).prepare };
}

function accountOf(
  told: ProviderConfig | undefined,
  env: Environment,
  at: string,
  keyText: string | undefined,
): ServiceAccount | undefined {
  if (keyText !== undefined) {
    try {
      // Whoever entered it does not say where else a proof of it is sent.
      return { ...readServiceAccount(keyText), tokenUrl: TOKEN_URL };
    } catch (cause) {
      throw new ConfigError([`${at}.credentials_json: it ${(cause as Error).message}`]);
    }
  }
  const path = told?.credentials_file ?? env[KEY_FILE];
  if (!path) return undefined;
  const where = told?.credentials_file === undefined ? KEY_FILE : `${at}.credentials_file`;
  const text = secretFile(path, where);
  try {
    return readServiceAccount(text);
  } catch (cause) {
    throw new ConfigError([`${where}: ${path} ${(cause as Error).message}`]);
  }
}

function partOf(env: Environment, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = env[variable]?.trim();
    if (!value) continue;
    if (!PART.test(value)) throw new ConfigError([`${variable}: must be small letters, digits and hyphens`]);
    return value;
  }
  return undefined;
}

/**
 * Where models run that are asked at that address: in the region or the part of the world that it names, or anywhere.
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/data-residency
 */
export function locatedOf(project: string | undefined, location: string): string {
  return project === undefined ? "global" : location;
}

/** Without a project it is Vertex AI in express mode, which is nowhere in particular. */
export function addressOf(project: string | undefined, location: string): string {
  const host =
    location === "global" || project === undefined
      ? "aiplatform.googleapis.com"
      : location === "us" || location === "eu"
        ? `aiplatform.${location}.rep.googleapis.com`
        : `${location}-aiplatform.googleapis.com`;
  return project === undefined ? `https://${host}/v1` : `https://${host}/v1/projects/${project}/locations/${location}`;
}
