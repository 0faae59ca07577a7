import { hash } from "./chance.ts";
import { isObject, type Json, type JsonObject, listOf, numberOf, objectOr, textOf } from "./json.ts";

/** Deeper than this, only what a schema requires is made, so that one which contains itself comes to an end. */
const DEEP = 4;
/** Deeper than this, even that is cut: such a schema has no finite value. */
const DEEPEST = 32;

/** What a string of this name may hold, so that a demonstration reads well. */
const BY_NAME: readonly [RegExp, string][] = [
  [/city|location|place|town|capital/, "Paris"],
  [/country/, "France"],
  [/zone/, "Europe/Paris"],
  [/mail/, "ada@example.com"],
  [/name|person|author|user/, "Ada Lovelace"],
  [/date|day/, "2026-01-15"],
  [/time/, "12:30"],
  [/url|link|site/, "https://example.com/"],
  [/query|question|search/, "simulated query"],
  [/unit/, "celsius"],
  [/currency/, "EUR"],
  [/code|expression/, "1 + 1"],
];

const BY_FORMAT: Record<string, string> = {
  "date-time": "2026-01-15T12:30:00Z",
  date: "2026-01-15",
  time: "12:30:00Z",
  duration: "PT5M",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  uuid: "7d444840-9dc0-41d1-b245-5ffdce74fad2",
};

/** A value that satisfies this JSON schema: always the same one for the same schema. */
export function sampleJson(schema: JsonObject): Json {
  return sample(schema, { root: schema, name: "", depth: 0 });
}

interface Place {
  root: JsonObject;
  /** The member this value will stand at. */
  name: string;
  depth: number;
}

function sample(given: Json | undefined, place: Place): Json {
  if (!isObject(given)) return "text";
  const schema = resolve(given, place);
  if (schema.const !== undefined) return schema.const;
  const choices = listOf(schema.enum);
  if (choices.length > 0) return choices[0] as Json;
  switch (typeOf(schema)) {
    case "object":
      return sampleObject(schema, place);
    case "array":
      return sampleArray(schema, place);
    case "integer":
    case "number":
      return sampleNumber(schema, place);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleString(schema, place);
  }
}

/** One schema without references and alternatives: the first alternative is taken, all of `allOf` are joined. */
function resolve(schema: JsonObject, place: Place, hops = 0): JsonObject {
  const { $ref, anyOf, oneOf, allOf, ...own } = schema;
  if (hops > DEEPEST) return own;
  let merged: JsonObject = own;
  const parts = [...listOf(allOf)];
  if (typeof $ref === "string") parts.push(pointed($ref, place.root));
  const alternatives = listOf(anyOf ?? oneOf);
  // Past the depth, the alternative that ends is better than the first.
  const ending = place.depth > DEEP ? alternatives.find((one) => isObject(one) && one.type === "null") : undefined;
  const alternative = ending ?? alternatives[0];
  if (alternative !== undefined) parts.push(alternative);
  for (const part of parts) {
    if (!isObject(part)) continue;
    const resolved = resolve(part, place, hops + 1);
    merged = {
      ...merged,
      ...resolved,
      properties: { ...objectOr(merged.properties, {}), ...objectOr(resolved.properties, {}) },
      required: [...listOf(merged.required), ...listOf(resolved.required)],
    };
  }
  return merged;
}

function pointed(reference: string, root: JsonObject): Json {
  let at: Json | undefined = root;
  for (const step of reference.replace(/^#\/?/, "").split("/")) {
    if (step === "") continue;
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) ? at[name] : listOf(at)[Number(name)];
  }
  return at ?? {};
}

function typeOf(schema: JsonObject): string {
  const type = schema.type;
  if (typeof type === "string") return type;
  const listed = listOf(type).find((one) => one !== "null") ?? listOf(type)[0];
  if (typeof listed === "string") return listed;
  if (Object.keys(objectOr(schema.properties, {})).length > 0) return "object";
  if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
  if (schema.minimum !== undefined || schema.maximum !== undefined) return "number";
  return "string";
}

function sampleObject(schema: JsonObject, place: Place): JsonObject {
  const value: JsonObject = {};
  if (place.depth > DEEPEST) return value;
  const required = listOf(schema.required);
  for (const [name, member] of Object.entries(objectOr(schema.properties, {}))) {
    if (place.depth >= DEEP && !required.includes(name)) continue;
    value[name] = sample(member, { root: place.root, name, depth: place.depth + 1 });
  }
  for (const name of required) {
    if (typeof name !== "string" || name in value) continue;
    value[name] = sample(schema.additionalProperties, { root: place.root, name, depth: place.depth + 1 });
  }
  return value;
}

function sampleArray(schema: JsonObject, place: Place): Json[] {
  const inside = { ...place, depth: place.depth + 1 };
  const value = listOf(schema.prefixItems).map((item) => sample(item, inside));
  const least = Math.max(numberOf(schema.minItems) ?? 0, place.depth >= DEEP || schema.items === false ? 0 : 1);
  const most = Math.min(numberOf(schema.maxItems) ?? Number.POSITIVE_INFINITY, Math.max(least, value.length));
  while (value.length < most && place.depth <= DEEPEST) value.push(sample(schema.items, inside));
  return value;
}

function sampleNumber(schema: JsonObject, place: Place): number {
  const step = numberOf(schema.multipleOf) ?? (typeOf(schema) === "integer" ? 1 : 0.5);
  const low = lowest(schema, step);
  const high = highest(schema, step);
  const wish = hash(place.name) % 40;
  const value = Math.ceil(Math.min(Math.max(wish, low), high) / step) * step;
  return value > high ? Math.floor(high / step) * step : value;
}

function lowest(schema: JsonObject, step: number): number {
  const above = numberOf(schema.exclusiveMinimum);
  return Math.max(
    numberOf(schema.minimum) ?? Number.NEGATIVE_INFINITY,
    above === undefined ? Number.NEGATIVE_INFINITY : above + step,
  );
}

function highest(schema: JsonObject, step: number): number {
  const below = numberOf(schema.exclusiveMaximum);
  return Math.min(
    numberOf(schema.maximum) ?? Number.POSITIVE_INFINITY,
    below === undefined ? Number.POSITIVE_INFINITY : below - step,
  );
}

function sampleString(schema: JsonObject, place: Place): string {
  const format = BY_FORMAT[textOf(schema.format)];
  if (format !== undefined) return format;
  const name = place.name.toLowerCase();
  let value = BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? `simulated ${place.name || "text"}`;
  const least = numberOf(schema.minLength) ?? 0;
  while (value.length < least) value += value;
  return value.slice(0, numberOf(schema.maxLength) ?? Number.POSITIVE_INFINITY);
}
