import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf } from "../client.ts";
import { EACH, failureOf, type Loose, partsOf, providerOf } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const schema = z.object({ name: z.string(), count: z.number().int(), tags: z.array(z.string()) });

describe.each(EACH)("structured output of ai $major, $model", ({ sdk, ai, model: id, major }) => {
  const model = () => providerOf(sdk, gateway)(id);

  test("generateObject() gives what the schema says, and the provider is told the schema", async () => {
    const { object, finishReason } = await ai.generateObject({ model: model(), schema, prompt: "Hello" });
    expect(schema.parse(object)).toEqual(object);
    expect(finishReason).toBe("stop");
    const text = JSON.stringify(bodyOf(gateway.simulator.requests[0]!));
    for (const name of ["name", "count", "tags"]) expect(text).toContain(`"${name}"`);
  });

  test("streamObject() grows it, and ends with the whole", async () => {
    const result = ai.streamObject({ model: model(), schema, prompt: "[sim every=0]" });
    const grown = await partsOf(result.partialObjectStream);
    expect(grown.length).toBeGreaterThan(1);
    const object = await result.object;
    expect(schema.parse(object)).toEqual(object as Loose);
    expect(grown.at(-1)).toEqual(object);
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });

  test("generateObject() of a list, and of one of several words", async () => {
    const list = await ai.generateObject({ model: model(), output: "array", schema: z.string(), prompt: "Hello" });
    expect(z.array(z.string()).parse(list.object)).toEqual(list.object);
    const words = ["warm", "cold"];
    const one = await ai.generateObject({ model: model(), output: "enum", enum: words, prompt: "Hello" });
    expect(words).toContain(one.object);
  });

  test("generateText() with Output.object() gives it as well, streamed too", async () => {
    const output = ai.Output.object({ schema });
    const request = { model: model(), prompt: "[sim every=0]", experimental_output: output, output };
    const whole = await ai.generateText(request);
    const object = major === 5 ? whole.experimental_output : whole.output;
    expect(schema.parse(object)).toEqual(object);
    const stream = ai.streamText(request);
    const grown = await partsOf(major === 5 ? stream.experimental_partialOutputStream : stream.partialOutputStream);
    expect(schema.parse(grown.at(-1))).toEqual(grown.at(-1));
  });

  test("what is not JSON is the SDK's own error", async () => {
    const request = { model: model(), schema, prompt: '[sim say="no"]', maxRetries: 0 };
    const error = await failureOf(ai.generateObject(request));
    expect(error.name).toBe("AI_NoObjectGeneratedError");
  });
});
