import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { formOf } from "../../../src/simulator/multipart.ts";
import { SOUND_TYPES, soundHead, soundOfToken } from "../../../src/simulator/openai/sound.ts";
import { countTokens } from "../../../src/simulator/tokens.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, sent } from "../client.ts";
import { failureOf, type Loose, providerOf, SDKS } from "./client.ts";

/** Speech and transcriptions, which the SDK's gateway provider has from its major 6 on. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const TEXT = "Water comes down the channel.";
const BY_CHARACTERS = "openai/tts-1";
const BY_SECONDS = "openai/whisper-1";
const BY_TOKENS = "openai/gpt-4o-transcribe";
const NEWER = SDKS.filter(({ major }) => major > 5);

/** What the simulator makes of so many tokens. */
const soundOf = (tokens: number, format: string) =>
  Buffer.from(soundHead(format) + soundOfToken(format).repeat(tokens), "latin1");

describe.each(NEWER)("speech of ai $major", (sdk) => {
  const speak = sdk.ai.generateSpeech ?? sdk.ai.experimental_generateSpeech;
  const model = (id: string) => providerOf(sdk, gateway).speechModel(id);

  test("is the sound that the provider made, with what it cost", async () => {
    const { audio, providerMetadata, warnings } = await speak({ model: model(BY_CHARACTERS), text: TEXT });
    expect(Buffer.from(audio.uint8Array)).toEqual(soundOf(countTokens(TEXT), "mp3"));
    expect(audio.mediaType).toStartWith("audio/");
    expect(warnings).toEqual([]);
    const { routing, generationId, cost } = providerMetadata.gateway;
    expect(routing.finalProvider).toBe("openai");
    const row = gateway.row(generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-speech-model", requested: BY_CHARACTERS, streamed: false, error: null });
    // $15 for a million characters.
    expect(row.cost).toBe(TEXT.length * 15_000);
    expect(Math.round(Number(cost) * 1e9)).toBe(row.cost!);
    expect(bodyOf(sent(gateway))).toEqual({ model: "tts-1", voice: "alloy", input: TEXT });
  });

  test.each(Object.keys(SOUND_TYPES))("in %s", async (outputFormat) => {
    const { audio } = await speak({ model: model(BY_CHARACTERS), text: TEXT, outputFormat });
    expect(Buffer.from(audio.uint8Array)).toEqual(soundOf(countTokens(TEXT), outputFormat));
  });

  test("takes all that may be said of it, and tells what the provider has no word for", async () => {
    const { warnings } = await speak({
      model: model("openai/gpt-4o-mini-tts"),
      text: TEXT,
      voice: "coral",
      instructions: "Whisper.",
      speed: 1.5,
      language: "en",
      providerOptions: { openai: { streamFormat: "audio" }, gateway: { tags: ["blue"] } },
    });
    expect(bodyOf(sent(gateway))).toMatchObject({ voice: "coral", instructions: "Whisper.", speed: 1.5, input: TEXT });
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "language" }]);
  });

  test("what fails is the SDK's own error", async () => {
    const ask = (text: string, id = BY_CHARACTERS, more: object = {}) =>
      failureOf(speak({ model: model(id), text, maxRetries: 0, ...more }));
    const none = await ask(TEXT, "openai/tts-9");
    expect([none.name, none.statusCode, none.modelId]).toEqual(["GatewayModelNotFoundError", 404, "openai/tts-9"]);
    const format = await ask(TEXT, BY_CHARACTERS, { outputFormat: "midi" });
    expect([format.name, format.message.includes("outputFormat")]).toEqual(["GatewayInvalidRequestError", true]);
    expect(gateway.simulator.requests).toHaveLength(0);
    const busy = await ask("[sim status=429]");
    expect([busy.name, busy.isRetryable]).toEqual(["GatewayRateLimitError", true]);
    const broken = await ask("[sim garbage]");
    expect([broken.name, broken.statusCode]).toEqual(["GatewayInternalServerError", 502]);
  });

  test("another speaks where the first fails", async () => {
    const { audio, providerMetadata } = await speak({
      model: model("openai/tts-1-hd"),
      text: `[sim model=tts-1-hd status=503] ${TEXT}`,
      providerOptions: { gateway: { models: [BY_CHARACTERS] } },
    });
    expect(audio.uint8Array.length).toBeGreaterThan(0);
    expect(gateway.row(providerMetadata.gateway.generationId)!.model).toBe(BY_CHARACTERS);
  });
});

