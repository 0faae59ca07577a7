import type { ListedWay } from "../../../src/admin/contract.ts";

/** How one provider does, by all its endpoints and credentials. */
export interface ProviderHealth {
  readonly provider: string;
  /** `away`: nobody is asked there now; `partly`: some are not; `failing`: more than one in twenty did not work lately. */
  readonly state: "away" | "partly" | "failing" | "well";
  /** Percent of the last day, of its worst endpoint. */
  readonly uptime: number;
  /** Attempts of the last 15 minutes. */
  readonly worked: number;
  readonly failed: number;
  readonly reasons: readonly Reason[];
}

/** Why some of its models are left alone. */
export interface Reason {
  readonly key: string;
  /** A code of docs/errors.md. */
  readonly error: string;
  /** HTTP status of the provider's answer. */
  readonly status: number | undefined;
  readonly models: readonly string[];
  /** ISO 8601: nobody asks for any of them before. */
  readonly until: string;
  /** One is finding out just now. */
  readonly isProbing: boolean;
}

const ORDER = ["away", "partly", "failing", "well"] as const satisfies readonly ProviderHealth["state"][];
const FAILING = 0.05;

/** The worst first. */
export function providersOf(ways: readonly ListedWay[]): ProviderHealth[] {
  return [...Map.groupBy(ways, ({ provider }) => provider)]
    .map(([provider, own]) => healthOf(provider, own))
    .sort(
      (a, b) =>
        ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.uptime - b.uptime || (a.provider < b.provider ? -1 : 1),
    );
}

function healthOf(provider: string, ways: readonly ListedWay[]): ProviderHealth {
  const leftAlone = ways.filter(({ circuit }) => circuit !== "closed");
  const worked = ways.reduce((sum, way) => sum + way.requests_last_15m.worked, 0);
  const failed = ways.reduce((sum, way) => sum + way.requests_last_15m.failed, 0);
  const uptime = Math.min(...ways.map(({ uptime_last_1d: percent }) => percent));
  const state =
    leftAlone.length === ways.length
      ? "away"
      : leftAlone.length > 0
        ? "partly"
        : failed > FAILING * (worked + failed)
          ? "failing"
          : "well";
  return { provider, state, uptime, worked, failed, reasons: reasonsOf(leftAlone) };
}

/** That of most models first. */
function reasonsOf(ways: readonly ListedWay[]): Reason[] {
  const alone = ways.flatMap(({ left_alone: why, model }) => (why === null ? [] : [{ ...why, model }]));
  return [...Map.groupBy(alone, ({ error, status }) => `${error} ${status}`)]
    .map(([key, own]) => ({
      key,
      error: own[0]!.error,
      status: own[0]!.status,
      models: [...new Set(own.map(({ model }) => model))].sort(),
      until: own.map(({ until }) => until).sort()[0]!,
      isProbing: own.some(({ probing }) => probing),
    }))
    .sort((a, b) => b.models.length - a.models.length || (a.key < b.key ? -1 : 1));
}
