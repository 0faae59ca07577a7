import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ability } from "../catalog/model.ts";
import type { JsonValue } from "../core/json.ts";
import { refuseWord } from "./option.ts";

/** What `has` may ask of an endpoint, in the hosted catalogue's words (contract 5, 8.1), and the ability that each means. */
const ABILITY = {
  "implicit-caching": "caching",
  vision: "vision",
  "tool-use": "tools",
  "file-input": "files",
  reasoning: "reasoning",
  "explicit-caching": "explicit-caching",
} as const satisfies Record<string, Ability>;

export const FEATURES = [...(Object.keys(ABILITY) as (keyof typeof ABILITY)[]), "free"] as const;
export type Feature = (typeof FEATURES)[number];

/** Reads `has`. @throws GatewayError `invalid_request` */
export function featuresOf(value: JsonValue | undefined): readonly Feature[] {
  if (value === undefined || value === null) return [];
  const told = Array.isArray(value) ? value : [undefined];
  for (const word of told) if (!FEATURES.includes(word as Feature)) throw refuseWord("has", word, FEATURES);
  return [...new Set(told as Feature[])];
}

/** What an endpoint is not known to have. */
export function missingFeatures(endpoint: Endpoint, features: readonly Feature[]): readonly Feature[] {
  return features.filter((feature) => !hasFeature(endpoint, feature));
}

/** Why who does not have them is passed over. */
export function without(missing: readonly Feature[]): string {
  return `does not have ${missing.map((one) => `\`${one}\``).join(", ")}`;
}

function hasFeature({ abilities, price }: Endpoint, feature: Feature): boolean {
  if (feature === "free") return price !== undefined && Object.values(price.rates).every((rate) => rate === 0);
  return abilities?.includes(ABILITY[feature]) === true;
}
