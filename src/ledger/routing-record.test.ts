import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../core/json.ts";
import { Attempt } from "./attempt.ts";
import { AZURE, CLAUDE, CREATED_AT, factsOf, GPT, legTo, OVERLOADED, tried } from "./fixtures/generation.ts";
import { routingRecord } from "./routing-record.ts";

/** As it goes over the wire: what is undefined is not there. */
const recordOf = (...told: Parameters<typeof routingRecord>): JsonObject =>
  JSON.parse(JSON.stringify(routingRecord(...told)));

test("the first choice answers: the record of the contract, to the member", () => {
  const attempt = tried(legTo(GPT));
  attempt.upstreamId = "chatcmpl-1";
  expect(recordOf(factsOf(), [attempt])).toEqual({
    originalModelId: "openai/gpt-5",
    resolvedProvider: "openai",
    resolvedProviderApiModelId: "gpt-5",
    canonicalSlug: "openai/gpt-5",
    finalProvider: "openai",
    fallbacksAvailable: [],
    planningReasoning: "Execution order: openai(system)",
    modelAttemptCount: 1,
    totalProviderAttemptCount: 1,
    modelAttempts: [
      {
        modelId: "openai:gpt-5",
        canonicalSlug: "openai/gpt-5",
        success: true,
        providerAttemptCount: 1,
        providerAttempts: [
          {
            provider: "openai",
            providerApiModelId: "gpt-5",
            credentialType: "system",
            success: true,
            startTime: expect.any(Number),
            endTime: expect.any(Number),
            responseTimeMs: expect.any(Number),
            statusCode: 200,
            providerResponseId: "chatcmpl-1",
          },
        ],
      },
    ],
  });
});

test("fallbacks: resolved is who was planned first, final is who answered", () => {
  const attempts = [
    tried(legTo(GPT), OVERLOADED),
    tried(legTo(AZURE, { credential: "byok" }), OVERLOADED, 529),
    tried(legTo(CLAUDE)),
  ];
  const record = recordOf(factsOf({ planned: [GPT, AZURE, CLAUDE] }), attempts);
  expect(record).toMatchObject({
    originalModelId: "openai/gpt-5",
    resolvedProvider: "openai",
    canonicalSlug: "anthropic/claude-sonnet-4.5",
    finalProvider: "anthropic",
    fallbacksAvailable: ["azure", "anthropic"],
    planningReasoning: "Execution order: openai(system) → azure(system) → anthropic(system)",
    modelAttemptCount: 2,
    totalProviderAttemptCount: 3,
    modelAttempts: [
      {
        modelId: "openai:gpt-5",
        canonicalSlug: "openai/gpt-5",
        success: false,
        providerAttemptCount: 2,
        providerAttempts: [
          { provider: "openai", success: false, statusCode: 503 },
          {
            provider: "azure",
            providerApiModelId: "my-gpt-5",
            credentialType: "byok",
            success: false,
            statusCode: 529,
          },
        ],
      },
      { canonicalSlug: "anthropic/claude-sonnet-4.5", success: true, providerAttemptCount: 1 },
    ],
  });
});

test("a model that is tried again after another stands twice, in order", () => {
  const attempts = [tried(legTo(GPT), OVERLOADED), tried(legTo(CLAUDE), OVERLOADED), tried(legTo(AZURE))];
  const { modelAttempts } = recordOf(factsOf({ planned: [GPT, CLAUDE, AZURE] }), attempts);
  expect((modelAttempts as JsonObject[]).map(({ canonicalSlug, success }) => [canonicalSlug, success])).toEqual([
    ["openai/gpt-5", false],
    ["anthropic/claude-sonnet-4.5", false],
    ["openai/gpt-5", true],
  ]);
});

test("a provider planned for two models is one fallback", () => {
  const { fallbacksAvailable } = recordOf(factsOf({ planned: [GPT, CLAUDE, AZURE, CLAUDE] }), [tried(legTo(GPT))]);
  expect(fallbacksAvailable).toEqual(["anthropic", "azure"]);
});

test("who was passed over is told with the reason, and a model nobody has by its name", () => {
  const skipped = [
    { model: "openai/gpt-5", provider: "vertex", reason: "no credential" },
    { model: "nobody/nothing", reason: "not in the catalogue" },
  ];
  const { planningReasoning } = recordOf(factsOf({ skipped }), [tried(legTo(GPT))]);
  expect(planningReasoning).toBe(
    "Execution order: openai(system). Skipped: vertex (no credential), nobody/nothing (not in the catalogue)",
  );
});

test("the provider's words are told, its secrets are not", () => {
  const [first] = recordOf(factsOf(), [tried(legTo(GPT), OVERLOADED)]).modelAttempts as JsonObject[];
  const [attempt] = first!.providerAttempts as JsonObject[];
  expect(attempt!.error).toBe("Overloaded, said [redacted]");
});

describe("times", () => {
  test("are of the wall clock, in whole milliseconds, and add up", () => {
    const facts = factsOf();
    const [model] = recordOf(facts, [tried(legTo(GPT))]).modelAttempts as JsonObject[];
    const [{ startTime, endTime, responseTimeMs } = {}] = model!.providerAttempts as JsonObject[];
    // The request came 250 ms before the attempt.
    expect(Number(startTime)).toBeGreaterThanOrEqual(CREATED_AT + 250);
    expect(Number(endTime)).toBeGreaterThanOrEqual(Number(startTime));
    for (const time of [startTime, endTime, responseTimeMs]) expect(Number.isSafeInteger(time)).toBe(true);
  });

  test("of an attempt that still speaks run until now, and it has not failed", () => {
    const [model] = recordOf(factsOf(), [new Attempt(legTo(GPT))]).modelAttempts as JsonObject[];
    const [attempt] = model!.providerAttempts as JsonObject[];
    expect(attempt).toMatchObject({ success: true, endTime: expect.any(Number), responseTimeMs: expect.any(Number) });
    expect(attempt).not.toHaveProperty("statusCode");
  });
});

test("nobody was tried: the plan alone", () => {
  const record = recordOf(factsOf(), []);
  expect(record).toMatchObject({ canonicalSlug: "openai/gpt-5", modelAttemptCount: 0, modelAttempts: [] });
  expect(record).not.toHaveProperty("finalProvider");
});
