import type { ExporterParts } from "./exporter.ts";

/** Where spans go, as the configuration says it. */
export interface CollectorConfig {
  readonly endpoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PATH = "/v1/traces";
const TIMEOUT_MS = 10_000;

/**
 * Where spans go: as the configuration says, or else as OpenTelemetry's own variables do; `undefined` for nowhere.
 * https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/
 * @throws Error for an address that is none
 */
export function collectorOf(
  { endpoint, headers }: CollectorConfig,
  env: Environment,
  version: string,
): Omit<ExporterParts, "complain"> | undefined {
  const url = urlOf(endpoint, env);
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

function urlOf(endpoint: string | undefined, env: Environment): string | undefined {
  if (endpoint !== undefined) return below(endpoint);
  // The variables may be there for another program, which speaks what we do not, or is to say nothing.
  if (first(env, "PROTOCOL") === "grpc") return undefined;
  const exporters = env.OTEL_TRACES_EXPORTER?.trim();
  if (exporters && !exporters.split(",").some((one) => one.trim() === "otlp")) return undefined;
  const whole = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?.trim();
  if (whole) return checked(whole, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").href;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim();
  return base ? below(checked(base, "OTEL_EXPORTER_OTLP_ENDPOINT").href) : undefined;
}

function below(base: string): string {
  const bare = base.replace(/\/+$/, "");
  return bare.endsWith(PATH) ? bare : bare + PATH;
}

function checked(address: string, variable: string): URL {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`${variable} is no http or https address`);
  return url;
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
