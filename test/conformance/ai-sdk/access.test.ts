import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { made, TOKEN } from "../../access/keys.ts";
import { type Bank, CENT, KEY_BUDGET, openBank } from "../../budgets/support.ts";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { Issuer } from "../../support/issuer.ts";
import { RELAYED, TRANSCODED } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

/** What a key may and can pay for holds at the SDK's doors as anywhere. */

describe.each(SDKS)("a key that is bound, with ai $major", (sdk) => {
  const { ai, major } = sdk;
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: { admin_token: TOKEN } });
  });
  afterAll(() => gateway.stop());

  test("asks for nothing but what it may, at any of them: GatewayForbiddenError", async () => {
    const { key } = await made(gateway, { models: [RELAYED] });
    const provider = providerOf(sdk, gateway, { apiKey: key });
    const { text } = await ai.generateText({ model: provider(RELAYED), prompt: '[sim say="Yes."]' });
    expect(text).toBe("Yes.");
    const more = { maxRetries: 0 };
    const prompt = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];
    const calls: [string, () => Promise<unknown>][] = [
      ["text", () => ai.generateText({ model: provider(TRANSCODED), prompt: "Hello", ...more })],
      ["stream", () => provider(TRANSCODED).doStream({ prompt })],
      [
        "embed",
        () => ai.embed({ model: provider.textEmbeddingModel("openai/text-embedding-3-small"), value: "x", ...more }),
      ],
      ["image", () => provider.imageModel("openai/gpt-image-1").doGenerate({ prompt: "x", n: 1, providerOptions: {} })],
    ];
    if (major > 5)
      calls.push(
        ["speech", () => provider.speechModel("openai/tts-1").doGenerate({ text: "x" })],
        [
          "transcription",
          () => provider.transcriptionModel("openai/whisper-1").doGenerate({ audio: "eA==", mediaType: "audio/wav" }),
        ],
      );
    gateway.simulator.forget();
    for (const [what, call] of calls) {
      const error = await failureOf(call());
      expect([what, error.name, error.statusCode]).toEqual([what, "GatewayForbiddenError", 403]);
      expect(error.message).toContain(RELAYED);
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("sees of the models what it may ask for", async () => {
    const { key } = await made(gateway, { models: ["anthropic/*"] });
    const { models } = await providerOf(sdk, gateway, { apiKey: key }).getAvailableModels();
    expect(models.length).toBeGreaterThan(1);
    expect(models.filter(({ id }: Loose) => !id.startsWith("anthropic/"))).toEqual([]);
  });

  test("asks the same thing once, where it says so", async () => {
    const headers = { "idempotency-key": `once-${major}` };
    const model = providerOf(sdk, gateway)(RELAYED);
    await ai.generateText({ model, prompt: "Hello", headers });
    const error = await failureOf(ai.generateText({ model, prompt: "Hello", headers, maxRetries: 0 }));
    expect([error.name, error.statusCode]).toEqual(["GatewayInvalidRequestError", 409]);
    expect(error.message).toContain("gen_");
  });
});

describe("without a key the SDK shows the token of where it runs", () => {
  const issuer = new Issuer();
  const names = ["AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"] as const;
  const before = names.map((name) => process.env[name]);
  let gateway: RunningGateway;
  beforeAll(async () => {
    const oidc = [{ name: "ci", issuer: issuer.url, audience: "headgate", subjects: ["repo:acme/*"] }];
    gateway = await startGateway({ config: { oidc } });
    delete process.env.AI_GATEWAY_API_KEY;
  });
  afterAll(async () => {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
    await gateway.stop();
    await issuer.stop();
  });

  test.each(SDKS)("ai $major", async (sdk) => {
    const provider = providerOf(sdk, gateway, { apiKey: undefined });
    process.env.VERCEL_OIDC_TOKEN = issuer.token();
    const { text } = await sdk.ai.generateText({ model: provider(RELAYED), prompt: '[sim say="Come in."]' });
    expect(text).toBe("Come in.");
    process.env.VERCEL_OIDC_TOKEN = issuer.token({ sub: "repo:other/app" });
    const prompt = [{ role: "user", content: [{ type: "text", text: "Hello" }] }];
    const error = await failureOf(provider(RELAYED).doGenerate({ prompt }));
    expect([error.name, error.statusCode]).toEqual(["GatewayAuthenticationError", 401]);
    expect(error.message).toContain("OIDC");
  });
});

describe.each(SDKS)("a budget, with ai $major", (sdk) => {
  const { ai } = sdk;
  let bank: Bank;
  beforeEach(async () => {
    bank = await openBank();
  });
  afterEach(() => bank.stop());

  test("caps what it pays for, and refuses what it does not", async () => {
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01 });
    const model = providerOf(sdk, bank.gateway)(CENT);
    const prompt = "[sim tokens=500 every=0]";
    const { finishReason, usage } = await ai.generateText({ model, prompt });
    expect([finishReason, usage.outputTokens]).toEqual(["length", 100]);
    const error = await failureOf(ai.generateText({ model, prompt, maxRetries: 0 }));
    // The SDK has no class for it: the status, the words and that nobody should try again are told.
    expect([error.statusCode, error.isRetryable]).toEqual([402, false]);
    expect(error.message).toMatch(/budget/i);
    expect(bank.lab.requests).toHaveLength(1);
  });

  test("is left by a stream that the client leaves with what was said by then", async () => {
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 1 });
    const abort = new AbortController();
    const model = providerOf(sdk, bank.gateway)(CENT);
    const prompt = "[sim tokens=900 mark=b every=0 silence=5]";
    const stream = ai.streamText({ model, prompt, abortSignal: abort.signal, onError: () => {} });
    let words = 0;
    for await (const { type } of stream.fullStream) if (type === "text-delta" && ++words === 5) abort.abort();
    await bank.lab.when(({ outcome }) => outcome === "client-closed");
    const { spent_usd, reserved_usd } = await settled(id);
    expect([Number(spent_usd) > 0, Number(spent_usd) < 0.01, Number(reserved_usd)]).toEqual([true, true, 0]);
  });

  /** The state of a budget, once nothing is reserved any more. */
  async function settled(id: string): Promise<Loose> {
    for (;;) {
      const state = await bank.state(id);
      if (Number(state.spent_usd) > 0 && Number(state.reserved_usd) === 0) return state;
      await new Promise(setImmediate);
    }
  }
});
