import { describe, expect, test } from "bun:test";
import type { Ask, Upload } from "../../core/ask.ts";
import { utf8ByteText } from "../../core/byte-text.ts";
import type { Closing } from "../../core/closing.ts";
import type { JsonObject } from "../../core/json.ts";
import { Readings } from "../../core/readings.ts";
import { CLOSING, errorOf, leg, STAMP } from "../fixtures/facts.ts";
import { openaiTranslations } from "../openai-translations/index.ts";
import { openaiTranscriptions } from "./index.ts";
import { relayAnswer, relayRequest, relayStream, retold } from "./relay.ts";

const FILE: Upload = { field: "file", name: "a.webm", mediaType: "audio/webm", bytes: Buffer.alloc(20_000, "x") };

const ask = (members: JsonObject = {}, files: readonly Upload[] = [FILE]): Ask =>
  openaiTranscriptions.inbound!.read({ model: "acme/large", ...members }, undefined, files);

function answered(text: string, members: JsonObject = {}, closing: Closing = CLOSING) {
  const readings = new Readings();
  const finish = relayAnswer(utf8ByteText(text), ask(members), STAMP, readings);
  return { told: Buffer.from(finish(closing)).toString(), readings };
}

describe("what is asked", () => {
  test("is known by the length of its file, and held to as many tokens", () => {
    expect(ask()).toMatchObject({ most: { seconds: 10 }, outputCap: 100, stream: false });
    expect(ask({ stream: "true" }).stream).toBe(true);
    expect(ask({ stream: "false" }).stream).toBe(false);
    expect(openaiTranslations.inbound!.read({ model: "m/n", stream: "true" }, undefined, [FILE]).stream).toBe(false);
  });

  test("goes out as a form with the file as it is, without the gateway's own", () => {
    const asked = ask({
      models: '["a/b"]',
      tags: '["t"]',
      user: "u",
      "x-new": "1",
      timestamp_granularities: ["word"],
      providerOptions:
        '{"acme":{"contextBias":["a"],"responseFormat":"text","stream":"true"},"gateway":{"serviceTier":"flex"}}',
    });
    const { body, files, dropped, headers } = relayRequest(asked, leg());
    expect(body).toEqual({ model: "large-2026", "x-new": "1", timestamp_granularities: ["word"], context_bias: ["a"] });
    expect(files).toEqual([FILE]);
    expect(files![0]!.bytes).toBe(FILE.bytes);
    expect(dropped.sort()).toEqual(["providerOptions.acme.stream", "service_tier"]);
    expect(headers).toBeUndefined();
    expect(relayRequest(ask({ response_format: "srt" }), leg()).headers).toEqual({ accept: "*/*" });
    expect(asked.gateway).toMatchObject({ models: ["a/b"], tags: ["t"], user: "u" });
  });
});

describe("an answer in JSON", () => {
  test("keeps its bytes, and gets what it cost", () => {
    const { told, readings } = answered('{"text":"Grüße", "x":1.50,"usage":{"type":"duration","seconds":2.2}}');
    expect(told).toBe(
      `{"text":"Grüße", "x":1.50,"usage":{"type":"duration","seconds":2.2},"providerMetadata":${JSON.stringify(CLOSING.metadata)}}`,
    );
    expect(readings).toMatchObject({ usage: { seconds: 3 }, contentBytes: 7, finish: "stop", ended: true });
  });

  test("without usage is told ours, by whatever it was counted", () => {
    expect(JSON.parse(answered('{"text":"a"}').told).usage).toMatchObject({ type: "tokens", input_tokens: 11 });
    const seconds = { ...CLOSING, usage: { seconds: 7 } };
    expect(JSON.parse(answered('{"text":"a"}', {}, seconds).told).usage).toEqual({ type: "duration", seconds: 7 });
    expect(JSON.parse(answered('{"text":"a"}', {}, { ...CLOSING, usage: undefined }).told).usage).toBeUndefined();
  });

  test.each<[string, JsonObject, object | undefined]>([
    [
      "tokens",
      { input_tokens: 14, output_tokens: 45, input_token_details: { audio_tokens: 14 } },
      { input: 14, output: 45, audio_input: 14 },
    ],
    [
      "both",
      { prompt_tokens: 4, completion_tokens: 9, prompt_audio_seconds: 203 },
      { input: 4, output: 9, seconds: 203 },
    ],
    ["seconds below none", { seconds: -1 }, undefined],
    ["seconds beyond all", { seconds: 1e300 }, undefined],
    ["nothing", {}, undefined],
  ])("counts %s", (_, usage, counted) => {
    expect(answered(JSON.stringify({ text: "a", usage })).readings.usage).toEqual(counted as never);
  });

  test("tells by its length what was counted, where it tells nothing else", () => {
    expect(answered('{"text":"a","duration":8.47}').readings.usage).toEqual({ seconds: 9 });
    expect(answered('{"text":"a","duration":8.47,"usage":{"seconds":4}}').readings.usage).toEqual({ seconds: 4 });
  });

  test.each([
    ['{"error":{"message":"No.","type":"server_error"}}', "upstream_error"],
    ['{"segments":[]}', "upstream_malformed"],
    ['{"text":7}', "upstream_malformed"],
    ["[]", "upstream_malformed"],
    ["<html>", "upstream_malformed"],
    ['{"text":"a"', "upstream_malformed"],
  ])("%s is none", (text, code) => {
    expect(errorOf(() => answered(text)).code).toBe(code as never);
    expect(errorOf(() => retold(text)).code).toBe(code as never);
  });
});

