import type { Times } from "../catalog/tariffs.ts";
import type { Ask } from "../core/ask.ts";
import { peakAt, wantedBy } from "../ledger/dearer.ts";
import type { Leg } from "../routing/plan.ts";
import { isRegional } from "../routing/region.ts";

/** What is served ahead of others costs 1.7 to 2.5 times as much, where nobody says. https://openai.com/api-fast-mode/ */
const AT_MOST = 2.5;

/** How many times the usual price a request may cost at the dearest of those who may be asked, when it is asked. */
export function mostTimes(ask: Ask, legs: readonly Pick<Leg, "endpoint" | "credential">[], atMs: number): number {
  const { services, stays } = wantedBy(ask);
  let most = 1;
  for (const { endpoint, credential } of legs) {
    const { tariff } = endpoint;
    let times = 1;
    for (const service of services) times = Math.max(times, factor(tariff?.services?.[service], AT_MOST));
    if (tariff?.peaks !== undefined) times *= factor(peakAt(tariff, atMs), 1);
    if (tariff?.regional !== undefined && (stays || isRegional(endpoint, credential)))
      times *= factor(tariff.regional, 1);
    most = Math.max(most, times);
  }
  return most;
}

function factor(times: Times | undefined, otherwise: number): number {
  return times === undefined ? otherwise : times[0] / times[1];
}
