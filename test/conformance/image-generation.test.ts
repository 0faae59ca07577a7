import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import { pictureOf } from "../../src/simulator/picture.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, sent } from "./client.ts";

const MODEL = "openai/gpt-image-1";
const PNG = Buffer.from(pictureOf("a picture"), "base64");

const google = startSimulator();
let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  const at = { api_key: "sk-simulated" };
  gateway = await startGateway({
    config: {
      providers: {
        xai: { ...at, base_url: `${google.url}/xai/v1` },
        google: { ...at, base_url: `${google.url}/v1beta` },
        togetherai: {
          ...at,
          base_url: `${google.url}/together/v1`,
          models: [{ id: "bfl/flux", type: "image", price: { image: 0.003 } }],
        },
        mine: {
          ...at,
          base_url: `${google.url}/mine/v1`,
          wire: "openai-chat",
          models: [{ id: "me/painter", type: "image", price: { image: 0.05, images: { "hd/1024x1536": 0.2 } } }],
        },
      },
    },
  });
  client = clientOf(gateway);
});
afterAll(async () => {
  await gateway.stop();
  google.stop();
});
beforeEach(() => {
  gateway.simulator.forget();
  google.forget();
});

/** The gateway's part of what a reply tells. */
function told(reply: object): Loose {
  return (reply as Loose).providerMetadata.gateway;
}

const rowOf = (reply: object) => gateway.row(told(reply).generationId)!;

