import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { NATIVES, type NativesUnderTest, NEXT, RESULT, startNatives } from "../reasoning-natives.ts";
import { type Loose, providerOf, SDKS } from "./client.ts";

/**
 * Thinking with tools, as the SDK loops by itself: what a provider gets in the second and the third request is what its own client
 * would send, to the letter.
 */

let there: NativesUnderTest;
beforeAll(async () => {
  there = await startNatives();
});
afterAll(() => there.stop());
beforeEach(() => {
  there.bodies.length = 0;
});

const FIRST = "What is the weather in Oslo and Tromsø?";
const EVERY = SDKS.flatMap((sdk) => Object.keys(NATIVES).map((provider) => ({ ...sdk, sdk, provider })));

describe.each(EVERY)("ai $major over $provider", ({ sdk, ai, provider }) => {
  const native = NATIVES[provider]!;
  const last = () => native.history(there.bodies.at(-1));
  const request = (more: object) => ({
    model: providerOf(sdk, there.gateway)(native.model),
    tools: {
      get_weather: ai.tool({
        inputSchema: ai.jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
        execute: async () => RESULT,
      }),
    },
    stopWhen: ai.stepCountIs(4),
    maxOutputTokens: 8000,
    providerOptions: {
      gateway: { only: [provider] },
      anthropic: { thinking: { type: "enabled", budgetTokens: 2000 } },
    },
    ...more,
  });
  const call = async (streamed: boolean, more: object): Promise<Loose> => {
    if (!streamed) return ai.generateText(request(more));
    const result = ai.streamText(request(more));
    await result.consumeStream();
    return result;
  };

  test.each([false, true])("each turn goes back as it came (streamed: %p)", async (streamed) => {
    const result = await call(streamed, { prompt: FIRST });
    const steps = await result.steps;
    expect(steps.map(({ finishReason }: Loose) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(steps[0].toolCalls).toHaveLength(2);
    expect(steps[0].reasoningText ?? "").toContain("Two cities, 两.");
    expect(await result.text).toBe("Warm.");
    expect(last()).toEqual(native.second);
    const said = (await result.responseMessages) ?? (await result.response).messages;
    const messages = [{ role: "user", content: FIRST }, ...said, { role: "user", content: NEXT }];
    await call(streamed, { messages });
    expect(last()).toEqual(native.third);
    expect(there.bodies).toHaveLength(3);
  });

  test("a stream tells the thought before the words, and what it took", async () => {
    const result = ai.streamText(request({ prompt: FIRST, stopWhen: ai.stepCountIs(1) }));
    const types: string[] = [];
    let thought = "";
    for await (const part of result.fullStream) {
      types.push(part.type);
      if (part.type === "reasoning-delta") thought += part.text;
    }
    expect(thought).toContain("Two cities, 两.");
    expect(types.indexOf("reasoning-start")).toBeLessThan(types.indexOf("reasoning-end"));
    expect(types.indexOf("reasoning-end")).toBeLessThan(types.indexOf("tool-call"));
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });
});
