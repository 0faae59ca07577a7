import type { Endpoint } from "../catalog/endpoint.ts";
import { GEO_REGIONS, type GeoRegion, geoOf } from "../catalog/regions.ts";
import { isObject, type JsonObject, type JsonValue, objectAt } from "../core/json.ts";
import { nameOf, refuse, refuseUnknown } from "./option.ts";
import { settingsOf } from "./policy.ts";

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
  /** All the regions in which it may process what it is sent, as the operator says. Absent: anywhere. */
  readonly regions?: readonly string[] | undefined;
  /** Where its requests are sent. */
  readonly located?: string | undefined;
  /** That is one at which the provider keeps to a part of the world. */
  readonly regional?: boolean;
  readonly kind?: "system" | "byok";
  /** Nothing leaves this machine. */
  readonly simulated?: boolean;
}

/** Whether it is served where it stays in a part of the world, which may have its price. Where nobody knows, it is taken for served anywhere. */
export function isRegional(endpoint: Runs, { located, regional }: Located): boolean {
  if (endpoint.routes !== undefined) return routeOf(endpoint) !== "anywhere";
  return regional === true || (located !== undefined && located !== "global");
}

/** What is known of where an endpoint runs. */
export type Runs = Pick<Endpoint, "upstream" | "routes">;

/**
 * All the regions, or parts of the world, in which what is sent may be processed: none where that is anywhere, `undefined` where nobody
 * knows. What is known of the address and of the model's name holds, whatever the operator says: neither widens the other.
 */
export function stayOf(endpoint: Runs, credential: Located): readonly string[] | undefined {
  const where = routeOf(endpoint);
  if (where === "anywhere") return [];
  const account = accountOf(credential);
  // Of such a name the operator alone knows, of an account that is where it may be.
  if (where === undefined) return account === undefined ? undefined : credential.regions;
  if (where === "there" || account === undefined) return account;
  // From elsewhere such a name may lead elsewhere too.
  return lies(account, { geo: where }) ? [where] : undefined;
}

function accountOf({ regions, located }: Located): readonly string[] | undefined {
  if (located === "global") return [];
  if (located === undefined) return regions;
  return regions === undefined || isAmong(located, regions) ? [located] : undefined;
}

function isAmong(located: string, regions: readonly string[]): boolean {
  return regions.some((one) => one === located || one === geoOf(located));
}

function routeOf({ upstream, routes }: Runs): GeoRegion | "there" | "anywhere" | undefined {
  return routes === undefined ? "there" : routes.find(([beginning]) => beginning.test(upstream))?.[1];
}

/** Whether all of these lie there, and there is one. */
function lies(regions: readonly string[], { geo, region }: Place): boolean {
  const isThere = (one: string) =>
    (region === undefined || one === region) && (geo === undefined || one === geo || geoOf(one) === geo);
  return regions.length > 0 && regions.every(isThere);
}

/** Where a provider does not have the model under that name, as far as that can be told from the name; `undefined` where it may. */
export function misplaced(endpoint: Runs, { located }: Located): string | undefined {
  if (endpoint.routes === undefined || located === undefined) return undefined;
  const geo = geoOf(located);
  const where = routeOf(endpoint);
  if (geo === undefined || where === geo || !isGeo(where)) return undefined;
  return `in ${located}: ${endpoint.upstream} runs in ${where}`;
}

/** Why what is sent may be processed elsewhere than where the request may be, or `undefined`. */
export function astray(endpoint: Runs, credential: Located, place: PlaceThere): string | undefined {
  if (place === undefined || (credential.simulated === true && place !== null)) return undefined;
  if (place === null) return "has no region in `inferenceRegion`";
  const stay = stayOf(endpoint, credential);
  if (stay !== undefined && lies(stay, place)) return undefined;
  const wanted = place.region ?? place.geo!;
  const where = routeOf(endpoint);
  if (stay?.length === 0) {
    const why = where === "anywhere" ? `the name ${endpoint.upstream}` : "the location global";
    return `may run anywhere, as ${why} says, and not only in ${wanted}`;
  }
  if (isGeo(where) && where !== place.geo)
    return `runs in ${where}, as the name ${endpoint.upstream} says, and not in ${wanted}`;
  const { provider, kind, regions, located } = credential;
  if (regions !== undefined && located !== undefined && !isAmong(located, regions))
    return `not known to stay in ${wanted}: its address is in ${located}, and its regions (${regions.join(", ")}) are elsewhere`;
  const known = stay === undefined ? "not known to stay" : `in ${stay.join(", ")} and not`;
  if (stay !== undefined && regions === undefined) return `${known} in ${wanted}`;
  const remedy =
    kind === "byok"
      ? "nothing is known of the request's own account"
      : `if your contract has it: ${settingsOf(provider)}.regions: [${wanted}]`;
  return `${known} in ${wanted} (${remedy})`;
}

/**
 * Where a request is processed, as the record tells it: a part of the world, `global`, or a region after the part of the world in which it
 * lies, `eu/europe-west4`. Absent where nobody knows, or it is one of several.
 */
export function placeNameOf(endpoint: Runs, credential: Located): string | undefined {
  if (endpoint.routes === undefined && credential.located === undefined && credential.regions === undefined)
    return undefined;
  const stay = stayOf(endpoint, credential);
  if (stay === undefined || credential.simulated === true) return undefined;
  const [one] = stay;
  if (one === undefined) return "global";
  if (stay.length > 1) return GEO_REGIONS.find((geo) => lies(stay, { geo }));
  return isGeo(one) ? one : `${geoOf(one) ?? ""}/${one}`;
}

function isGeo(place: string | undefined): place is GeoRegion {
  return GEO_REGIONS.includes(place as GeoRegion);
}