describe("an image is made", () => {
  test("by a model that tells tokens, and is paid by them", async () => {
    const reply = await client.images.generate({ model: MODEL, prompt: "Water comes down", quality: "high", n: 2 });
    expect(sent(gateway).path).toBe("/openai/v1/images/generations");
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-image-1", prompt: "Water comes down", quality: "high", n: 2 });
    expect(reply.data!.map(({ b64_json }) => b64_json)).toEqual([
      pictureOf("Water comes down 0"),
      pictureOf("Water comes down 1"),
    ]);
    expect(reply).toMatchObject({ quality: "high", size: "1024x1024", output_format: "png" });
    expect(reply.usage).toMatchObject({ input_tokens: 3, output_tokens: 8320, total_tokens: 8323 });
    // 3 tokens of text at $5, 8,320 of images at $40 a million.
    expect(told(reply).cost).toBe("0.332815");
    const row = rowOf(reply);
    expect(row).toMatchObject({ operation: "image", wire: "openai-images", mode: "relay", input: 3, output: 8320 });
    expect(row).toMatchObject({ cost: 332_815_000, estimated: false, finish: "stop" });
    expect(JSON.parse(row.attempts)[0].units).toEqual({ images: 2 });
  });

  test("in base64 where that is asked for: who gives nothing else is not asked, and would refuse", async () => {
    const reply = await client.images.generate({ model: MODEL, prompt: "Water", response_format: "b64_json" });
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-image-1", prompt: "Water" });
    expect(reply.data![0]!.b64_json).toBe(pictureOf("Water 0"));
  });

  test("at an address where that is asked for, though the model gives none", async () => {
    const reply = await client.images.generate({
      model: MODEL,
      prompt: "Water",
      response_format: "url",
      output_format: "webp",
    });
    expect(reply.data).toEqual([{ url: `data:image/webp;base64,${pictureOf("Water 0")}` }]);
  });

  test("and paid by a guess that says so, where nobody tells what was used", async () => {
    const reply = await client.images.generate({ model: MODEL, prompt: "Water [sim no-usage]" });
    expect(reply.usage).toBeUndefined();
    expect(told(reply).usageEstimated).toBe(true);
    expect(rowOf(reply)).toMatchObject({ output: 4160, estimated: true });
  });

  test("by who is paid for each", async () => {
    const reply = await client.images.generate({ model: "xai/grok-imagine-image", prompt: "Water", n: 3 });
    expect(reply.data).toHaveLength(3);
    // Three at $0.02; a guess has no place in that.
    expect(told(reply)).toMatchObject({ cost: "0.06" });
    expect(rowOf(reply)).toMatchObject({ cost: 60_000_000, estimated: false, input: null, output: null });
  });

  test("in the shape of a size, where only shapes can be asked for, which is told", async () => {
    const reply = await client.images.generate({
      model: "xai/grok-imagine-image",
      prompt: "Water",
      size: "1536x1024",
      quality: "high",
      response_format: "b64_json",
    });
    expect(bodyOf(asked())).toEqual({
      model: "grok-imagine-image",
      prompt: "Water",
      response_format: "b64_json",
      aspect_ratio: "3:2",
    });
    expect(told(reply).dropped.toSorted()).toEqual(["quality", "size"]);
    expect(reply.data![0]!.b64_json).toBe(pictureOf("Water 0"));
  });

  test("by the operator's own server, at a price for each quality and size", async () => {
    const make = (more: object) => client.images.generate({ model: "me/painter", prompt: "Water", ...more });
    expect(told(await make({ n: 2 })).cost).toBe("0.1");
    expect(asked().path).toBe("/mine/v1/images/generations");
    expect(told(await make({ quality: "hd", size: "1024x1536" })).cost).toBe("0.2");
    expect(told(await make({ quality: "hd", size: "1024x1024" })).cost).toBe("0.05");
  });

  test("by Gemini, asked in its own words", async () => {
    const model = "google/gemini-2.5-flash-image";
    const reply = await client.images.generate({ model, prompt: "Water", size: "1024x1536", quality: "high" });
    expect(asked().path).toBe("/v1beta/models/gemini-2.5-flash-image:generateContent");
    expect(bodyOf(asked())).toEqual({
      contents: [{ role: "user", parts: [{ text: "Water" }] }],
      generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "2:3" } },
    });
    expect(reply.data).toEqual([{ b64_json: pictureOf("Water") }]);
    expect(reply.usage).toMatchObject({ input_tokens: 2, output_tokens: 1290, total_tokens: 1292 });
    expect(told(reply).dropped.toSorted()).toEqual(["quality", "size"]);
    // Two tokens at $0.30, 1,290 at $30 a million.
    expect(told(reply).cost).toBe("0.0387006");
    expect(rowOf(reply)).toMatchObject({ mode: "transcode", provider: "google", cost: 38_700_600 });
    expect(Object.keys((reply as Loose).providerMetadata)).toContain("google");
  });

  test("several by Gemini, which makes one a request: it is asked as often", async () => {
    const model = "google/gemini-2.5-flash-image";
    const reply = await client.images.generate({ model, prompt: "Water", n: 3 });
    expect(google.requests).toHaveLength(3);
    expect(reply.data!.map(({ b64_json }) => b64_json)).toEqual(Array.from({ length: 3 }, () => pictureOf("Water")));
    expect(reply.usage).toMatchObject({ input_tokens: 6, output_tokens: 3870 });
    expect(rowOf(reply)).toMatchObject({ cost: 3 * 38_700_600, input: 6, output: 3870, dropped: null });
    expect(JSON.parse(rowOf(reply).attempts)).toMatchObject([{ units: { images: 3 } }]);
  });

  test("fewer by Gemini where some are refused, which is told; what was made is paid for", async () => {
    const model = "google/gemini-2.5-flash-image";
    const prompt = `Water [sim first=1 id=${crypto.randomUUID()} status=429]`;
    const reply = await client.images.generate({ model, prompt, n: 3 });
    expect(reply.data).toHaveLength(2);
    expect(told(reply).dropped).toEqual(["n"]);
    const { input, output, cost } = rowOf(reply);
    expect(output).toBe(2580);
    expect(cost).toBe(input! * 300 + 2580 * 30_000);
  });

  test("by Gemini at Vertex AI, with its options and those of its maker", async () => {
    const vertex = { api_key: "sk-simulated", base_url: `${google.url}/vertex/v1/projects/p/locations/global` };
    const cloud = await startGateway({ config: { providers: { vertex } } });
    const options = { google: { seed: 7, candidateCount: 2 }, vertex: { imageConfig: { imageSize: "2K" } } };
    const body = {
      model: "google/gemini-2.5-flash-image",
      prompt: "Water",
      size: "1024x1024",
      providerOptions: options,
    };
    const reply = await clientOf(cloud).images.generate(body as never);
    await cloud.stop();
    expect(asked().path).toEndWith("/publishers/google/models/gemini-2.5-flash-image:generateContent");
    expect(bodyOf(asked()).generationConfig).toEqual({
      responseModalities: ["IMAGE"],
      imageConfig: { aspectRatio: "1:1", imageSize: "2K" },
      seed: 7,
    });
    expect(told(reply).dropped).toEqual(["size", "providerOptions.google.candidateCount"]);
    expect(told(reply).routing.finalProvider).toBe("vertex");
  });

  test("in so many dots, where size is told so", async () => {
    const body = { model: "bfl/flux", prompt: "Water", size: "1024x768", response_format: "b64_json", n: 2 };
    const reply = await client.images.generate(body as never);
    expect(asked().path).toBe("/together/v1/images/generations");
    expect(bodyOf(asked())).toEqual({
      model: "flux",
      prompt: "Water",
      n: 2,
      response_format: "base64",
      width: 1024,
      height: 768,
    });
    expect(reply.data!.map(({ b64_json }) => b64_json)).toEqual([pictureOf("Water 0"), pictureOf("Water 1")]);
    expect(told(reply).cost).toBe("0.006");
  });

  test("with the options of who makes it", async () => {
    const options = { google: { imageConfig: { imageSize: "2K" }, seed: 7, responseModalities: ["TEXT"] } };
    const body = { model: "google/gemini-3-pro-image", prompt: "Water", providerOptions: options };
    const reply = await client.images.generate(body as never);
    expect(bodyOf(asked()).generationConfig).toEqual({
      responseModalities: ["IMAGE"],
      imageConfig: { imageSize: "2K" },
      seed: 7,
    });
    expect(told(reply).dropped).toEqual(["providerOptions.google.responseModalities"]);
  });

  test("by another model, where the first fails", async () => {
    const reply = await client.images.generate({
      model: MODEL,
      prompt: "Water [sim model=gpt-image-1 status=503]",
      models: ["google/gemini-2.5-flash-image"],
    } as never);
    expect(reply.data![0]!.b64_json).toBe(pictureOf("Water"));
    expect(told(reply).routing.finalProvider).toBe("google");
    expect(told(reply).routing.modelAttempts).toHaveLength(2);
  });
});

