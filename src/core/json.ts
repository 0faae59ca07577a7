/** JSON as it comes off the network. An object may hold members that nobody here has heard of: they travel. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at this place, or `undefined` where something else (or nothing) stands. */
export function objectAt(value: JsonValue | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function stringAt(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function arrayAt(value: JsonValue | undefined): JsonValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Parses text that somebody else wrote: `undefined` where it is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** `T` with the members that may be `undefined` made optional instead. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A copy without the members that are `undefined`: absent stays absent, as exact types want it. */
export function present<const T extends object>(members: T): Present<T> {
  const copy: Record<string, unknown> = {};
  // A ninth of what a list of entries costs.
  for (const name in members) if (members[name] !== undefined) copy[name] = members[name];
  return copy as Present<T>;
}

/** The later members over the earlier. No copy where the later has them all, as each report of a running total does. */
export function merged<T extends object>(earlier: T | undefined, later: T): T {
  for (const name in earlier) if (!(name in later)) return { ...earlier, ...later };
  return later;
}

/** Anything that can be written as JSON, whether or not it may be changed afterwards. */
type Writable =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Writable[]
  | { readonly [member: string]: Writable };

/** A JSON object of the members that are not `undefined`. */
export function jsonObject(members: { readonly [member: string]: Writable }): JsonObject {
  return present(members) as JsonObject;
}
