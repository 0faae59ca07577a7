import { RateLimits, type RateLimitsTold } from "../../src/access/rate-limits.ts";
import { checkConfig } from "../../src/config/load.ts";
import { MemoryBuckets } from "../../src/counters/memory-buckets.ts";
import type { RunningGateway } from "../support/gateway.ts";

/** A clock that stands still until the test moves it. */
export interface Clock {
  now: number;
  /** What is taken on it. */
  readonly buckets: MemoryBuckets;
}

/** Limits in force from now on, as `rate_limits` has them, on a clock of the test's own; no request was made yet. */
export function limit(gateway: RunningGateway, told: object): Clock {
  const buckets = new MemoryBuckets(() => clock.now);
  const clock = { now: 1e6, buckets };
  const gates = gateway.headgate.gateway as { gates: readonly unknown[] };
  gates.gates = [new RateLimits(toldOf(told), buckets)];
  return clock;
}

export function toldOf(told: object): RateLimitsTold {
  return checkConfig({ rate_limits: told }, "test").rate_limits;
}

/** What a reply tells of limits, without the beginning that all of it has in common. */
export function levelsIn(headers: Headers): Record<string, string> {
  const all = [...headers].filter(([name]) => name.includes("ratelimit-"));
  return Object.fromEntries(all.map(([name, value]) => [name.replace(/^x-ratelimit-/, ""), value]));
}
