import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { nanodollars, RELAYED, sent, TRANSCODED } from "../client.ts";
import { EACH, type Loose, partsOf, providerOf, SDKS, toldOf } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** Parts of the usage, in the words of each major. */
function partsIn({ inputTokenDetails, outputTokenDetails, ...usage }: Loose) {
  return {
    cacheRead: inputTokenDetails?.cacheReadTokens ?? usage.cachedInputTokens,
    reasoning: outputTokenDetails?.reasoningTokens ?? usage.reasoningTokens,
  };
}

describe.each(EACH)("usage of ai $major, $model", ({ sdk, ai, model: id }) => {
  const model = () => providerOf(sdk, gateway)(id);

  test.each([false, true])(
    "has what was read from the cache, and costs accordingly (streamed: %p)",
    async (streamed) => {
      const prompt = "[sim cached=1000 tokens=5 every=0]";
      const result = streamed
        ? ai.streamText({ model: model(), prompt })
        : await ai.generateText({ model: model(), prompt });
      if (streamed) await result.consumeStream();
      const usage = await result.usage;
      expect(partsIn(usage).cacheRead).toBe(1000);
      expect([usage.inputTokens > 1000, usage.outputTokens]).toEqual([true, 5]);
      const { generationId } = toldOf({ providerMetadata: await result.providerMetadata });
      const row = gateway.row(generationId)!;
      expect([row.input, row.cacheRead]).toEqual([usage.inputTokens, 1000]);
      expect(row.cost).toBe(nanodollars(id, { input: row.input!, output: 5, cacheRead: 1000 }));
    },
  );

  test("of all steps is their sum", async () => {
    const tools = {
      get_time: ai.tool({ inputSchema: ai.jsonSchema({ type: "object" }), execute: async () => "noon" }),
    };
    const prompt = "[sim tool=get_time every=0]";
    const result = await ai.generateText({ model: model(), tools, prompt, stopWhen: ai.stepCountIs(3) });
    const sum = (name: string) => result.steps.reduce((all: number, { usage }: Loose) => all + usage[name], 0);
    const total = result.totalUsage ?? result.usage;
    expect([total.inputTokens, total.outputTokens]).toEqual([sum("inputTokens"), sum("outputTokens")]);
    expect(result.steps).toHaveLength(2);
  });

  test("that nobody told is a guess, and told as one", async () => {
    const result = await ai.generateText({ model: model(), prompt: "[sim no-usage tokens=5 every=0]" });
    expect(result.usage.outputTokens).toBeGreaterThan(0);
    const told = toldOf(result);
    expect(told.usageEstimated).toBe(true);
    expect(gateway.row(told.generationId)!.estimated).toBe(true);
  });
});

describe.each(SDKS)("ai $major", (sdk) => {
  const { ai, major } = sdk;

  test("what was thought is part of the output", async () => {
    const model = providerOf(sdk, gateway)("deepseek/deepseek-v4-pro");
    const { usage, reasoningText } = await ai.generateText({ model, prompt: '[sim think=9 say="Done." every=0]' });
    expect(reasoningText).not.toBe("");
    expect(partsIn(usage).reasoning).toBe(9);
    expect(usage.outputTokens).toBeGreaterThan(9);
  });

  test("a model may be asked for by its name alone, where the gateway is the SDK's own provider", async () => {
    const all = globalThis as Loose;
    const before = all.AI_SDK_DEFAULT_PROVIDER;
    all.AI_SDK_DEFAULT_PROVIDER = providerOf(sdk, gateway);
    try {
      const { text, providerMetadata } = await ai.generateText({ model: TRANSCODED, prompt: '[sim say="By name."]' });
      expect([text, providerMetadata.gateway.routing.finalProvider]).toEqual(["By name.", "anthropic"]);
    } finally {
      all.AI_SDK_DEFAULT_PROVIDER = before;
    }
  });

  test("a stream whose model is silent for long is kept alive by comments that nobody sees", async () => {
    const { snapshot } = gateway.headgate.gateway;
    const { heartbeatMs } = snapshot;
    Object.assign(snapshot, { heartbeatMs: 20 });
    try {
      const prompt = "[sim pause=150ms tokens=3 mark=h every=0]";
      let carried: Promise<string> | undefined;
      const carry = async (url: string, init: RequestInit) => {
        const reply = await fetch(url, init);
        carried = reply.clone().text();
        return reply;
      };
      const result = ai.streamText({ model: providerOf(sdk, gateway, { fetch: carry })(TRANSCODED), prompt });
      const parts = await partsOf(result.fullStream);
      expect(parts.filter(({ type }) => type === "error")).toEqual([]);
      expect([await result.text, await result.finishReason]).toEqual(["h-0 h-1 h-2", "stop"]);
      expect(await carried).toMatch(/^:/m);
    } finally {
      Object.assign(snapshot, { heartbeatMs });
    }
  });

  test("a failure behind a heartbeat is an error part, and the stream ends", async () => {
    const { snapshot } = gateway.headgate.gateway;
    const { heartbeatMs } = snapshot;
    Object.assign(snapshot, { heartbeatMs: 20 });
    try {
      const errors: Loose[] = [];
      const result = ai.streamText({
        model: providerOf(sdk, gateway)(RELAYED),
        prompt: "[sim delay=150ms status=529]",
        maxRetries: 0,
        onError: ({ error }: Loose) => errors.push(error),
      });
      const parts = await partsOf(result.fullStream);
      expect(parts.filter(({ type }) => type === "error")).toHaveLength(1);
      expect(JSON.stringify(errors[0].message ?? errors[0])).toContain("overloaded");
    } finally {
      Object.assign(snapshot, { heartbeatMs });
    }
  });

  test("a tool that only the hosted gateway runs is told as a warning, and the call goes on", async () => {
    const provider = providerOf(sdk, gateway);
    const tools = { perplexity_search: provider.tools.perplexitySearch() };
    const stream = ai.streamText({ model: provider(TRANSCODED), tools, prompt: '[sim say="No search." every=0]' });
    await stream.consumeStream();
    expect(await stream.text).toBe("No search.");
    expect(JSON.stringify(await stream.warnings)).toContain("perplexity_search");
    expect(sent(gateway).text).not.toContain("perplexity");
  });

  test("an agent goes by the same wire", async () => {
    const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
    const get_time = ai.tool({ inputSchema: ai.jsonSchema({ type: "object" }), execute: async () => "noon" });
    const agent = new Agent({
      model: providerOf(sdk, gateway)(RELAYED),
      tools: { get_time },
      stopWhen: ai.stepCountIs(4),
    });
    const { steps, text } = await agent.generate({ prompt: "[sim tool=get_time every=0]" });
    expect([steps.length, text !== ""]).toEqual([2, true]);
    const stream = await agent.stream({ prompt: `[sim say="${major}" every=0]` });
    let said = "";
    for await (const piece of stream.textStream) said += piece;
    expect(said).toBe(String(major));
  });

  test("a reply for a page of the user's is made of the stream as ever", async () => {
    const result = ai.streamText({
      model: providerOf(sdk, gateway)(TRANSCODED),
      prompt: '[sim say="To a page." every=0]',
    });
    const body = await result.toUIMessageStreamResponse().text();
    const told = body
      .split("\n\n")
      .flatMap((frame: string) => (frame.startsWith("data: {") ? [JSON.parse(frame.slice(6))] : []));
    const deltas = told.filter(({ type }: Loose) => type === "text-delta").map(({ delta }: Loose) => delta);
    expect([deltas.join(""), body.trimEnd().endsWith("data: [DONE]")]).toEqual(["To a page.", true]);
  });
});
