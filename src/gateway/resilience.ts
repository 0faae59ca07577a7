import type { Config } from "../config/schema.ts";
import { Health } from "../routing/health.ts";
import { Hedging } from "../routing/hedging.ts";
import { type Retries, RetryBudget } from "../routing/retries.ts";
import { Drains } from "./drains.ts";

/** What keeps a gateway answering while others fail. Belongs to the process, not to its configuration of the moment. */
export interface Resilience {
  readonly health: Health;
  readonly retries: Retries;
  readonly hedging: Hedging;
  readonly drains: Drains;
}

/** For a gateway that begins: nobody has failed yet. */
export function resilienceOf(config: Pick<Config, "health" | "retries" | "hedging" | "drain_abandoned">): Resilience {
  const { health, retries, hedging, drain_abandoned } = config;
  const now = () => performance.now();
  const random = () => Math.random();
  return {
    health: new Health({
      now,
      random,
      failures: health.failures,
      cooldownMs: health.cooldown_ms,
      longestCooldownMs: health.longest_cooldown_ms,
    }),
    retries: {
      random,
      sameEndpoint: retries.same_endpoint,
      waitMs: retries.wait_ms,
      backoffMs: retries.backoff_ms,
      attempts: retries.attempts,
      untilMs: retries.until_ms,
      budget: new RetryBudget(now),
      ownBudget: new RetryBudget(now),
    },
    hedging: new Hedging(hedging.percent, hedging.models),
    drains: new Drains(drain_abandoned),
  };
}
