import type { Aside } from "../ledger/routing-record.ts";
import type { Health } from "../routing/health.ts";
import type { Leg } from "../routing/plan.ts";
import type { Credential } from "../upstream/credentials.ts";

/** Those of a plan who are left alone at this moment. Mostly nobody. */
export function asideOf(legs: readonly Leg<Credential>[], health: Health): readonly Aside[] {
  const down = legs.filter((leg) => health.rank(leg) === "down");
  return down.map((leg) => {
    const { provider, name } = leg.credential;
    return [name === undefined ? provider : `${provider}/${name}`, health.of(leg)?.shut?.cause.code ?? "down"];
  });
}
