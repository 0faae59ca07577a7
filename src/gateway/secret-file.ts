import { readFileSync } from "node:fs";
import { ConfigError } from "../config/explain.ts";
import type { Environment } from "../config/load.ts";

/** What stands in a file, without white space around it. @throws ConfigError */
export function secretFile(path: string, at: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new ConfigError([`${at}: ${path} cannot be read (${(cause as Error).message})`]);
  }
  if (secret === "") throw new ConfigError([`${at}: ${path} is empty`]);
  return secret;
}

/** The value of a variable, or what stands in the file that its `_FILE` twin names. Empty is not set. @throws ConfigError */
export function secretVariable(env: Environment, variable: string): string | undefined {
  const value = env[variable]?.trim();
  if (value) return value;
  const file = env[`${variable}_FILE`];
  return file ? secretFile(file, `${variable}_FILE`) : undefined;
}
