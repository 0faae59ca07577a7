import type { Times } from "../catalog/tariffs.ts";
import type { Ask } from "../core/ask.ts";
import { isObject } from "../core/json.ts";
import { peakAt, servicesAsked, staysThere } from "../ledger/dearer.ts";
import type { Leg } from "../routing/plan.ts";
import { isRegional } from "../routing/region.ts";

/** What is served ahead of others costs 1.7 to 2.5 times as much, where nobody says. https://openai.com/api-fast-mode/ */
const AT_MOST = 2.5;

/** How many times the usual price a request may cost at the dearest of those who may be asked. */
export function mostTimes(
  { body, gateway: { options } }: Ask,
  legs: readonly Pick<Leg, "endpoint" | "credential">[],
  atMs: number,
): number {
  const told = isObject(body.providerOptions) ? Object.values(body.providerOptions).filter(isObject) : [];
  const all = [body, ...told];
  const services = new Set([...all, options].flatMap(servicesAsked));
  const isFast = all.some(({ speed }) => speed === "fast");
  let most = 1;
  for (const { endpoint, credential } of legs) {
    const { tariff } = endpoint;
    let times = 1;
    for (const service of services) times = Math.max(times, factor(tariff?.services?.[service], AT_MOST));
    if (isFast) times = Math.max(times, factor(tariff?.services?.fast, AT_MOST));
    times *= factor(tariff === undefined ? undefined : peakAt(tariff, atMs), 1);
    const stays = tariff?.regional !== undefined && (isRegional(endpoint, credential) || all.some(staysThere));
    most = Math.max(most, stays ? times * factor(tariff?.regional, 1) : times);
  }
  return most;
}

function factor(times: Times | undefined, otherwise: number): number {
  return times === undefined ? otherwise : times[0] / times[1];
}
