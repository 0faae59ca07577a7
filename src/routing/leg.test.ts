import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Ability } from "../catalog/model.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { ASK, credential, endpoint, MODEL, marketOf, planIn, providersOf, refusalIn } from "./fixtures/market.ts";
import { readPreferences } from "./preferences.ts";

const AB = marketOf([endpoint("a", MODEL), endpoint("b", MODEL)]);

/** The preferences of a request with these options. */
function asked(options: JsonObject) {
  return readPreferences({ ...ASK, gateway: { options } }, new Headers());
}

describe("`ignore`", () => {
  test("leaves the others, and is told", () => {
    const plan = planIn(AB, { ignore: ["a"] });
    expect(providersOf(plan)).toEqual(["b"]);
    expect(plan.skipped).toEqual([{ model: MODEL, provider: "a", reason: "in `ignore`" }]);
  });

  test("of everybody, or against `only`, leaves nobody", () => {
    expect(refusalIn(AB, { ignore: ["a", "b"] }).message).toBe(
      "No provider can serve this request. a for lab/model: in `ignore`; b for lab/model: in `ignore`.",
    );
    expect(refusalIn(AB, { ignore: ["a"], only: ["a"] }).message).toContain("b for lab/model: not in `only`");
  });

  test("of a provider nobody knows is a mistake: it might be one that data must not go to", () => {
    const error = refusalIn(AB, { ignore: ["bb"] });
    expect([error.code, error.details.param]).toEqual(["invalid_request", "providerOptions.gateway.ignore"]);
    expect(error.message).toContain('Did you mean "b"?');
  });
});

describe("`allow_fallbacks: false`", () => {
  test("leaves the provider that comes first, with all its credentials", () => {
    const market = marketOf(
      ["a", "b"].map((name) => endpoint(name, MODEL)),
      [credential("a", { name: "one" }), credential("a", { name: "two" }), credential("b")],
    );
    const plan = planIn(market, { allowFallbacks: false });
    expect(providersOf(plan)).toEqual(["a", "a"]);
    expect(plan.skipped).toEqual([{ model: MODEL, provider: "b", reason: "`allow_fallbacks` is false" }]);
  });

  test("leaves those that `order` names, and the models that the client names", () => {
    const market = marketOf([...["a", "b", "c"].map((name) => endpoint(name, MODEL)), endpoint("b", "lab/spare")]);
    expect(providersOf(planIn(market, { allowFallbacks: false, order: ["c", "b"] }))).toEqual(["c", "b"]);
    const spare = planIn(market, { allowFallbacks: false, models: ["lab/spare"] });
    expect(spare.legs.map((leg) => `${leg.endpoint.provider} for ${leg.endpoint.model}`)).toEqual([
      "a for lab/model",
      "b for lab/spare",
    ]);
  });

  test("fails where nobody that `order` names serves", () => {
    const market = { ...AB, slugs: new Map([...AB.slugs, ["c", "c"]]) };
    const error = refusalIn(market, { allowFallbacks: false, order: ["c"] });
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("a for lab/model: `allow_fallbacks` is false");
  });
});

describe("`has`", () => {
  const free = { rates: { input: 0, output: 0 } };
  const market = marketOf([
    endpoint("sees", MODEL, { abilities: ["vision", "caching"] }),
    endpoint("free", MODEL, { abilities: ["vision"], price: free }),
    endpoint("unknown", MODEL),
  ]);

  test("wants all of it, and what nobody knows is not had", () => {
    expect(providersOf(planIn(market, { has: ["vision"] }))).toEqual(["sees", "free"]);
    expect(providersOf(planIn(market, { has: ["vision", "implicit-caching"] }))).toEqual(["sees"]);
    expect(providersOf(planIn(market, { has: ["free"] }))).toEqual(["free"]);
    expect(refusalIn(market, { has: ["free", "reasoning"] }).message).toContain(
      "sees for lab/model: does not have `free`, `reasoning`",
    );
  });

  test.each<[string, Ability]>([
    ["tool-use", "tools"],
    ["file-input", "files"],
    ["explicit-caching", "explicit-caching"],
    ["reasoning", "reasoning"],
  ])("is said in the words of the model list: %s", (word, ability) => {
    const able = marketOf([endpoint("able", MODEL, { abilities: [ability] })]);
    expect(planIn(able, asked({ has: [word] })).legs).toHaveLength(1);
    expect(refusalIn(AB, asked({ has: [word] })).code).toBe("no_providers_available");
  });
});

