import { describe, expect, test } from "bun:test";
import { KeyRing } from "../access/keys.ts";
import { MODELS } from "../catalog/models.ts";
import { compileSnapshot } from "../gateway/snapshot.ts";
import { checkConfig } from "./load.ts";
import { missingOf } from "./own-provider.ts";

const OWN = { wire: "openai-chat", base_url: "http://127.0.0.1:9000/v1", api_key: "none" };
const withModel = (model: object) => checkConfig({ providers: { mine: { ...OWN, models: [model] } } }, "test");

test("nothing told, everything has its default", () => {
  expect(checkConfig({}, "test")).toEqual({
    host: "127.0.0.1",
    port: 8787,
    workers: 1,
    data: "./data",
    providers: {},
    routing_rules: [],
    virtual_models: {},
    policy: { zero_data_retention: false, no_training: false, hipaa: false },
    clocks: {},
    retries: { same_endpoint: 2, wait_ms: 5000, backoff_ms: 250, attempts: 30, until_ms: 600_000 },
    health: { failures: 5, cooldown_ms: 1000, longest_cooldown_ms: 60_000 },
    limits: {
      body_bytes: 32 * 1024 * 1024,
      body_ms: 60_000,
      file_bytes: 20 * 1024 * 1024,
      file_ms: 10_000,
      json_depth: 128,
      json_tokens: 400_000,
    },
    rate_limits: { gateway: {}, per_key: {}, per_user: {}, default_output_tokens: 1024 },
    heartbeat_seconds: 15,
    stalled_seconds: 300,
    hedging: { percent: 10, models: [] },
    drain_abandoned: false,
    drain_seconds: 30,
    ledger: { sync: "normal", grace_seconds: 300, keep_days: 400, keep_bodies_days: 30, keep_sums_days: 3660 },
    budgets: { default_output_tokens: 4096, wait_ms: 2000 },
    telemetry: { propagate: false, otlp: { sample: 1 } },
    simulate: "auto",
    oidc: [],
    dashboard: {},
    admin: "open",
    admin_hosts: [],
  });
});

test("a section told in part keeps the other defaults", () => {
  const { limits, ledger } = checkConfig({ limits: { json_depth: 64 }, ledger: {} }, "test");
  const { limits: defaults } = checkConfig({}, "test");
  expect(limits).toEqual({ ...defaults, json_depth: 64 });
  expect(ledger).toEqual({
    sync: "normal",
    grace_seconds: 300,
    keep_days: 400,
    keep_bodies_days: 30,
    keep_sums_days: 3660,
  });
});

test("what was not told of a provider is absent, and not false or empty", () => {
  expect(checkConfig({ providers: { groq: {} } }, "test").providers.groq).toStrictEqual({});
});

describe("a price of zero is told, one that is absent is not", () => {
  const rates = (model: object) => {
    const config = withModel({ id: "me/m", ...model });
    const snapshot = compileSnapshot({ config, env: {}, keys: new KeyRing("", new Map()), simulator: undefined });
    return snapshot.choice.endpoints.get("me/m")![0]!.price?.rates;
  };

  test.each([
    [{}, undefined],
    [{ price: {} }, {}],
    [{ price: { input: 0, output: 0 } }, { input: 0, output: 0 }],
    [{ price: { input: 0 } }, { input: 0 }],
    // USD per million tokens are picodollars per token times a million.
    [{ price: { input: 0.05, output: 0.08 } }, { input: 50_000, output: 80_000 }],
    [{ price: { cache_read: 0, cache_write: 3.75 } }, { cache_read: 0, cache_write_5m: 3_750_000 }],
  ])("%j", (model, expected) => expect(rates(model)).toEqual(expected as never));
});

describe("a provider of the operator's own", () => {
  test("is complete with wire, address and key, or a file with one", () => {
    expect(missingOf({ providers: { mine: OWN } }, "f")).toEqual([]);
    const { api_key: _, ...rest } = OWN;
    expect(missingOf({ providers: { mine: { ...rest, api_key_file: "k" } } }, "f")).toEqual([]);
  });

  test("that lacks all says all", () => {
    expect(missingOf({ providers: { mine: {} } }, "f").map(({ line }) => line)).toEqual([
      "f: providers.mine: not in the catalogue, so it needs `wire: openai-chat` (or anthropic-messages)",
      "f: providers.mine: not in the catalogue, so it needs a base_url",
      "f: providers.mine: not in the catalogue, so it needs an api_key (`none` where the server wants none)",
    ]);
  });

  test("with nearly the name of a known one was probably meant to be that", () => {
    for (const [typed, meant] of [
      ["opnai", "openai"],
      ["grok-cloud", undefined],
      ["mistrl", "mistral"],
    ] as const) {
      const [problem] = missingOf({ providers: { [typed]: {} } }, "f");
      if (meant === undefined) expect(problem!.line).not.toContain("did you mean");
      else expect(problem!.line).toEndWith(`; did you mean "${meant}"?`);
    }
  });

  test("of the catalogue needs nothing told", () => {
    const known = Object.fromEntries([...new Set(MODELS.flatMap(({ offers }) => offers))].map((o) => [o.provider, {}]));
    expect(missingOf({ providers: known }, "f")).toEqual([]);
  });

  test("is not looked for where there are no providers", () => {
    for (const config of [null, 5, "x", [], { providers: null }, { providers: [{}] }, { providers: { a: null } }])
      expect(missingOf(config, "f")).toEqual([]);
  });
});

test.each(["meta/llama-3.1-8b", "a/b:free", "lab-1/m@2024.1", "a_b/c.d"])("%s is a model's id", (id) => {
  expect(withModel({ id }).providers.mine!.models![0]!.id).toBe(id);
});
