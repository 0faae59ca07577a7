import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { picodollars } from "../core/money.ts";
import { METERS, UNITS } from "../core/usage.ts";
import { QUIRKS, type Quirk } from "../wires/quirk.ts";
import { ABILITIES, MODEL_TYPES, OPERATIONS } from "./model.ts";
import { MODELS, PRICED_ON } from "./models.ts";
import { PROVIDERS } from "./providers/index.ts";

const rates = z.partialRecord(z.enum(METERS), z.int().nonnegative());
const shape = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+\/[a-z0-9.:_-]+$/),
  name: z.string().min(1),
  type: z.enum(MODEL_TYPES),
  contextWindow: z.int().positive().optional(),
  maxOutput: z.int().positive().optional(),
  released: z.int().positive().optional(),
  deprecated: z.literal(true).optional(),
  abilities: z.array(z.enum(ABILITIES)),
  quirks: z.array(z.enum(Object.keys(QUIRKS) as [Quirk, ...Quirk[]])).optional(),
  offers: z
    .array(
      z.strictObject({
        provider: z.string(),
        upstream: z.string().min(1),
        price: z
          .strictObject({
            rates,
            tiers: z.array(z.strictObject({ above: z.int().positive(), rates })).optional(),
            least: rates.optional(),
            images: z.record(z.string(), z.int().nonnegative()).optional(),
          })
          .optional(),
      }),
    )
    .min(1),
});