describe("`max_price`", () => {
  const market = marketOf([
    endpoint("dear", MODEL, { price: { rates: { input: 3_000_000, output: 15_000_000 } } }),
    endpoint("cheap", MODEL, { price: { rates: { input: 250_000, output: 1_000_000 } } }),
    endpoint("secret", MODEL),
  ]);

  test("leaves those who are not dearer, and whose price is known", () => {
    const plan = planIn(market, asked({ max_price: { input: 3, output: 14.99 } }));
    expect(providersOf(plan)).toEqual(["cheap"]);
    expect(plan.skipped).toEqual([
      { model: MODEL, provider: "dear", reason: "$15 a million output tokens, over `max_price`" },
      { model: MODEL, provider: "secret", reason: "no known price, and `max_price` caps it" },
    ]);
    expect(providersOf(planIn(market, asked({ max_price: { input: 3, output: 15 } })))).toEqual(["dear", "cheap"]);
    expect(providersOf(planIn(market, asked({ max_price: { input: 0.25 } })))).toEqual(["cheap"]);
  });

  test("caps nothing where it says nothing", () => {
    expect(planIn(market, asked({ max_price: {} })).legs).toHaveLength(3);
  });

  test("of output is no matter for embeddings", () => {
    const wires = { embed: ["openai-embeddings"] } as const;
    const embedder = marketOf([endpoint("a", MODEL, { wires, price: { rates: { input: 20_000 } } })], undefined, {
      wires: { outbound: new Set(["openai-embeddings"]), transcodes: new Set() },
    });
    const embed = { wire: "openai-embeddings", operation: "embed" } as const;
    expect(planIn(embedder, asked({ max_price: { input: 0.02, output: 1 } }), {}, embed).legs).toHaveLength(1);
    expect(refusalIn(embedder, asked({ max_price: { input: 0.01 } }), {}, embed).message).toContain("$0.02 a million");
  });
});

describe("`providerTimeouts`", () => {
  const market = marketOf(
    ["a", "b"].map((name) => endpoint(name, MODEL)),
    [credential("a", { kind: "byok" }), credential("a"), credential("b")],
    {
      slugs: new Map([
        ["a", "a"],
        ["also-a", "a"],
        ["b", "b"],
      ]),
    },
  );
  const times = (providerTimeouts: JsonValue) =>
    planIn(market, asked({ providerTimeouts })).legs.map(
      ({ credential: { provider, kind = "system" }, firstContentMs }) => `${provider} ${kind} ${firstContentMs}`,
    );

  test("are for every credential of a provider, or for the client's own", () => {
    expect(times({ "also-a": 5000 })).toEqual(["a byok 5000", "a system 5000", "b system undefined"]);
    expect(times({ byok: { a: 2000 } })).toEqual(["a byok 2000", "a system undefined", "b system undefined"]);
    expect(times({ byok: { a: 2000 }, a: 3000 })).toEqual(["a byok 2000", "a system 3000", "b system undefined"]);
  });

  test("leave a leg of nobody's without a member", () => {
    expect(planIn(market).legs[0]).not.toContainKey("firstContentMs");
  });

  test("of a provider nobody knows are refused", () => {
    const error = refusalIn(market, asked({ providerTimeouts: { byok: { aa: 2000 } } }));
    expect(error.details.param).toBe("providerOptions.gateway.providerTimeouts.byok");
  });
});

describe("what a client goes on from", () => {
  const market = marketOf([endpoint("a", MODEL)], [credential("a", { name: "one" }), credential("a", { name: "two" })]);
  const namesFor = (account: string | undefined) => {
    const { legs, skipped } = planIn(
      market,
      {},
      {},
      { continues: { id: "gen_1", provider: "a", byok: false, account } },
    );
    return [legs.map((leg) => leg.credential.name).sort(), skipped.map((one) => `${one.credential}: ${one.reason}`)];
  };

  test("is asked of the account that keeps it, and the others are told why not", () => {
    expect(namesFor("two")).toEqual([
      ["two"],
      ["one: cannot do `previous_response_id`: the account two keeps that response"],
    ]);
  });

  test("is asked of any where the account is not known by that name any more", () => {
    expect(namesFor("gone")).toEqual([["one", "two"], []]);
    expect(namesFor(undefined)).toEqual([["one", "two"], []]);
  });
});