describe("an image is changed", () => {
  test("as a form says: its files and fields reach the provider as they are", async () => {
    const reply = await client.images.edit({
      model: MODEL,
      prompt: "Make it blue",
      image: [
        await toFile(PNG, "one.png", { type: "image/png" }),
        await toFile(PNG, 'zwei "ü".png', { type: "image/png" }),
      ],
      mask: await toFile(PNG, "mask.png", { type: "image/png" }),
      size: "1024x1024",
      n: 1,
    });
    const { path, headers, body } = sent(gateway);
    expect(path).toBe("/openai/v1/images/edits");
    expect(headers["content-type"]).toStartWith("multipart/form-data; boundary=");
    expect(body as unknown).toEqual({ model: "gpt-image-1", prompt: "Make it blue", size: "1024x1024", n: "1" });
    // Two images of 323 tokens at $10, three words at $5, 1,056 tokens of output at $40 a million.
    expect(reply.usage).toMatchObject({ input_tokens: 649, output_tokens: 1056 });
    expect(told(reply).cost).toBe("0.048715");
    expect(rowOf(reply)).toMatchObject({ wire: "openai-image-edits", operation: "image", cost: 48_715_000 });
  });

  test("as JSON says, with the images in it: they are sent as files", async () => {
    const image_url = `data:image/png;base64,${PNG.toString("base64")}`;
    const body = { model: MODEL, prompt: "Make it blue", images: [{ image_url }], mask: { image_url } };
    const reply = await gateway.post("/v1/images/edits", body);
    expect(reply.status).toBe(200);
    const { headers, body: fields } = sent(gateway);
    expect(headers["content-type"]).toStartWith("multipart/form-data; boundary=");
    expect(fields as unknown).toEqual({ model: "gpt-image-1", prompt: "Make it blue" });
  });

  test("as JSON says, with the address of one: it is passed on as it stands", async () => {
    const images = [{ image_url: "https://images.example/one.png" }];
    const reply = await gateway.post("/v1/images/edits", { model: MODEL, prompt: "Make it blue", images });
    expect(reply.status).toBe(200);
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-image-1", prompt: "Make it blue", images });
  });

  test("by Gemini, which is shown it", async () => {
    const reply = await client.images.edit({
      model: "google/gemini-2.5-flash-image",
      prompt: "Make it blue",
      image: await toFile(PNG, "one.png", { type: "image/png" }),
      mask: await toFile(PNG, "mask.png", { type: "image/png" }),
    });
    const inlineData = { mimeType: "image/png", data: PNG.toString("base64") };
    expect(bodyOf(asked()).contents).toEqual([{ role: "user", parts: [{ text: "Make it blue" }, { inlineData }] }]);
    expect(told(reply).dropped).toEqual(["mask"]);
    expect(reply.data![0]!.b64_json).toBe(pictureOf("Make it blue"));
  });

  test("by xAI, which takes one as an object", async () => {
    const reply = await client.images.edit({
      model: "xai/grok-imagine-image",
      prompt: "Make it blue",
      image: await toFile(PNG, "one.png", { type: "image/png" }),
    });
    expect(bodyOf(asked())).toEqual({
      model: "grok-imagine-image",
      prompt: "Make it blue",
      image: { url: `data:image/png;base64,${PNG.toString("base64")}`, type: "image_url" },
    });
    expect(told(reply).cost).toBe("0.02");
  });
});

