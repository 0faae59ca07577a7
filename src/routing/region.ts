import { GEO_REGIONS, type GeoRegion, geoOf } from "../catalog/regions.ts";
import { isObject, type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { nameOf, refuse, refuseUnknown } from "./option.ts";

/** Where a request may be processed. */
export interface Place {
  readonly geo?: GeoRegion | undefined;
  /** A region as the provider calls it. */
  readonly region?: string | undefined;
}

/** … at one provider: `null` where it shall not take part, `undefined` for anywhere. */
export type PlaceThere = Place | null | undefined;

export interface Places {
  /** At providers that are not named. */
  readonly usual: PlaceThere;
  /** By provider, under whatever name the client has for it. */
  readonly providers: ReadonlyMap<string, PlaceThere>;
}

const SCOPES = ["global", "zone", "specific"] as const;
const MEMBERS = ["scope", "geoRegion", "providerRegion"] as const;

/** Reads `inferenceRegion` (contract 5). @throws GatewayError `invalid_request` */
export function placesOf(value: JsonValue | undefined): Places | undefined {
  if (value === undefined || value === null) return undefined;
  const told = objectAt(value);
  if (told === undefined) throw refuse("inferenceRegion", 'an object such as {"scope": "zone", "geoRegion": "eu"}');
  refuseUnknown(told, "inferenceRegion", [...MEMBERS, "providers"]);
  const named = told.providers ?? {};
  if (!isObject(named)) throw refuse("inferenceRegion.providers", "an object of regions by provider");
  const providers = Object.entries(named).map(([name, inner]): [string, PlaceThere] => {
    const at = `inferenceRegion.providers.${name}`;
    if (inner === null) return [name, null];
    const place = objectAt(inner);
    if (place === undefined) throw refuse(at, "an object of a region, or null for a provider that shall not serve");
    refuseUnknown(place, at, MEMBERS);
    return [name, placeOf({ scope: told.scope ?? null, ...place }, at)];
  });
  const isNamed = providers.some(([, place]) => place !== null);
  const isSilent = (told.geoRegion ?? told.providerRegion ?? null) === null;
  // Regions are told for some, so the others have none that they could keep to.
  const usual = isNamed && isSilent && told.scope !== "global" ? null : placeOf(told, "inferenceRegion");
  return { usual, providers: new Map(providers) };
}

function placeOf(told: JsonObject, at: string): Place | undefined {
  const { scope, geoRegion, providerRegion } = told;
  if (!SCOPES.includes(scope as "zone")) throw refuse(`${at}.scope`, '"zone", "specific" or "global"');
  const geo = geoRegion ?? undefined;
  if (geo !== undefined && !GEO_REGIONS.includes(geo as GeoRegion))
    throw refuse(`${at}.geoRegion`, GEO_REGIONS.map((name) => `"${name}"`).join(" or "));
  const region = nameOf(providerRegion, `${at}.providerRegion`);
  if (scope === "global") {
    if (geo === undefined && region === undefined) return undefined;
    throw refuse(`${at}.scope`, '"zone" or "specific" beside a region');
  }
  if (geo !== undefined || region !== undefined) return { geo: geo as GeoRegion | undefined, region };
  throw refuse(at, "given with a geoRegion or a providerRegion");
}

/** What is known of where a credential leads. */
export interface Located {
  readonly provider: string;
  /** All the regions in which it may process what it is sent. Absent: anywhere. */
  readonly regions?: readonly string[] | undefined;
  readonly kind?: "system" | "byok";
  /** Nothing leaves this machine. */
  readonly simulated?: boolean;
}

/** Why a credential leads somewhere else than where the request may be processed, or `undefined`. */
export function astray({ provider, kind, regions, simulated }: Located, place: PlaceThere): string | undefined {
  if (place === undefined || (simulated === true && place !== null)) return undefined;
  if (place === null) return "has no region in `inferenceRegion`";
  const { geo, region } = place;
  const wanted = region ?? geo;
  const isThere = (one: string) =>
    (region === undefined || one === region) && (geo === undefined || one === geo || geoOf(one) === geo);
  if (regions !== undefined && regions.length > 0 && regions.every(isThere)) return undefined;
  const known = regions === undefined ? "not known to stay" : `in ${regions.join(", ")} and not`;
  const remedy =
    kind === "byok"
      ? "nothing is known of the request's own account"
      : `if your contract has it: providers.${provider}.regions: [${wanted}]`;
  return `${known} in ${wanted} (${remedy})`;
}
