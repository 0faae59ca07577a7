import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { isObject } from "../core/json.ts";
import { dashboardProblems } from "./dashboard.ts";
import { doubledKey } from "./doubled.ts";
import { ConfigError, explain, type Problem } from "./explain.ts";
import { oidcProblems } from "./oidc.ts";
import { missingOf } from "./own-provider.ts";
import { type Config, configSchema } from "./schema.ts";
import type { Origins } from "./settings.ts";
import { fill, mark } from "./variables.ts";

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line says, already read. Wins over the environment, which wins over the file. */
export interface Flags {
  config?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  data?: string | undefined;
  workers?: string | undefined;
  simulate?: boolean | undefined;
}

export interface LoadedConfig {
  config: Config;
  /** The file that was read, if any. */
  file: string | undefined;
  /** Where what it says was told. */
  origins: Origins;
}

const NO_SECRET =
  "secret: is required with `database`, so that all replicas recognise the same keys: set HEADGATE_SECRET (`openssl rand -hex 32`) or HEADGATE_SECRET_FILE";
const NO_DATABASE =
  "workers: more than one need `database`, which they have in common: a SQLite file belongs to one process. Set HEADGATE_DATABASE_URL";
const DEFAULT_FILE = "headgate.yaml";

/**
 * Puts the configuration together: defaults, under the file, under the environment, under the flags.
 * @throws ConfigError that names file, path and what to change, for everything that is wrong
 */
export function loadConfig(flags: Flags, env: Environment): LoadedConfig {
  const file =
    flags.config ?? (env.HEADGATE_CONFIG || undefined) ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const { value, problems, whole, failed } = file === undefined ? NO_FILE : readConfigFile(file, env);
  const outside = [...fromEnvironment(env), ...fromFlags(flags)];
  // An address that is told elsewhere leaves what else the file says of the same.
  const joined = (before: unknown, now: unknown) => (isObject(before) && isObject(now) ? { ...before, ...now } : now);
  const told = {
    ...value,
    ...Object.fromEntries(outside.map((one) => [one.option, joined(value[one.option], one.value)])),
  };
  const origins = new Map(outside.map((one) => [one.option, one]));
  const source = (option: string) => origins.get(option)?.origin ?? file ?? "the options";
  const checked = check(asOptionsWant(told, whole), source);
  // Where a variable was missing, that is what is wrong.
  const others = checked.problems.filter(({ path }) => origins.has(path[0]!) || !failed.has(path.join(".")));
  const all = [...problems, ...others.map(({ line }) => line)];
  if (checked.config === undefined || all.length > 0) throw new ConfigError(all);
  return { config: checked.config, file, origins: { file, inFile: value, outside: origins } };
}

/** Checks a configuration given as a value. @throws ConfigError */
export function checkConfig(value: unknown, source: string): Config {
  const { config, problems } = check(value, () => source);
  if (config === undefined || problems.length > 0) throw new ConfigError(problems.map(({ line }) => line));
  return config;
}

function check(value: unknown, source: (option: string) => string): { config?: Config; problems: Problem[] } {
  const schema = configSchema();
  const result = schema.safeParse(value);
  const problems = explain(result.error?.issues ?? [], schema, source);
  problems.push(...missingOf(value, source("providers")));
  if (!result.success) return { problems };
  problems.push(...oidcProblems(result.data.oidc, source("oidc")));
  problems.push(...dashboardProblems(result.data.dashboard, source("dashboard")));
  const { database, secret, secret_file, workers } = result.data;
  if (workers > 1 && database === undefined)
    problems.push({ path: ["workers"], line: `${source("workers")}: ${NO_DATABASE}` });
  if (database !== undefined && secret === undefined && secret_file === undefined)
    problems.push({ path: ["secret"], line: `${source("database")}: ${NO_SECRET}` });
  return { config: result.data, problems };
}

/** The JSON Schema for editors. */
export function jsonSchema(): object {
  return z.toJSONSchema(configSchema(), { io: "input" });
}

interface ReadFile {
  value: Record<string, unknown>;
  /** Lines about variables. */
  problems: string[];
  whole: ReadonlySet<string>;
  failed: ReadonlySet<string>;
}

const NO_FILE: ReadFile = { value: {}, problems: [], whole: new Set(), failed: new Set() };

function readConfigFile(file: string, env: Environment): ReadFile {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError([`${file}: cannot be read (${(cause as Error).message})`]);
  }
  const marked = mark(text);
  const parsed = parseYaml(marked.text, file);
  const doubled = doubledKey(text);
  if (doubled !== undefined) {
    const { key, first, second } = doubled;
    throw new ConfigError([
      `${file}: ${key} stands twice, in line ${first} and in line ${second}: only one would count`,
    ]);
  }
  if (parsed === null || parsed === undefined) return NO_FILE;
  if (typeof parsed !== "object" || Array.isArray(parsed))
    throw new ConfigError([`${file}: must hold options, one a line, such as \`port: 8787\``]);
  const problems: string[] = [];
  const { value, whole, failed } = fill(parsed, marked, env, (path, problem) =>
    problems.push(`${file}: ${path}: ${problem}`),
  );
  return { value: withoutEmpty(value) as Record<string, unknown>, problems, whole, failed };
}