describe("a stream", () => {
  test("shows an image on its way, and tells in the end what it cost", async () => {
    const stream = await client.images.generate({
      model: MODEL,
      prompt: "Water comes down",
      quality: "low",
      stream: true,
      partial_images: 2,
    });
    const events = await Array.fromAsync(stream);
    expect(bodyOf(sent(gateway))).toMatchObject({ stream: true, partial_images: 2 });
    expect(events.map(({ type, b64_json }) => [type, b64_json])).toEqual([
      ["image_generation.partial_image", pictureOf("Water comes down 0")],
      ["image_generation.partial_image", pictureOf("Water comes down 1")],
      ["image_generation.completed", pictureOf("Water comes down 0")],
    ]);
    const last = events.at(-1)!;
    expect(last).toMatchObject({ usage: { input_tokens: 3, output_tokens: 272 } });
    // 3 tokens at $5, 272 at $40 a million.
    expect(told(last).cost).toBe("0.010895");
    expect(rowOf(last)).toMatchObject({ streamed: true, cost: 10_895_000, output: 272, finish: "stop" });
  });

  test("of an image that is changed", async () => {
    const image = await toFile(PNG, "one.png", { type: "image/png" });
    const stream = await client.images.edit({ model: MODEL, prompt: "Blue", image, stream: true, partial_images: 1 });
    const events = await Array.fromAsync(stream);
    expect(events.map(({ type }) => type)).toEqual(["image_edit.partial_image", "image_edit.completed"]);
    expect(rowOf(events.at(-1)!)).toMatchObject({ wire: "openai-image-edits", streamed: true });
  });

  test("that is cut ends in an error, and is paid for by a guess", async () => {
    const reply = await gateway.post("/v1/images/generations", {
      model: MODEL,
      prompt: "Water [sim cut=1]",
      stream: true,
      partial_images: 3,
    });
    const text = await reply.text();
    expect(text).toContain("image_generation.partial_image");
    expect(text).not.toContain("image_generation.completed");
    expect(text).toContain('"code":"upstream_');
    const row = gateway.row(reply.headers.get("x-request-id")!)!;
    expect(row).toMatchObject({ output: 4160, estimated: true });
    expect(row.error).toStartWith("upstream_");
  });

  test("that fails before anything is shown is begun by another", async () => {
    const reply = await gateway.post("/v1/images/generations", {
      model: MODEL,
      prompt: "Water [sim model=gpt-image-1 error]",
      stream: true,
      models: ["openai/gpt-image-1-mini"],
    });
    const text = await reply.text();
    expect(text).toContain("image_generation.completed");
    expect(text).toContain("gpt-image-1-mini");
  });
});

