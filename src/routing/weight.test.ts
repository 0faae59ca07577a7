import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { credential, endpoint, MODEL, marketOf, planIn, refusalIn, standingOf } from "./fixtures/market.ts";
import { drawn } from "./weight.ts";

const TIMES = 4000;

/** How often each comes first. */
function firsts(all: Parameters<typeof drawn>[0]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < TIMES; i++) {
    const { name = "" } = drawn(all, `gen_${i}`)[0]!;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("several who would do equally well", () => {
  test("come first as often as their weights say", () => {
    const counts = firsts([{ name: "a", weight: 1 }, { name: "b", weight: 3 }, { name: "c" }]);
    expect(counts.a! / TIMES).toBeWithin(0.17, 0.23);
    expect(counts.b! / TIMES).toBeWithin(0.57, 0.63);
    expect(counts.c! / TIMES).toBeWithin(0.17, 0.23);
  });

  test("come last with no weight at all, in the order in which they are told", () => {
    const all = [
      { name: "x", weight: 0 },
      { name: "y", weight: 0 },
      { name: "z", weight: 0.001 },
    ];
    for (let i = 0; i < 50; i++) expect(drawn(all, `${i}`).map(({ name }) => name)).toEqual(["z", "x", "y"]);
  });

  test("are all there, in the same order for the same seed, whatever they are called", () => {
    const several = fc.array(fc.record({ name: fc.string(), weight: fc.double({ min: 0, max: 1000, noNaN: true }) }));
    fc.assert(
      fc.property(several, fc.string(), (all, seed) => {
        const order = drawn(all, seed);
        expect(drawn(all, seed)).toEqual(order);
        expect(new Set(order)).toEqual(new Set(all));
        expect(order).toHaveLength(all.length);
      }),
    );
  });

  test("the place in the list gives no advantage", () => {
    const forwards = firsts([{ name: "a" }, { name: "b" }]);
    const backwards = firsts([{ name: "b" }, { name: "a" }]);
    expect(backwards).toEqual(forwards);
  });
});

describe("several credentials of a provider", () => {
  const market = marketOf(
    [endpoint("a", MODEL), endpoint("b", MODEL)],
    [credential("a", { name: "one" }), credential("a", { name: "two" }), credential("b", { name: "default" })],
  );
  const namesIn = (seed: string, known: Parameters<typeof standingOf>[0] = {}) =>
    planIn(market, {}, { seed, standing: standingOf(known) }).legs.map(
      ({ credential: { provider, name } }) => `${provider}/${name}`,
    );

  test("are all tried before the next provider, the first of them by the request's id", () => {
    const plans = new Set(Array.from({ length: 40 }, (_, i) => namesIn(`gen_${i}`).join(" ")));
    expect([...plans].sort()).toEqual(["a/one a/two b/default", "a/two a/one b/default"]);
  });

  test("are judged each by itself: one that is down is tried after everybody", () => {
    for (let i = 0; i < 10; i++)
      expect(namesIn(`gen_${i}`, { "a/one": { rank: "down" } })).toEqual(["a/two", "b/default", "a/one"]);
  });

  test("share the load whatever was measured of each: only endpoints are put in order by that", () => {
    const known = { "a/one": { ttftMs: 9000 }, "a/two": { ttftMs: 90 }, b: { ttftMs: 900 } };
    const firsts = (preferences: Parameters<typeof planIn>[1]) =>
      new Set(
        Array.from({ length: 40 }, (_, i) => {
          const { legs } = planIn(market, preferences, { seed: `${i}`, standing: standingOf(known) });
          return legs.map(({ credential: { provider, name } }) => `${provider}/${name}`).join(" ");
        }),
      );
    const both = new Set(["a/one a/two b/default", "a/two a/one b/default"]);
    expect(firsts({})).toEqual(both);
    expect(firsts({ sort: "ttft" })).toEqual(both);
  });

  test("are told by name where one of them may not serve", () => {
    const contracted = {
      ...market,
      credentials: new Map([
        ["a", [credential("a", { name: "one", zeroDataRetention: true }), credential("a", { name: "two" })]],
      ]),
    };
    const { legs, skipped } = planIn(contracted, { zeroDataRetention: true });
    expect(legs.map((leg) => leg.credential.name)).toEqual(["one"]);
    expect(skipped).toContainEqual({
      model: MODEL,
      provider: "a",
      credential: "two",
      reason: "no zero data retention (if your contract has it: providers.a.zero_data_retention: true)",
    });
  });

  test("are named one by one where none of them may serve", () => {
    const { message } = refusalIn(market, { zeroDataRetention: true, only: ["a"] });
    expect(message).toContain("a/one for lab/model: no zero data retention");
    expect(message).toContain("a/two for lab/model: no zero data retention");
  });

  test("of the client's own keep the client's order, before ours", () => {
    const own = marketOf(
      [endpoint("a", MODEL)],
      [
        credential("a", { name: "ours" }),
        credential("a", { name: "first", kind: "byok", weight: 0 }),
        credential("a", { name: "second", kind: "byok", weight: 9 }),
      ],
    );
    for (let i = 0; i < 10; i++)
      expect(planIn(own, {}, { seed: `${i}` }).legs.map((leg) => leg.credential.name)).toEqual([
        "first",
        "second",
        "ours",
      ]);
  });
});
