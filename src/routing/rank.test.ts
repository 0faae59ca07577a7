import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { credential, endpoint, MODEL, marketOf, planIn, providersOf, standingOf } from "./fixtures/market.ts";
import type { Rank } from "./standing.ts";

const MARKET = marketOf(["a", "b", "c", "d"].map((name) => endpoint(name, MODEL)));
const order = (known: Parameters<typeof standingOf>[0], preferences: Parameters<typeof planIn>[1] = {}) =>
  providersOf(planIn(MARKET, preferences, { standing: standingOf(known) })).join("");

describe("health", () => {
  test("comes before what the client prefers", () => {
    expect(order({ a: { rank: "degraded" } })).toBe("bcda");
    expect(order({ a: { rank: "degraded" }, b: { rank: "down" } })).toBe("cdab");
    expect(order({ a: { rank: "degraded" } }, { order: ["a", "d"] })).toBe("dbca");
    expect(order({ a: { rank: "degraded" }, c: { rank: "degraded" } }, { order: ["c"] })).toBe("bdca");
  });

  test("that is down puts behind everybody else, models to fall back to included", () => {
    const spare = marketOf([endpoint("a", MODEL), endpoint("b", MODEL), endpoint("c", "lab/spare")]);
    const plan = planIn(spare, { models: ["lab/spare"] }, { standing: standingOf({ b: { rank: "down" } }) });
    expect(providersOf(plan)).toEqual(["a", "c", "b"]);
    // Better a probable failure than none.
    const all = planIn(spare, {}, { standing: standingOf({ a: { rank: "down" }, b: { rank: "down" } }) });
    expect(providersOf(all)).toEqual(["a", "b"]);
  });

  test("of others says nothing about an account of the client's own, which comes first", () => {
    const own = marketOf(
      ["a", "b"].map((name) => endpoint(name, MODEL)),
      [credential("a"), credential("b", { kind: "byok", name: "own" }), credential("b", { name: "ours" })],
    );
    const plan = planIn(own, { order: ["a"] }, { standing: standingOf({ b: { rank: "down" } }) });
    expect(plan.legs.map((leg) => `${leg.endpoint.provider}:${leg.credential.kind ?? "system"}`)).toEqual([
      "b:byok",
      "a:system",
      "b:system",
    ]);
  });
});

describe("what was measured", () => {
  test("puts whoever is clearly faster before others that were measured, and leaves the rest where they stand", () => {
    expect(order({ a: { ttftMs: 1000 }, c: { ttftMs: 500 } })).toBe("cbad");
    expect(order({ a: { ttftMs: 1000 }, b: { ttftMs: 900 }, d: { ttftMs: 100 } })).toBe("dacb");
    expect(order({ c: { ttftMs: 1 } })).toBe("abcd");
  });

  test("does not put a little faster before slower: traffic would flap", () => {
    expect(order({ a: { ttftMs: 1000 }, b: { ttftMs: 801 } })).toBe("abcd");
    expect(order({ a: { ttftMs: 1000 }, b: { ttftMs: 799 } })).toBe("bacd");
  });

  test("does not overtake the operator's own place, nor `order`", () => {
    const placed = marketOf([endpoint("mine", MODEL, { placed: true }), endpoint("a", MODEL), endpoint("b", MODEL)]);
    const standing = standingOf({ mine: { ttftMs: 9000 }, a: { ttftMs: 900 }, b: { ttftMs: 90 } });
    expect(providersOf(planIn(placed, {}, { standing }))).toEqual(["mine", "b", "a"]);
    expect(order({ a: { ttftMs: 9000 }, b: { ttftMs: 1 } }, { order: ["a"] })).toBe("abcd");
  });

  test("never puts anybody before one who is not clearly slower", () => {
    const ttft = fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined });
    fc.assert(
      fc.property(fc.tuple(ttft, ttft, ttft, ttft), (times) => {
        const known = Object.fromEntries(["a", "b", "c", "d"].map((name, i) => [name, { ttftMs: times[i] }]));
        const drawn = [...order(known as Parameters<typeof standingOf>[0])];
        for (const [at, name] of drawn.entries()) {
          const own = known[name]!.ttftMs;
          if (own === undefined) expect("abcd"[at]).toBe(name);
          const next = drawn.slice(at + 1).find((other) => known[other]!.ttftMs !== undefined);
          if (own === undefined || next === undefined || next > name) continue;
          expect(own).toBeLessThan(known[next]!.ttftMs! * 0.8);
        }
      }),
    );
  });
});