describe("a form with a name", () => {
  const named = async (name: string, image: string) => {
    const headers = { authorization: `Bearer ${KEY}`, "idempotency-key": name };
    const body = form({ prompt: "x" }, { image });
    const reply = await fetch(`${gateway.url}/v1/images/edits`, { method: "POST", headers, body });
    return { status: reply.status, told: (await reply.json()) as Loose };
  };

  test("is another with another file in it, and the same with the same", async () => {
    const name = crypto.randomUUID();
    expect((await named(name, "one")).status).toBe(200);
    expect(await named(name, "one")).toMatchObject({ status: 409, told: { error: { code: "idempotency_repeated" } } });
    expect(await named(name, "two")).toMatchObject({ status: 422, told: { error: { code: "idempotency_mismatch" } } });
    expect(gateway.simulator.requests).toHaveLength(1);
  });
});

test("files reach the provider to the byte, whatever is in them", async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7 + (at >> 8)) & 255));
  const image = new File([bytes, "\r\n--", bytes], "n\u00f6ise.bin", { type: "image/webp" });
  let heard: { file: File; head: string } | undefined;
  const provider = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const sent = Buffer.from(await request.bytes());
      const { headers } = request;
      const form = await new Response(sent, { headers }).formData();
      // The runtime reads types off names.
      heard = { file: form.get("image") as unknown as File, head: sent.toString("latin1", 0, 2000) };
      return Response.json({ created: 1, data: [{ b64_json: "aQ==" }] });
    },
  });
  const own = await startGateway({
    config: { providers: { openai: { api_key: "sk-1", base_url: `http://127.0.0.1:${provider.port}/v1` } } },
  });
  const reply = await clientOf(own).images.edit({ model: MODEL, prompt: "x", image });
  expect(reply.data).toEqual([{ b64_json: "aQ==" }]);
  expect(heard!.head).toContain("content-type: image/webp\r\n\r\n");
  expect(heard!.file.name).toBe("n\u00f6ise.bin");
  expect(Buffer.from(await heard!.file.arrayBuffer()).equals(Buffer.from(await image.arrayBuffer()))).toBe(true);
  await own.stop();
  await provider.stop(true);
});

