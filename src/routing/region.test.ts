import { describe, expect, test } from "bun:test";
import type { Endpoint } from "../catalog/endpoint.ts";
import { geoOf } from "../catalog/regions.ts";
import { ROUTES } from "../catalog/routes.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { ASK, credential, endpoint, MODEL, marketOf, planIn, providersOf, refusalIn } from "./fixtures/market.ts";
import type { CredentialFacts } from "./plan.ts";
import { readPreferences } from "./preferences.ts";
import { isRegional } from "./region.ts";

function asked(inferenceRegion: JsonValue) {
  return readPreferences({ ...ASK, gateway: { options: { inferenceRegion } } }, new Headers());
}

const MARKET = marketOf(
  ["eu", "belgium", "both", "us", "anywhere"].map((name) => endpoint(name, MODEL)),
  [
    credential("eu", { regions: ["eu"] }),
    credential("belgium", { regions: ["europe-west1", "eu-west-3"] }),
    credential("both", { regions: ["eu", "us"] }),
    credential("us", { regions: ["us-east-1"] }),
    credential("anywhere"),
  ],
);
const within = (region: JsonValue) => providersOf(planIn(MARKET, asked(region)));

describe("a request that must stay in a region", () => {
  test("goes to whoever stays there with all that it may use", () => {
    expect(within({ scope: "zone", geoRegion: "eu" })).toEqual(["eu", "belgium"]);
    expect(within({ scope: "specific", geoRegion: "us" })).toEqual(["us"]);
    expect(within({ scope: "specific", providerRegion: "us-east-1" })).toEqual(["us"]);
    expect(within({ scope: "specific", geoRegion: "us", providerRegion: "us-east-1" })).toEqual(["us"]);
  });

  test("goes anywhere where it says so, or nothing", () => {
    for (const region of [null, { scope: "global" }]) expect(within(region)).toHaveLength(5);
  });

  test("goes to each provider as that one's region says; whoever has none, or null, does not serve", () => {
    const providers = { us: { providerRegion: "us-east-1" }, eu: { geoRegion: "eu" }, belgium: null };
    expect(within({ scope: "specific", providers })).toEqual(["eu", "us"]);
    expect(within({ scope: "zone", geoRegion: "eu", providers: { belgium: null } })).toEqual(["eu"]);
    expect(within({ scope: "global", providers: { us: { scope: "zone", geoRegion: "eu" } } })).toEqual([
      "eu",
      "belgium",
      "both",
      "anywhere",
    ]);
  });

  test("fails where nobody is known to stay there, with the line of configuration to add", () => {
    const error = refusalIn(MARKET, asked({ scope: "specific", providerRegion: "eu-north-1" }));
    expect([error.code, error.status]).toEqual(["no_providers_available", 400]);
    expect(error.message).toContain(
      "anywhere for lab/model: not known to stay in eu-north-1 (if your contract has it: providers.anywhere.regions: [eu-north-1])",
    );
    expect(error.message).toContain("us for lab/model: in us-east-1 and not in eu-north-1");
  });

  test("is not served on an account of the client's own, of which nobody knows where it is", () => {
    const own = marketOf([endpoint("eu", MODEL)], [credential("eu", { kind: "byok" })]);
    expect(refusalIn(own, asked({ scope: "zone", geoRegion: "eu" })).message).toContain(
      "nothing is known of the request's own account",
    );
  });

  test.each<[JsonValue, string]>([
    ["eu", ""],
    [["eu"], ""],
    [{}, ".scope"],
    [{ scope: "regional", geoRegion: "eu" }, ".scope"],
    [{ scope: "zone", geoRegion: "asia" }, ".geoRegion"],
    [{ scope: "zone", providerRegion: 7 }, ".providerRegion"],
    [{ scope: "zone" }, ""],
    [{ scope: "global", geoRegion: "eu" }, ".scope"],
    [{ scope: "zone", geo_region: "eu" }, ".geo_region"],
    [{ scope: "zone", providers: [] }, ".providers"],
    [{ scope: "zone", providers: { eu: "eu" } }, ".providers.eu"],
    [{ scope: "zone", providers: { eu: { geoRegion: "mars" } } }, ".providers.eu.geoRegion"],
    [{ scope: "zone", providers: { eu: { zone: "eu" } } }, ".providers.eu.zone"],
  ])("is refused by its path where it makes no sense: %j", (inferenceRegion, at) => {
    let thrown: unknown;
    try {
      asked(inferenceRegion as JsonObject);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    const { code, details } = thrown as GatewayError;
    expect([code, details.param]).toEqual(["invalid_request", `providerOptions.gateway.inferenceRegion${at}`]);
  });

  test("names no provider that nobody knows", () => {
    const region = { scope: "zone", geoRegion: "eu", providers: { belgum: null } };
    const error = refusalIn(MARKET, asked(region));
    expect(error.details.param).toBe("providerOptions.gateway.inferenceRegion.providers");
    expect(error.message).toContain('Did you mean "belgium"?');
  });
});

describe("a request that must stay in a region, where nothing but addresses and names says who does,", () => {
  const ROUTED = { routes: ROUTES.bedrock };
  const eu = { scope: "zone", geoRegion: "eu" };
  const us = { scope: "zone", geoRegion: "us" };
  /** Where a model of this name is served by a credential of this kind: in `eu`, in `us`. */
  function served(upstream: string, known: Partial<CredentialFacts>, more: Partial<Endpoint> = ROUTED): boolean[] {
    const market = marketOf([endpoint("cloud", MODEL, { upstream, ...more })], [credential("cloud", known)]);
    return [eu, us].map((region) => {
      try {
        return providersOf(planIn(market, asked(region))).length === 1;
      } catch (thrown) {
        expect((thrown as GatewayError).code).toBe("no_providers_available");
        return false;
      }
    });
  }

  test.each<[name: string, known: Partial<CredentialFacts>, eu: boolean, us: boolean]>([
    // Run where they are asked.
    ["mistral.mistral-large", { located: "eu-central-1" }, true, false],
    ["mistral.mistral-large", { located: "us-west-2" }, false, true],
    ["mistral.mistral-large", { located: "ap-south-1" }, false, false],
    ["mistral.mistral-large", {}, false, false],
    ["mistral.mistral-large", { located: "us-west-2", kind: "byok" }, false, true],
    // Run in a part of the world, if they are asked there.
    ["us.meta.llama", { located: "us-east-1" }, false, true],
    ["us.meta.llama", { located: "ca-central-1" }, false, false],
    ["us.meta.llama", {}, false, false],
    ["eu.amazon.nova", { located: "eu-north-1" }, true, false],
    ["eu.amazon.nova", { located: "eu-west-2" }, false, false],
    // Run anywhere, whatever the operator has in contract.
    ["global.anthropic.claude", { located: "eu-north-1" }, false, false],
    ["global.anthropic.claude", { located: "eu-north-1", regions: ["eu"] }, false, false],
    // Nobody knows, but the operator.
    ["apac.amazon.nova", { located: "eu-north-1" }, false, false],
    ["arn:aws:bedrock:eu-north-1:1:application-inference-profile/x", { located: "eu-north-1" }, false, false],
    ["arn:aws:bedrock:eu-north-1:1:application-inference-profile/x", { regions: ["eu"] }, true, false],
    [
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
      { located: "us-east-1", regions: ["eu"] },
      false,
      false,
    ],
    [
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
      { located: "us-east-1", regions: ["us"] },
      false,
      true,
    ],
    // What the operator says does not move an address, nor make a profile lead elsewhere.
    ["us.meta.llama", { regions: ["eu"] }, false, false],
    ["us.meta.llama", { located: "us-east-1", regions: ["eu"] }, false, false],
    ["us.meta.llama", { located: "us-east-1", regions: ["us"] }, false, true],
    ["mistral.mistral-large", { located: "us-east-1", regions: ["eu"] }, false, false],
    ["mistral.mistral-large", { located: "eu-west-1", regions: ["eu", "us"] }, true, false],
    ["mistral.mistral-large", { located: "eu-west-1", regions: ["eu-west-3"] }, false, false],
  ])("%s by a credential of which %j is known: eu %p, us %p", (name, known, inEu, inUs) => {
    expect(served(name, known)).toEqual([inEu, inUs]);
  });

  test.each<[located: string, eu: boolean, us: boolean]>([
    ["europe-west4", true, false],
    ["eu", true, false],
    ["us", false, true],
    ["us-central1", false, true],
    ["europe-west2", false, false],
    ["global", false, false],
  ])("at an address in %s: eu %p, us %p", (located, inEu, inUs) => {
    // Names mean nothing where nobody names models so.
    for (const name of ["gemini", "us.meta.llama", "global.x"])
      expect(served(name, { located }, {})).toEqual([inEu, inUs]);
  });

  test("is told what stands in the way, and no remedy that would not help", () => {
    const why = (upstream: string, known: Partial<CredentialFacts>) =>
      refusalIn(marketOf([endpoint("cloud", MODEL, { upstream, ...ROUTED })], [credential("cloud", known)]), asked(eu))
        .message;
    expect(why("global.x", { located: "eu-west-1" })).toContain("may run anywhere, as the name global.x says");
    expect(why("mistral.x", { located: "global" })).toContain("may run anywhere, as the location global says");
    expect(why("mistral.x", { located: "us-east-1" })).toContain("in us-east-1 and not in eu");
    expect(why("mistral.x", { located: "us-east-1", regions: ["eu"] })).toContain(
      "not known to stay in eu: its address is in us-east-1, and its regions (eu) are elsewhere",
    );
    expect(why("arn:x", { located: "eu-west-1" })).toContain("providers.cloud.regions: [eu]");
    expect(why("mistral.x", { located: "us-east-1" })).not.toContain("regions:");
  });

  test("a model that runs in one part of the world is not asked for in the other", () => {
    const market = marketOf(
      [endpoint("cloud", MODEL, { upstream: "us.x", ...ROUTED }), endpoint("other", MODEL)],
      [credential("cloud", { located: "eu-west-1" }), credential("other")],
    );
    const plan = planIn(market);
    expect(providersOf(plan)).toEqual(["other"]);
    expect(plan.skipped).toEqual([
      { model: MODEL, provider: "cloud", reason: "not offered in eu-west-1: us.x runs in us" },
    ]);
  });
});

test("a cloud's region lies where it lies, and not where its name begins", () => {
  expect(["eu-central-1", "europe-west4", "swedencentral"].map(geoOf)).toEqual(["eu", "eu", "eu"]);
  expect(["us-west-2", "us-central1", "eastus2"].map(geoOf)).toEqual(["us", "us", "us"]);
  // London, Zurich, and what nobody has listed.
  expect(["eu-west-2", "europe-west2", "eu-central-2", "europe-west6", "eu", "mars-1"].map(geoOf)).toEqual(
    Array(6).fill(undefined),
  );
});

describe("whether it stays in a part of the world, which may have its price", () => {
  const bedrock = (upstream: string) => ({ upstream, routes: ROUTES.bedrock });
  const model = { upstream: "m" };
  test.each([
    ["a name that says so", bedrock("eu.anthropic.claude-opus-5"), { located: "eu-west-1" }, true],
    ["a model's own name", bedrock("anthropic.claude-opus-5"), {}, true],
    ["a name that routes anywhere", bedrock("global.anthropic.claude-opus-5"), { located: "eu-west-1" }, false],
    ["a location of a cloud", model, { located: "europe-west4" }, true],
    ["no location of it", model, { located: "global" }, false],
    ["an address of a country", model, { regional: true }, true],
    ["nothing that is known", model, { regions: ["eu"] }, false],
  ])("%s", (_, runs, where, stays) => {
    expect(isRegional(runs, { provider: "p", ...where })).toBe(stays);
  });
});
