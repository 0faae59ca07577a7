import { describe, expect, test } from "bun:test";
import type { Ask } from "../../core/ask.ts";
import type { JsonObject } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { wholeSound } from "../ai-sdk-speech-model/relay.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import { openaiSpeech } from "./index.ts";
import { relayAnswer, relayRequest, relayStream, retold } from "./relay.ts";

const ask = (members: JsonObject = {}): Ask =>
  openaiSpeech.inbound!.read({ model: "acme/large", input: "Grüße", voice: "v", ...members });

describe("what is asked", () => {
  test("is known by its characters, and held to as many tokens as slow speech has", () => {
    expect(ask()).toMatchObject({ most: { characters: 5 }, outputCap: 10, stream: true, isBytes: true });
    expect(ask({ speed: 0.25 }).outputCap).toBe(40);
    expect(ask({ speed: 4 }).outputCap).toBe(10);
    expect(ask({ speed: 0 }).outputCap).toBe(10);
    expect(ask({ stream_format: "sse" }).isBytes).toBeUndefined();
  });

  test("goes out without the gateway's own, and with the provider's", () => {
    const asked = ask({
      models: ["a/b"],
      tags: ["t"],
      user: "u",
      provider: {},
      style: "x",
      providerOptions: {
        gateway: { serviceTier: "flex" },
        acme: { lexiconId: "l", input: "other", streamFormat: "sse" },
      },
    });
    const { body, dropped, headers } = relayRequest(asked, leg());
    expect(body).toEqual({ model: "large-2026", input: "Grüße", voice: "v", style: "x", lexicon_id: "l" });
    expect(dropped.sort()).toEqual(["providerOptions.acme.input", "service_tier"]);
    expect(headers).toEqual({ accept: "*/*" });
  });
});

describe("bytes", () => {
  const read = (pieces: string[], { contentType = "audio/mpeg", ...members }: JsonObject = {}) => {
    const readings = new Readings();
    readings.contentType = contentType as string;
    const stream = relayStream(ask(members), STAMP, readings);
    const told = pieces.map((piece) => stream.push(piece));
    stream.end();
    return { told: told.join(""), readings, stream };
  };

  test("go through as they are, and are counted", () => {
    const pieces = ["\xff\x00", "\r\n\r\ndata: x\n\n", "\x80".repeat(47_990)];
    const { told, readings, stream } = read(pieces, { response_format: "pcm" });
    expect(told).toBe(pieces.join(""));
    // A second of sound: 21 tokens, as four bytes of text each.
    expect(readings).toMatchObject({ contentBytes: 84, committed: true, ended: true, finish: "stop" });
    expect(readings.usage).toEqual({ characters: 5 });
    expect(stream.finish({} as never) + stream.fail({} as never)).toBe("");
  });

  test("in however many pieces are as many tokens", () => {
    const whole = read(["x".repeat(999_999)]).readings.contentBytes;
    expect(read("x".repeat(999_999).match(/.{1,7}/g)!).readings.contentBytes).toBe(whole);
  });

  test("that never come are an error", () => {
    expect(read([]).readings).toMatchObject({ ended: false, committed: false, error: { code: "upstream_malformed" } });
    expect(read([]).readings.usage).toBeUndefined();
  });

  test.each(["text/html; charset=utf-8", "TEXT/PLAIN", "application/json", "application/xml"])(
    "of %s are no sound",
    (contentType) => {
      const { told, readings } = read(["<html>"], { contentType });
      expect(told).toBe("");
      expect(readings).toMatchObject({ committed: false, error: { code: "upstream_malformed" } });
    },
  );

  test("of a type that says nothing may be sound", () => {
    expect(read(["x"], { contentType: "application/octet-stream" }).readings.ended).toBe(true);
  });
});

describe("sound in JSON", () => {
  const SOUND = Buffer.from([255, 243, 0, 13, 10]);
  const JSON_SOUND = `{"audio_data":"${SOUND.toString("base64")}","usage":{"input_tokens":3,"output_tokens":4}}`;
  const told = (members: JsonObject = {}) => {
    const readings = new Readings();
    readings.contentType = "application/json";
    return { bytes: retold(JSON_SOUND, ask(members), readings), readings };
  };

  test("is told in bytes, as it was asked for", () => {
    expect(Buffer.from(told().bytes, "latin1")).toEqual(SOUND);
    expect(told().readings.contentType).toBe("audio/mpeg");
    expect(told({ response_format: "pcm" }).readings.contentType).toBe("audio/pcm");
  });

  test("or in events", () => {
    const { bytes, readings } = told({ stream_format: "sse" });
    expect(readings.contentType).toBe("text/event-stream");
    const stream = relayStream(ask({ stream_format: "sse" }), STAMP, readings);
    for (const frame of bytes.split(/(?<=\n\n)/)) stream.push(frame);
    expect(readings).toMatchObject({ ended: true, usage: { characters: 5, input: 3, output: 4 } });
  });

  test("or whole, in base64 again", () => {
    const readings = new Readings();
    readings.contentType = "application/json";
    const whole = wholeSound(openaiSpeech.relay!).answer(JSON_SOUND, ask(), STAMP, readings);
    expect(JSON.parse(String(whole(CLOSING)))).toEqual({ audio: SOUND.toString("base64") });
    expect(readings.contentType).toBeUndefined();
  });

  test.each([
    ['{"audio_data":""}', "upstream_malformed"],
    ['{"audio_data":null}', "upstream_malformed"],
    ['{"error":{"message":"No.","type":"server_error"}}', "upstream_error"],
    ["null", "upstream_malformed"],
  ])("%s is none", (text, code) => {
    expect(errorOf(() => retold(text, ask(), new Readings())).code).toBe(code as never);
  });
});

test.each([
  ['{"error":{"message":"No.","type":"invalid_request_error"}}', "upstream_invalid_request"],
  ['{"error":null}', "upstream_malformed"],
  ["[]", "upstream_malformed"],
  ["", "upstream_malformed"],
])("%s in place of sound is an error", (text, code) => {
  expect(errorOf(() => relayAnswer(text)).code).toBe(code as never);
});
