import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { limit } from "../../limits/limited.ts";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { RELAYED, TRANSCODED } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

/** What is refused is thrown as the SDK's own errors, with our message in them. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: { routing_rules: [{ id: "dear", type: "deny", model: "openai/gpt-5-pro", reason: "too dear" }] },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const GEN = /\[gen_[0-9A-Z]{26}\]$/;

describe.each(SDKS)("ai $major", (sdk) => {
  const { ai, major } = sdk;
  const ask = (id: string, prompt = "Hello", more: object = {}, options: object = {}) =>
    failureOf(ai.generateText({ model: providerOf(sdk, gateway, options)(id), prompt, maxRetries: 0, ...more }));
  const preferring = (options: object) => ({ providerOptions: { gateway: options } });
  /** The first major has no word for the generation. */
  const withId = (message: string) => (major === 5 ? message : expect.stringMatching(GEN));

  test("a key that is none: GatewayAuthenticationError", async () => {
    const provider = providerOf(sdk, gateway, { apiKey: "hg_wrong" });
    const prompt = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];
    for (const call of [() => provider(RELAYED).doGenerate({ prompt }), () => provider.getCredits()]) {
      const error = await failureOf(call());
      expect([error.name, error.statusCode]).toEqual(["GatewayAuthenticationError", 401]);
    }
    // What its functions make of it is its own help.
    const error = await ask(RELAYED, "Hello", {}, { apiKey: "hg_wrong" });
    expect(error.message).toContain("Unauthenticated request");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("a model that is not here: GatewayModelNotFoundError, which names it and the nearest one", async () => {
    const error = await ask("openai/gpt-4oo");
    expect([error.name, error.statusCode, error.isRetryable]).toEqual(["GatewayModelNotFoundError", 404, false]);
    expect(error.modelId).toBe("openai/gpt-4oo");
    expect(error.message).toContain('"openai/gpt-4o"');
    expect(error.message).toEqual(withId(error.message));
  });

  test.each([
    ["a preference that makes no sense", { sort: "beauty" }, "providerOptions.gateway.sort"],
    ["a provider that nobody knows", { only: ["nobody"] }, "nobody"],
    ["providers of which none may serve it", { only: ["anthropic"] }, "not in `only`"],
    ["ten tags and one", { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }, "tags"],
  ])("%s: GatewayInvalidRequestError", async (_, options, word) => {
    const error = await ask(RELAYED, "Hello", preferring(options));
    expect([error.name, error.statusCode, error.isRetryable]).toEqual(["GatewayInvalidRequestError", 400, false]);
    expect(error.message).toContain(word);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test.each([RELAYED, TRANSCODED])("what the provider of %s refuses: GatewayInvalidRequestError", async (model) => {
    const error = await ask(model, '[sim status=400 message="no such thing"]');
    expect([error.name, error.statusCode]).toEqual(["GatewayInvalidRequestError", 400]);
    expect(error.message).toContain("no such thing");
  });

  test.each([RELAYED, TRANSCODED])("a provider of %s that fails: GatewayInternalServerError", async (model) => {
    const error = await ask(model, "[sim status=529]");
    expect([error.name, error.statusCode, error.isRetryable]).toEqual(["GatewayInternalServerError", 503, true]);
    expect(error.message).toContain("overloaded");
  });

  test("a provider that limits us: GatewayRateLimitError", async () => {
    const error = await ask(RELAYED, "[sim status=429 retry-after=7]");
    expect([error.name, error.statusCode, error.isRetryable]).toEqual(["GatewayRateLimitError", 429, true]);
  });

  test("a limit of the key's own: GatewayRateLimitError", async () => {
    const { gates } = gateway.headgate.gateway as Loose;
    limit(gateway, { per_key: { requests_per_minute: 1 } });
    const model = providerOf(sdk, gateway)(RELAYED);
    await ai.generateText({ model, prompt: "Hello" });
    const error = await ask(RELAYED);
    (gateway.headgate.gateway as Loose).gates = gates;
    expect([error.name, error.statusCode]).toEqual(["GatewayRateLimitError", 429]);
  });

  test("a rule that denies it: GatewayForbiddenError, with the rule", async () => {
    const error = await ask("openai/gpt-5-pro");
    expect([error.name, error.statusCode, error.ruleId]).toEqual(["GatewayForbiddenError", 403, "dear"]);
    expect(error.message).toContain("too dear");
  });

  test("a stream that does not begin fails as the plain answer does", async () => {
    const errors: Loose[] = [];
    const model = providerOf(sdk, gateway)("openai/gpt-4oo");
    const stream = ai.streamText({
      model,
      prompt: "x",
      maxRetries: 0,
      onError: ({ error }: Loose) => errors.push(error),
    });
    await stream.consumeStream();
    expect(errors).toHaveLength(1);
    expect([errors[0].name, errors[0].statusCode]).toEqual(["GatewayModelNotFoundError", 404]);
  });

  test("is asked again where a moment later may do, and not where it may not", async () => {
    const model = providerOf(sdk, gateway)(RELAYED);
    const prompt = `[sim first=1 id=again-${major} status=429 retry-after-ms=5 every=0]`;
    const { finishReason } = await ai.generateText({ model, prompt });
    expect([finishReason, gateway.simulator.requests.length]).toEqual(["stop", 2]);
    gateway.simulator.forget();
    await failureOf(ai.generateText({ model, prompt: "[sim status=400]" }));
    expect(gateway.simulator.requests).toHaveLength(1);
  });

  test.each([
    ["ai-language-model-id", undefined, "ai-language-model-id"],
    ["ai-language-model-id", "gpt-4o mini", "gpt-4o mini"],
    ["ai-language-model-specification-version", "9", "ai-language-model-specification-version"],
    ["ai-language-model-streaming", "perhaps", "ai-language-model-streaming"],
  ])("with the header %s: %p is refused by name", async (name, value, word) => {
    const altering = (url: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
      return fetch(url, { ...init, headers });
    };
    const error = await ask(RELAYED, "Hello", {}, { fetch: altering });
    expect(error.name).toMatch(/^Gateway(InvalidRequest|ModelNotFound)Error$/);
    expect(error.message).toContain(word);
  });

  test("a body that is none is refused in the same words", async () => {
    const spoiling = (body: string) => (url: string, init: RequestInit) => fetch(url, { ...init, body });
    for (const [body, word] of [
      ["{", "JSON"],
      ["{}", "prompt"],
      ['{"prompt":"Hello"}', "prompt"],
      ['{"prompt":[{"role":"pope","content":"x"}]}', "role"],
      ['{"prompt":[{"role":"user","content":[{"type":"text"}]}]}', "text"],
      [
        '{"prompt":[{"role":"user","content":[{"type":"file","data":{"type":"cloud"},"mediaType":"image/png"}]}]}',
        "prompt[0].content[0].data.type",
      ],
      ['{"prompt":[{"role":"user","content":[{"type":"text","text":"x"}]}],"temperature":"hot"}', "temperature"],
    ] as const) {
      const error = await ask(RELAYED, "Hello", {}, { fetch: spoiling(body) });
      expect([body, error.name]).toEqual([body, "GatewayInvalidRequestError"]);
      expect(error.message).toContain(word);
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});
