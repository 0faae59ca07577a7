import { type JsonValue, objectAt } from "../core/json.ts";
import { millisecondsOf, refuse, refuseUnknown } from "./option.ts";

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

/** How long the client waits at the most, in milliseconds, where it waits less than the operator: for whoever is asked, and by each attempt. */
export interface Patience {
  readonly connect?: number;
  readonly firstByte?: number;
  readonly firstContent?: number;
  readonly idle?: number;
  readonly total?: number;
}

/** The clocks, under the names that they have in the configuration. */
const CLOCKS = {
  connect_ms: "connect",
  first_byte_ms: "firstByte",
  first_content_ms: "firstContent",
  idle_ms: "idle",
  total_ms: "total",
} as const satisfies Record<string, keyof Patience>;

/** Reads `clocks`. @returns `undefined` where it says nothing @throws GatewayError */
export function patienceOf(value: JsonValue | undefined): Patience | undefined {
  if (value === undefined || value === null) return undefined;
  const told = objectAt(value);
  if (told === undefined) throw refuse("clocks", 'an object such as {"total_ms": 60000}');
  refuseUnknown(told, "clocks", Object.keys(CLOCKS));
  const patience: { -readonly [Clock in keyof Patience]: Patience[Clock] } = {};
  for (const [name, clock] of Object.entries(CLOCKS)) {
    const ms = told[name] ?? undefined;
    if (ms !== undefined) patience[clock] = millisecondsOf(ms, `clocks.${name}`);
  }
  return Object.keys(patience).length === 0 ? undefined : patience;
}

function timesOf(value: JsonValue | undefined, at: string): Map<string, number> {
  if (value === undefined || value === null) return new Map();
  const told = objectAt(value);
  if (told === undefined) throw refuse(at, "an object of milliseconds by provider");
  return new Map(Object.entries(told).map(([name, ms]) => [name, millisecondsOf(ms ?? null, `${at}.${name}`)]));
}