function model(id: string) {
  const found = MODELS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no model ${id}`);
  return found;
}

function offer(id: string, provider: string) {
  const found = model(id).offers.find((one) => one.provider === provider);
  if (found === undefined) throw new Error(`${id} is not served by ${provider}`);
  return found;
}

describe("the catalogue", () => {
  test("has the shape of Model", () => {
    for (const one of MODELS) expect(() => shape.parse(one), one.id).not.toThrow();
    expect(PRICED_ON).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  test("is sorted, and names each model once", () => {
    const ids = MODELS.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test("has a few hundred models in less than 400 KB", () => {
    expect(MODELS.length).toBeGreaterThan(200);
    expect(Bun.file(new URL("models.generated.json", import.meta.url)).size).toBeLessThan(400_000);
  });

  test("names only providers that exist, each once a model, and for what they do", () => {
    for (const { id, type, offers } of MODELS) {
      expect(new Set(offers.map(({ provider }) => provider)).size, id).toBe(offers.length);
      for (const { provider } of offers) {
        const wires = PROVIDERS.get(provider)?.wires;
        expect(
          OPERATIONS[type].some((one) => wires?.[one] !== undefined),
          `${id} at ${provider}`,
        ).toBe(true);
      }
    }
  });

  test("has an output cap and abilities for every language model but the plainest", () => {
    for (const { id, type, maxOutput, contextWindow, abilities } of MODELS) {
      if (type !== "language") continue;
      expect(maxOutput, id).toBeDefined();
      expect(maxOutput!, id).toBeLessThanOrEqual(contextWindow!);
      // What only completes texts is the plainest there is.
      if (!/-instruct$|-002$/.test(id)) expect(abilities.length, id).toBeGreaterThan(0);
    }
  });

  test("prices both directions, and tiers dearer than what lies below them", () => {
    for (const { id, type, offers } of MODELS) {
      for (const { provider, price } of offers) {
        if (price === undefined) continue;
        const where = `${id} at ${provider}`;
        const unit = UNITS.some((one) => price.rates[one] !== undefined);
        expect(unit || price.rates.input !== undefined, where).toBe(true);
        if (type === "language") expect(price.rates.output, where).toBeDefined();
        expect(price.rates.cache_read ?? 0, where).toBeLessThanOrEqual(price.rates.input ?? 0);
        let below = 0;
        for (const tier of price.tiers ?? []) {
          expect(tier.above, where).toBeGreaterThan(below);
          expect(tier.rates.input, where).toBeGreaterThan(price.rates.input!);
          below = tier.above;
        }
      }
    }
  });

  test("has an hourly cache write at twice the input wherever Claude writes caches", () => {
    const claude = MODELS.filter(({ id }) => id.startsWith("anthropic/")).flatMap(({ offers }) => offers);
    const writing = claude.flatMap(({ price }) => (price?.rates.cache_write_5m === undefined ? [] : [price.rates]));
    expect(writing.length).toBeGreaterThan(20);
    for (const { input, cache_write_1h } of writing) expect(cache_write_1h).toBe(input! * 2);
  });

  test.each([
    ["openai/gpt-5", "openai", "gpt-5"],
    ["openai/gpt-5-mini", "openai", "gpt-5-mini"],
    ["anthropic/claude-sonnet-4", "anthropic", "claude-sonnet-4-20250514"],
    ["google/gemini-2.0-flash", "google", "gemini-2.0-flash"],
    ["openai/text-embedding-3-small", "openai", "text-embedding-3-small"],
  ])("serves %s of the seed by %s", (id, provider, upstream) => {
    expect(offer(id, provider).upstream).toBe(upstream);
  });
});

/** USD per million tokens, from the vendors' pages, 2026-11-22. */
const LIST_PRICES: [id: string, provider: string, input: number, output: number][] = [
  ["openai/gpt-5", "openai", 1.25, 10],
  ["openai/gpt-5-mini", "openai", 0.25, 2],
  ["openai/gpt-4o", "openai", 2.5, 10],
  ["openai/gpt-6-sol", "openai", 2, 10],
  ["anthropic/claude-sonnet-4", "anthropic", 3, 15],
  ["anthropic/claude-haiku-4.5", "anthropic", 1, 5],
  ["anthropic/claude-opus-4.5", "anthropic", 5, 25],
  ["anthropic/claude-opus-5.5", "anthropic", 4, 20],
  ["google/gemini-2.5-flash", "google", 0.3, 2.5],
  ["google/gemini-2.5-pro", "google", 1.25, 10],
  ["xai/grok-4", "xai", 3, 15],
  ["mistral/mistral-large-3", "mistral", 0.5, 1.5],
  ["meta/llama-3.3-70b", "groq", 0.59, 0.79],
  ["moonshotai/kimi-k2.6", "moonshotai", 0.95, 4],
  ["deepseek/deepseek-v4-pro", "deepseek", 0.66, 1.98],
];

test.each(LIST_PRICES)("%s costs at %s what its vendor says", (id, provider, input, output) => {
  const rates = offer(id, provider).price?.rates;
  expect(rates?.input).toBe(picodollars(input));
  expect(rates?.output).toBe(picodollars(output));
});

test("a price has its cache rates, its tiers and its searches", () => {
  expect(offer("anthropic/claude-sonnet-4", "anthropic").price).toEqual({
    rates: {
      input: 3_000_000,
      cache_read: 300_000,
      cache_write_5m: 3_750_000,
      cache_write_1h: 6_000_000,
      output: 15_000_000,
      searches: 10_000_000_000,
    },
  });
  expect(offer("google/gemini-2.5-pro", "google").price?.tiers).toEqual([
    { above: 200_000, rates: { input: 2_500_000, cache_read: 250_000, output: 15_000_000 } },
  ]);
  expect(offer("openai/text-embedding-3-small", "openai").price).toEqual({ rates: { input: 20_000 } });
  expect(offer("google/gemini-2.5-pro", "vertex").price?.rates.searches).toBe(35_000_000_000);
  expect(offer("google/gemini-3.5-flash", "google").price?.rates.searches).toBe(14_000_000_000);
  expect(offer("google/gemini-3.5-flash", "openrouter").price?.rates.searches).toBeUndefined();
});

describe("Claude's generations", () => {
  const quirksOf = (name: string) => model(`anthropic/claude-${name}`).quirks ?? [];

  test.each(["3-haiku", "3.7-sonnet", "sonnet-4", "opus-4"])("%s asks for a schema by a tool", (name) => {
    expect(quirksOf(name)).toEqual(["schema-by-tool"]);
  });

  test.each(["opus-4.1", "sonnet-4.5", "haiku-4.5", "opus-4.5", "opus-4.6", "sonnet-4.6"])(
    "%s thinks by a budget and takes schemas",
    (name) => {
      expect(quirksOf(name)).toEqual([]);
    },
  );

  test.each([
    "opus-4.7",
    "opus-4.8",
    "opus-5",
    "sonnet-5",
    "fable-5",
    "fable-5.1",
    "opus-5.5",
    "sonnet-5.5",
    "haiku-5.5",
  ])("%s thinks adaptively, at fixed sampling", (name) => {
    expect(quirksOf(name)).toEqual(["adaptive-thinking", "fixed-sampling"]);
  });
});
