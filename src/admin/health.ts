import { type JsonObject, present } from "../core/json.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Standing } from "../gateway/standing.ts";
import { figuresOf } from "../routing/health.ts";
import type { Vitals } from "../routing/vitals.ts";

const DAY_MINUTES = 24 * 60;

/** How those do who were asked in the last day, or are left alone just now, and how busy the gateway is. Nothing that a provider said. */
export function healthReport(
  { health, snapshot, metrics, ledger }: Gateway,
  inFlight: number,
  atMs: number,
  mode: JsonObject,
  { missing, rowsWaiting, rowsInMemory }: Standing,
): JsonObject {
  const { guests } = snapshot.keys;
  const now = health.now();
  const names = new Map<object, string>();
  for (const one of [...snapshot.choice.credentials.values()].flat())
    if (one.name !== undefined) names.set(one, one.name);
  const data = [...health.ways()].flatMap(({ endpoint, credential, vitals }) => {
    const state = vitals.state(now);
    const { worked, failed } = vitals.uptime.last(now, DAY_MINUTES);
    if (worked + failed === 0 && state === "closed") return [];
    const { id, provider, model, upstream } = endpoint;
    return {
      endpoint: id,
      provider,
      model,
      upstream_model: upstream,
      credential: names.get(credential) ?? null,
      circuit: state,
      left_alone: state === "closed" ? null : leftAlone(vitals, atMs - now),
      ...measured(vitals, now),
    };
  });
  return {
    object: "health",
    simulated: snapshot.simulated,
    mode,
    requests_in_flight: inFlight,
    streams_open: metrics.streamsOpen,
    ledger_lag: ledger.lag,
    rows_waiting: rowsWaiting,
    rows_in_memory: rowsInMemory,
    missing: missing.map(({ what, since, servedUntil }) => ({
      what,
      since: timeOf(since),
      served_until: servedUntil === null ? null : timeOf(servedUntil),
    })),
    // Where tokens of issuers are taken.
    ...(guests === undefined ? {} : { issuers: [...guests.told()] }),
    data,
  };
}

function timeOf(unixMs: number): string {
  return new Date(Math.round(unixMs)).toISOString();
}

/** @param epochMs Unix milliseconds at the beginning of the clock that circuits go by */
function leftAlone({ shut }: Vitals, epochMs: number): JsonObject | null {
  if (shut === undefined) return null;
  const { cause, until, told, probe } = shut;
  return present({
    until: new Date(Math.ceil(epochMs + until)).toISOString(),
    error: cause.code,
    status: cause.details.upstream?.status,
    told_by_provider: told,
    probing: probe !== undefined,
  });
}

function measured(vitals: Vitals, now: number): JsonObject {
  const { uptime15m, uptime1h, uptime1d, latency, throughput } = figuresOf([vitals], now);
  return {
    requests_last_15m: vitals.uptime.last(now, 15),
    uptime_last_15m: uptime15m,
    uptime_last_1h: uptime1h,
    uptime_last_1d: uptime1d,
    latency_last_1h: latency === undefined ? null : { ...latency },
    throughput_last_1h: throughput === undefined ? null : { ...throughput },
  };
}
