import { describe, expect, test } from "bun:test";
import type { ListedGeneration } from "../../../../src/admin/contract.ts";
import { addressOf, askedOf, FILTERS, fits, isNarrow, queryOf } from "./filters.ts";

const NOW = Date.UTC(2026, 10, 26, 4, 30, 20);

export const ONE: ListedGeneration = {
  id: "gen_01KAXV0000ABCDEFGHJKMNPQRS",
  created_at: "2026-11-26T04:10:00.000Z",
  api_key_id: "key_1",
  api_key_name: "search-api",
  team: "team_1",
  quota_entity_id: null,
  operation: "generate",
  wire: "openai-chat",
  model: "openai/gpt-5",
  requested_model: "company/Fast",
  provider_name: "openai",
  streamed: true,
  finish_reason: "stop",
  error: null,
  total_cost: 0.02,
  upstream_inference_cost: 0,
  usage: 0.02,
  market_cost: 0.02,
  surcharge_cost: 0,
  gateway_cost: 0.02,
  is_byok: false,
  latency: 200,
  generation_time: 1500,
  tokens_prompt: 10,
  tokens_completion: 20,
  native_tokens_prompt: 10,
  native_tokens_completion: 20,
  native_tokens_reasoning: 0,
  native_tokens_cached: 0,
  native_tokens_cache_creation: 0,
  billable_web_search_calls: 0,
  estimated: false,
  app: null,
  app_url: null,
  user: "u-1042",
  tags: ["env:prod", "a"],
  trace_id: "0".repeat(32),
};

const asked = (text: string) => {
  const told = new URLSearchParams(text);
  return askedOf((name) => told.getAll(name));
};
const isIn = (text: string, more: Partial<ListedGeneration> = {}) => fits({ ...ONE, ...more }, asked(text), NOW);

describe("what the address tells", () => {
  test("is asked of the gateway as it stands, a named range as a moment", () => {
    const told = asked("model=a&model=b&tag=x&range=24h&search=q&nonsense=1");
    expect(queryOf(told, NOW)).toEqual({
      model: ["a", "b"],
      tag: ["x"],
      search: "q",
      from: "2026-11-25T04:00:00.000Z",
    });
    expect(addressOf(told)).toEqual({ model: ["a", "b"], tag: ["x"], search: "q", range: "24h" });
  });
  test("may have one value of what can be one thing only", () => {
    expect(asked("status=ok&status=error").by).toEqual({ status: ["ok"] });
  });
  test("narrows the list down, but for a time", () => {
    expect(["range=7d", "from=2026-01-01", "", "search=a", "team=t"].map((text) => isNarrow(asked(text)))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("a request that has just ended", () => {
  test.each([
    ["", true],
    ["status=ok", true],
    ["status=error", false],
    ["model=openai/gpt-5&model=other", true],
    ["model=other", false],
    ["requested_model=company/Fast", true],
    ["provider=openai&api_key_id=key_1&team=team_1&user_id=u-1042&operation=generate", true],
    ["provider=openai&api_key_id=key_2", false],
    ["tag=a", true],
    ["tag=env", false],
    ["app=", true],
    ["app=Search", false],
    ["user_id=", false],
    ["tag=", false],
    ["streamed=true", true],
    ["streamed=false", false],
    ["finish_reason=length&finish_reason=stop", true],
    ["error=upstream_overloaded", false],
    ["min_cost=0.02", true],
    ["min_cost=0.020000001", false],
    ["min_duration_ms=1500", true],
    ["min_duration_ms=1501", false],
    ["credential_type=system", true],
    ["credential_type=byok", false],
    ["search=company/fast", true],
    ["search=U-10", true],
    ["search=ABCDEFG", true],
    ["search=team", false],
    ["range=1h", true],
    ["from=2026-11-26T04:10:00Z", true],
    ["from=2026-11-26T04:11:00Z", false],
    ["to=2026-11-26T04:10:00Z", false],
    ["to=2026-11-26", true],
  ])("is among those of %s: %p", (text, expected) => {
    expect(isIn(text)).toBe(expected);
  });
  test("of which nobody told something is found by an empty text", () => {
    expect([
      isIn("user_id=", { user: null }),
      isIn("tag=&tag=x", { tags: [] }),
      isIn("provider=", { provider_name: null }),
    ]).toEqual([true, true, true]);
  });
  test("is looked at by its cost before corrections, as the gateway looks", () => {
    expect(isIn("min_cost=0.02", { market_cost: 0.01, correction: -0.01 })).toBe(true);
  });
  test("can be judged by every filter that there is", () => {
    for (const { of, fits: own } of FILTERS) expect(of ?? own).toBeFunction();
  });
});
