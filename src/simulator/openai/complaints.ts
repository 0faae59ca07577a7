import type { Json, JsonObject } from "../json.ts";
import { invalid } from "./vendor.ts";

const NAME = /^[a-zA-Z0-9_-]+$/;

/** A member of the request that the API does not know, such as one that a gateway should have kept to itself. */
export function refuseUnknown(body: JsonObject, known: ReadonlySet<string>): void {
  const unknown = Object.keys(body).filter((name) => !known.has(name));
  if (unknown.length === 1) throw invalid(`Unrecognized request argument supplied: ${unknown[0]}`);
  if (unknown.length > 1) throw invalid(`Unrecognized request arguments supplied: ${unknown.sort().join(", ")}`);
}

/** A member that belongs to the gateway, and that no vendor knows. */
export function refuseGateways(body: JsonObject): void {
  const leaked = ["providerOptions", "models", "tags", "caching"].find((name) => name in body);
  if (leaked !== undefined) throw invalid(`Unrecognized request argument supplied: ${leaked}`);
}

/** A member of an inner object that the API does not know. */
export function refuseMembers(value: JsonObject, known: ReadonlySet<string>, at: string): void {
  const unknown = Object.keys(value).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw invalid(`Unknown parameter: '${at}.${unknown}'.`, `${at}.${unknown}`, "unknown_parameter");
}

export function checkName(name: string, at: string): void {
  if (!NAME.test(name))
    throw invalid(
      `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      at,
      "invalid_value",
    );
  if (name.length > 64)
    throw invalid(
      `Invalid '${at}': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`,
      at,
      "string_above_max_length",
    );
}

export function missing(at: string) {
  return invalid(`Missing required parameter: '${at}'.`, at, "missing_required_parameter");
}

export function emptyArray(at: string) {
  return invalid(
    `Invalid '${at}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    at,
    "empty_array",
  );
}

export function wrongType(at: string, wanted: string, value: Json | undefined) {
  const kind =
    value === null
      ? "null"
      : Array.isArray(value)
        ? "an array"
        : typeof value === "object"
          ? "an object"
          : `a ${typeof value}`;
  return invalid(`Invalid type for '${at}': expected ${wanted}, but got ${kind} instead.`, at, "invalid_type");
}
