import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import type { JsonObject } from "../core/json.ts";
import { Attempt } from "./attempt.ts";
import { AZURE, CLAUDE, CREATED_AT, factsOf, GPT, legTo, OVERLOADED, tried } from "./fixtures/generation.ts";
import type { GenerationFacts } from "./generation.ts";
import { keptPlan, keptRecord, planColumn, routingRecord, toldPlan } from "./routing-record.ts";

/** As it goes over the wire: what is undefined is not there. What the ledger would tell of it is held against it, each time. */
function recordOf(facts: GenerationFacts, tried: readonly Attempt[]): JsonObject {
  const { createdAt, startedAt, ask } = facts;
  const plan = keptPlan(facts);
  const attempts = tried.map((attempt) => attempt.kept(startedAt, ask.model));
  const told = JSON.parse(JSON.stringify(routingRecord({ asked: ask.model, createdAt, plan, attempts })));
  const row = {
    requested: ask.model,
    createdAt,
    plan: planColumn(plan, attempts),
    attempts: JSON.stringify(attempts),
  };
  expect(JSON.parse(JSON.stringify(keptRecord(row)))).toEqual(told);
  return told;
}

test("who was passed over is told with its account where it has several, and a sort with its figures", () => {
  const sort = {
    option: "ttft",
    executionOrder: ["openai"],
    metrics: { openai: 20 },
    deprioritizedProviders: [],
  } as const;
  const skipped = [{ model: "openai/gpt-5", provider: "openai", credential: "two", reason: "too far away" }];
  const facts = factsOf({ skipped });
  const record = recordOf({ ...facts, plan: { ...facts.plan, sort } }, [tried(legTo(GPT))]);
  expect(record.sort).toEqual(sort as never);
  expect(record.planningReasoning).toEndWith("Skipped: openai/two (too far away)");
});

test("the first choice answers: the record of the contract, to the member", () => {
  const attempt = tried(legTo(GPT));
  attempt.upstreamId = "chatcmpl-1";
  attempt.requestId = "req_1";
  expect(recordOf(factsOf(), [attempt])).toEqual({
    originalModelId: "openai/gpt-5",
    resolvedProvider: "openai",
    resolvedProviderApiModelId: "gpt-5",
    canonicalSlug: "openai/gpt-5",
    finalProvider: "openai",
    fallbacksAvailable: [],
    planningReasoning: "System credentials planned for: openai. Total execution order: openai(system)",
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
            attemptNumber: 1,
            credentialType: "system",
            success: true,
            startTime: expect.any(Number),
            endTime: expect.any(Number),
            responseTimeMs: expect.any(Number),
            statusCode: 200,
            providerRequestId: "req_1",
            providerResponseId: "chatcmpl-1",
          },
        ],
      },
    ],
  });
});