describe.each(NEWER)("transcriptions of ai $major", (sdk) => {
  const hear = sdk.ai.transcribe ?? sdk.ai.experimental_transcribe;
  const model = (id: string) => providerOf(sdk, gateway).transcriptionModel(id);
  const audio = soundOf(20, "wav");

  test("are the words of the sound, with its pieces and how long it was", async () => {
    const result = await hear({ model: model(BY_SECONDS), audio });
    expect(result.text).not.toBe("");
    expect(result.segments.length).toBeGreaterThan(0);
    for (const one of result.segments)
      expect(one).toEqual({ text: expect.any(String), startSecond: expect.any(Number), endSecond: expect.any(Number) });
    expect(result.durationInSeconds).toBeGreaterThan(0);
    const { generationId, cost } = result.providerMetadata.gateway;
    const row = gateway.row(generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-transcription-model", requested: BY_SECONDS, error: null });
    // $0.006 a minute: a hundred millionths of a dollar a second.
    expect(row.cost).toBe(Math.ceil(result.durationInSeconds) * 100_000);
    expect(Math.round(Number(cost) * 1e9)).toBe(row.cost!);
  });

  test("of a model that tells the words alone", async () => {
    const result = await hear({ model: model(BY_TOKENS), audio });
    expect([result.text !== "", result.segments]).toEqual([true, []]);
    const { headers, text } = sent(gateway);
    const [{ filename, type, data }] = formOf(headers["content-type"]!, text)!.files.file as Loose;
    expect([filename, type, Buffer.from(data, "latin1").equals(audio)]).toEqual(["audio.wav", "audio/wav", true]);
    expect(bodyOf(sent(gateway)).response_format).toBe("json");
  });

  test("of the largest file that OpenAI takes fit without a word, and no other body is that large", async () => {
    const large = Buffer.concat([audio, Buffer.alloc(26_214_400 - audio.length)]);
    const result = await hear({ model: model(BY_TOKENS), audio: large });
    expect(result.text).not.toBe("");
    const { headers, text } = sent(gateway);
    expect((formOf(headers["content-type"]!, text)!.files.file as Loose)[0].data).toHaveLength(large.length);
    const text64 = large.toString("base64");
    expect((await gateway.post("/v1/audio/speech", { model: BY_CHARACTERS, input: text64 })).status).toBe(413);
    const larger = Buffer.alloc(34_000_000).toString("base64");
    const error = await failureOf(model(BY_TOKENS).doGenerate({ audio: larger, mediaType: "audio/wav" }));
    expect(error.statusCode).toBe(413);
  });

  test("go to the provider with the options that are its own", async () => {
    const providerOptions = { openai: { language: "en", prompt: "Gates." }, gateway: { user: "ada" } };
    const result = await hear({ model: model(BY_SECONDS), audio, providerOptions });
    expect(bodyOf(sent(gateway))).toEqual({
      model: "whisper-1",
      response_format: "verbose_json",
      language: "en",
      prompt: "Gates.",
    });
    expect(result.warnings).toEqual([]);
    expect(gateway.row(result.providerMetadata.gateway.generationId)!.user).toBe("ada");
  });

  test("other sound than was sent, somewhere else, is not written down", async () => {
    const providerOptions = { mistral: { fileUrl: "https://example.com/a-day.mp3" } };
    const call = model(BY_SECONDS).doGenerate({ audio: "UklGRg==", mediaType: "audio/wav", providerOptions });
    const error = await failureOf(call);
    expect(error).toMatchObject({ name: "GatewayInvalidRequestError", statusCode: 400 });
    expect(error.message).toContain("providerOptions.mistral.fileUrl");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("what fails is the SDK's own error", async () => {
    const ask = (id: string, more: object = {}) => failureOf(hear({ model: model(id), audio, maxRetries: 0, ...more }));
    const none = await ask("openai/whisper-9");
    expect([none.name, none.statusCode]).toEqual(["GatewayModelNotFoundError", 404]);
    const speaker = await ask(BY_CHARACTERS);
    expect([speaker.name, speaker.message.includes("not offered for transcription")]).toEqual([
      "GatewayInvalidRequestError",
      true,
    ]);
    expect(gateway.simulator.requests).toHaveLength(0);
    const failing = await ask(BY_SECONDS, { providerOptions: { openai: { prompt: "[sim status=529]" } } });
    expect([failing.name, failing.statusCode]).toEqual(["GatewayInternalServerError", 503]);
  });

  test("a body that is none is refused by name", async () => {
    for (const [body, param] of [
      [{}, "audio"],
      [{ audio: "", mediaType: "audio/wav" }, "audio"],
      [{ audio: "eA==" }, "mediaType"],
      [{ audio: 5, mediaType: "audio/wav" }, "audio"],
      [{ audio: "eA==", mediaType: "audio/wav", timestampGranularities: ["year"] }, "timestampGranularities[0]"],
      [{ audio: "!", mediaType: "audio/wav" }, "audio"],
    ] as [Loose, string][]) {
      const reply = await gateway.post(`${sdk.path}/transcription-model`, body, { "ai-model-id": BY_SECONDS });
      const { error } = await jsonOf(reply);
      expect([body, reply.status, error.param]).toEqual([body, 400, param]);
    }
  });
});
