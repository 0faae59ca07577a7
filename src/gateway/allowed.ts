import type { Endpoint } from "../catalog/endpoint.ts";
import { GEO_REGIONS, type GeoRegion } from "../catalog/regions.ts";
import type { Choice, CredentialFacts } from "../routing/plan.ts";
import { breach, NO_POLICY, type Policy } from "../routing/policy.ts";
import { astray } from "../routing/region.ts";

/** Why the gateway's own policy, and that of a key, let nobody be asked on any of the operator's accounts with a provider; `undefined` where it does. */
export function ruledOut<C extends CredentialFacts>(
  { credentials, policy }: Choice<C>,
  provider: string,
  own?: Policy,
) {
  const above = [policy, own].filter((one) => one !== undefined);
  const reasons = (credentials.get(provider) ?? []).map((one) => breach(one, { request: NO_POLICY, above }));
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** Whether anybody may be asked at a provider, as far as that can be known before a request. */
export function isAsked<C extends CredentialFacts>(choice: Choice<C>, provider: string, own?: Policy): boolean {
  return choice.credentials.has(provider) && ruledOut(choice, provider, own) === undefined;
}

/** The parts of the world in which a request can be made to stay at an endpoint, on one of the operator's accounts at least. */
export function regionsAt<C extends CredentialFacts>({ credentials }: Choice<C>, endpoint: Endpoint): GeoRegion[] {
  const all = (credentials.get(endpoint.provider) ?? []).filter(({ simulated }) => simulated !== true);
  return GEO_REGIONS.filter((geo) => all.some((one) => astray(endpoint, one, { geo }) === undefined));
}
