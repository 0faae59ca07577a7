import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../core/json.ts";
import { errorOf, leg } from "../fixtures/facts.ts";
import { openaiSpeech } from "../openai-speech/index.ts";
import { relayRequest } from "./relay.ts";

const sent = (members: JsonObject = {}) =>
  relayRequest(openaiSpeech.inbound!.read({ model: "acme/large", input: "Grüße", ...members }), leg());

describe("what is asked", () => {
  test("is said in other words", () => {
    expect(sent().body).toEqual({ text: "Grüße", language: "auto" });
    expect(sent({ voice: "eve", response_format: "pcm", speed: 1.2, stream_format: "audio" }).body).toEqual({
      text: "Grüße",
      language: "auto",
      voice_id: "eve",
      output_format: { codec: "pcm" },
      speed: 1.2,
    });
    expect(sent({ voice: { id: "v1" } }).body.voice_id).toBe("v1");
  });

  test("keeps what only it knows, and tells what it does not", () => {
    const told = sent({
      language: "de",
      instructions: "Whisper.",
      models: ["a/b"],
      user: "u",
      providerOptions: {
        gateway: { serviceTier: "flex" },
        acme: { outputFormat: { codec: "mp3", sampleRate: 8000 }, text: "x" },
      },
    });
    expect(told.body).toEqual({
      text: "Grüße",
      language: "de",
      output_format: { codec: "mp3", sample_rate: 8000 },
    });
    expect(told.dropped.sort()).toEqual(["instructions", "service_tier"]);
  });

  test.each([
    ["response_format", "opus"],
    ["stream_format", "sse"],
  ])("%s cannot be %s", (param, word) => {
    expect(errorOf(() => sent({ [param]: word }))).toMatchObject({ code: "unsupported", details: { param } });
  });
});
