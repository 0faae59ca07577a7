import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { openaiChat } from "../wires/openai-chat/index.ts";
import { type Directed, type Directory, directed, spared } from "./direction.ts";
import { denialOf, type Rule } from "./rules.ts";
import type { VirtualModel } from "./virtual-model.ts";

const NOBODY = { seed: "", user: () => undefined, figure: () => undefined };

function virtual(name: string, models: readonly string[], more: Partial<VirtualModel> = {}): VirtualModel {
  const candidates = models.map((one) => ({ name: one, weight: 1 }));
  return { name, candidates, selector: "priority", sticky: false, requires: [], active: true, options: {}, ...more };
}

function directory(rules: readonly Rule[], ...all: readonly VirtualModel[]): Directory {
  const canonical = (name: string) => (name === "cloud/a-1" ? "lab/a" : name);
  return { rules, virtual: new Map(all.map((one) => [one.name, one])), canonical };
}

function lead(there: Directory, model: string, gateway: JsonObject = {}): Directed {
  const messages = [{ role: "user", content: "Hello" }];
  return directed(there, openaiChat.inbound!.read({ model, messages, providerOptions: { gateway } }), NOBODY);
}

function refusalOf(there: Directory, model: string, gateway: JsonObject = {}): GatewayError {
  try {
    lead(there, model, gateway);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("let through");
}

const modelsOf = ({ ask, spares }: Directed) => [ask.model, ...spares];

describe("a request", () => {
  test("of which nobody has said anything is as it was", () => {
    const ask = openaiChat.inbound!.read({ model: "lab/a", messages: [{ role: "user", content: "Hello" }] });
    expect(directed(directory([]), ask, NOBODY).ask).toBe(ask);
    expect(directed(directory([{ id: "1", model: "lab/z" }], virtual("vmc/v", ["lab/b"])), ask, NOBODY).ask).toBe(ask);
  });

  test("is led by rules to a virtual model, and by that to its candidates; what was asked for stays known", () => {
    const there = directory([{ id: "1", model: "lab/old", to: "vmc/v" }], virtual("vmc/v", ["lab/a", "lab/b"]));
    const led = lead(there, "lab/old");
    expect(modelsOf(led)).toEqual(["lab/a", "lab/b"]);
    expect(led.ask.requested).toBe("lab/old");
    expect(lead(there, "vmc/v").ask.requested).toBe("vmc/v");
  });

  test("is denied, by whatever name it comes", () => {
    const there = directory([{ id: "no", model: "lab/a" }], virtual("vmc/v", ["lab/a"]));
    for (const model of ["lab/a", "cloud/a-1", "vmc/v"])
      expect(refusalOf(there, model)).toMatchObject({ code: "denied_by_rule", details: { ruleId: "no" } });
  });

  test("goes without the candidates that are denied, and is told", () => {
    const there = directory([{ id: "no", model: "lab/a" }], virtual("vmc/v", ["lab/a", "lab/b"]));
    const led = lead(there, "vmc/v");
    expect(modelsOf(led)).toEqual(["lab/b"]);
    expect(led.skipped).toEqual([{ model: "lab/a", reason: 'denied by the routing rule "no"' }]);
  });

  test("for a virtual model that is not offered is for none", () => {
    const there = directory([], virtual("vmc/v", ["lab/a"], { active: false }));
    expect(refusalOf(there, "vmc/v").code).toBe("model_not_found");
  });

  test("that goes round and round is refused", () => {
    const circle = [
      { id: "1", model: "lab/a", to: "lab/b" },
      { id: "2", model: "lab/b", to: "lab/a" },
    ];
    expect(refusalOf(directory(circle), "lab/a")).toMatchObject({ code: "invalid_request", status: 400 });
  });

  test("is not served faster by a variant that is denied", () => {
    const there = directory([
      { id: "slow", model: "*-fast" },
      { id: "slow", model: "lab/a-fast" },
    ]);
    const led = lead(there, "lab/a", { speed: "fast", allowFallbackFromFast: true });
    expect(led.ask.gateway.options.speed).toBeUndefined();
    expect(led.skipped).toEqual([{ model: "lab/a-fast", reason: 'denied by the routing rule "slow"' }]);
    expect(refusalOf(there, "lab/a", { speed: "fast", allowFallbackFromFast: false }).code).toBe("denied_by_rule");
    expect(lead(there, "lab/b", { speed: "fast" }).ask.gateway.options.speed).toBe("fast");
  });
});

test("of a model that a rule leads to a virtual one gets that model, by way of the virtual one", () => {
  const options = { gateway: { order: ["openai"] } };
  const there = directory([{ id: "1", model: "lab/a", to: "vmc/a" }], virtual("vmc/a", ["lab/a"], { options }));
  const led = lead(there, "lab/a");
  expect([modelsOf(led), led.ask.gateway.options, led.ask.requested]).toEqual([
    ["lab/a"],
    { order: ["openai"] },
    undefined,
  ]);
});

test("whatever the rules: nobody is led to what is denied, nor left with a virtual model", () => {
  const name = fc.constantFrom("lab/a", "lab/b", "lab/c", "cloud/a-1");
  const any = fc.oneof(name, fc.constantFrom("vmc/v", "vmc/w"));
  const rule = fc.record({
    id: fc.uuid(),
    model: fc.oneof(any, fc.constantFrom("lab/*", "*", "vmc/*")),
    to: fc.option(any, { nil: undefined }),
  });
  const candidates = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
  const given = fc.record({ rules: fc.array(rule, { maxLength: 5 }), v: candidates, w: candidates });
  fc.assert(
    fc.property(given, any, fc.array(any, { maxLength: 3 }), ({ rules, v, w }, asked, others) => {
      const told = rules.map(({ id, model, to }): Rule => (to === undefined ? { id, model } : { id, model, to }));
      const there = directory(told, virtual("vmc/v", v), virtual("vmc/w", w));
      const models = [...spared(there, others).models];
      try {
        models.push(...modelsOf(lead(there, asked)));
      } catch (thrown) {
        expect((thrown as GatewayError).code).toBeOneOf(["denied_by_rule", "invalid_request"]);
      }
      for (const model of models) {
        expect(model).not.toStartWith("vmc/");
        expect(denialOf(told, model, there.canonical)).toBeUndefined();
      }
    }),
    { numRuns: 2000 },
  );
});

describe("models to fall back to", () => {
  test("go by the rules as well: led on, or passed over and told", () => {
    const there = directory([
      { id: "1", model: "lab/old", to: "lab/new" },
      { id: "2", model: "lab/x" },
    ]);
    expect(spared(there, ["lab/old", "lab/x", "lab/b", "lab/new"])).toEqual({
      models: ["lab/new", "lab/b"],
      skipped: [{ model: "lab/x", reason: 'denied by the routing rule "2"' }],
    });
  });

  test("may be virtual ones, unless these ask for something of their own", () => {
    const there = directory(
      [{ id: "no", model: "lab/b" }],
      virtual("vmc/plain", ["lab/a", "lab/b"]),
      virtual("vmc/strict", ["lab/c"], { options: { gateway: { zeroDataRetention: true } } }),
      virtual("vmc/gone", ["lab/d"], { active: false }),
    );
    const { models, skipped } = spared(there, ["vmc/plain", "vmc/strict", "vmc/gone"]);
    expect(models).toEqual(["lab/a"]);
    expect(skipped.map(({ model }) => model)).toEqual(["lab/b", "vmc/strict", "vmc/gone"]);
  });

  test("are left alone where there are no rules", () => {
    const models = ["lab/a", "lab/a"];
    expect(spared(directory([]), models).models).toBe(models);
  });
});
