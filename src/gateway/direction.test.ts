import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { KeyRing } from "../access/keys.ts";
import { ConfigError } from "../config/explain.ts";
import { checkConfig } from "../config/load.ts";
import { SELECTORS } from "../routing/virtual-model.ts";
import type { Snapshot } from "./gateway.ts";
import { compileSnapshot } from "./snapshot.ts";

function snapshotOf(told: object): Snapshot {
  const config = checkConfig(told, "test");
  return compileSnapshot({ config, env: {}, keys: new KeyRing("", new Map()), simulator: undefined });
}

function problemsOf(told: object): string {
  try {
    snapshotOf(told);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems.join("\n");
    throw thrown;
  }
  throw new Error("accepted");
}

const GPT = "openai/gpt-5";
const CLAUDE = "anthropic/claude-sonnet-4.5";
const WORDS = "openai/text-embedding-3-small";
const virtual = (told: object) => ({ virtual_models: { "vmc/v": told } });
const rules = (...all: object[]) => ({ routing_rules: all.map((one, i) => ({ id: `r${i}`, ...one })) });

describe("a virtual model", () => {
  test("is an alias, or chooses by what its candidates say", () => {
    const of = (told: object) => snapshotOf(virtual(told)).directory.virtual.get("vmc/v")!;
    expect(of({ model: GPT })).toMatchObject({ candidates: [{ name: GPT }], selector: "priority", active: true });
    const candidates = [{ model: GPT }, { model: CLAUDE, weight: 3 }];
    expect(of({ candidates, sticky: "user" })).toMatchObject({
      candidates: [
        { name: GPT, weight: 1 },
        { name: CLAUDE, weight: 3 },
      ],
      selector: "weight",
      sticky: true,
    });
    expect(of({ candidates: [{ model: GPT }, { model: CLAUDE }], selector: "cost" }).selector).toBe("cost");
    expect(of({ model: GPT, status: "draft" }).active).toBe(false);
  });

  test("may stand for an operator's own model, and for a provider's own name of one", () => {
    const own = { wire: "openai-chat", base_url: "http://127.0.0.1:9/v1", api_key: "none", models: [{ id: "me/m" }] };
    const told = { providers: { mine: own }, ...virtual({ candidates: [{ model: "me/m" }, { model: "mine/m" }] }) };
    expect(snapshotOf(told).directory.virtual.get("vmc/v")!.candidates).toHaveLength(2);
  });

  test.each<[object, string]>([
    [{}, "virtual_models.vmc/v: needs one of `model`, `candidates` and `relay`"],
    [{ model: GPT, candidates: [{ model: CLAUDE }] }, "needs one of"],
    [{ model: GPT, relay: { base_url: "http://127.0.0.1:9/v1" } }, "needs one of"],
    [{ relay: {} }, "virtual_models.vmc/v.relay.base_url"],
    [{ relay: { base_url: "file:///etc" } }, "base_url"],
    [{ relay: { base_url: "http://me:secret@127.0.0.1/v1" } }, "virtual_models.vmc/v.relay: a base address must not"],
    [{ relay: { base_url: "http://127.0.0.1:9", api_key_file: "/nowhere/at/all" } }, "virtual_models.vmc/v.relay"],
    [{ relay: { base_url: "http://127.0.0.1:9", wire: "openai-chta" } }, "wire"],
    [{ relay: { base_url: "http://127.0.0.1:9", base_ur: "x" } }, 'did you mean "base_url"?'],
    [{ relay: { base_url: "http://127.0.0.1:9" }, selector: "cost" }, ".selector"],
    [{ relay: { base_url: "http://127.0.0.1:9" }, requires: ["vision"] }, "vmc/v does not have `vision`"],
    [
      { model: GPT, requires: ["visoin"] },
      'virtual_models.vmc/v.requires: nobody knows a tag "visoin"; did you mean "vision"?',
    ],
    [{ model: GPT, requires: [] }, "requires"],
    [
      { candidates: [{ model: WORDS }], requires: ["vision", "tool-use"] },
      `${WORDS} does not have \`vision\`, \`tool-use\``,
    ],
    [{ candidates: [{ model: "vmc/w" }] }, 'virtual_models.vmc/v.candidates.0.model: nobody knows a model "vmc/w"'],
    [{ model: "openai/gpt-55" }, 'nobody knows a model "openai/gpt-55"; did you mean "openai/gpt-5"?'],
    [{ model: "vmc/v" }, 'virtual_models.vmc/v.model: nobody knows a model "vmc/v"'],
    [{ candidates: [{ model: GPT }, { model: GPT }] }, "a model stands twice"],
    [{ candidates: [{ model: GPT, weight: 0 }] }, "all of them weigh nothing"],
    [{ candidates: [{ model: GPT, weight: 2 }], selector: "cost" }, "a weight says nothing"],
    [{ model: GPT, selector: "cost" }, ".selector: there is nothing to choose from"],
    [{ candidates: [{ model: GPT }], sticky: "user" }, ".sticky"],
    [{ model: GPT, provider_options: { gateway: { ordr: ["openai"] } } }, 'Did you mean "order"?'],
    [{ model: GPT, provider_options: { gateway: { order: ["opnai"] } } }, 'did you mean "openai"?'],
    [{ model: GPT, provider_options: { opnai: {} } }, 'did you mean "openai"?'],
    [{ model: GPT, provider_options: { openai: { base_url: "http://x" } } }, "base_url"],
    [{ model: GPT, provider_options: { gateway: { byok: { openai: [{ apiKey: "sk-x" }] } } } }, "for a request to say"],
    [{ model: GPT, provider_options: { gateway: { only: "@default" } } }, 'has no "@default"'],
    [{ model: GPT, provider_options: { gateway: { sort: "best" } } }, "sort"],
    [{ model: GPT, provider_options: { gateway: { byok_only: "yes" } } }, "byok_only must be true or false"],
    [{ model: GPT, provider_options: { gateway: { providerTimeouts: { opnai: 5000 } } } }, 'did you mean "openai"?'],
    [
      { model: GPT, provider_options: { gateway: { providerTimeouts: { byok: { opnai: 5000 } } } } },
      'did you mean "openai"?',
    ],
    [
      {
        model: GPT,
        provider_options: { gateway: { inferenceRegion: { scope: "specific", providers: { opnai: null } } } },
      },
      "inferenceRegion",
    ],
    [
      {
        model: GPT,
        provider_options: {
          gateway: { inferenceRegion: { scope: "zone", geoRegion: "eu", providers: { opnai: null } } },
        },
      },
      'did you mean "openai"?',
    ],
    [
      { model: GPT, provider_options: { gateway: { models: ["openai/gpt-55"] } } },
      'nobody knows a model "openai/gpt-55"; did you mean "openai/gpt-5"?',
    ],
    [{ model: GPT, visibility: "hidden" }, "visibility"],
    [{ model: GPT, statu: "draft" }, 'did you mean "status"?'],
    [{ candidates: [{ model: GPT, weight: -1 }] }, "weight"],
  ])("that makes no sense is none: %#", (told, problem) => {
    expect(problemsOf(virtual(told))).toContain(problem);
  });

  test("knows which of its candidates have what it requires", () => {
    const candidates = [{ model: WORDS }, { model: GPT }];
    const of = (told: object) => snapshotOf(virtual(told)).directory.virtual.get("vmc/v")!;
    expect(of({ candidates, requires: ["vision"] })).toMatchObject({
      requires: ["vision"],
      candidates: [{ name: WORDS, missing: ["vision"] }, { name: GPT }],
    });
    expect(of({ candidates }).candidates.every((one) => one.missing === undefined)).toBe(true);
  });

  test("that stands for an address stays the same while others are changed", () => {
    const relay = { base_url: "http://127.0.0.1:9/v1" };
    const told = { virtual_models: { "vmc/v": { relay } } };
    const snapshot = snapshotOf(told);
    const after = (more: object) =>
      snapshot.directions(checkConfig({ virtual_models: { ...told.virtual_models, ...more } }, "test")).choice;
    const [before] = snapshot.choice.endpoints.get("vmc/v")!;
    const again = after({ "vmc/w": { model: GPT } });
    expect(again.endpoints.get("vmc/v")![0]).toBe(before!);
    expect(again.credentials.get("vmc/v")![0]).toBe(snapshot.choice.credentials.get("vmc/v")![0]!);
    expect(after({ "vmc/v": { relay, description: "Ours." } }).endpoints.get("vmc/v")![0]).toBe(before!);
    expect(after({ "vmc/v": { relay: { ...relay, upstream: "x" } } }).endpoints.get("vmc/v")![0]).not.toBe(before!);
    expect(after({ "vmc/v": { model: GPT } }).endpoints.has("vmc/v")).toBe(false);
  });

  test("is called as no model is", () => {
    expect(problemsOf({ virtual_models: { [GPT]: { model: CLAUDE } } })).toContain("a model is called so");
    for (const name of ["plain", "vmc/a/b", "/x", "vmc/"])
      expect(problemsOf({ virtual_models: { [name]: { model: CLAUDE } } })).toContain("creator/name");
  });

  test("may put back what is usual, where there is such a thing", () => {
    const gateway = { sort: "@default", serviceTier: "@default", zeroDataRetention: true };
    expect(() => snapshotOf(virtual({ model: GPT, provider_options: { gateway } }))).not.toThrow();
  });

  test("is told in the lists of models as far as it may be found", () => {
    const of = (told: object) => snapshotOf(virtual(told)).models.get("vmc/v");
    const both = [{ model: GPT }, { model: CLAUDE }];
    const snapshot = snapshotOf({});
    const [gpt, claude] = [snapshot.models.get(GPT)!, snapshot.models.get(CLAUDE)!];
    const listed = of({ candidates: both, name: "Ours", description: "For us." })!;
    expect(listed).toMatchObject({ id: "vmc/v", name: "Ours", description: "For us.", type: "language" });
    expect(listed.own).toBeUndefined();
    expect(listed.contextWindow).toBe(Math.min(gpt.contextWindow!, claude.contextWindow!));
    expect(listed.abilities).toEqual(gpt.abilities.filter((one) => claude.abilities.includes(one)));
    expect(listed.offers[0]).toEqual(gpt.offers[0]!);
    expect(of({ model: GPT, visibility: "internal" })?.own).toBe(true);
    expect(of({ model: GPT, visibility: "stealth" })).toBeUndefined();
    expect(of({ model: GPT, status: "archived" })).toBeUndefined();
  });
});

