import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../core/json.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { readPreferences } from "./preferences.ts";
import { type Circumstances, candidatesOf, type VirtualModel, withOptions } from "./virtual-model.ts";

function virtual(more: Partial<VirtualModel> & { weights?: Record<string, number> } = {}): VirtualModel {
  const { weights = { "lab/a": 1, "lab/b": 1 }, ...told } = more;
  const candidates = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  return {
    name: "vmc/v",
    candidates,
    selector: "weight",
    sticky: false,
    requires: [],
    active: true,
    options: {},
    ...told,
  };
}

const at = (seed: string, more: Partial<Circumstances> = {}): Circumstances => ({
  seed,
  user: () => undefined,
  figure: () => undefined,
  ...more,
});

describe("among candidates", () => {
  test("the first in the list, where nothing else is said", () => {
    expect(candidatesOf(virtual({ selector: "priority" }), at("x"))).toEqual(["lab/a", "lab/b"]);
  });

  test("the cheapest, the quickest and the fastest, those of whom nobody knows last", () => {
    const figures: Record<string, Record<string, number>> = {
      cost: { "lab/a": 3, "lab/b": 1 },
      ttft: { "lab/b": 90, "lab/c": 30 },
      tps: { "lab/b": 90, "lab/c": 30 },
    };
    const figure: Circumstances["figure"] = (sort, model) => figures[sort]?.[model];
    const chosen = (selector: VirtualModel["selector"]) =>
      candidatesOf(virtual({ selector, weights: { "lab/a": 1, "lab/b": 1, "lab/c": 1 } }), at("x", { figure }));
    expect(chosen("cost")).toEqual(["lab/b", "lab/a", "lab/c"]);
    expect(chosen("ttft")).toEqual(["lab/c", "lab/b", "lab/a"]);
    expect(chosen("tps")).toEqual(["lab/b", "lab/c", "lab/a"]);
  });

  test("each as often as its weight says, over many requests", () => {
    const weight = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 5 }), fc.string(), (all, salt) => {
        const weights = Object.fromEntries(all.map((one, i) => [`lab/m${i}`, one]));
        const sum = all.reduce((a, b) => a + b);
        const count = new Map<string, number>();
        const runs = 4000;
        for (let i = 0; i < runs; i++) {
          const [first] = candidatesOf(virtual({ weights }), at(`gen_${salt}${i}`));
          count.set(first!, (count.get(first!) ?? 0) + 1);
        }
        for (const [name, one] of Object.entries(weights)) {
          const share = one / sum;
          // Five standard deviations: once in two million.
          const slack = 5 * Math.sqrt((share * (1 - share)) / runs);
          expect(Math.abs((count.get(name) ?? 0) / runs - share)).toBeLessThan(slack);
        }
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  test("one that weighs nothing only stands in for the others", () => {
    for (let i = 0; i < 200; i++)
      expect(candidatesOf(virtual({ weights: { "lab/a": 0, "lab/b": 1, "lab/c": 2 } }), at(`${i}`)).at(-1)).toBe(
        "lab/a",
      );
  });

  test("the same for the same user, and others for others; every one of them somewhere in the list", () => {
    const sticky = virtual({ sticky: true });
    const given = (user: string, seed: string) => candidatesOf(sticky, at(seed, { user: () => user }));
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (user, one, two) => {
        expect(given(user, one)).toEqual(given(user, two));
        expect(given(user, one).toSorted()).toEqual(["lab/a", "lab/b"]);
      }),
    );
    const firsts = new Set(Array.from({ length: 50 }, (_, i) => given(`user-${i}`, "same")[0]));
    expect(firsts.size).toBe(2);
    // Nobody can stick to a user who is not named.
    expect(new Set(Array.from({ length: 50 }, (_, i) => candidatesOf(sticky, at(`${i}`))[0])).size).toBe(2);
  });

  test("a user who moves when the weights do moves to what weighs more, and the rest stay", () => {
    const first = (weights: Record<string, number>, user: string) =>
      candidatesOf(virtual({ weights, sticky: true }), at("", { user: () => user }))[0];
    for (let i = 0; i < 500; i++) {
      const before = first({ "lab/a": 9, "lab/b": 1 }, `u${i}`);
      const after = first({ "lab/a": 5, "lab/b": 5 }, `u${i}`);
      if (before === "lab/b") expect(after).toBe("lab/b");
    }
  });
});

describe("its options", () => {
  const asked = (providerOptions: JsonObject, more: JsonObject = {}) =>
    openaiChat.inbound!.read({
      model: "vmc/v",
      messages: [{ role: "user", content: "Hello" }],
      providerOptions,
      ...more,
    });
  const read = (own: JsonObject, providerOptions: JsonObject = {}, more: JsonObject = {}) =>
    readPreferences(withOptions(asked(providerOptions, more), virtual({ options: { gateway: own } })), new Headers());

  test("win over the client's, wherever the client wrote them", () => {
    expect(read({ order: ["groq"] }, { gateway: { order: ["openai"], only: ["openai"] } })).toMatchObject({
      order: ["groq"],
      only: ["openai"],
    });
    expect(read({ models: ["lab/x"] }, {}, { models: ["lab/y"] }).models).toEqual(["lab/x"]);
    expect(read({ sort: "cost" }, {}, { provider: { sort: "tps", order: ["groq"] } })).toMatchObject({
      sort: "cost",
      order: ["groq"],
    });
    expect(read({ tags: ["v"] }, { gateway: { tags: ["a"] } }, { tags: ["b"] }).tags).toEqual(["v"]);
  });

  test("add up where they protect, and take nothing away", () => {
    expect(read({ zeroDataRetention: true }, {}).zeroDataRetention).toBe(true);
    expect(read({ zeroDataRetention: true }, { gateway: { zeroDataRetention: false } }).zeroDataRetention).toBe(true);
    expect(read({ zeroDataRetention: false }, { gateway: { zeroDataRetention: true } }).zeroDataRetention).toBe(true);
    expect(read({ disallowPromptTraining: true }).disallowPromptTraining).toBe(true);
  });

  test("may put back what is usual", () => {
    expect(
      read({ sort: "@default" }, { gateway: { sort: "cost" } }, { provider: { sort: "cost" } }).sort,
    ).toBeUndefined();
  });

  test("for providers win in whatever way of writing the client says them, or in two", () => {
    const ask = asked({ openai: { reasoningEffort: "high", reasoning_effort: "high", x: 1 } });
    for (const name of ["reasoningEffort", "reasoning_effort"]) {
      const told = withOptions(ask, virtual({ options: { openai: { [name]: "low" } } }));
      expect(told.body.providerOptions).toEqual({ openai: { x: 1, [name]: "low" }, gateway: {} });
    }
  });

  test("for providers are laid over the client's one by one, and the body stays otherwise as it was", () => {
    const ask = asked({ openai: { reasoningEffort: "low", user: "u" }, groq: { a: 1 } });
    const told = withOptions(ask, virtual({ options: { openai: { reasoningEffort: "high" } } }));
    expect(told.body.providerOptions).toEqual({
      openai: { reasoningEffort: "high", user: "u" },
      groq: { a: 1 },
      gateway: {},
    });
    expect(told.body.messages).toBe(ask.body.messages!);
    expect(ask.body.providerOptions).toEqual({ openai: { reasoningEffort: "low", user: "u" }, groq: { a: 1 } });
    expect(withOptions(ask, virtual())).toBe(ask);
  });
});
