import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError, explain } from "./explain.ts";
import { type Config, configSchema } from "./schema.ts";

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line says, already read. Wins over the environment, which wins over the file. */
export interface Flags {
  config?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
  simulate?: boolean | undefined;
}

export interface LoadedConfig {
  config: Config;
  /** The file that was read, if any. */
  file: string | undefined;
}

const DEFAULT_FILE = "headgate.yaml";

/**
 * Puts the configuration together: defaults, under the file, under the environment, under the flags.
 * @throws ConfigError that names file, path and what to change
 */
export function loadConfig(flags: Flags, env: Environment): LoadedConfig {
  const file = flags.config ?? env.HEADGATE_CONFIG ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const written = file === undefined ? {} : readConfigFile(file, env);
  const told = { ...written, ...fromEnvironment(env), ...fromFlags(flags) };
  return { config: checkConfig(told, file ?? "the options"), file };
}

/** Checks a configuration given as a value. @throws ConfigError */
export function checkConfig(value: unknown, source: string): Config {
  const result = configSchema.safeParse(value);
  if (!result.success) throw new ConfigError(explain(result.error.issues, configSchema, source));
  return result.data;
}

/** The JSON Schema for editors. */
export function jsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

function readConfigFile(file: string, env: Environment): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError([`${file}: cannot be read (${(cause as Error).message})`]);
  }
  let value: unknown;
  try {
    value = Bun.YAML.parse(text);
  } catch (cause) {
    throw new ConfigError([`${file}: is not YAML: ${(cause as Error).message}`]);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new ConfigError([`${file}: must hold options, one a line`]);
  const problems: string[] = [];
  const filled = substitute(value, [], { env, file, problems });
  if (problems.length > 0) throw new ConfigError(problems);
  return filled as Record<string, unknown>;
}

interface Substitution {
  env: Environment;
  file: string;
  problems: string[];
}

/** Puts the environment in for `${NAME}` and `${NAME:-default}`, in strings only: the YAML itself cannot be changed from outside. */
function substitute(value: unknown, path: readonly string[], to: Substitution): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
      const found = to.env[name] ?? fallback;
      if (found === undefined) to.problems.push(`${to.file}: ${path.join(".")}: the variable ${name} is not set`);
      return found ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((element, i) => substitute(element, [...path, String(i)], to));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, substitute(inner, [...path, name], to)]),
  );
}

function fromEnvironment(env: Environment): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  if (env.HEADGATE_HOST) told.host = env.HEADGATE_HOST;
  if (env.HEADGATE_PORT) told.port = wholeNumber(env.HEADGATE_PORT);
  if (env.HEADGATE_DATA) told.data = env.HEADGATE_DATA;
  // Either of the two replaces both of the file's.
  if (env.HEADGATE_ADMIN_TOKEN)
    Object.assign(told, { admin_token: env.HEADGATE_ADMIN_TOKEN, admin_token_file: undefined });
  else if (env.HEADGATE_ADMIN_TOKEN_FILE) told.admin_token_file = env.HEADGATE_ADMIN_TOKEN_FILE;
  return told;
}

function fromFlags(flags: Flags): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  if (flags.host !== undefined) told.host = flags.host;
  if (flags.port !== undefined) told.port = wholeNumber(flags.port);
  if (flags.data !== undefined) told.data = flags.data;
  if (flags.simulate === true) told.simulate = "always";
  return told;
}

/** A number where it is one; what is not stays as it is, for the check to complain about. */
function wholeNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}
