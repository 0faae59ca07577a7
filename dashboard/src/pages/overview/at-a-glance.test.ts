import { describe, expect, test } from "bun:test";
import type { ListedBudget, ListedWay } from "../../../../src/admin/contract.ts";
import { providersOf } from "../../ui/provider-health.ts";
import { nearest } from "./nearest-budgets.ts";

const way = (provider: string, more: Partial<ListedWay> = {}): ListedWay => ({
  endpoint: `${provider}:m`,
  provider,
  model: "m/m",
  upstream_model: "m",
  credential: null,
  circuit: "closed",
  left_alone: null,
  requests_last_15m: { worked: 100, failed: 0 },
  uptime_last_15m: 100,
  uptime_last_1h: 100,
  uptime_last_1d: 100,
  latency_last_1h: null,
  throughput_last_1h: null,
  ...more,
});

describe("providers", () => {
  test("come the worst first", () => {
    const told = providersOf([
      way("well"),
      way("worse", { uptime_last_1d: 97 }),
      way("failing", { requests_last_15m: { worked: 9, failed: 1 } }),
      way("partly"),
      way("partly", { circuit: "half-open", uptime_last_1d: 80 }),
      way("away", { circuit: "open" }),
    ]);
    expect(told.map(({ provider, state, uptime }) => [provider, state, uptime])).toEqual([
      ["away", "away", 100],
      ["partly", "partly", 80],
      ["failing", "failing", 100],
      ["worse", "well", 97],
      ["well", "well", 100],
    ]);
  });
});

describe("who is left alone", () => {
  const alone = (model: string, error: string, until: string): ListedWay => ({
    ...way("p", { circuit: "open" }),
    model,
    left_alone: { until, error, status: 429, told_by_provider: true, probing: false },
  });
  test("is told by reason, with the first moment at which one is asked again", () => {
    const [one] = providersOf([
      alone("b", "limited", "2026-11-26T05:00:00Z"),
      alone("a", "limited", "2026-11-26T04:59:00Z"),
      alone("a", "limited", "2026-11-26T05:01:00Z"),
      alone("c", "refused", "2026-11-26T04:00:00Z"),
    ]);
    expect(one?.reasons).toMatchObject([
      { error: "limited", status: 429, models: ["a", "b"], until: "2026-11-26T04:59:00Z" },
      { error: "refused", models: ["c"] },
    ]);
  });
});

describe("budgets", () => {
  const budget = (id: string, more: Partial<ListedBudget>): ListedBudget => ({
    id,
    object: "budget",
    scope: "key",
    scope_id: id,
    period: "daily",
    limit_usd: 10,
    spent_usd: 0,
    soft: false,
    includes_byok: false,
    thresholds: [],
    archived: false,
    starts_at: null,
    resets_at: null,
    created_at: "",
    updated_at: "",
    ...more,
  });
  test("come the nearest to its limit first, with what is reserved; those of nobody's own and past ones do not", () => {
    const told = nearest([
      budget("half", { spent_usd: 5 }),
      budget("reserved", { spent_usd: 4, reserved_usd: 2 }),
      budget("byok", { spent_usd: 1, byok_spent_usd: 6, includes_byok: true }),
      budget("not-byok", { spent_usd: 1, byok_spent_usd: 6 }),
      budget("nothing-allowed", { limit_usd: 0 }),
      budget("each", { scope_id: "*", spent_usd: undefined }),
      budget("archived", { spent_usd: 10, archived: true }),
    ]);
    expect(told.map(({ id }) => id)).toEqual(["nothing-allowed", "byok", "reserved", "half", "not-byok"]);
  });
});
