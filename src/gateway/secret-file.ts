import { readFileSync } from "node:fs";
import { ConfigError } from "../config/explain.ts";

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