describe("policy", () => {
  const promised = marketOf(
    ["keeps-none", "trains-not", "silent"].map((name) => endpoint(name, MODEL)),
    [
      credential("keeps-none", { zeroDataRetention: true }),
      credential("trains-not", { noTraining: true }),
      credential("silent"),
    ],
  );
  const zdr = { zeroDataRetention: true, noTraining: false };
  const untrained = { zeroDataRetention: false, noTraining: true };

  test("of the gateway or of a key holds whatever the request says", () => {
    expect(providersOf(planIn({ ...promised, policy: zdr }, { zeroDataRetention: false }))).toEqual(["keeps-none"]);
    expect(providersOf(planIn(promised, {}, { policy: zdr }))).toEqual(["keeps-none"]);
    expect(providersOf(planIn(promised, {}, { policy: untrained }))).toEqual(["keeps-none", "trains-not"]);
    expect(providersOf(planIn({ ...promised, policy: untrained }, {}, { policy: zdr }))).toEqual(["keeps-none"]);
  });

  test("is told as the gateway's, with the line of configuration to add", () => {
    const none = marketOf([endpoint("silent", MODEL)], undefined, { policy: zdr });
    expect(refusalIn(none).message).toBe(
      "No provider can serve this request. silent for lab/model: no zero data retention, as the gateway's policy demands " +
        "(if your contract has it: providers.silent.zero_data_retention: true).",
    );
    expect(refusalIn({ ...none, policy: untrained }).message).toContain("providers.silent.no_training: true");
  });

  test("holds for the client's own account as well, of which nobody here knows anything", () => {
    const own = marketOf([endpoint("silent", MODEL)], [credential("silent", { kind: "byok" })], { policy: untrained });
    expect(refusalIn(own).message).toContain("(nothing is known of the request's own account)");
    expect(refusalIn({ ...own, policy: zdr }).code).toBe("no_providers_available");
  });

  test("of the request itself against training is no matter of its own account, but of ours", () => {
    const both = marketOf(
      [endpoint("silent", MODEL)],
      [credential("silent", { kind: "byok", name: "own" }), credential("silent", { name: "ours" })],
    );
    const drawn = planIn(both, { disallowPromptTraining: true });
    expect(drawn.legs.map((leg) => leg.credential.name)).toEqual(["own"]);
    expect(refusalIn(both, { zeroDataRetention: true }).code).toBe("no_providers_available");
  });
});

test("every filter really filters, and what it leaves out is told", () => {
  const prices = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
  const one = fc.record({
    zeroDataRetention: fc.boolean(),
    noTraining: fc.boolean(),
    vision: fc.boolean(),
    price: prices,
    regions: fc.constantFrom(undefined, ["eu"], ["us"], ["eu", "us"], ["europe-west1"]),
  });
  const wanted = fc.record({
    zeroDataRetention: fc.boolean(),
    disallowPromptTraining: fc.boolean(),
    has: fc.subarray(["vision"]),
    max_price: fc.option(fc.record({ input: fc.integer({ min: 0, max: 5 }) }), { nil: null }),
    inferenceRegion: fc.constantFrom(null, { scope: "zone", geoRegion: "eu" }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), wanted, (all, options) => {
      const names = all.map((_, i) => `p${i}`);
      const market = marketOf(
        all.map(({ vision, price }, i) =>
          endpoint(names[i]!, MODEL, {
            abilities: vision ? ["vision"] : [],
            price: price === undefined ? undefined : { rates: { input: price * 1_000_000 } },
          }),
        ),
        all.map(({ zeroDataRetention, noTraining, regions }, i) =>
          credential(names[i]!, { zeroDataRetention, noTraining, regions }),
        ),
      );
      const may = names.filter((_, i) => {
        const { zeroDataRetention, noTraining, vision, price, regions } = all[i]!;
        return (
          (!options.zeroDataRetention || zeroDataRetention) &&
          (!options.disallowPromptTraining || noTraining || zeroDataRetention) &&
          (options.has.length === 0 || vision) &&
          (options.max_price === null || (price !== undefined && price <= options.max_price.input)) &&
          (options.inferenceRegion === null ||
            regions?.every((region) => region === "eu" || region === "europe-west1") === true)
        );
      });
      if (may.length === 0) {
        const { message } = refusalIn(market, asked(options as JsonObject));
        for (const name of names) expect(message).toContain(`${name} for ${MODEL}: `);
        return;
      }
      const plan = planIn(market, asked(options as JsonObject));
      expect(providersOf(plan)).toEqual(may);
      expect(plan.skipped.map(({ provider }) => provider!)).toEqual(names.filter((name) => !may.includes(name)));
    }),
  );
});
