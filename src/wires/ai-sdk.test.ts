import { describe, expect, test } from "bun:test";
import { fromByteText, utf8ByteText } from "../core/byte-text.ts";
import type { Closing } from "../core/closing.ts";
import type { HeaderFields } from "../core/headers.ts";
import type { JsonObject } from "../core/json.ts";
import { Readings } from "../core/readings.ts";
import { sizeOf } from "./ai-sdk-image-model/relay.ts";
import { CLOSING, errorOf, leg, STAMP } from "./fixtures/facts.ts";
import { wireNamed } from "./index.ts";
import type { Inbound, LegFacts, Relay } from "./wire.ts";

/** The AI SDK's wires over those that say them: what goes there and what comes back. */

const MODEL = "acme/large";
const headers: HeaderFields = { get: (name) => (name === "ai-model-id" ? MODEL : null) };

const WAYS = {
  embed: ["ai-sdk-embedding-model", "openai-embeddings"],
  image: ["ai-sdk-image-model", "openai-images"],
  edit: ["ai-sdk-image-edits", "openai-image-edits"],
  gemini: ["ai-sdk-image-model", "gemini-images"],
  rerank: ["ai-sdk-reranking-model", "cohere-rerank"],
  voyage: ["ai-sdk-reranking-model", "voyage-rerank"],
  speak: ["ai-sdk-speech-model", "openai-speech"],
  hear: ["ai-sdk-transcription-model", "openai-transcriptions"],
} as const;
type Way = keyof typeof WAYS;

function readingOf(way: Way): Inbound {
  return wireNamed(WAYS[way][0]).inbound!;
}

function codecOf(way: Way): Relay {
  const [client, served] = WAYS[way];
  return wireNamed(served).adapts![client]!;
}

const asked = (way: Way, body: JsonObject) => readingOf(way).read(body, headers);
const sent = (way: Way, body: JsonObject, to: LegFacts = leg()) => codecOf(way).request(asked(way, body), to);

function told(way: Way, body: JsonObject, answer: JsonObject | string, closing: Closing = CLOSING): JsonObject {
  const bytes = utf8ByteText(typeof answer === "string" ? answer : JSON.stringify(answer));
  return JSON.parse(String(codecOf(way).answer(bytes, asked(way, body), STAMP, new Readings())(closing)));
}

const METADATA = CLOSING.metadata;
const TEXTS = { documents: { type: "text", values: ["a", "b"] }, query: "q" };
const PNG = "iVBORw0KGgo=";