describe("refused", () => {
  const generate = (body: object) => failure(client.images.generate(body as never), OpenAI.BadRequestError);

  test.each<[string, object, string, RegExp]>([
    ["no prompt", { model: MODEL }, "prompt", /"prompt" must be given/],
    ["no number of images", { model: MODEL, prompt: "x", n: 0 }, "n", /"n" must be a whole number from 1/],
    ["no such format", { model: MODEL, prompt: "x", response_format: "gif" }, "response_format", /"url", "b64_json"/],
    ["too many of Gemini", { model: "google/gemini-2.5-flash-image", prompt: "x", n: 11 }, "n", /"n" must be 10 at/],
    ["what the model refuses", { model: MODEL, prompt: "x", size: "7x7" }, "size", /Invalid value: '7x7'/],
  ])("is %s", async (_, body, param, message) => {
    const error = await generate(body);
    expect(error.param).toBe(param);
    expect(error.message).toMatch(message);
  });

  test.each(["google/gemini-2.5-flash-image", "xai/grok-imagine-image"])(
    "is a stream, by its name, where images come whole: of %s",
    async (model) => {
      const error = await generate({ model, prompt: "x", stream: true });
      expect(error.message).toMatch(/[`"]stream[`"]/);
      expect(google.requests).toHaveLength(0);
    },
  );

  test("is a model that makes none", async () => {
    const error = await generate({ model: "openai/gpt-4o", prompt: "x" });
    expect(error.message).toContain("images");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("is an image model where talk is wanted", async () => {
    const reply = await gateway.post("/v1/chat/completions", {
      model: MODEL,
      messages: [{ role: "user", content: "x" }],
    });
    expect(reply.status).toBe(400);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test.each(["openai/gpt-image-1", "google/gemini-2.5-flash-image"])(
    "is what %s will not draw, in its own words",
    async (model) => {
      const error = await generate({ model, prompt: "x [sim finish=filter]" });
      expect(error.message).toMatch(/safety system|IMAGE_SAFETY/);
    },
  );

  test.each<[string, () => FormData, string]>([
    ["no image", () => form({ prompt: "x" }), "image"],
    ["an empty one", () => form({ prompt: "x" }, { image: "" }), "image"],
    ["a file where none belongs", () => form({ prompt: "x" }, { image: "a", picture: "b" }), "picture"],
    ["seventeen", () => form({ prompt: "x" }, { image: "a" }, 16), "image"],
    ["a number that is none", () => form({ prompt: "x", n: "many" }, { image: "a" }), "n"],
  ])("are changes of %s", async (_, body, param) => {
    const error = await change(body());
    expect(error).toMatchObject({ code: "invalid_request", param });
  });

  test("is the id of a file beside an address, which might be another client's", async () => {
    const images = [{ image_url: "https://example.com/a.png", file_id: "file-another" }];
    const reply = await gateway.post("/v1/images/edits", { model: MODEL, prompt: "Wetter", images });
    expect(reply.status).toBe(400);
    expect(((await reply.json()) as Loose).error.param).toBe("images[0].image_url");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("are other images than those that were counted, by options of a provider's", async () => {
    const images = [{ image_url: `data:image/png;base64,${PNG.toString("base64")}` }];
    const other = { file_id: "file-another" };
    const providerOptions = { openai: { images: [other, other], mask: other, image: "x" } };
    const reply = await gateway.post("/v1/images/edits", { model: MODEL, prompt: "Wetter", images, providerOptions });
    expect(reply.status).toBe(200);
    const { text } = sent(gateway);
    expect([text.includes("file-another"), text.match(/name="image"/g)?.length]).toEqual([false, 1]);
    expect(told((await reply.json()) as object).dropped.toSorted()).toEqual(
      ["image", "images", "mask"].map((name) => `providerOptions.openai.${name}`),
    );
  });

  test("is the id of a file", async () => {
    const reply = await gateway.post("/v1/images/edits", { model: MODEL, prompt: "x", images: [{ file_id: "f" }] });
    expect(reply.status).toBe(400);
    expect(((await reply.json()) as Loose).error.param).toBe("images[0].image_url");
  });
});

test("the models are listed by what they do", async () => {
  const entry = async (id: string) => (await (await gateway.get(`/v1/models/${id}`)).json()) as Loose;
  const painter = await entry("xai/grok-imagine-image");
  expect(painter).toMatchObject({ type: "image", modalities: { output: ["image"] }, pricing: { image: "0.02" } });
  const talker = await entry("google/gemini-2.5-flash-image");
  expect(talker).toMatchObject({ type: "language", modalities: { output: ["text", "image"] } });
  expect(talker.tags).toContain("image-generation");
  const { data } = (await (await gateway.get("/v1/models/openai/gpt-image-1/endpoints")).json()) as Loose;
  expect(data.architecture.modality).toBe("text→image");
  const { data: newer } = (await (await gateway.get("/v1/models/openai/gpt-image-1.5/endpoints")).json()) as Loose;
  // $32 a million tokens of images, $10 of text.
  expect(data.endpoints[0].pricing).toMatchObject({ completion: "0.00004", image_output: "0.00004" });
  expect((await entry("openai/gpt-image-1")).pricing).toMatchObject({
    image_output: "0.00004",
    image_input: "0.00001",
  });
  expect(newer.endpoints[0].pricing).toMatchObject({ completion: "0.00001", image_output: "0.000032", image: "0" });
});

/** What was asked of the providers that are not the usual ones. */
function asked() {
  expect(google.requests.length).toBeGreaterThan(0);
  return google.requests.at(-1)!;
}

function form(fields: Record<string, string>, files: Record<string, string> = {}, more = 0): FormData {
  const body = new FormData();
  body.append("model", MODEL);
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  for (const [name, text] of Object.entries(files)) body.append(name, new File([text], `${name}.png`));
  for (let at = 0; at < more; at++) body.append("image[]", new File(["a"], `${at}.png`));
  return body;
}

async function change(body: FormData): Promise<Loose> {
  const authorization = `Bearer ${KEY}`;
  const reply = await fetch(`${gateway.url}/v1/images/edits`, { method: "POST", headers: { authorization }, body });
  expect(reply.status).toBe(400);
  return ((await reply.json()) as Loose).error;
}
