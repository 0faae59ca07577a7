import { describe, expect, test } from "bun:test";
import type { Endpoint } from "../catalog/endpoint.ts";
import type { Ask } from "../core/ask.ts";
import type { WireName } from "../core/event.ts";
import { priceOf } from "./dearer.ts";

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
/** A Thursday. */
const NOON = Date.UTC(2026, 10, 26, 12);
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
    expect(priceOf(endpoint, readings, ask, NOON)).toEqual(twice);
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
    expect(priceOf(endpoint, readings, ask, NOON)).toBe(price);
  });

  test("and nothing where it has no price", () => {
    expect(priceOf(leg({ price: undefined }), told("priority"), asked(), NOON)).toBeUndefined();
  });
});

describe("where it is known how many times as much it costs", () => {
  const tariff = { services: { flex: [1, 2], priority: [9, 5], ultrafast: [6, 1] }, regional: [11, 10] } as const;
  const dear = { rates: { input: 1_000_000, output: 2_000_000, searches: 5 } };
  const at = (more: object = {}) => ({ ...leg({ price: dear, tiers: ["flex", "priority"], tariff }), ...more });

  test.each([
    ["with priority", at(), told("priority"), asked(), 1_800_000],
    ["with priority, which is also called fast", at(), told("fast"), asked(), 1_800_000],
    ["ultrafast", at(), told("ultrafast"), asked(), 6_000_000],
    ["at leisure", at(), told("flex"), asked(), 500_000],
    ["in a way that is none", at(), told("constructor"), asked({ service_tier: "constructor" }), 1_000_000],
    [
      "as usual, where leisure was asked for and nobody told",
      at(),
      told(undefined),
      asked({ service_tier: "flex" }),
      1_000_000,
    ],
    ["where it stays", at({ regional: true }), told("default"), asked(), 1_100_000],
    ["where it stays, with priority", at({ regional: true }), told("priority"), asked(), 1_980_000],
    ["where it was asked to stay", at(), told(undefined), asked({ inference_geo: "us" }), 1_100_000],
    [
      "where it did not stay",
      at(),
      { ...told(undefined), rawUsage: { inference_geo: "global" } },
      asked({ inference_geo: "us" }),
      1_000_000,
    ],
    ["where it stayed, unasked", at(), { ...told(undefined), rawUsage: { inference_geo: "us" } }, asked(), 1_100_000],
  ] as const)("%s", (_, endpoint, readings, ask, input) => {
    const price = priceOf(endpoint, readings, ask, NOON)!;
    expect(price.rates).toEqual({ input, output: 2 * input, searches: 5 });
    // Made once.
    expect(priceOf(endpoint, readings, ask, NOON)).toBe(price);
  });
});

test.each([
  ["before a peak", 26, 0, 59, 1],
  ["as it begins", 26, 1, 0, 2],
  ["between two", 26, 5, 0, 1],
  ["in the second", 26, 9, 59, 2],
  ["as that ends", 26, 10, 0, 1],
  ["on a Saturday", 28, 2, 0, 1],
  ["on a Monday", 30, 2, 0, 2],
])("%s it costs what is asked then", (_, day, hour, minute, times) => {
  const peaks = {
    hours: [
      [1, 4],
      [6, 10],
    ],
    times: [2, 1],
  } as const;
  const at = Date.UTC(2026, 10, day, hour, minute);
  expect(priceOf(leg({ tariff: { peaks } }), told(undefined), asked(), at)!.rates.input).toBe(2 * times);
});

describe("an image costs what its kind costs", () => {
  const rates = { images: 5 };
  const images = { hd: 8, "hd/1x2": 12, "1x2": 9 };
  const painter = leg({ price: { rates, images } });

  test.each<[string, object, object | undefined, number]>([
    ["quality and size", { quality: "hd", size: "1x2" }, undefined, 12],
    ["quality alone", { quality: "hd", size: "1x1" }, undefined, 8],
    ["size alone", { size: "1x2" }, undefined, 9],
    ["neither", { quality: "auto" }, undefined, 5],
    ["what was made, whatever was asked for", { quality: "hd", size: "1x2" }, { quality: "low", size: "1x1" }, 5],
    ["what was made, where nothing was said", {}, { quality: "hd" }, 8],
  ])("by %s", (_, body, metadata, expected) => {
    const readings = { serviceTier: undefined, rawUsage: undefined, metadata: metadata as never };
    expect(priceOf(painter, readings, asked(body), NOON)!.rates.images).toBe(expected);
  });
});

test("how much is paid for at least, and what images of a kind cost, is as it was", () => {
  const sound = { rates: { input: 2, seconds: 5 }, least: { seconds: 15 }, images: { high: 9 } };
  const dear = priceOf(leg({ tiers: ["priority"], price: sound }), told("priority"), asked(), NOON);
  expect(dear).toEqual({ ...sound, rates: { input: 4, seconds: 5 } });
});