describe("a request", () => {
  test.each<[Way, JsonObject, JsonObject]>([
    ["embed", { values: ["a"], dimensions: 8 }, { input: ["a"], encoding_format: "float", dimensions: 8 }],
    ["embed", { input: "a" }, { input: "a", encoding_format: "float" }],
    ["image", { prompt: "p", n: 2, size: "1x1" }, { prompt: "p", n: 2, size: "1x1", response_format: "b64_json" }],
    ["rerank", { ...TEXTS, topN: 1 }, { query: "q", documents: ["a", "b"], top_n: 1 }],
    ["voyage", { ...TEXTS, topN: 1 }, { query: "q", documents: ["a", "b"], top_k: 1 }],
    ["speak", { text: "t", outputFormat: "wav" }, { input: "t", voice: "alloy", response_format: "wav" }],
    ["hear", { audio: "UklGRg==", mediaType: "audio/wav" }, { response_format: "json" }],
  ])("to %s", (way, body, expected) => {
    expect(sent(way, body)).toMatchObject({ body: { ...expected, model: "large-2026" }, dropped: [] });
  });

  test("keeps the client's body as it was, and the model of the header in it", () => {
    const body = { values: ["a"], providerOptions: { acme: { user: "u" }, gateway: { tags: ["t"] } } };
    const before = structuredClone(body);
    const ask = asked("embed", body);
    expect(codecOf("embed").request(ask, leg()).body).toMatchObject({ user: "u", model: "large-2026" });
    expect(body).toEqual(before);
    expect(ask).toMatchObject({ model: MODEL, stream: false, gateway: { options: { tags: ["t"] } } });
  });

  test.each<[Way, JsonObject, string[]]>([
    ["embed", { values: ["a"], truncate: "END" }, ["truncate"]],
    ["image", { prompt: "p", aspectRatio: "16:9", seed: 7 }, ["aspectRatio", "seed"]],
    ["speak", { text: "t", language: "en" }, ["language"]],
    ["rerank", { ...TEXTS, rankFields: ["a"] }, ["rankFields"]],
    ["hear", { audio: "UklGRg==", mediaType: "audio/wav", diarize: true }, ["diarize"]],
  ])("to %s tells what is left out of it", (way, body, dropped) => {
    expect(sent(way, body).dropped.toSorted()).toEqual(dropped);
  });

  test("has the file of its body beside it, and not in it", () => {
    const audio = Buffer.from("sound").toString("base64");
    const ask = asked("hear", { audio, mediaType: "audio/mpeg" });
    expect(ask.body).toEqual({ mediaType: "audio/mpeg", model: MODEL });
    const [file] = codecOf("hear").request(ask, leg()).files!;
    expect(file).toMatchObject({ field: "file", name: "audio.mp3", mediaType: "audio/mpeg" });
    expect(Buffer.from(file!.bytes).toString()).toBe("sound");
  });

  test.each([
    ["audio/wav", "audio.wav"],
    ["audio/x-wav", "audio.wav"],
    ["audio/webm;codecs=opus", "audio.webm"],
    ["audio/x-m4a", "audio.m4a"],
    ["audio/../../etc/passwd", "audio.wav"],
    ["nonsense", "audio.wav"],
    ["audio/__proto__", "audio.__proto__"],
  ])("a sound of %s is called %s", (mediaType, name) => {
    expect(asked("hear", { audio: "UklGRg==", mediaType }).files![0]!.name).toBe(name);
  });

  test("has images to change as files, or by their addresses where one lies elsewhere", () => {
    const file = { type: "file", data: PNG, mediaType: "image/png" };
    const data = { type: "url", url: `data:image/webp;base64,${PNG}` };
    const ask = readingOf("image").read({ prompt: "p", files: [file, data], mask: file }, headers);
    expect(ask.wire).toBe("ai-sdk-image-edits");
    const { files, body } = codecOf("edit").request(ask, leg());
    expect(files!.map(({ field, name }) => [field, name])).toEqual([
      ["image[]", "0.png"],
      ["image[]", "1.webp"],
      ["mask", "2.png"],
    ]);
    expect(body).toEqual({ prompt: "p", model: "large-2026", response_format: "b64_json" });
    const there = { type: "url", url: "https://example.com/a.png" };
    const elsewhere = readingOf("image").read({ prompt: "p", files: [file, there] }, headers);
    expect(codecOf("edit").request(elsewhere, leg())).toMatchObject({
      body: { images: [{ image_url: `data:image/png;base64,${PNG}` }, { image_url: there.url }] },
    });
  });

  test("has a shape in the words of who takes one", () => {
    const body = { prompt: "p", aspectRatio: "16:9" };
    expect(sent("image", body, leg("image-shapes"))).toMatchObject({ body: { aspect_ratio: "16:9" }, dropped: [] });
    expect(sent("image", body, leg("image-dimensions")).body).toMatchObject({ width: 1376, height: 768 });
    const { generationConfig } = sent("gemini", body).body;
    expect(generationConfig).toMatchObject({ imageConfig: { aspectRatio: "16:9" } });
    expect(sent("gemini", body).dropped).toEqual([]);
    expect(sent("gemini", { prompt: "p", size: "1024x1024" }).dropped).toEqual(["size"]);
  });

  test.each([
    ["1:1", "1024x1024"],
    ["2:3", "832x1248"],
    ["21:9", "1568x672"],
    ["1:999", "32x32352"],
  ])("%s is about a megapixel: %s", (ratio, size) => expect(sizeOf(ratio)).toBe(size));

  test.each<[Way, string]>([
    ["embed", "embedding"],
    ["image", "image"],
    ["edit", "image"],
    ["rerank", "reranking"],
    ["speak", "speech"],
    ["hear", "transcription"],
  ])("to %s of a specification that nobody knows is refused by the header", (way, kind) => {
    const name = `ai-${kind}-model-specification-version`;
    const of = (version: string): HeaderFields => ({
      get: (field) => (field === name ? version : headers.get(field)),
    });
    const error = errorOf(() => readingOf(way).read({}, of("9")));
    expect(error).toMatchObject({ code: "invalid_request", details: { param: name } });
    expect(errorOf(() => readingOf(way).read({}, of("4"))).details.param).not.toBe(name);
  });

  test("without the header is refused by its name, and with nonsense in it by that", () => {
    for (const way of Object.keys(WAYS) as Way[]) {
      const inbound = readingOf(way);
      expect(errorOf(() => inbound.read({})).details.param).toBe("ai-model-id");
      expect(errorOf(() => inbound.read({}, headers)).code).toBe("invalid_request");
    }
  });
});

