import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../core/json.ts";
import type { Rates } from "../core/money.ts";
import { endpointsEntry, modelEntry } from "./listing.ts";
import type { Model } from "./model.ts";

const TIERED: Model = {
  id: "lab/thinker",
  name: "Thinker",
  description: "It thinks.",
  type: "language",
  contextWindow: 1_000_000,
  maxOutput: 64_000,
  released: 1_750_000_000,
  abilities: ["tools", "vision", "files", "audio-input", "reasoning", "structured-output", "caching"],
  offers: [
    { provider: "first", upstream: "thinker-unpriced" },
    {
      provider: "second",
      upstream: "thinker-1",
      price: {
        rates: {
          input: 1_250_000,
          cache_read: 125_000,
          cache_write_5m: 1_562_500,
          cache_write_1h: 2_500_000,
          output: 10_000_000,
        },
        tiers: [
          { above: 200_000, rates: { input: 2_500_000, output: 15_000_000 } },
          { above: 500_000, rates: { input: 5_000_000, cache_read: 500_000 } },
        ],
      },
    },
  ],
};

const BARE: Model = {
  id: "lab/bare",
  name: "Bare",
  type: "language",
  abilities: [],
  offers: [{ provider: "p", upstream: "b" }],
};

const EMBEDDER: Model = {
  id: "lab/embedder",
  name: "Embedder",
  type: "embedding",
  contextWindow: 8192,
  abilities: [],
  offers: [{ provider: "p", upstream: "e", price: { rates: { input: 20_000 } } }],
};

function priced(pico: number): Model {
  return { ...BARE, offers: [{ provider: "p", upstream: "b", price: { rates: { input: pico } } }] };
}

describe("what a picture costs", () => {
  const DRAWS: Model = { ...BARE, type: "image" };
  const at = (rates: Rates, type: Model["type"] = "image"): Model => ({
    ...DRAWS,
    type,
    offers: [{ provider: "p", upstream: "d", price: { rates } }],
  });
  const told = (model: Model) => [
    modelEntry(model).pricing,
    (endpointsEntry(model, model.offers).endpoints as JsonObject[])[0]!.pricing,
  ];

  test.each([
    [
      "has a rate of its own",
      at({ input: 5_000_000, output: 10_000_000, image_output: 32_000_000, image_input: 8_000_000 }),
    ],
    ["is what all of the output costs", at({ input: 5_000_000, output: 32_000_000, image_input: 8_000_000 })],
  ])("%s", (_, model) => {
    const [list, endpoint] = told(model);
    expect(list).toMatchObject({ image_output: "0.000032", image_input: "0.000008" });
    expect(endpoint).toMatchObject({ image_output: "0.000032" });
  });

  test("is told beside words, and not at all of who draws none or sells by the piece", () => {
    const [list] = told(at({ input: 1, output: 2_500_000, image_output: 30_000_000 }, "language"));
    expect(list).toMatchObject({ output: "0.0000025", image_output: "0.00003" });
    for (const model of [at({ input: 1, output: 2 }, "language"), at({ images: 20_000_000_000 })])
      expect(told(model)[0]).not.toHaveProperty("image_output");
  });
});

