import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { framesIn, type Loose } from "../fixtures/client.ts";
import { type Simulator, startSimulator } from "../server.ts";
import { SOUND_TYPES, secondsOf, soundHead, soundOfToken } from "./sound.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

const KEY = { authorization: "Bearer sk-test" };

function speak(body: object, path = "/openai/v1/audio/speech"): Promise<Response> {
  const headers = { ...KEY, "content-type": "application/json" };
  const told = { model: "tts-1", voice: "alloy", input: "Water comes down", ...body };
  return fetch(simulator.url + path, { method: "POST", headers, body: JSON.stringify(told) });
}

function hear(fields: Record<string, string | File>, task = "transcriptions", path = "/openai/v1"): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ model: "whisper-1", file: wav(1), ...fields })) form.append(name, value);
  return fetch(`${simulator.url}${path}/audio/${task}`, { method: "POST", headers: KEY, body: form });
}

/** What the simulator itself speaks, with its length told, as a recorder on a disk would. */
function wav(seconds: number, name = "a.wav"): File {
  const head = Buffer.from(soundHead("wav"), "latin1");
  const sound = Buffer.alloc(seconds * 48_000);
  head.writeUInt32LE(sound.length, 40);
  return new File([head, sound], name);
}

const complaint = async (response: Promise<Response>): Promise<Loose> => {
  const { status } = await response;
  return { status, ...((await (await response).json()) as Loose).error };
};

describe("speech", () => {
  test.each(Object.entries(SOUND_TYPES))("in %s", async (format, type) => {
    const response = await speak({ response_format: format });
    expect(response.headers.get("content-type")).toBe(type);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.toString("latin1")).toBe(soundHead(format) + soundOfToken(format).repeat(3));
  });

  test("in WAV is a file that says what it is", async () => {
    const file = Buffer.from(await (await speak({ response_format: "wav" })).arrayBuffer());
    expect(file.toString("latin1", 0, 4) + file.toString("latin1", 8, 16)).toBe("RIFFWAVEfmt ");
    expect([file.readUInt16LE(22), file.readUInt32LE(24), file.readUInt16LE(34)]).toEqual([1, 24_000, 16]);
    expect(file.length - 44).toBe(3 * 4608);
    // It is a sound, and not silence.
    expect(Math.max(...Array.from({ length: 100 }, (_, i) => file.readInt16LE(44 + 2 * i)))).toBeGreaterThan(7000);
  });

  test("in MP3 is one frame after another", async () => {
    const file = Buffer.from(await (await speak({})).arrayBuffer());
    for (let at = 0; at < file.length; at += 96) expect(file.readUInt32BE(at)).toBe(0xfff344c4);
    expect(file.length / 96).toBe(12);
  });

  test("of Mistral's is in JSON", async () => {
    const told = await speak({ model: "voxtral-mini-tts-3-0" }, "/mistral/v1/audio/speech");
    const { audio_data: sound } = (await told.json()) as Loose;
    expect(Buffer.from(sound, "base64").toString("latin1")).toBe(soundOfToken("mp3").repeat(3));
  });

  test("in events", async () => {
    const response = await speak({ model: "gpt-4o-mini-tts", stream_format: "sse", response_format: "pcm" });
    const events = framesIn(await response.text());
    expect(events.map(({ type }) => type)).toEqual([...Array(3).fill("speech.audio.delta"), "speech.audio.done"]);
    expect(events.at(-1).usage).toEqual({ input_tokens: 3, output_tokens: 6, total_tokens: 9 });
  });

  test.each([
    ["no text", { input: "" }, "input"],
    ["a text that is none", { input: 7 }, "input"],
    ["too much", { input: "x".repeat(4097) }, "input"],
    ["no voice", { voice: undefined }, "voice"],
    ["another format", { response_format: "midi" }, "response_format"],
    ["another speed", { speed: 5 }, "speed"],
    ["events of an old model", { stream_format: "sse" }, "stream_format"],
  ])("refuses %s", async (_, body, param) => {
    expect(await complaint(speak(body))).toMatchObject({ status: 400, type: "invalid_request_error", param });
  });

  test("refuses what a gateway should have kept", async () => {
    for (const path of ["/openai/v1/audio/speech", "/groq/v1/audio/speech"])
      expect((await complaint(speak({ tags: ["a"] }, path))).message).toContain("tags");
    expect((await speak({ sample_rate: 8000 }, "/groq/v1/audio/speech")).status).toBe(200);
  });
});

describe("transcripts", () => {
  test("tell how long it was", async () => {
    expect(await (await hear({ file: wav(2.5) })).json()).toEqual({
      text: "You sent 2.5 seconds of sound. This transcript is simulated: nobody has listened.",
      usage: { type: "duration", seconds: 3 },
    });
  });

  test("of a model that counts tokens", async () => {
    const told = (await (await hear({ model: "gpt-4o-transcribe", prompt: "[sim tokens=5]Hi" })).json()) as Loose;
    expect(told.usage).toMatchObject({ type: "tokens", input_tokens: 11, output_tokens: 5 });
  });

  test("into English say so", async () => {
    const told = (await (await hear({ response_format: "verbose_json" }, "translations")).json()) as Loose;
    expect(told).toMatchObject({ task: "translate", duration: 1, language: "english" });
  });

  test("in events, where a model has them", async () => {
    const streamed = { stream: "true", prompt: '[sim say="a b"]' };
    const events = framesIn(await (await hear({ model: "gpt-4o-transcribe", ...streamed })).text());
    expect(events.map(({ type, delta, text }) => [type, delta ?? text])).toEqual([
      ["transcript.text.delta", "a"],
      ["transcript.text.delta", " b"],
      ["transcript.text.done", "a b"],
    ]);
    expect(((await (await hear(streamed)).json()) as Loose).text).toBe("a b");
  });

  test.each([
    ["no file", { file: "" }, "file"],
    ["too little", { file: wav(0.05) }, "file"],
    ["another format", { response_format: "pdf" }, "response_format"],
    ["subtitles of a model that has none", { model: "gpt-4o-transcribe", response_format: "vtt" }, "response_format"],
    ["a file of another kind", { file: wav(1, "a.doc") }, null],
    ["what a gateway should have kept", { providerOptions: "{}" }, null],
  ])("refuses %s", async (_, fields, param) => {
    expect(await complaint(hear(fields))).toMatchObject({ status: 400, type: "invalid_request_error", param });
  });

  test("refuses a form that breaks off", async () => {
    const headers = { ...KEY, "content-type": "multipart/form-data; boundary=x" };
    const path = `${simulator.url}/openai/v1/audio/transcriptions`;
    expect((await fetch(path, { method: "POST", headers, body: "--x\r\n" })).status).toBe(400);
  });
});

test("the length of what is no WAV is guessed", () => {
  expect(secondsOf("x".repeat(8000))).toBe(2);
  expect(secondsOf(`${soundHead("wav").slice(0, 36)}LIST`)).toBe(0.01);
});
