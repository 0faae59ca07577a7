import manifest from "../../package.json" with { type: "json" };
import type { Gateway } from "../gateway/gateway.ts";
import type { Standing } from "../gateway/standing.ts";
import { exposition } from "../telemetry/exposition.ts";

const STATES = { closed: 0, "half-open": 1, open: 2 } as const;

/** Everything that Prometheus may know of a running gateway, as it reads it. */
export function metricsPage(
  { metrics, health, ledger, tracer }: Gateway,
  inFlight: number,
  standing: Standing,
): string {
  // An endpoint has a circuit for each credential: the worst one stands for it.
  const circuits = new Map<string, { provider: string; model: string; state: number }>();
  for (const { endpoint, state } of health.states()) {
    const { id, provider, model } = endpoint;
    const worst = Math.max(circuits.get(id)?.state ?? 0, STATES[state]);
    circuits.set(id, { provider, model, state: worst });
  }
  return exposition(metrics, {
    version: manifest.version,
    runtime: `bun ${Bun.version}`,
    inFlight,
    ledgerLag: ledger.lag,
    rowsWaiting: standing.rowsWaiting,
    missing: standing.missing.map(({ what }) => what),
    circuits: [...circuits.values()],
    spans: tracer.exporter,
    startedAt: performance.timeOrigin / 1000,
    residentBytes: process.memoryUsage.rss(),
  });
}