describe("an entry of the list", () => {
  test("has every member of the contract, and no other", () => {
    expect(modelEntry(TIERED)).toEqual({
      id: "lab/thinker",
      object: "model",
      created: 1_750_000_000,
      released: 1_750_000_000,
      owned_by: "lab",
      name: "Thinker",
      description: "It thinks.",
      context_window: 1_000_000,
      max_tokens: 64_000,
      type: "language",
      supported_specifications: ["v2", "v3", "v4"],
      modalities: { input: ["text", "image", "pdf", "audio"], output: ["text"] },
      tags: ["tool-use", "vision", "file-input", "reasoning", "implicit-caching"],
      supported_parameters: [
        "max_tokens",
        "stop",
        "temperature",
        "tools",
        "tool_choice",
        "reasoning",
        "include_reasoning",
        "response_format",
      ],
      pricing: {
        input: "0.00000125",
        output: "0.00001",
        input_cache_read: "0.000000125",
        input_cache_write: "0.0000015625",
        input_tiers: [
          { cost: "0.00000125", min: 0, max: 200_001 },
          { cost: "0.0000025", min: 200_001, max: 500_001 },
          { cost: "0.000005", min: 500_001 },
        ],
        // A tier that does not speak of a meter leaves what the tier before it said.
        output_tiers: [
          { cost: "0.00001", min: 0, max: 200_001 },
          { cost: "0.000015", min: 200_001, max: 500_001 },
          { cost: "0.000015", min: 500_001 },
        ],
        input_cache_read_tiers: [
          { cost: "0.000000125", min: 0, max: 200_001 },
          { cost: "0.000000125", min: 200_001, max: 500_001 },
          { cost: "0.0000005", min: 500_001 },
        ],
      },
    });
  });

  test("says nothing of what nobody told: no limit, no date, no price", () => {
    expect(modelEntry(BARE)).toEqual({
      id: "lab/bare",
      object: "model",
      created: 1755815280,
      owned_by: "lab",
      name: "Bare",
      description: "",
      type: "language",
      supported_specifications: ["v2", "v3", "v4"],
      modalities: { input: ["text"], output: ["text"] },
      tags: [],
      supported_parameters: ["max_tokens", "stop", "temperature"],
      pricing: {},
    });
  });

  test("of an embedding model has a price for input alone", () => {
    expect(modelEntry(EMBEDDER)).toMatchObject({
      type: "embedding",
      modalities: { input: ["text"], output: ["embedding"] },
      supported_parameters: ["dimensions"],
      pricing: { input: "0.00000002" },
    });
  });

  test("says which caches fill by themselves and which want marks", () => {
    expect(modelEntry({ ...BARE, abilities: ["caching"] }).tags).toEqual(["implicit-caching"]);
    expect(modelEntry({ ...BARE, abilities: ["explicit-caching"] }).tags).toEqual(["explicit-caching"]);
  });

  test("does not offer a temperature that the model refuses", () => {
    expect(modelEntry({ ...BARE, quirks: ["fixed-sampling"] }).supported_parameters).toEqual(["max_tokens", "stop"]);
  });

  test("of a free model has a price of zero", () => {
    expect(modelEntry(priced(0)).pricing).toEqual({ input: "0" });
  });

  test("writes prices to the last digit, never with an exponent", () => {
    expect(modelEntry(priced(1)).pricing).toEqual({ input: "0.000000000001" });
    expect(modelEntry(priced(1_000_000_000_000)).pricing).toEqual({ input: "1" });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (pico) => {
        const { input } = modelEntry(priced(pico)).pricing as { input: string };
        expect(input).toMatch(/^\d+(\.\d*[1-9])?$/);
        const [whole = "", fraction = ""] = input.split(".");
        expect(BigInt(whole + fraction.padEnd(12, "0"))).toBe(BigInt(pico));
      }),
    );
  });
});

describe("the endpoints of a model", () => {
  test("have every member of the contract, each with its own price", () => {
    const shared = {
      model_name: "Thinker",
      context_length: 1_000_000,
      tags: ["tool-use", "vision", "file-input", "reasoning", "implicit-caching"],
      quantization: null,
      max_completion_tokens: 64_000,
      max_prompt_tokens: null,
      supported_parameters: modelEntry(TIERED).supported_parameters,
      status: 0,
    };
    expect(endpointsEntry(TIERED, TIERED.offers)).toEqual({
      id: "lab/thinker",
      name: "Thinker",
      created: 1_750_000_000,
      released: 1_750_000_000,
      description: "It thinks.",
      architecture: {
        tokenizer: null,
        instruct_type: null,
        modality: "text+image+pdf+audio→text",
        input_modalities: ["text", "image", "pdf", "audio"],
        output_modalities: ["text"],
      },
      endpoints: [
        {
          ...shared,
          name: "first | lab/thinker",
          provider_name: "first",
          upstream_model: "thinker-unpriced",
          pricing: {},
          supports_implicit_caching: false,
        },
        {
          ...shared,
          name: "second | lab/thinker",
          provider_name: "second",
          upstream_model: "thinker-1",
          pricing: {
            prompt: "0.00000125",
            completion: "0.00001",
            input_cache_read: "0.000000125",
            input_cache_write: "0.0000015625",
            request: "0",
            image: "0",
            image_output: "0",
            web_search: "0",
            internal_reasoning: "0",
            discount: 0,
          },
          supports_implicit_caching: true,
        },
      ],
    });
  });

  test("cache by themselves only where the model does", () => {
    const marked: Model = { ...TIERED, abilities: ["explicit-caching"] };
    const [, second] = endpointsEntry(marked, marked.offers).endpoints as { supports_implicit_caching: boolean }[];
    expect(second!.supports_implicit_caching).toBe(false);
  });

  test("are those that were asked for", () => {
    expect(endpointsEntry(TIERED, []).endpoints).toEqual([]);
    expect(endpointsEntry(TIERED, TIERED.offers.slice(1)).endpoints).toHaveLength(1);
  });

  test("of an embedding model turn text into embeddings", () => {
    expect(endpointsEntry(EMBEDDER, EMBEDDER.offers).architecture).toMatchObject({
      modality: "text→embedding",
      output_modalities: ["embedding"],
    });
  });
});
