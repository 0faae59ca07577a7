import { afterAll, beforeAll, expect, test } from "bun:test";
import { isObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/server.ts";
import { type RunningGateway, startGateway } from "../../support/gateway.ts";
import type { Loose } from "./client.ts";

/** What no SDK would send, at any place of a body: it is served or refused in the SDK's shape, and nothing breaks. */

let others: Simulator;
let gateway: RunningGateway;
beforeAll(async () => {
  others = startSimulator();
  const at = (path: string) => ({ api_key: "sk-simulated", base_url: `${others.url}${path}` });
  gateway = await startGateway({
    config: { providers: { cohere: at(""), google: at("/v1beta"), xai: at("/xai/v1") } },
  });
});
afterAll(async () => {
  await gateway.stop();
  others.stop();
});

const PNG = "iVBORw0KGgo=";
const options = { openai: { user: "u" }, google: { imageConfig: {} }, gateway: { tags: ["t"], order: ["openai"] } };
const BODIES: readonly [kind: string, model: string, body: JsonObject][] = [
  ["embedding", "openai/text-embedding-3-small", { values: ["a", "b"], dimensions: 8, providerOptions: options }],
  ["embedding", "openai/text-embedding-3-small", { input: "a" }],
  [
    "image",
    "openai/gpt-image-1",
    {
      prompt: "p",
      n: 1,
      size: "1024x1024",
      aspectRatio: "1:1",
      seed: 1,
      files: [
        { type: "file", data: PNG, mediaType: "image/png" },
        { type: "url", url: "https://example.com/a.png" },
      ],
      mask: { type: "file", data: PNG, mediaType: "image/png" },
      providerOptions: options,
    },
  ],
  ["image", "google/gemini-2.5-flash-image", { prompt: "p", n: 1, aspectRatio: "1:1", providerOptions: options }],
  ["image", "xai/grok-imagine-image", { prompt: "p", n: 1, aspectRatio: "1:1", providerOptions: options }],
  [
    "reranking",
    "cohere/rerank-v3.5",
    { documents: { type: "object", values: [{ a: "b" }] }, query: "q", topN: 1, providerOptions: options },
  ],
  [
    "speech",
    "openai/tts-1",
    {
      text: "t",
      voice: "v",
      outputFormat: "mp3",
      instructions: "i",
      speed: 1,
      language: "en",
      providerOptions: options,
    },
  ],
  [
    "transcription",
    "openai/whisper-1",
    { audio: "UklGRg==", mediaType: "audio/wav", timestampGranularities: ["word"], providerOptions: options },
  ],
];

const WORDS: readonly JsonValue[] = [
  null,
  5,
  -1,
  1.5,
  true,
  "",
  "x",
  "\u0000",
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  { type: "x" },
];

/** The body with each of the words at each of its places, members left out among them. */
function* spoilt(body: JsonObject, path: readonly (string | number)[] = []): Generator<JsonObject> {
  const at = path.reduce<Loose>((value, step) => value[step], body);
  const steps = Array.isArray(at) ? [...at.keys()] : isObject(at) ? Object.keys(at) : [];
  for (const step of steps) {
    const here = [...path, step];
    for (const word of [...WORDS, undefined]) {
      const copy = structuredClone(body);
      const holder = path.reduce<Loose>((value, one) => value[one], copy);
      holder[step] = word;
      yield copy;
    }
    yield* spoilt(body, here);
  }
}

test.each(BODIES)("in the body of %s for %s", async (kind, model, body) => {
  const headers = { "ai-model-id": model };
  const send = (told: JsonObject) => gateway.post(`/v4/ai/${kind}-model`, told, headers);
  const wrong: string[] = [];
  const statuses = new Map<number, number>();
  for (const told of spoilt(body)) {
    const reply = await send(told);
    const answer: Loose = await reply.json();
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    const isTold =
      reply.status === 200 || (typeof answer.error?.message === "string" && answer.error.type !== undefined);
    // What only the provider can refuse is a 4xx of its own: a 5xx would be a fault of somebody's.
    if (reply.status >= 500 || !isTold) wrong.push(`${reply.status} ${JSON.stringify([told, answer]).slice(0, 400)}`);
  }
  expect(wrong).toEqual([]);
  expect(statuses.get(400) ?? 0).toBeGreaterThan(10);
});