/** An option with nothing behind its colon says nothing: often all that stood below it is a comment by now. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const told = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(told.map(([name, inner]) => [name, withoutEmpty(inner)]));
}

/** What the text says. @throws ConfigError with the line from which on it is wrong; the parser itself does not tell */
function parseYaml(text: string, file: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^YAML Parse error: /, "");
    throw new ConfigError([`${file}: is not YAML: ${reason}, in line ${firstWrongLine(text)} or what begins there`]);
  }
}

/** Number of the line behind the longest beginning that can be read. */
function firstWrongLine(text: string): number {
  const lines = text.split("\n");
  for (let good = lines.length - 1; good > 0; good--) {
    try {
      Bun.YAML.parse(lines.slice(0, good).join("\n"));
      return good + 1;
    } catch {
      // Still wrong.
    }
  }
  return 1;
}

/**
 * What a variable holds is text. Where an option is a number or a switch and the variable is all that stands there, it is
 * read as one: `port: ${PORT}`.
 */
function asOptionsWant(told: Record<string, unknown>, whole: ReadonlySet<string>): Record<string, unknown> {
  if (whole.size === 0) return told;
  for (const { code, path, ...issue } of configSchema().safeParse(told).error?.issues ?? []) {
    if (code !== "invalid_type" || !whole.has(path.join("."))) continue;
    const expected = (issue as { expected?: string }).expected;
    const last = path.at(-1)!;
    const holder = path.slice(0, -1).reduce((inner, step) => inner[step] as Holder, told as Holder);
    const text = holder[last];
    if (typeof text !== "string") continue;
    if (expected === "number" && NUMBER.test(text)) holder[last] = Number(text);
    if (expected === "boolean" && (text === "true" || text === "false")) holder[last] = text === "true";
  }
  return told;
}

type Holder = Record<PropertyKey, unknown>;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** An option that was told elsewhere than in the file, and where. */
interface Outside {
  option: string;
  value: unknown;
  origin: string;
}

function fromEnvironment(env: Environment): Outside[] {
  const told: Outside[] = [];
  const take = (name: string, option: string, read: (text: string) => unknown = String) => {
    const text = env[name];
    if (text) told.push({ option, value: read(text), origin: name });
    return Boolean(text);
  };
  take("HEADGATE_HOST", "host");
  // Kubernetes sets it so in every pod beside a service of the name "headgate": that is an address, and not meant for us.
  if (!env.HEADGATE_PORT?.startsWith("tcp://")) take("HEADGATE_PORT", "port", wholeNumber);
  take("HEADGATE_DATA", "data");
  take("HEADGATE_WORKERS", "workers", wholeNumber);
  const at = (url: string) => ({ url });
  for (const [name, option] of [
    ["HEADGATE_DATABASE_URL", "database"],
    ["HEADGATE_REDIS_URL", "redis"],
  ] as const) {
    const file = `${name}_FILE`;
    if (!take(name, option, at)) take(file, option, (path) => at(contentsOf(path, file)));
  }
  // Either of two replaces both of the file's.
  for (const [name, option] of [
    ["HEADGATE_SECRET", "secret"],
    ["HEADGATE_SECRET_PREVIOUS", "secret_previous"],
    ["HEADGATE_ADMIN_TOKEN", "admin_token"],
  ] as const) {
    if (take(name, option)) told.push({ option: `${option}_file`, value: undefined, origin: name });
    else take(`${name}_FILE`, `${option}_file`);
  }
  return told;
}

/** An address in a file, for it may hold a password. @throws ConfigError */
function contentsOf(file: string, origin: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new ConfigError([`${origin}: ${file} cannot be read (${(cause as Error).message})`]);
  }
}

function fromFlags(flags: Flags): Outside[] {
  const told: Outside[] = [];
  const { host, port, data, workers, simulate } = flags;
  if (host !== undefined) told.push({ option: "host", value: host, origin: "--host" });
  if (port !== undefined) told.push({ option: "port", value: wholeNumber(port), origin: "--port" });
  if (data !== undefined) told.push({ option: "data", value: data, origin: "--data" });
  if (workers !== undefined) told.push({ option: "workers", value: wholeNumber(workers), origin: "--workers" });
  if (simulate === true) told.push({ option: "simulate", value: "always", origin: "--simulate" });
  return told;
}

/** A number where it is one; what is not stays as it is, for the check to complain about. */
function wholeNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}
