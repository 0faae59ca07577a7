import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { SOUND_TYPES, soundHead, soundOfToken } from "../../src/simulator/openai/sound.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { watchLedger } from "../faults/ledger.ts";
import { chunksOf, jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { bodyOf, clientOf, failure, type Loose, sent } from "./client.ts";

const BY_CHARACTERS = "openai/tts-1";
const BY_TOKENS = "openai/gpt-4o-mini-tts";
const TEXT = "Water comes down the channel.";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const say = (input: string, more: object = {}) => ({ model: BY_CHARACTERS, voice: "alloy", input, ...more });
const idOf = (response: Response) => response.headers.get("x-request-id")!;

/** What the simulator makes of so many tokens. */
const soundOf = (tokens: number, format: string) =>
  Buffer.from(soundHead(format) + soundOfToken(format).repeat(tokens), "latin1");

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe("sound", () => {
  test("comes as the provider made it, under its content type", async () => {
    const response = await client.audio.speech.create(say(TEXT));
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect(response.headers.get("x-content-type-options")).toBeNull();
    expect(await bytesOf(response)).toEqual(soundOf(countTokens(TEXT), "mp3"));
    expect(bodyOf(sent(gateway))).toEqual({ model: "tts-1", voice: "alloy", input: TEXT });
    expect(sent(gateway).headers.accept).toBe("*/*");
  });

  test.each(Object.entries(SOUND_TYPES))("in %s", async (format, type) => {
    const response = await client.audio.speech.create(say(TEXT, { response_format: format }));
    expect(response.headers.get("content-type")).toBe(type);
    expect(await bytesOf(response)).toEqual(soundOf(countTokens(TEXT), format));
  });

  test("of bytes that are no text survives whatever pieces it comes in", async () => {
    const response = await client.audio.speech.create(
      say("[sim tokens=3 bytes=1000 every=0]", { response_format: "wav" }),
    );
    expect(await bytesOf(response)).toEqual(soundOf(3, "wav"));
  });

  test("takes all that OpenAI's clients may say, and what others have beside it", async () => {
    const told = { instructions: "Whisper.", speed: 1.5, stream_format: "audio", response_format: "pcm" };
    const response = await client.audio.speech.create(say(TEXT, { model: BY_TOKENS, ...told }) as Loose);
    await response.arrayBuffer();
    expect(bodyOf(sent(gateway))).toMatchObject(told);
    gateway.simulator.forget();
    const groq = { model: "lab/speaker", sample_rate: 8000, providerOptions: { groq: { voiceMix: "a" } } };
    const other = await startGateway({
      config: {
        providers: { groq: { api_key: "sk-test", base_url: `${gateway.simulator.url}/groq/v1`, models: [LAB] } },
      },
    });
    await (await clientOf(other).audio.speech.create(say(TEXT, groq) as Loose)).arrayBuffer();
    expect(bodyOf(sent(gateway))).toMatchObject({ model: "speaker", sample_rate: 8000, voice_mix: "a" });
    await other.stop();
  });

  test("that its provider tells in JSON comes in bytes as well", async () => {
    const response = await client.audio.speech.create(say(TEXT, { model: "mistral/voxtral-mini-tts-3" }));
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect(await bytesOf(response)).toEqual(soundOf(countTokens(TEXT), "mp3"));
    // $13 a million characters.
    expect(gateway.row(idOf(response))).toMatchObject({ cost: TEXT.length * 13_000, estimated: false });
  });

  test("of a provider with words of its own is asked for in those", async () => {
    const xai = { api_key: "sk-test", base_url: `${gateway.simulator.url}/xai/v1` };
    const other = await startGateway({ config: { providers: { xai } } });
    const asked = say(TEXT, { model: "xai/grok-tts", voice: "eve", response_format: "wav" });
    const response = await clientOf(other).audio.speech.create(asked);
    expect(response.headers.get("content-type")).toBe("audio/wav");
    expect(await bytesOf(response)).toEqual(soundOf(countTokens(TEXT), "wav"));
    expect(sent(gateway).path).toEndWith("/tts");
    expect(bodyOf(sent(gateway))).toEqual({
      text: TEXT,
      language: "auto",
      voice_id: "eve",
      output_format: { codec: "wav" },
    });
    expect(other.row(idOf(response))).toMatchObject({ mode: "transcode", cost: null });
    // What it costs nobody has written.
    const { data } = await jsonOf(await other.get(`/v1/generation?id=${idOf(response)}`));
    expect(data).toMatchObject({ total_cost: 0, unpriced: true });
    await other.stop();
  });

  test("goes out while it is made: the first of it before the last is there", async () => {
    const response = await client.audio.speech.create(say("[sim tokens=9 silence=1]", { response_format: "pcm" }));
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(Buffer.from(first.value!)).toEqual(soundOf(1, "pcm"));
    await reader.cancel();
    await until(() => gateway.row(idOf(response)) !== undefined);
    expect(gateway.row(idOf(response))).toMatchObject({ error: "client_closed", cost: 24 * 15_000 });
  });

  test("waits with its provider for who does not take it", async () => {
    const response = await fetch(`${gateway.url}/v1/audio/speech`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify(say("[sim tokens=endless every=0]", { response_format: "pcm" })),
    });
    const reader = response.body!.getReader();
    await reader.read();
    const { counters } = gateway.simulator;
    for (let seen = -1; seen !== counters.bytes; ) {
      seen = counters.bytes;
      for (let i = 0; i < 300; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    // What the buffers of two connections hold.
    expect(counters.bytes).toBeLessThan(64 * 1024 * 1024);
    await reader.cancel();
    await until(() => gateway.row(idOf(response)) !== undefined);
  });
});

const LAB = { id: "lab/speaker", type: "speech", price: { characters: 10 } };

/** Resolves once it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe("what it cost", () => {
  test("is the price of its characters, each of them once", async () => {
    const text = "Grüße 👍🏽!";
    const response = await client.audio.speech.create(say(text));
    await response.arrayBuffer();
    // Nine characters at $15 a million: 15,000 nanodollars each.
    const row = gateway.row(idOf(response))!;
    expect(row).toMatchObject({ operation: "speech", cost: 9 * 15_000, estimated: false, streamed: true, error: null });
    expect(row.finish).toBe("stop");
    expect(JSON.parse(row.attempts)[0].units).toEqual({ characters: 9 });
  });

  test("is told of one generation, at once", async () => {
    const response = await client.audio.speech.create(say(TEXT));
    await response.arrayBuffer();
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${idOf(response)}`));
    expect(data).toMatchObject({ id: idOf(response), model: BY_CHARACTERS, provider_name: "openai" });
    expect(data.total_cost).toBeCloseTo(TEXT.length * 15e-6, 12);
  });

  test("is the price of the tokens that the last event tells", async () => {
    const response = await client.audio.speech.create(say(TEXT, { model: BY_TOKENS, stream_format: "sse" }));
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const events = chunksOf(await response.text());
    const input = countTokens(TEXT);
    const output = 2 * input;
    expect(events.slice(0, -1).every(({ type }) => type === "speech.audio.delta")).toBe(true);
    const sound = events.slice(0, -1).map(({ audio }) => Buffer.from(audio, "base64"));
    expect(Buffer.concat(sound)).toEqual(soundOf(input, "mp3"));
    const cost = input * 600 + output * 12_000;
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: "speech.audio.done",
      usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
      providerMetadata: { gateway: { generationId: idOf(response) } },
    });
    expect(Math.round(Number(last.providerMetadata.gateway.cost) * 1e9)).toBe(cost);
    expect(gateway.row(idOf(response))).toMatchObject({ input, output, cost, estimated: false });
  });

  test("is estimated by how much sound there was, where bytes cannot tell", async () => {
    const response = await client.audio.speech.create(
      say("[sim tokens=100]", { model: BY_TOKENS, response_format: "pcm" }),
    );
    await response.arrayBuffer();
    // 9.6 seconds of sound, 1,250 tokens a minute.
    const row = gateway.row(idOf(response))!;
    expect(row).toMatchObject({ output: 200, estimated: true });
    expect(row.cost).toBe(row.input! * 600 + 200 * 12_000);
  });
});

test("who leaves before there is any of it pays for what was asked", async () => {
  const ledger = watchLedger(gateway);
  const controller = new AbortController();
  const text = "[sim silence=0]Water.";
  const call = client.audio.speech.create(say(text), { signal: controller.signal }).catch((error: Error) => error);
  await gateway.simulator.when(({ status }) => status === 200);
  controller.abort();
  await ledger.at(0);
  expect(await call).toBeInstanceOf(OpenAI.APIUserAbortError);
  expect(ledger.rows[0]).toMatchObject({ error: "client_closed", cost: text.length * 15_000, estimated: true });
});

describe("failures", () => {
  test("before any sound are another provider's to mend", async () => {
    const models = ["openai/tts-1-hd"];
    const response = await client.audio.speech.create(say("[sim model=tts-1 status=503]Hi.", { models }) as Loose);
    expect(await bytesOf(response)).toEqual(soundOf(countTokens("Hi."), "mp3"));
    const row = gateway.row(idOf(response))!;
    expect(row).toMatchObject({ model: "openai/tts-1-hd", error: null });
    expect(JSON.parse(row.attempts)).toHaveLength(2);
  });

  test.each([
    ["a page where sound was asked for", "[sim model=tts-1 garbage]"],
    ["JSON where sound was asked for", "[sim model=tts-1 error-200]"],
    ["a connection that is closed before the first byte", "[sim model=tts-1 cut]"],
    ["a head without anything behind it", "[sim model=tts-1 eof=0]"],
  ])("%s is one", async (_, directive) => {
    const models = ["openai/tts-1-hd"];
    const response = await client.audio.speech.create(say(`${directive}Hi.`, { models }) as Loose);
    expect(await bytesOf(response)).toEqual(soundOf(countTokens("Hi."), "mp3"));
    expect(gateway.row(idOf(response))).toMatchObject({ model: "openai/tts-1-hd", error: null });
  });

  test("in the middle break the reply off, and all characters are paid", async () => {
    const read = async (fault: string) => {
      const text = `[sim tokens=9 ${fault}]`;
      const response = await client.audio.speech.create(say(text, { response_format: "pcm" }));
      const size = await response.arrayBuffer().then(
        ({ byteLength }) => byteLength,
        () => "broken off",
      );
      await until(() => gateway.row(idOf(response)) !== undefined);
      const { error, finish, cost } = gateway.row(idOf(response))!;
      return { size, error, finish, cost: cost! / text.length };
    };
    const [whole, ...broken] = await Promise.all(["every=1ms", "cut=2", "reset=2"].map(read));
    expect(whole).toEqual({ size: soundOf(9, "pcm").length, error: null, finish: "stop", cost: 15_000 });
    for (const one of broken) {
      expect(one.error).toMatch(/^upstream_(reset|truncated)$/);
      expect(one).toMatchObject({ size: "broken off", finish: null, cost: 15_000 });
    }
  }, 60_000);

  test("in events end in an event", async () => {
    const response = await client.audio.speech.create(
      say("[sim tokens=9 error=2]", { model: BY_TOKENS, stream_format: "sse" }),
    );
    const events = chunksOf(await response.text());
    expect(events.at(-1)).toMatchObject({ error: { code: "upstream_error" }, generationId: idOf(response) });
    expect(events.some(({ type }) => type === "speech.audio.done")).toBe(false);
  });

  test("of everybody are told in OpenAI's words", async () => {
    const error = await failure(client.audio.speech.create(say("[sim status=503]")), OpenAI.InternalServerError);
    expect(error.status).toBe(503);
    expect(error.headers?.get("retry-after")).not.toBeNull();
    const limited = await failure(client.audio.speech.create(say("[sim status=429]")), OpenAI.RateLimitError);
    expect(limited.code).toBe("upstream_rate_limited");
  });
});

describe("refused", () => {
  test.each([
    ["no text", { input: undefined }, "input"],
    ["an empty text", { input: "" }, "input"],
    ["a list of texts", { input: ["a"] }, "input"],
    ["a voice of nothing", { voice: "" }, "voice"],
    ["a voice that is a number", { voice: 3 }, "voice"],
    ["a format that nobody knows", { response_format: "midi" }, "response_format"],
    ["a stream of another kind", { stream_format: "chunks" }, "stream_format"],
    ["a speed that is none", { speed: "fast" }, "speed"],
    ["a speed below zero", { speed: -1 }, "speed"],
  ])("%s", async (_, more, param) => {
    const error = await failure(client.audio.speech.create(say(TEXT, more) as Loose), OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "invalid_request", param });
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("a model that does not speak, and says who could", async () => {
    const error = await failure(client.audio.speech.create(say(TEXT, { model: "openai/gpt-4o" })), OpenAI.APIError);
    expect(error.message).toContain("speech");
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("by its provider, in the provider's words", async () => {
    const long = await failure(client.audio.speech.create(say("x".repeat(4097))), OpenAI.BadRequestError);
    expect(long.message).toContain("4096");
    expect(long.param).toBe("input");
    const sse = await failure(client.audio.speech.create(say(TEXT, { stream_format: "sse" })), OpenAI.BadRequestError);
    expect(sse.message).toContain("stream_format 'sse' is not supported");
  });

  test("without a key", async () => {
    const stranger = clientOf(gateway, { apiKey: "nobody", maxRetries: 0 });
    await failure(stranger.audio.speech.create(say(TEXT)), OpenAI.AuthenticationError);
  });
});
