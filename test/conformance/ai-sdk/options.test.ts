import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { closedPort } from "../../faults/ports.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, RELAYED, sent, TRANSCODED } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS, toldOf } from "./client.ts";

/** `providerOptions.gateway`, as users of the hosted service write it (contract 5). */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    // Two providers for one model, of which one is not there.
    config: { providers: { cerebras: { api_key: "sk-test-cerebras", base_url: `http://127.0.0.1:${closedPort()}` } } },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const BOTH = "openai/gpt-oss-120b";
const OWN = "canary.own/7Qf2";

describe.each(SDKS)("providerOptions.gateway of ai $major", (sdk) => {
  const { ai } = sdk;
  const ask = (id: string, options: object, prompt = "[sim every=0]", more: object = {}): Promise<Loose> =>
    ai.generateText({
      model: providerOf(sdk, gateway)(id),
      prompt,
      maxRetries: 0,
      providerOptions: { gateway: options, ...more },
    });

  test("order: who is first is asked first, and the others after", async () => {
    const { routing } = toldOf(await ask(BOTH, { order: ["cerebras"] }));
    const [{ providerAttempts }] = routing.modelAttempts;
    expect(providerAttempts.map(({ provider, success }: Loose) => [provider, success])).toEqual([
      ["cerebras", false],
      ["groq", true],
    ]);
    expect([routing.resolvedProvider, routing.finalProvider]).toEqual(["cerebras", "groq"]);
  });

  test("only: nobody else is asked", async () => {
    const { routing } = toldOf(await ask(BOTH, { only: ["groq"] }));
    expect(routing.modelAttempts[0].providerAttempts.map(({ provider }: Loose) => provider)).toEqual(["groq"]);
    const error = await failureOf(ask(BOTH, { only: ["cerebras"] }));
    expect([error.name, error.statusCode]).toEqual(["GatewayInternalServerError", 503]);
    expect(gateway.simulator.requests).toHaveLength(1);
  });

  test("models to fall back to, streamed too", async () => {
    const prompt = "[sim model=gpt-4o status=503 every=0] Hello";
    const whole = toldOf(await ask(RELAYED, { models: [TRANSCODED] }, prompt));
    const stream = ai.streamText({
      model: providerOf(sdk, gateway)(RELAYED),
      prompt,
      providerOptions: { gateway: { models: [TRANSCODED] } },
    });
    await stream.consumeStream();
    for (const { routing, generationId } of [whole, toldOf({ providerMetadata: await stream.providerMetadata })]) {
      expect(routing.modelAttempts).toMatchObject([
        { canonicalSlug: RELAYED, success: false },
        { canonicalSlug: TRANSCODED, success: true },
      ]);
      expect(gateway.row(generationId)!.model).toBe(TRANSCODED);
    }
  });

  test("user and tags", async () => {
    const told = toldOf(await ask(RELAYED, { user: "ada", tags: ["blue", "green"] }));
    const row = gateway.row(told.generationId)!;
    expect([row.user, JSON.parse(row.tags!)]).toEqual(["ada", ["blue", "green"]]);
  });

  test("byok: the client's own account, which costs the operator nothing", async () => {
    const told = toldOf(await ask(RELAYED, { byok: { openai: [{ apiKey: OWN }] } }));
    expect(sent(gateway).headers.authorization).toBe(`Bearer ${OWN}`);
    expect([told.cost, Number(told.marketCost) > 0]).toEqual(["0", true]);
    expect(gateway.row(told.generationId)!.byok).toBe(true);
    expect(sent(gateway).text).not.toContain("byok");
  });

  test("zeroDataRetention and disallowPromptTraining: only who has promised it is asked", async () => {
    const there = await startGateway({
      config: {
        providers: {
          groq: {
            api_key: "sk-test-groq",
            base_url: `${gateway.simulator.url}/groq/openai/v1`,
            zero_data_retention: true,
            no_training: true,
          },
        },
      },
    });
    const asked = (id: string, options: object): Promise<Loose> =>
      ai.generateText({
        model: providerOf(sdk, there)(id),
        prompt: "[sim every=0]",
        maxRetries: 0,
        providerOptions: { gateway: options },
      });
    for (const name of ["zeroDataRetention", "disallowPromptTraining"]) {
      expect(toldOf(await asked(BOTH, { [name]: true })).routing.finalProvider).toBe("groq");
      const error = await failureOf(asked(RELAYED, { [name]: true }));
      expect([name, error.name, error.statusCode]).toEqual([name, "GatewayInvalidRequestError", 400]);
      expect(error.message).toMatch(/zero_data_retention|no_training/);
    }
    expect(there.simulator.requests).toHaveLength(0);
    await there.stop();
  });

  test("caching: auto marks what stays the same", async () => {
    const long = "Water finds its way. ".repeat(400);
    await ai.generateText({
      model: providerOf(sdk, gateway)(TRANSCODED),
      system: long,
      prompt: "[sim every=0]",
      providerOptions: { gateway: { caching: "auto" } },
    });
    expect(sent(gateway).text).toContain('"cache_control":{"type":"ephemeral"}');
  });

  test("serviceTier is the provider's own", async () => {
    await ask(RELAYED, { serviceTier: "flex" });
    expect((bodyOf(sent(gateway)) as Loose).service_tier).toBe("flex");
  });

  test("sort is told in the record", async () => {
    const { routing } = toldOf(await ask(RELAYED, { sort: "cost" }));
    expect(routing.sort.option).toBe("cost");
  });

  test("providerTimeouts: a second at least, and of accounts of the client's own", async () => {
    const byok = { openai: [{ apiKey: OWN }] };
    const told = toldOf(await ask(RELAYED, { byok, providerTimeouts: { byok: { openai: 1000 } } }));
    const [{ providerAttempts }] = told.routing.modelAttempts;
    expect(providerAttempts).toMatchObject([{ credentialType: "byok", success: true }]);
    const error = await failureOf(ask(RELAYED, { byok, providerTimeouts: { byok: { openai: 1 } } }));
    expect([error.name, error.message.includes("providerTimeouts")]).toEqual(["GatewayInvalidRequestError", true]);
  });

  test("has: a model must be able to, and what nobody knows is refused", async () => {
    await ask(RELAYED, { has: ["vision"] });
    const blind = await failureOf(ask("deepseek/deepseek-v4-pro", { has: ["vision"] }));
    expect([blind.name, blind.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    const strange = await failureOf(ask(RELAYED, { has: ["wings"] }));
    expect(strange.message).toContain("has");
  });

  test("safetyIdentifier goes to the provider under its own name", async () => {
    await ask(TRANSCODED, { safetyIdentifier: "ada" });
    expect((bodyOf(sent(gateway)) as Loose).metadata).toEqual({ user_id: "ada" });
    gateway.simulator.forget();
    await ask(RELAYED, { safetyIdentifier: "ada" });
    expect((bodyOf(sent(gateway)) as Loose).safety_identifier).toBe("ada");
  });

  test("speed: what no variant of the model has is told, or refused where the model may not stand in", async () => {
    const told = toldOf(await ask(RELAYED, { speed: "fast" }));
    expect([told.dropped, told.routing.speed]).toEqual([["providerOptions.gateway.speed"], undefined]);
    const error = await failureOf(ask(RELAYED, { speed: "fast", allowFallbackFromFast: false }));
    expect([error.name, error.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
  });

  test("quotaEntityId: whose budget it is", async () => {
    const { generationId } = toldOf(await ask(RELAYED, { quotaEntityId: "customer-7" }));
    expect(gateway.row(generationId)!.entity).toBe("customer-7");
  });

  test("inferenceRegion: a place where nobody serves is refused, by its name", async () => {
    const error = await failureOf(ask(RELAYED, { inferenceRegion: { scope: "specific", providerRegion: "mars-1" } }));
    expect([error.name, error.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    expect(error.message).toContain("mars-1");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("headers of the call report a user and tags as well", async () => {
    const { providerMetadata } = await ai.generateText({
      model: providerOf(sdk, gateway)(RELAYED),
      prompt: "[sim every=0]",
      headers: { "ai-reporting-user": "grace", "ai-reporting-tags": "red,blue", "x-title": "Gatehouse" },
    });
    const row = gateway.row(providerMetadata.gateway.generationId)!;
    expect([row.user, JSON.parse(row.tags!).sort(), row.appTitle]).toEqual(["grace", ["blue", "red"], "Gatehouse"]);
  });

  test("a provider's own options, in the SDK's names", async () => {
    await ask(TRANSCODED, {}, "[sim every=0]", { anthropic: { metadata: { userId: "ada" } } });
    expect((bodyOf(sent(gateway)) as Loose).metadata).toEqual({ user_id: "ada" });
  });

  test("what a provider has no words for is told as a warning in a stream", async () => {
    const stream = ai.streamText({ model: providerOf(sdk, gateway)(TRANSCODED), prompt: "[sim every=0]", seed: 7 });
    await stream.consumeStream();
    const told = toldOf({ providerMetadata: await stream.providerMetadata });
    expect(told.dropped).toEqual(["seed"]);
    expect(JSON.stringify(await stream.warnings)).toContain("seed");
  });

  test("what the gateway itself leaves out is told at a stream's beginning as in a whole answer", async () => {
    const request = {
      model: providerOf(sdk, gateway)(TRANSCODED),
      prompt: "[sim every=0]",
      seed: 7,
      providerOptions: { gateway: { models: ["lab/nobody"], speed: "fast" } },
    };
    const stream = ai.streamText(request);
    await stream.consumeStream();
    const { dropped } = toldOf({ providerMetadata: await stream.providerMetadata });
    expect(dropped).toEqual(expect.arrayContaining(["seed", "models: lab/nobody", "providerOptions.gateway.speed"]));
    const told = (await stream.warnings).map(({ feature, setting }: Loose) => feature ?? setting);
    expect(told).toEqual(dropped);
    expect(toldOf(await ai.generateText(request)).dropped).toEqual(dropped);
  });

  test("the generation that the reply names can be looked up, by the SDK itself", async () => {
    const provider = providerOf(sdk, gateway);
    const told = toldOf(await ask(TRANSCODED, {}));
    const info = await provider.getGenerationInfo({ id: told.generationId });
    expect(info).toMatchObject({ id: told.generationId, model: TRANSCODED, providerName: "anthropic" });
    expect(String(info.totalCost)).toBe(String(Number(told.cost)));
    const line = await jsonOf(await gateway.get(`/v1/generation?id=${told.generationId}`));
    expect(line.data.routing.finalProvider).toBe("anthropic");
  });
});