test.each<[place: string | undefined, told: object | undefined]>([
  [undefined, undefined],
  ["global", { slug: "global", scope: "global" }],
  ["eu", { slug: "geo-eu", scope: "zone", geoRegion: "eu" }],
  ["us/us-east5", { slug: "us-east5", scope: "specific", geoRegion: "us", providerRegion: "us-east5" }],
  ["/asia-south1", { slug: "asia-south1", scope: "specific", providerRegion: "asia-south1" }],
])("where an attempt was processed is told in the words of `inferenceRegion`: %p", (place, told) => {
  const record = recordOf(factsOf(), [tried(legTo(GPT, { place }))]) as {
    modelAttempts?: { providerAttempts: { inferenceEndpoint?: object }[] }[];
  };
  expect(record.modelAttempts![0]!.providerAttempts[0]!.inferenceEndpoint).toEqual(told);
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
    planningReasoning:
      "System credentials planned for: openai, azure, anthropic. Total execution order: openai(system) → azure(system) → anthropic(system)",
    modelAttemptCount: 2,
    totalProviderAttemptCount: 3,
    modelAttempts: [
      {
        modelId: "openai:gpt-5",
        canonicalSlug: "openai/gpt-5",
        success: false,
        providerAttemptCount: 2,
        providerAttempts: [
          { provider: "openai", success: false, statusCode: 503, attemptNumber: 1 },
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
    "System credentials planned for: openai. Total execution order: openai(system). Skipped: vertex (no credential), nobody/nothing (not in the catalogue)",
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

test("a client's own credential is planned first, and told so", () => {
  const facts = factsOf({ planned: [GPT, AZURE] });
  const [own, ours] = facts.plan.legs;
  const plan = { ...facts.plan, legs: [{ ...own!, credential: { ...own!.credential, kind: "byok" as const } }, ours!] };
  const record = recordOf({ ...facts, plan }, [tried(legTo(GPT, { credential: "byok" }))]);
  expect(record.planningReasoning).toBe(
    "BYOK credentials planned for: openai. System credentials planned for: azure. Total execution order: openai(byok) → azure(system)",
  );
  // One leg that is the client's own says so in the ledger too.
  const alone = recordOf({ ...facts, plan: { ...plan, legs: plan.legs.slice(0, 1) } }, [
    tried(legTo(GPT, { credential: "byok" })),
  ]);
  expect(alone.planningReasoning).toBe("BYOK credentials planned for: openai. Total execution order: openai(byok)");
});

describe("zero data retention", () => {
  const preferences = { zeroDataRetention: true };

  test("that all of them have", () => {
    const { planningReasoning } = recordOf(factsOf({ preferences }), [tried(legTo(GPT))]);
    expect(planningReasoning).toContain(". ZDR requested: all 1 attempts support ZDR");
  });

  test("that rules some out", () => {
    const skipped = [
      { model: "openai/gpt-5", provider: "azure", reason: "no zero data retention (if your contract has it: …)" },
      { model: "openai/gpt-5", provider: "vertex", reason: "no credential" },
    ];
    const { planningReasoning } = recordOf(factsOf({ preferences, skipped }), [tried(legTo(GPT))]);
    expect(planningReasoning).toContain(". ZDR requested: 2 attempts → 1 ZDR attempts. Skipped: azure (no zero");
  });
});

describe("a client's own limit on the first content", () => {
  const late = new GatewayError("upstream_timeout", "No content from the provider for 1000 ms (clock: firstContent).");
  const [leg] = [legTo(GPT, { firstContentMs: 1000 })];

  function timedOut(afterMs: number, error = late): JsonObject {
    const attempt = new Attempt(leg!);
    attempt.endedAt = attempt.startedAt + afterMs;
    attempt.end(error);
    const [model] = recordOf(factsOf(), [attempt]).modelAttempts as JsonObject[];
    return (model!.providerAttempts as JsonObject[])[0]!;
  }

  test("ran out: that is told in the hosted service's word", () => {
    const told = { error: "PROVIDER_TIMEOUT", providerTimeout: true, configuredTimeoutMs: 1000, success: false };
    expect(timedOut(1003)).toMatchObject(told);
  });

  test.each<[string, number, GatewayError]>([
    ["another clock was faster", 400, late],
    ["it was no clock", 1500, OVERLOADED],
  ])("did not: %s", (_, afterMs, error) => {
    const told = timedOut(afterMs, error);
    expect(told.error).not.toBe("PROVIDER_TIMEOUT");
    expect(told).not.toHaveProperty("providerTimeout");
    expect(told).not.toHaveProperty("configuredTimeoutMs");
  });
});

test("the fast variant is told where it served, and not where the model did itself", () => {
  const FAST = { ...GPT, id: "openai:gpt-5-fast", model: "openai/gpt-5-fast", upstream: "gpt-5-fast" };
  const facts = factsOf({ planned: [FAST, GPT] });
  const fast = { ...facts, plan: { ...facts.plan, fast: "openai/gpt-5-fast" } };
  expect(recordOf(fast, [tried(legTo(FAST))])).toMatchObject({ speed: "fast", canonicalSlug: "openai/gpt-5-fast" });
  expect(recordOf(fast, [tried(legTo(FAST), OVERLOADED), tried(legTo(GPT))])).not.toHaveProperty("speed");
});

test("a row from before plans were kept tells what its attempts do", () => {
  const attempts = JSON.stringify([
    { endpoint: "openai:gpt-5", ms: 12, status: 503, error: "upstream_overloaded", message: "Overloaded." },
    { endpoint: "azure:my-gpt-5", ms: 30 },
  ]);
  const row = { requested: "openai/gpt-5", createdAt: CREATED_AT, plan: null, attempts };
  expect(keptRecord(row)).toMatchObject({
    resolvedProvider: "openai",
    finalProvider: "azure",
    totalProviderAttemptCount: 2,
    modelAttempts: [{ canonicalSlug: "openai/gpt-5", success: true }],
  });
  expect(keptRecord({ ...row, attempts: "[]" })).toMatchObject({ canonicalSlug: "openai/gpt-5", modelAttempts: [] });
});

test("which of several credentials it was is told by its name", () => {
  const [model] = recordOf(factsOf(), [tried(legTo(GPT, { account: "spare" }))]).modelAttempts as JsonObject[];
  const [attempt] = model!.providerAttempts as JsonObject[];
  expect(attempt).toMatchObject({ credentialType: "system", credentialName: "spare" });
});

test("who refused a moment ago is told with the code that it did so with", () => {
  const aside = [["openai", "upstream_overloaded"]] as const;
  const { planningReasoning } = recordOf({ ...factsOf({ planned: [AZURE, GPT] }), aside }, [tried(legTo(AZURE))]);
  expect(planningReasoning).toContain(". Left alone for now: openai (upstream_overloaded)");
});

test("of a plan of one leg a row keeps what the attempt does not say", () => {
  const facts = factsOf({ skipped: [{ model: "openai/gpt-5", provider: "azure", reason: "no credential" }] });
  const kept = tried(legTo(GPT)).kept(facts.startedAt, "openai/gpt-5");
  expect(planColumn(keptPlan(facts), [kept])).toBe('{"skipped":["azure"]}');
  const row = { plan: '{"skipped":["azure"]}', attempts: JSON.stringify([kept]) };
  const all = {
    legs: [{ endpoint: "openai:gpt-5", credential: "system" as const }],
    skipped: [{ who: "azure", reason: "no credential" }],
    left_alone: [],
  };
  expect(toldPlan(row)).toEqual(all);
  // As rows of before say it.
  expect(toldPlan({ ...row, plan: '{"legs":["openai:gpt-5"],"skipped":["azure"]}' })).toEqual(all);
});

test("a plan of one leg costs the row nothing", () => {
  const facts = factsOf();
  const kept = tried(legTo(GPT)).kept(facts.startedAt, "openai/gpt-5");
  expect(planColumn(keptPlan(facts), [kept])).toBeNull();
  expect(planColumn(keptPlan(facts), [])).toBe('{"legs":["openai:gpt-5"]}');
});
