import { describe, expect, test } from "bun:test";
import { geoOf } from "../catalog/regions.ts";
import { GatewayError } from "../core/error.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { ASK, credential, endpoint, MODEL, marketOf, planIn, providersOf, refusalIn } from "./fixtures/market.ts";
import { readPreferences } from "./preferences.ts";

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

test("a cloud's region lies where it lies, and not where its name begins", () => {
  expect(["eu-central-1", "europe-west4", "swedencentral"].map(geoOf)).toEqual(["eu", "eu", "eu"]);
  expect(["us-west-2", "us-central1", "eastus2"].map(geoOf)).toEqual(["us", "us", "us"]);
  // London, Zurich, and what nobody has listed.
  expect(["eu-west-2", "europe-west2", "eu-central-2", "europe-west6", "eu", "mars-1"].map(geoOf)).toEqual(
    Array(6).fill(undefined),
  );
});
