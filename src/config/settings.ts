import { isObject } from "../core/json.ts";
import { redact } from "../core/redact.ts";
import { jsonSchema } from "./load.ts";
import type { Config } from "./schema.ts";

/** Where what a configuration says was told. */
export interface Origins {
  /** The file that was read, if any, and what stands in it. */
  readonly file: string | undefined;
  readonly inFile: unknown;
  /** What variables and flags say, by option; their names begin with `--` where they are flags. */
  readonly outside: ReadonlyMap<string, { readonly value: unknown; readonly origin: string }>;
}

/** One option and its value: of a secret only whether there is one. */
export interface ToldSetting {
  readonly path: string;
  readonly value: string | number | boolean | null | readonly unknown[] | object;
  readonly is_secret: boolean;
  readonly is_set: boolean;
  /** `program`: of whoever embeds the gateway. */
  readonly source: "default" | "file" | "environment" | "flag" | "program";
  readonly named: string | null;
  readonly description: string;
}

/** A part of the schema, as JSON Schema has it. */
interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
}

let schema: Node | undefined;

/** All options that there are: of those under a name of the operator's, such as a provider's, the ones that have a value. */
export function settingsOf(config: Config, origins: Origins | undefined): ToldSetting[] {
  const all: ToldSetting[] = [];
  // It takes ten milliseconds, in which nobody else has a turn.
  schema ??= jsonSchema() as Node;
  walk(schema, config, [], false, (node, path, value) => {
    const { source, named } = sourceOf(path, value, node, origins);
    const secret = isSecret(path);
    const isSet = value !== undefined;
    const shown = secret || !isSet ? null : bare(value, path);
    const description = node.description ?? "";
    all.push({
      path: path.join("."),
      value: shown as ToldSetting["value"],
      is_secret: secret,
      is_set: isSet,
      source,
      named,
      description,
    });
  });
  return all;
}

/** @param isNamed whether it stands under a name of the operator's: there only what has a value is told */
function walk(
  { properties = {} }: Node,
  value: unknown,
  at: readonly string[],
  isNamed: boolean,
  tell: (node: Node, path: readonly string[], value: unknown) => void,
): void {
  for (const [name, member] of Object.entries(properties)) {
    const inner = isObject(value) ? (value[name] as unknown) : undefined;
    const path = [...at, name];
    const { additionalProperties: each } = member;
    if (name === "$schema" || (isNamed && inner === undefined)) continue;
    if (member.properties !== undefined && isObject(inner)) walk(member, inner, path, isNamed, tell);
    else if (isObject(each) && each.properties !== undefined && isObject(inner) && Object.keys(inner).length > 0)
      for (const [own, one] of Object.entries(inner)) walk(each, one, [...path, own], true, tell);
    else tell(member, path, inner);
  }
}

/** What holds a secret, by how it is called. What only names one, such as `secret_file`, tells nothing. */
const SECRET =
  /^(api_?key|access_key_id|secret_access_key|(.*_)?(secret|token|password)(_previous)?|headers|credentials_json)$/i;
/** The address of a webhook is often all that it takes to call it. */
const SECRET_PATHS: ReadonlySet<string> = new Set(["budgets.alerts.url"]);

function isSecret(path: readonly string[]): boolean {
  return SECRET.test(path.at(-1)!) || SECRET_PATHS.has(path.join("."));
}

const HIDDEN = "[secret]";

/** Without secrets, however deep they stand, and without who is who in addresses. */
function bare(value: unknown, path: readonly string[]): unknown {
  if (typeof value === "string") return withoutLogin(redact(value));
  if (Array.isArray(value)) return value.map((one) => bare(one, path));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).flatMap(([name, inner]) => {
    if (inner === undefined) return [];
    const at = [...path, name];
    return [[name, isSecret(at) ? HIDDEN : bare(inner, at)] as const];
  });
  return Object.fromEntries(members);
}

/** An address without name, password and what stands behind the question mark. */
function withoutLogin(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const bare = text.replace(/\?.*$/s, "");
  const end = bare.indexOf("/", bare.indexOf("://") + 3);
  const authority = end < 0 ? bare : bare.slice(0, end);
  return authority.includes("@")
    ? bare.slice(0, bare.indexOf("://") + 3) + bare.slice(authority.lastIndexOf("@") + 1)
    : bare;
}

function sourceOf(
  path: readonly string[],
  value: unknown,
  { default: usual }: Node,
  origins: Origins | undefined,
): Pick<ToldSetting, "source" | "named"> {
  if (origins === undefined) {
    const isUsual = value === undefined || Bun.deepEquals(value, usual);
    return { source: isUsual ? "default" : "program", named: null };
  }
  if (value === undefined) return { source: "default", named: null };
  const [option = "", ...rest] = path;
  const told = origins.outside.get(option);
  if (told !== undefined && stands(told.value, rest))
    return { source: told.origin.startsWith("--") ? "flag" : "environment", named: told.origin };
  return { source: stands(origins.inFile, path) ? "file" : "default", named: null };
}

/** Whether something is told there. */
function stands(told: unknown, path: readonly string[]): boolean {
  let inner: unknown = told;
  for (const name of path) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return false;
    inner = inner[name];
  }
  return inner !== undefined;
}