describe("a routing rule", () => {
  test("that does not hold is as good as none, and may be wrong", () => {
    const told = rules({ type: "deny", model: GPT, enabled: false }, { type: "rewrite", model: CLAUDE, to: GPT });
    expect(snapshotOf(told).directory.rules).toEqual([{ id: "r1", model: CLAUDE, to: GPT }]);
  });

  test.each<[object[], string]>([
    [[{ type: "rewrite", model: GPT }], "routing_rules.0 (r0).to: a rewrite needs `to`"],
    [[{ type: "rewrite", model: GPT, to: CLAUDE, reason: "x" }], "only a denial has one"],
    [[{ type: "deny", model: GPT, to: CLAUDE }], "a denial leads to no model"],
    [[{ type: "rewrite", model: GPT, to: "vmc/none" }], 'nobody knows a model "vmc/none"'],
    [[{ type: "rewrite", model: GPT, to: "anthropic/claude-sonnet-4.55" }], `did you mean "${CLAUDE}"?`],
    [
      [
        { type: "deny", model: GPT },
        { id: "r0", type: "deny", model: CLAUDE },
      ],
      "another rule has that id",
    ],
    [
      [
        { type: "rewrite", model: GPT, to: CLAUDE },
        { type: "rewrite", model: CLAUDE, to: GPT },
      ],
      "r0 → r1 → r0: they lead on to each other",
    ],
    [[{ type: "block", model: GPT }], "type"],
    [[{ type: "deny", model: "open*ai/x" }], "must be creator/name"],
    [[{ type: "deny" }], "model"],
  ])("that makes no sense is none: %#", (told, problem) => {
    expect(problemsOf(rules(...told))).toContain(problem);
  });

  test("may lead to a virtual model", () => {
    const told = { ...rules({ type: "rewrite", model: GPT, to: "vmc/v" }), ...virtual({ model: GPT }) };
    expect(() => snapshotOf(told)).not.toThrow();
  });
});

describe("docs/routing-rules.md", () => {
  const page = readFileSync(new URL("../../docs/routing-rules.md", import.meta.url), "utf8");

  test("has configurations that load", () => {
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!);
    expect(blocks.length).toBe(4);
    for (const yaml of blocks) expect(() => snapshotOf(Bun.YAML.parse(yaml) as object)).not.toThrow();
  });

  test("tells of every selector", () => {
    for (const selector of SELECTORS) expect(page).toContain(`\`${selector}\``);
  });
});
