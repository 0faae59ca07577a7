import { checkRule, checkVirtualModel, type DirectionsConfig } from "../config/direction.ts";
import { ConfigError } from "../config/explain.ts";
import { GatewayError } from "../core/error.ts";
import { type JsonObject, objectAt } from "../core/json.ts";
import type { DirectionKind, DirectionRow } from "../store/directions.ts";

/** A rule or a virtual model that was made here. */
export interface Made extends Omit<DirectionRow, "value"> {
  /** As it was told, without what it is by default. */
  readonly value: JsonObject;
  /** The same, as it is kept and told. */
  readonly text: string;
  /** Why it does not hold: the configuration or the catalogue has changed since. */
  readonly problem?: string;
}

export const WORDS = {
  rule: { one: "routing rule", path: "routing_rules", action: "routing_rule" },
  virtual_model: { one: "virtual model", path: "virtual_models", action: "virtual_model" },
} as const;

export function madeOf({ value, ...row }: DirectionRow): Made[] {
  return value === null ? [] : [{ ...row, value: JSON.parse(value) as JsonObject, text: value }];
}

export function rowOf({ kind, id, text, place, createdAt, version }: Made): DirectionRow {
  return { kind, id, value: text, place, createdAt, version };
}

export function keyOf({ kind, id }: Pick<DirectionRow, "kind" | "id">): string {
  return `${kind} ${id}`;
}

export const SOURCE = "the body";
export const NO_SECRETS =
  "What shows or holds a secret stands in the configuration only: here it would be kept, and shown.";

/** What of an address shows a secret, or names a file that holds one: it would be sent wherever whoever has the admin token says. */
export function secretIn({ relay }: JsonObject): string | undefined {
  const told = objectAt(relay) ?? {};
  const name = SECRETS.find((member) => told[member] !== undefined);
  return name === undefined ? undefined : `relay.${name}`;
}

const SECRETS = ["api_key", "api_key_file", "headers"] as const;

export function withoutSecrets(value: JsonObject): JsonObject {
  const relay = objectAt(value.relay);
  if (relay === undefined) return value;
  const shown = Object.entries(relay).filter(([member]) => !(SECRETS as readonly string[]).includes(member));
  return { ...value, relay: Object.fromEntries(shown) };
}

export function mustBe<T>(result: { readonly value: T } | { readonly problems: readonly { line: string }[] }): T {
  if ("value" in result) return result.value;
  throw new ConfigError(result.problems.map(({ line }) => line));
}

/** As it will be after a restart. @throws GatewayError for what is wrong with it alone, with its place in the body */
export function checked(told: Omit<Made, "text">): Made {
  const value = plain(told.value);
  const made = { ...told, value, text: JSON.stringify(value) };
  const { kind, id } = made;
  const secret = secretIn(value);
  if (secret !== undefined) throw invalid(secret, NO_SECRETS);
  mustStandInPath("id", id);
  const result = kind === "rule" ? checkRule({ ...value, id }, SOURCE) : checkVirtualModel(id, value, SOURCE);
  if ("value" in result) return made;
  const param = result.problems[0]!.path.join(".");
  throw invalid(param === "" ? "id" : param, result.problems.map(({ line }) => line).join("\n"));
}

/** Those of the configuration, as they are shown. */
export function fixedOf({ routing_rules, virtual_models }: DirectionsConfig, kind: DirectionKind): JsonObject[] {
  const told =
    kind === "rule"
      ? routing_rules.map(({ id, ...value }) => [id, value] as const)
      : Object.entries(virtual_models).map(([id, value]) => [id, value] as const);
  const marks = { source: "configuration", read_only: true };
  return told.map(([id, value]) => ({ id, ...withoutSecrets(plain(value)), ...marks }));
}

export function shown({ kind, id, value, createdAt, problem }: Made): JsonObject {
  const result = kind === "rule" ? checkRule({ ...value, id }, SOURCE) : checkVirtualModel(id, value, SOURCE);
  return {
    id,
    ...withoutSecrets("value" in result ? plain(result.value) : value),
    source: "api",
    read_only: false,
    created_at: new Date(createdAt).toISOString(),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** As JSON has it: without what is absent. */
export function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** What the configuration would be refused for, and where. @param said what the body told: what is wrong with it has its place there */
export function refused(thrown: unknown, said?: Made): GatewayError {
  if (!(thrown instanceof ConfigError)) return GatewayError.from(thrown);
  const told = thrown.problems.map((line) => placed(line, said));
  return invalid(told[0]?.param ?? "", told.map(({ message }) => message).join("\n"));
}

function placed(line: string, said: Made | undefined): { readonly param: string; readonly message: string } {
  const end = line.indexOf(": ");
  const place = line.slice(0, end);
  const own = said === undefined ? undefined : placeIn(said, place);
  if (own === undefined) return { param: place, message: line };
  const message = line.slice(end + 2);
  return own === ""
    ? { param: "id", message: `${SOURCE}: ${message}` }
    : { param: own, message: `${SOURCE}: ${own}: ${message}` };
}

/** The member of this one that a place in the configuration is; nothing where it is another's. */
function placeIn({ kind, id }: Made, place: string): string | undefined {
  const { path } = WORDS[kind];
  const start = kind === "rule" ? `${/^routing_rules\.\d+/.exec(place)?.[0]} (${id})` : `${path}.${id}`;
  if (place === start) return "";
  return place.startsWith(`${start}.`) ? place.slice(start.length + 1) : undefined;
}

/** By `.` and `..` every client goes to the folder: what is called so could never be asked for, changed or taken away. @throws GatewayError */
export function mustStandInPath(param: string, name: string): void {
  if (name === "." || name === "..") throw invalid(param, `Nothing can be called ${JSON.stringify(name)}.`);
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}

export function nothing(kind: DirectionKind, id: string): GatewayError {
  return new GatewayError("not_found", `There is no ${WORDS[kind].one} ${JSON.stringify(id.slice(0, 200))}.`, {
    param: "id",
  });
}
