import { describe, expect, test } from "bun:test";
import { picodollars } from "../core/money.ts";
import { endpointsOf } from "./endpoint.ts";
import { MODELS } from "./models.ts";
import { PROVIDERS } from "./providers/index.ts";
import { isResidence, tariffOf } from "./tariffs.ts";

describe("what is served otherwise costs otherwise", () => {
  test.each([
    // https://openai.com/api-fast-mode/, USD per million: standard and priority.
    ["openai", "gpt-5", 1.25, 2.5],
    ["openai", "gpt-5-mini", 0.25, 0.45],
    ["openai", "gpt-5.2", 1.75, 3.5],
    ["openai", "gpt-5.5", 5, 12.5],
    ["openai", "gpt-5.6-terra", 2, 4],
    ["openai", "gpt-4.1", 2, 3.5],
    ["openai", "gpt-4.1-mini", 0.4, 0.7],
    ["openai", "gpt-4.1-nano", 0.1, 0.2],
    ["openai", "gpt-4o", 2.5, 4.25],
    ["openai", "gpt-4o-mini", 0.15, 0.25],
    ["openai", "gpt-4o-2024-05-13", 5, 8.75],
    ["openai", "gpt-4o-2024-11-20", 2.5, 4.25],
    ["openai", "o3", 2, 3.5],
    ["openai", "o4-mini", 1.1, 2],
    ["azure", "gpt-4o", 2.5, 4.25],
    ["google", "gemini-2.5-pro", 1.25, 2.25],
    ["bedrock", "openai.gpt-oss-120b-1:0", 0.15, 0.2625],
  ])("at %s %s costs $%d, and with priority $%d", (provider, name, usual, ahead) => {
    const [of, by] = tariffOf(provider, name)!.services!.priority!;
    expect((picodollars(usual) * of) / by).toBe(picodollars(ahead));
  });

  test.each([
    ["openai", "gpt-5.3-codex", undefined],
    ["openai", "gpt-5.4", [11, 10]],
    ["openai", "gpt-6-luna", [11, 10]],
    ["azure", "gpt-6-luna", undefined],
    ["vertex", "claude-opus-4-1@20250805", undefined],
    ["vertex", "claude-sonnet-4-5@20250929", [11, 10]],
    ["vertex", "claude-fable-5", [11, 10]],
    ["vertex", "gemini-2.5-pro", undefined],
    ["bedrock", "us.anthropic.claude-opus-4-1-20250805-v1:0", undefined],
    ["bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", [11, 10]],
    ["groq", "llama-3.3-70b-versatile", undefined],
    ["mistral", "mistral-medium-latest", [11, 10]],
    ["fireworks", "accounts/fireworks/models/kimi-k3", [11, 10]],
  ] as const)("where it stays, at %s %s", (provider, name, times) => {
    expect(tariffOf(provider, name)?.regional as unknown).toEqual(times);
  });

  test.each([
    ["openai", "gpt-5", [1, 2]],
    ["azure", "gpt-5", [1, 2]],
    ["google", "gemini-2.5-pro", [1, 2]],
    ["vertex", "gemini-2.5-pro", [1, 2]],
    ["vertex", "claude-fable-5", undefined],
    ["groq", "llama-3.3-70b-versatile", undefined],
  ] as const)("at leisure, at %s %s", (provider, name, times) => {
    expect(tariffOf(provider, name)?.services?.flex as unknown).toEqual(times);
  });

  test("nobody is charged by what objects inherit", () => {
    expect(tariffOf("constructor", "x")).toBeUndefined();
    expect(isResidence("toString", "https://eu.api.openai.com/v1")).toBe(false);
  });
});

test.each([
  ["openai", "https://eu.api.openai.com/v1", true],
  ["openai", "https://us.api.openai.com/v1", true],
  ["openai", "https://api.openai.com/v1", false],
  ["openai", "https://proxy.example/eu.api.openai.com/v1", false],
  ["xai", "https://us.api.x.ai/v1", true],
  ["xai", "https://api.x.ai/v1", false],
  ["togetherai", "https://us-api.together.ai/v1", true],
  ["togetherai", "https://api.together.xyz/v1", false],
  ["anthropic", "https://api.anthropic.com", false],
  ["mistral", "https://api.eu.mistral.ai/v1", true],
  ["mistral", "https://api.mistral.ai/v1", false],
  ["fireworks", "https://us.api.fireworks.ai/inference/v1", true],
  ["fireworks", "https://api.fireworks.ai/inference/v1", false],
])("of %s %s keeps to a part of the world: %p", (provider, address, keeps) => {
  expect(isResidence(provider, address)).toBe(keeps);
});

describe("an endpoint", () => {
  const at = (id: string, provider: string, told?: true) => {
    const { offers, ...model } = MODELS.find((one) => one.id === id)!;
    const own = offers.map((offer) => (told === undefined ? offer : { ...offer, told }));
    return endpointsOf({ ...model, offers: own }, PROVIDERS).find((one) => one.provider === provider)!;
  };

  test("has the prices of the provider's tools beside those of the model", () => {
    expect(at("openai/gpt-5", "openai").price!.rates).toMatchObject({
      input: 1_250_000,
      searches: 10_000_000_000,
      file_searches: 2_500_000_000,
      containers: 30_000_000_000,
    });
    expect(at("perplexity/sonar", "perplexity").price!.rates).toMatchObject({ requests_high: 12_000_000_000 });
  });

  test("whose price the operator told costs that where it is asked, and the usual times more ahead of others", () => {
    expect(at("openai/gpt-5.4", "openai").tariff!.regional).toEqual([11, 10]);
    const { regional, services } = at("openai/gpt-5.4", "openai", true).tariff!;
    expect([regional, services!.priority]).toEqual([undefined, [2, 1]]);
  });
});

test("models that make pictures for others cost what they cost when they are asked themselves", () => {
  for (const provider of ["openai", "azure"])
    for (const [name, rates] of Object.entries(tariffOf(provider, "gpt-5")!.pictures!)) {
      const { price } = MODELS.find(({ id }) => id === `openai/${name}`)!.offers.find(
        (one) => one.provider === provider,
      )!;
      const { input, image_input, cache_read, output, image_output = output } = price!.rates;
      expect([name, rates as unknown]).toEqual([
        name,
        {
          picture_words: input,
          picture_seen: image_input,
          picture_kept: cache_read,
          picture_drawn: image_output,
          picture_said: output,
        },
      ]);
    }
});
