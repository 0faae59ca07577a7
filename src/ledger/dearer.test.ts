import { describe, expect, test } from "bun:test";
import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { mostTimes, priceOf } from "./dearer.ts";

const price = { rates: { input: 2, output: 3, searches: 5 }, tiers: [{ above: 9, rates: { output: 7 } }] };
const twice = { rates: { input: 4, output: 6, searches: 5 }, tiers: [{ above: 9, rates: { output: 14 } }] };
const asked = (body: object = {}, options: object = {}) => ({ body, gateway: { options } }) as unknown as Ask;
const told = (serviceTier: string | undefined, speed?: string) => ({
  serviceTier,
  rawUsage: speed === undefined ? undefined : { speed },
});
const leg = (endpoint: object, wire: WireName = "openai-chat") => ({
  endpoint: { quirks: new Set() as Endpoint["quirks"], price, ...endpoint },
  wire,
});
const SELLS = leg({ tiers: ["auto", "priority"] });

describe("an answer costs twice as much", () => {
  test.each([
    ["with priority where it is sold", SELLS, told("priority"), asked()],
    [
      "where it was asked for, and nobody tells what came of it",
      SELLS,
      told(undefined),
      asked({ service_tier: "fast" }),
    ],
    ["with priority in formats that have a word for it", leg({}, "bedrock-converse"), told("PRIORITY"), asked()],
    ["in fast mode", leg({}), told("standard", "fast"), asked()],
  ])("%s", (_, endpoint, readings, ask) => {
    expect(priceOf(endpoint, readings, ask)).toEqual(twice);
  });
});

describe("an answer costs what it says", () => {
  test.each([
    ["with priority that is part of what was bought before", leg({}, "anthropic-messages"), told("priority"), asked()],
    ["where the usual was given instead", SELLS, told("default"), asked({ service_tier: "priority" })],
    ["at leisure", SELLS, told("flex"), asked({ service_tier: "flex" })],
    ["in the usual way", SELLS, told(undefined, "standard"), asked()],
    [
      "where the format has the word and the place does not take it",
      leg({ quirks: new Set(["no-service-tier"]) as Endpoint["quirks"] }, "gemini-generate"),
      told(undefined),
      asked({ service_tier: "priority" }),
    ],
    ["where nothing was read of it", SELLS, undefined, asked({ service_tier: "priority" })],
  ])("%s", (_, endpoint, readings, ask) => {
    expect(priceOf(endpoint, readings, ask)).toBe(price);
  });

  test("and nothing where it has no price", () => {
    expect(priceOf(leg({ price: undefined }), told("priority"), asked())).toBeUndefined();
  });
});

test.each([
  [{}, {}, 1],
  [{ service_tier: "flex", speed: "standard", providerOptions: { openai: { serviceTier: "auto" }, other: 5 } }, {}, 1],
  [{}, { speed: "fast" }, 1],
  [{ service_tier: "priority" }, {}, 2.5],
  [{ speed: "fast" }, {}, 2.5],
  [{}, { serviceTier: "fast" }, 2.5],
  [{ providerOptions: { anthropic: { speed: "fast" } } }, {}, 2.5],
])("who asks for %j with options %j may pay %d times as much", (body, options, times) => {
  expect(mostTimes(asked(body, options))).toBe(times);
});