describe("a reply", () => {
  const beside = { warnings: [], providerMetadata: METADATA };

  test("has vectors in the order of the values", () => {
    const data = [
      { index: 1, embedding: [3] },
      { index: 0, embedding: [1, 2] },
    ];
    const usage = { prompt_tokens: 11, total_tokens: 11 };
    expect(told("embed", { values: ["a", "b"] }, { data, usage })).toEqual({
      ...beside,
      embeddings: [[1, 2], [3]],
      usage: { tokens: 11 },
    });
    const untold = { ...CLOSING, usage: undefined };
    expect(told("embed", { values: ["a"] }, { data }, untold)).not.toHaveProperty("usage");
  });

  test("has images alone, and a list of them in what each provider tells", () => {
    const metadata = { gateway: { generationId: "g" }, acme: { quality: "low" } };
    const answer = { data: [{ b64_json: PNG }, { url: `data:image/png;base64,${PNG}` }] };
    expect(told("image", { prompt: "p" }, answer, { ...CLOSING, metadata })).toEqual({
      images: [PNG, PNG],
      usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
      warnings: [],
      providerMetadata: { gateway: { generationId: "g" }, acme: { images: [], quality: "low" } },
    });
  });

  test("has no image that only lies somewhere", () => {
    const answer = { data: [{ b64_json: PNG }, { url: "https://example.com/a.png" }] };
    expect(errorOf(() => told("image", { prompt: "p" }, answer)).code).toBe("upstream_malformed");
  });

  test("has a ranking in its order", () => {
    const results = [
      { index: 1, relevance_score: 0.7 },
      { index: 0, relevance_score: 0.5 },
    ];
    const ranking = [
      { index: 1, relevanceScore: 0.7 },
      { index: 0, relevanceScore: 0.5 },
    ];
    expect(told("rerank", TEXTS, { results })).toEqual({ ...beside, ranking });
    expect(told("voyage", TEXTS, { data: results })).toEqual({ ...beside, ranking });
  });

  test("has sound in base64, and is JSON", () => {
    const sound = "ID3\u00ff\u0000sound";
    const readings = new Readings();
    readings.contentType = "audio/mpeg";
    const close = codecOf("speak").answer(sound, asked("speak", { text: "t" }), STAMP, readings);
    expect(JSON.parse(String(close(CLOSING)))).toEqual({
      ...beside,
      audio: fromByteText(sound).toString("base64"),
    });
    expect(readings).toMatchObject({ contentType: undefined, ended: true });
  });

  test.each(["", "<html>"])("of %p in place of sound is none", (bytes) => {
    const readings = new Readings();
    readings.contentType = bytes === "" ? "audio/mpeg" : "text/html";
    const run = () => codecOf("speak").answer(bytes, asked("speak", { text: "t" }), STAMP, readings);
    expect(errorOf(run).code).toBe("upstream_malformed");
  });

  test("has the pieces of a transcript with their times, where they are told", () => {
    const body = { audio: "UklGRg==", mediaType: "audio/wav" };
    const piece = { text: "Water", start: 0, end: 1.5, id: 0 };
    const word = { word: "Water", start: 0, end: 1 };
    expect(told("hear", body, { text: "Water" })).toEqual({ ...beside, text: "Water", segments: [] });
    expect(
      told("hear", body, {
        text: "Water",
        language: "english",
        duration: 1.5,
        segments: [piece, { text: 5 }],
        words: [word],
      }),
    ).toEqual({
      ...beside,
      text: "Water",
      segments: [{ text: "Water", startSecond: 0, endSecond: 1.5 }],
      words: [{ text: "Water", startSecond: 0, endSecond: 1 }],
      language: "english",
      durationInSeconds: 1.5,
    });
    const [only] = told("hear", body, { text: "Water", words: [word] }).segments as JsonObject[];
    expect(only).toEqual({ text: "Water", startSecond: 0, endSecond: 1 });
  });

  test("has warnings as each edition knows them", () => {
    const warnings = [{ type: "unsupported", feature: "seed" }];
    const closing = { ...CLOSING, metadata: { gateway: { warnings } } };
    const answer = { data: [{ b64_json: PNG }] };
    expect(told("image", { prompt: "p" }, answer, closing).warnings).toEqual(warnings);
    const { v2 } = wireNamed("ai-sdk-image-model").editions!;
    const old = codecOf("image").answer(
      utf8ByteText(JSON.stringify(answer)),
      v2!.read({ prompt: "p" }, headers),
      STAMP,
      new Readings(),
    );
    expect(JSON.parse(String(old(closing))).warnings).toEqual([
      { type: "other", message: '"seed" is not supported, and was left out.' },
    ]);
  });
});
