import { Exporter, type ExporterParts } from "./exporter.ts";
import { Tracer } from "./tracer.ts";

/** Where spans go, as the configuration says it. */
export interface CollectorConfig {
  readonly endpoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What is told of tracing. */
export interface TracingConfig {
  readonly propagate: boolean;
  readonly otlp: CollectorConfig & { readonly sample: number };
}

type Environment = Readonly<Record<string, string | undefined>>;

const PATH = "/v1/traces";
const TIMEOUT_MS = 10_000;

/**
 * Where spans go: as the configuration says, or else as OpenTelemetry's own variables do; `undefined` for nowhere.
 * https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/
 * @param complain hears of a variable that holds no address: it may be there for another program, and is no reason not to serve
 */
export function collectorOf(
  { endpoint, headers }: CollectorConfig,
  env: Environment,
  version: string,
  complain: (cause: Error) => void,
): Omit<ExporterParts, "complain"> | undefined {
  const url = urlOf(endpoint, env, complain);
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === "true" || url === undefined) return undefined;
  const told = Number(first(env, "TIMEOUT") ?? TIMEOUT_MS);
  const attributes = pairs(env.OTEL_RESOURCE_ATTRIBUTES);
  const name = env.OTEL_SERVICE_NAME?.trim() || attributes["service.name"] || "headgate";
  return {
    url,
    headers: { ...pairs(first(env, "HEADERS")), ...headers },
    timeoutMs: Number.isFinite(told) && told > 0 ? told : TIMEOUT_MS,
    resource: { ...attributes, "service.name": name, "service.version": version },
    version,
  };
}

/** Who tells a collector of requests, where there is one. @param complain hears of what is wrong with it */
export function tracerOf(
  { propagate, otlp }: TracingConfig,
  env: Environment,
  version: string,
  complain: (cause: Error) => void,
): Tracer {
  const collector = collectorOf(otlp, env, version, complain);
  const exporter = collector === undefined ? undefined : new Exporter({ ...collector, complain });
  return new Tracer({ exporter, propagate, sample: otlp.sample });
}

function urlOf(endpoint: string | undefined, env: Environment, complain: (cause: Error) => void): string | undefined {
  if (endpoint !== undefined) return below(endpoint);
  // The variables may be there for another program, which speaks what we do not, or is to say nothing.
  if (first(env, "PROTOCOL") === "grpc") return undefined;
  const exporters = env.OTEL_TRACES_EXPORTER?.trim();
  if (exporters && !exporters.split(",").some((one) => one.trim() === "otlp")) return undefined;
  for (const variable of ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
    const address = env[variable]?.trim();
    if (!address) continue;
    const url = URL.parse(address);
    if (url !== null && /^https?:$/.test(url.protocol)) return variable.includes("TRACES") ? url.href : below(url.href);
    complain(new Error(`${variable} holds no http or https address: no spans are sent`));
    return undefined;
  }
  return undefined;
}

function below(base: string): string {
  const bare = base.replace(/(?<!\/)\/+$/, "");
  return bare.endsWith(PATH) ? bare : bare + PATH;
}

/** The variable for traces, or that for all signals. */
function first(env: Environment, what: "HEADERS" | "PROTOCOL" | "TIMEOUT"): string | undefined {
  return env[`OTEL_EXPORTER_OTLP_TRACES_${what}`]?.trim() || env[`OTEL_EXPORTER_OTLP_${what}`]?.trim() || undefined;
}

/** `name=value,name=value`, values escaped as in addresses. */
function pairs(written: string | undefined): Record<string, string> {
  const told: Record<string, string> = {};
  for (const pair of written?.split(",") ?? []) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && name !== "") told[name] = unescaped(pair.slice(equals + 1).trim());
  }
  return told;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
