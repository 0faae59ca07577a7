import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf } from "../client.ts";
import { EACH, type Loose, partsOf, providerOf, typesOf } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** What was done, in order. */
function toolsOf(ai: Loose) {
  const done: string[] = [];
  const tools = {
    get_weather: ai.tool({
      description: "The weather of a city",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }: { city: string }) => {
        done.push(`weather of ${city}`);
        return { city, warm: true };
      },
    }),
    get_time: ai.tool({
      description: "The time",
      inputSchema: ai.jsonSchema({ type: "object", properties: { zone: { type: "string" } } }),
      execute: async () => {
        done.push("time");
        return "noon";
      },
    }),
  };
  return { tools, done };
}

describe.each(EACH)("tools of ai $major, $model", ({ sdk, ai, model: id }) => {
  const model = () => providerOf(sdk, gateway)(id);
  const bodies = (): Loose[] => gateway.simulator.requests.map(bodyOf);
  /** What was said so far, as the provider got it. */
  const saidIn = ({ input, messages = input }: Loose) => JSON.stringify(messages);

  test.each([false, true])("are called, their results go back, and are answered (streamed: %p)", async (streamed) => {
    const { tools, done } = toolsOf(ai);
    const request = { model: model(), tools, prompt: "[sim every=0] Use get_weather", stopWhen: ai.stepCountIs(5) };
    const result = streamed ? ai.streamText(request) : await ai.generateText(request);
    if (streamed) await result.consumeStream();
    const steps = await result.steps;
    expect(steps.map(({ finishReason }: Loose) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(steps[0].toolCalls).toMatchObject([{ toolName: "get_weather", input: { city: "Paris" } }]);
    expect(steps[0].toolResults).toMatchObject([{ toolName: "get_weather", output: { city: "Paris", warm: true } }]);
    expect(done).toEqual(["weather of Paris"]);
    expect(await result.text).not.toBe("");
    const [first, second] = bodies();
    expect(JSON.stringify(first.tools)).toContain("The weather of a city");
    expect(saidIn(second)).toContain(steps[0].toolCalls[0].toolCallId);
    expect(saidIn(second)).toContain('\\"warm\\":true');
  });

  test.each([false, true])("several at once, each with an id of its own (streamed: %p)", async (streamed) => {
    const { tools, done } = toolsOf(ai);
    const request = { model: model(), tools, prompt: "[sim tools=2 every=0]", stopWhen: ai.stepCountIs(5) };
    const result = streamed ? ai.streamText(request) : await ai.generateText(request);
    if (streamed) await result.consumeStream();
    const [first, second] = await result.steps;
    expect(first.toolCalls.map(({ toolName }: Loose) => toolName)).toEqual(["get_weather", "get_time"]);
    expect(new Set(first.toolCalls.map(({ toolCallId }: Loose) => toolCallId)).size).toBe(2);
    expect(done.sort()).toEqual(["time", "weather of Paris"]);
    expect(second.finishReason).toBe("stop");
  });

  test("in three rounds", async () => {
    const { tools, done } = toolsOf(ai);
    const prompt = "[sim rounds=3 tool=get_time every=0]";
    const result = await ai.generateText({ model: model(), tools, prompt, stopWhen: ai.stepCountIs(9) });
    expect(result.steps).toHaveLength(4);
    expect(done).toEqual(["time", "time", "time"]);
    expect(bodies()).toHaveLength(4);
  });

  test("the arguments of a streamed call come in pieces that make the whole", async () => {
    const { tools } = toolsOf(ai);
    const result = ai.streamText({ model: model(), tools, prompt: "[sim every=0] Use get_weather" });
    const parts = await partsOf(result.fullStream);
    expect(typesOf(parts).filter((type) => type.startsWith("tool-"))).toEqual([
      "tool-input-start",
      "tool-input-delta",
      "tool-input-end",
      "tool-call",
      "tool-result",
    ]);
    const [start, call] = ["tool-input-start", "tool-call"].map((name) => parts.find(({ type }) => type === name));
    expect([start.toolName, start.id]).toEqual(["get_weather", call.toolCallId]);
    const pieces = parts.filter(({ type }) => type === "tool-input-delta");
    expect(pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(pieces.map(({ delta }) => delta).join(""))).toEqual(call.input);
  });

  test.each([
    ["auto", "auto"],
    ["required", /required|any/],
    ["none", "none"],
  ])("may be chosen: %s", async (toolChoice, expected) => {
    const { tools } = toolsOf(ai);
    await ai.generateText({ model: model(), tools, toolChoice, prompt: '[sim say="Hi"]' });
    const { tool_choice: choice }: Loose = bodies()[0];
    expect(String(choice?.type ?? choice ?? "auto")).toMatch(expected);
  });

  test("one may be chosen by name", async () => {
    const { tools } = toolsOf(ai);
    const toolChoice = { type: "tool", toolName: "get_time" };
    await ai.generateText({ model: model(), tools, toolChoice, prompt: "[sim tool=get_time]" });
    expect(JSON.stringify(bodies()[0].tool_choice)).toContain("get_time");
  });

  test("one that fails is told as a failure, and the model goes on", async () => {
    const broken = ai.tool({
      inputSchema: z.object({}),
      execute: async () => {
        throw new Error("the thermometer is broken");
      },
    });
    const prompt = "[sim tool=broken every=0]";
    const result = await ai.generateText({ model: model(), tools: { broken }, prompt, stopWhen: ai.stepCountIs(3) });
    expect(result.steps.map(({ finishReason }: Loose) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(saidIn(bodies()[1])).toContain("the thermometer is broken");
  });

  test("the turns that the SDK makes of it can be sent again", async () => {
    const { tools } = toolsOf(ai);
    const prompt = '[sim say="Let me look." tool=get_weather every=0]';
    const first = await ai.generateText({ model: model(), tools, prompt, stopWhen: ai.stepCountIs(5) });
    gateway.simulator.forget();
    const messages = [
      { role: "user", content: prompt },
      ...(first.responseMessages ?? first.response.messages),
      { role: "user", content: "[sim tokens=2]" },
    ];
    const result = await ai.generateText({ model: model(), tools, messages });
    expect(result.usage.outputTokens).toBe(2);
    const told = saidIn(bodies()[0]);
    for (const word of ["Let me look.", "get_weather", '\\"warm\\":true', first.steps[0].toolCalls[0].toolCallId])
      expect(told).toContain(word);
  });
});
