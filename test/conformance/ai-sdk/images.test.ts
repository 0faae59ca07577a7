import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { pictureOf } from "../../../src/simulator/picture.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, sent } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

const MODEL = "openai/gpt-image-1";
const SHAPES = "xai/grok-imagine-image";
const GEMINI = "google/gemini-2.5-flash-image";
const PNG = Buffer.from(pictureOf("a picture"), "base64");

let others: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  others = startSimulator();
  const at = (path: string) => ({ api_key: "sk-simulated", base_url: `${others.url}${path}` });
  const xai = at("/xai/v1");
  gateway = await startGateway({ config: { providers: { xai, google: at("/v1beta") } } });
});
afterAll(async () => {
  await gateway.stop();
  others.stop();
});
beforeEach(() => {
  gateway.simulator.forget();
  others.forget();
});

/** What the provider that is not OpenAI got last. */
function asked(): Loose {
  return bodyOf(others.requests.at(-1)!);
}

describe.each(SDKS)("images of ai $major", (sdk) => {
  const make = sdk.ai.generateImage ?? sdk.ai.experimental_generateImage;
  const model = (id: string) => providerOf(sdk, gateway).imageModel(id);

  test("are what the provider made, with what they took and cost", async () => {
    const result = await make({ model: model(MODEL), prompt: "Water", n: 2 });
    expect(result.images.map(({ base64 }: Loose) => base64)).toEqual([pictureOf("Water 0"), pictureOf("Water 1")]);
    expect(result.image.mediaType).toBe("image/png");
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-image-1", prompt: "Water", n: 2 });
    const { generationId, cost, routing } = result.providerMetadata.gateway;
    const row = gateway.row(generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-image-model", operation: "image", requested: MODEL, error: null });
    expect(Math.round(Number(cost) * 1e9)).toBe(row.cost!);
    expect(routing.finalProvider).toBe("openai");
    if (result.usage !== undefined)
      expect(result.usage).toMatchObject({ inputTokens: row.input, outputTokens: row.output });
    expect(result.warnings).toEqual([]);
  });

  test("of a size, and with the provider's own options", async () => {
    const providerOptions = { openai: { quality: "low", background: "transparent" }, gateway: { tags: ["blue"] } };
    const result = await make({ model: model(MODEL), prompt: "Water", size: "1536x1024", providerOptions });
    expect(bodyOf(sent(gateway))).toMatchObject({ size: "1536x1024", quality: "low", background: "transparent" });
    const { tags } = gateway.row(result.providerMetadata.gateway.generationId)!;
    expect(JSON.parse(tags!)).toEqual(["blue"]);
  });

  test("of a shape, where shapes can be asked for; elsewhere that is told", async () => {
    await make({ model: model(SHAPES), prompt: "Water", aspectRatio: "16:9" });
    expect(asked()).toMatchObject({ aspect_ratio: "16:9", prompt: "Water" });
    expect(asked().aspectRatio).toBeUndefined();
    const { warnings } = await make({ model: model(MODEL), prompt: "Water", aspectRatio: "16:9", seed: 7 });
    expect(JSON.stringify(warnings)).toContain("aspectRatio");
    expect(JSON.stringify(warnings)).toContain("seed");
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-image-1", prompt: "Water", n: 1 });
  });

  test("of Gemini, by way of what it has for them", async () => {
    const { images, warnings } = await make({ model: model(GEMINI), prompt: "Water", aspectRatio: "16:9" });
    expect(images).toHaveLength(1);
    expect(images[0].base64.length).toBeGreaterThan(20);
    expect(asked().generationConfig).toEqual({ responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9" } });
    expect(warnings).toEqual([]);
  });

  test("several of Gemini, which makes one a request", async () => {
    const { images, providerMetadata } = await make({ model: model(GEMINI), prompt: "Water", n: 2 });
    expect(images).toHaveLength(2);
    expect(others.requests).toHaveLength(2);
    const row = gateway.row(providerMetadata.gateway.generationId)!;
    expect(Math.round(Number(providerMetadata.gateway.cost) * 1e9)).toBe(row.cost!);
  });

  test("what fails is the SDK's own error", async () => {
    const ask = (id: string, prompt = "Water", more: object = {}) =>
      failureOf(make({ model: model(id), prompt, maxRetries: 0, ...more }));
    const none = await ask("openai/gpt-image-9");
    expect([none.name, none.statusCode, none.modelId]).toEqual([
      "GatewayModelNotFoundError",
      404,
      "openai/gpt-image-9",
    ]);
    const speaker = await ask("openai/gpt-4o");
    expect([speaker.name, speaker.message.includes("not offered for images")]).toEqual([
      "GatewayInvalidRequestError",
      true,
    ]);
    expect([...gateway.simulator.requests, ...others.requests]).toEqual([]);
    const failing = await ask(MODEL, "[sim status=529]");
    expect([failing.name, failing.statusCode]).toEqual(["GatewayInternalServerError", 503]);
  });

  test("another makes them where the first fails", async () => {
    const providerOptions = { gateway: { models: [SHAPES] } };
    const result = await make({ model: model(MODEL), prompt: "[sim model=gpt-image-1 status=503] x", providerOptions });
    expect(result.images).toHaveLength(1);
    expect(gateway.row(result.providerMetadata.gateway.generationId)!.model).toBe(SHAPES);
  });
});

describe.each(SDKS.filter(({ major }) => major > 5))("images that are changed by ai $major", (sdk) => {
  const make = sdk.ai.generateImage ?? sdk.ai.experimental_generateImage;
  const model = (id: string) => providerOf(sdk, gateway).imageModel(id);

  test("go to the provider as files, with the mask", async () => {
    const prompt = { text: "A gate", images: [PNG, PNG], mask: PNG };
    const result = await make({ model: model(MODEL), prompt });
    expect(result.images).toHaveLength(1);
    const { path, text, headers } = sent(gateway);
    expect([path, headers["content-type"]?.toString().startsWith("multipart/form-data")]).toEqual([
      "/openai/v1/images/edits",
      true,
    ]);
    expect(text.match(/name="image\[\]"; filename="\d\.png"/g)).toHaveLength(2);
    expect(text.match(/name="mask"; filename="\d\.png"/g)).toHaveLength(1);
    expect(gateway.row(result.providerMetadata.gateway.generationId)).toMatchObject({
      operation: "image",
      wire: "ai-sdk-image-edits",
      error: null,
    });
  });

  test("and to Gemini as parts", async () => {
    await make({ model: model(GEMINI), prompt: { text: "A gate", images: [PNG] } });
    const [{ parts }] = asked().contents;
    expect(parts).toEqual([
      { text: "A gate" },
      { inlineData: { mimeType: "image/png", data: PNG.toString("base64") } },
    ]);
  });

  test("one that lies elsewhere is told by its address", async () => {
    const url = "https://example.com/gate.png";
    const body = { prompt: "A gate", n: 1, files: [{ type: "url", url }] };
    await gateway.post(`${sdk.path}/image-model`, body, { "ai-model-id": SHAPES });
    expect(asked()).toMatchObject({ prompt: "A gate", image: { url, type: "image_url" } });
  });
});

test("a body that is none is refused by name", async () => {
  for (const [body, param] of [
    [{}, "prompt"],
    [{ prompt: 5 }, "prompt"],
    [{ prompt: "x", n: 0 }, "n"],
    [{ prompt: "x", aspectRatio: "wide" }, "aspectRatio"],
    [{ prompt: "x", files: "x" }, "files"],
    [{ prompt: "x", files: [{ type: "file" }] }, "files[0].data"],
    [{ prompt: "x", files: [{ type: "secret" }] }, "files[0].type"],
    [{ prompt: "x", mask: {} }, "mask.type"],
  ] as [Loose, string][]) {
    const reply = await gateway.post("/v4/ai/image-model", body, { "ai-model-id": MODEL });
    const { error } = await jsonOf(reply);
    expect([body, reply.status, error.param]).toEqual([body, 400, param]);
  }
});