describe("an answer in words", () => {
  test("stays as it is", () => {
    const { told, readings } = answered("Grüße\n", { response_format: "text" });
    expect(told).toBe("Grüße\n");
    expect(readings).toMatchObject({ contentType: "text/plain; charset=utf-8", contentBytes: 8, usage: undefined });
  });

  test("may be said in JSON by who knows nothing else", () => {
    const { told, readings } = answered('{"text":"Grüße","usage":{"seconds":3}}', { response_format: "text" });
    expect(told).toBe("Grüße");
    expect(readings.usage).toEqual({ seconds: 3 });
  });

  test("may begin with a brace", () => {
    expect(answered("{laughs} Hello.", { response_format: "text" }).told).toBe("{laughs} Hello.");
  });

  test.each([
    ['{"text":"a"}', "srt", "upstream_malformed"],
    ["<!DOCTYPE html><html>", "vtt", "upstream_malformed"],
    ['{"error":{"message":"No.","type":"server_error"}}', "text", "upstream_error"],
  ])("%s is no %s", (text, format, code) => {
    expect(errorOf(() => answered(text, { response_format: format })).code).toBe(code as never);
  });
});

test("what was told at once is told again in events", () => {
  const told = retold(utf8ByteText('{"text":"Grüße","usage":{"type":"duration","seconds":2}}'));
  const text = Buffer.from(told, "latin1").toString();
  expect(text).toBe(
    'data: {"type":"transcript.text.delta","delta":"Grüße"}\n\n' +
      'data: {"type":"transcript.text.done","text":"Grüße","usage":{"type":"duration","seconds":2}}\n\n',
  );
});

test("events in other words are told in these", () => {
  const readings = new Readings();
  const stream = relayStream(ask(), STAMP, readings);
  const tell = (event: JsonObject) =>
    stream.push(utf8ByteText(`event: ${event.type}\ndata: ${JSON.stringify({ data: 1, ...event })}\n\n`));
  const usage = { prompt_audio_seconds: 4, prompt_tokens: 3, completion_tokens: 2, total_tokens: 9 };
  const told = [
    tell({ type: "transcription.language", audio_language: "fr" }),
    tell({ type: "transcription.text.delta", text: "é" }),
    tell({ type: "transcription.segment", text: "é", start: 0, end: 1, speaker_id: "s1" }),
    tell({ type: "transcription.done", text: "é", usage }),
  ];
  expect(readings).toMatchObject({ contentBytes: 2, ended: true, usage: { seconds: 4, input: 3, output: 2 } });
  const text = Buffer.from(told.join("") + utf8ByteText(stream.finish(CLOSING)), "latin1").toString();
  expect(text).toBe(
    'event: transcription.language\ndata: {"data":1,"type":"transcription.language","audio_language":"fr"}\n\n' +
      'event: transcript.text.delta\ndata: {"data":1,"type":"transcript.text.delta","delta":"é"}\n\n' +
      'event: transcript.text.segment\ndata: {"data":1,"type":"transcript.text.segment","text":"é","start":0,"end":1,"speaker":"s1"}\n\n' +
      `event: transcript.text.done\ndata: ${JSON.stringify({ data: 1, type: "transcript.text.done", text: "é", usage, providerMetadata: CLOSING.metadata })}\n\n`,
  );
});
