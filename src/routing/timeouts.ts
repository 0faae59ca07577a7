import { type JsonValue, objectAt } from "../core/json.ts";
import { millisecondsOf, refuse } from "./option.ts";

/** How long providers may take to begin their answer, in milliseconds, under the names that the client has for them. */
export interface Timeouts {
  readonly byok: ReadonlyMap<string, number>;
  /** For every credential. */
  readonly all: ReadonlyMap<string, number>;
}

/** Reads `providerTimeouts`: the hosted form, for the client's own credentials, and that for every one. @throws GatewayError */
export function timeoutsOf(value: JsonValue | undefined): Timeouts | undefined {
  if (value === undefined || value === null) return undefined;
  const told = objectAt(value);
  if (told === undefined) throw refuse("providerTimeouts", "an object of milliseconds by provider");
  const all = Object.entries(told).filter(([name]) => name !== "byok");
  return {
    byok: timesOf(told.byok, "providerTimeouts.byok"),
    all: timesOf(Object.fromEntries(all), "providerTimeouts"),
  };
}

function timesOf(value: JsonValue | undefined, at: string): Map<string, number> {
  if (value === undefined || value === null) return new Map();
  const told = objectAt(value);
  if (told === undefined) throw refuse(at, "an object of milliseconds by provider");
  return new Map(Object.entries(told).map(([name, ms]) => [name, millisecondsOf(ms ?? null, `${at}.${name}`)]));
}