describe("`sort`", () => {
  const priced = marketOf([
    endpoint("dear", MODEL, { price: { rates: { input: 4_000_000, output: 8_000_000 } } }),
    endpoint("secret", MODEL),
    endpoint("cheap", MODEL, { price: { rates: { input: 1_000_000, output: 9_000_000 } } }),
    endpoint("half", MODEL, { price: { rates: { input: 1 } } }),
  ]);

  test("by cost goes by the list price of three tokens in to one out, and whose price nobody knows comes last", () => {
    const plan = planIn(priced, { sort: "cost" });
    expect(providersOf(plan)).toEqual(["cheap", "dear", "secret", "half"]);
    expect(plan.sort).toEqual({
      option: "cost",
      executionOrder: ["cheap", "dear", "secret", "half"],
      metrics: { cheap: 3, dear: 5, secret: null, half: null },
      deprioritizedProviders: [],
    });
  });

  test.each([
    ["embed", "openai-embeddings"],
    ["rerank", "cohere-rerank"],
    ["moderate", "openai-moderations"],
  ] as const)("by cost of what has no output (%s) goes by its input, which is all there is", (operation, wire) => {
    const wires = { [operation]: [wire] };
    const embedders = marketOf(
      [
        endpoint("dear", MODEL, { wires, price: { rates: { input: 20_000 } } }),
        endpoint("cheap", MODEL, { wires, price: { rates: { input: 10_000 } } }),
      ],
      undefined,
      { wires: { outbound: new Set([wire]), transcodes: new Set() } },
    );
    const plan = planIn(embedders, { sort: "cost" }, {}, { wire, operation });
    expect(plan.sort!.metrics).toEqual({ cheap: 0.01, dear: 0.02 });
    expect(providersOf(plan)).toEqual(["cheap", "dear"]);
  });

  test("by wait or by speed goes by what was measured", () => {
    expect(order({ b: { ttftMs: 20 }, d: { ttftMs: 10 } }, { sort: "ttft" })).toBe("dbac");
    expect(order({ b: { tokensPerSecond: 20 }, d: { tokensPerSecond: 10 } }, { sort: "tps" })).toBe("bdac");
  });

  test("leaves those first that `order` names, and whoever is ill behind, which it tells", () => {
    const standing = standingOf({ cheap: { rank: "degraded" } });
    const plan = planIn(priced, { sort: "cost", order: ["secret"] }, { standing });
    expect(providersOf(plan)).toEqual(["secret", "dear", "half", "cheap"]);
    expect(plan.sort!.deprioritizedProviders).toEqual(["cheap"]);
  });

  test("is told of the first model that anybody serves, and only where it was asked for", () => {
    const two = marketOf([endpoint("a", MODEL), endpoint("b", "lab/spare")], [credential("b")]);
    expect(planIn(two, { sort: "ttft", models: ["lab/spare"] }).sort!.executionOrder).toEqual(["b"]);
    expect(planIn(two, { models: ["lab/spare"] })).not.toContainKey("sort");
  });
});

describe("what was sealed by one", () => {
  const sealed = marketOf([endpoint("a", MODEL), endpoint("b", MODEL, { seals: "b-v1" }), endpoint("c", MODEL)]);
  const drawn = (preferences: Parameters<typeof planIn>[1], known: Parameters<typeof standingOf>[0] = {}) =>
    providersOf(planIn(sealed, preferences, { standing: standingOf(known) }, { sealedAs: () => "b-v1" })).join("");

  test("goes there before any sort, but not before health or `order`", () => {
    expect(drawn({ sort: "ttft" }, { a: { ttftMs: 1 }, b: { ttftMs: 9 } })).toBe("bac");
    expect(drawn({ order: ["c"] })).toBe("cba");
    expect(drawn({}, { b: { rank: "degraded" } })).toBe("acb");
  });
});

test("the same moment gives the same plan, and nobody is in it twice", () => {
  const known = fc.record({
    rank: fc.constantFrom<Rank>("up", "degraded", "down"),
    ttftMs: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    tokensPerSecond: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  });
  const some = fc.subarray(["a", "b", "c", "d"]).chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
  const asked = fc.record({
    sort: fc.constantFrom("cost", "ttft", "tps", undefined),
    order: some,
    ignore: some,
    allowFallbacks: fc.boolean(),
  });
  const kinds = fc.array(
    fc.record({
      provider: fc.constantFrom("a", "b", "c", "d"),
      kind: fc.constantFrom("system", "byok"),
      weight: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(fc.tuple(known, known, known, known), asked, kinds, fc.string(), (all, preferences, told, seed) => {
      const credentials = told.map((one, i) => credential(one.provider, { ...(one as object), name: `${i}` }));
      const market = { ...MARKET, credentials: Map.groupBy(credentials, ({ provider }) => provider) };
      const figures = Object.fromEntries(all.map((one, i) => ["abcd"[i], one]));
      const standing = standingOf(figures as Parameters<typeof standingOf>[0]);
      const draw = () => {
        try {
          return planIn(market, preferences as object, { standing, seed });
        } catch (thrown) {
          return (thrown as Error).message;
        }
      };
      const drawn = draw();
      expect(draw()).toEqual(drawn);
      if (typeof drawn === "string") return;
      const keys = drawn.legs.map((leg) => `${leg.endpoint.id} ${leg.credential.name}`);
      expect(new Set(keys).size).toBe(keys.length);
      const served = credentials.filter(({ provider }) => !preferences.ignore.includes(provider));
      if (preferences.allowFallbacks) expect(keys).toHaveLength(served.length);
      for (const { endpoint } of drawn.legs) expect(preferences.ignore).not.toContain(endpoint.provider);
      const ranks = drawn.legs.map(({ endpoint, credential: { kind } }) =>
        kind === "byok" ? -1 : ["up", "degraded", "down"].indexOf(figures[endpoint.provider]!.rank),
      );
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    }),
  );
});
