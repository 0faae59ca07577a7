import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/core/json.ts";
import { Readings } from "../../src/core/readings.ts";
import { toldSeconds } from "../../src/core/sound.ts";
import { CLOSING, leg, STAMP } from "../../src/wires/fixtures/facts.ts";
import { openaiSpeech } from "../../src/wires/openai-speech/index.ts";
import { openaiTranscriptions } from "../../src/wires/openai-transcriptions/index.ts";
import { openaiTranslations } from "../../src/wires/openai-translations/index.ts";
import { xaiSpeech } from "../../src/wires/xai-speech/index.ts";

/** Speech and transcripts as they were recorded: what was asked can be asked here, and what came is passed on. */

interface Recording {
  readonly api: string;
  readonly request: { readonly path: string; readonly body: JsonObject | null };
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: JsonObject | string;
  };
}

const FOLDER = join(import.meta.dir, "../../../shared/recordings");

const all = existsSync(FOLDER) ? readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory()) : [];
const RECORDINGS = all.flatMap(({ name: folder }) =>
  readdirSync(join(FOLDER, folder))
    .filter((file) => file.endsWith(".json"))
    .flatMap((file): [string, Recording][] => {
      const text = readFileSync(join(FOLDER, folder, file), "utf8");
      return text.includes('"api": "audio.') ? [[`${folder}/${file.slice(0, -5)}`, JSON.parse(text)]] : [];
    }),
);
const of = (api: string) =>
  RECORDINGS.filter(
    ([, { api: own, request, response }]) =>
      // xAI's has words of its own, and a path.
      own === api && response.status === 200 && request.path.endsWith(api.replace(".", "/")),
  );

if (existsSync(FOLDER))
  test("there are some of each", () => {
    expect(of("audio.speech").length).toBeGreaterThan(2);
    expect(of("audio.transcriptions").length).toBeGreaterThan(0);
    expect(of("audio.translations").length).toBeGreaterThan(0);
  });

describe("speech", () => {
  const askOf = ({ request }: Recording) => openaiSpeech.inbound!.read({ ...request.body, model: "acme/large" });

  test.each(of("audio.speech"))("%s: what was asked can be asked, and arrives as it was", (_, recording) => {
    const { body } = openaiSpeech.relay!.request(askOf(recording), leg());
    expect(body).toEqual({ ...recording.request.body, model: "large-2026" });
  });

  test.each(of("audio.speech"))("%s: the sound is the provider's, to the byte", (_, recording) => {
    const { body, headers } = recording.response;
    const ask = askOf(recording);
    const readings = new Readings();
    readings.contentType = headers["content-type"];
    const theirs = Buffer.from(typeof body === "string" ? body : (body.audio_data as string), "base64");
    const bytes =
      typeof body === "string"
        ? theirs.toString("latin1")
        : openaiSpeech.relay!.retold!(JSON.stringify(body), ask, readings);
    const stream = openaiSpeech.relay!.stream!(ask, STAMP, readings);
    const told = Buffer.from(stream.push(bytes), "latin1");
    stream.end();
    expect(told.equals(theirs)).toBe(true);
    expect(readings).toMatchObject({ contentType: "audio/mpeg", ended: true, usage: { characters: 64 } });
    // Sixty-four characters are spoken in some four seconds: within what is reserved, and about what is estimated.
    const seconds = toldSeconds(told)!;
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(7);
    expect(readings.contentBytes / 4).toBeLessThan(ask.outputCap!);
  });
});

describe("speech in xAI's words", () => {
  test.each(RECORDINGS.filter(([, { request }]) => request.path.endsWith("/tts")))("%s", (_, { request, response }) => {
    const codec = xaiSpeech.adapts!["openai-speech"]!;
    const ask = openaiSpeech.inbound!.read({ model: "acme/large", input: request.body!.text! });
    expect(codec.request(ask, leg()).body).toEqual(request.body!);
    const readings = new Readings();
    readings.contentType = response.headers["content-type"];
    const bytes = Buffer.from(response.body as string, "base64").toString("latin1");
    const stream = codec.stream!(ask, STAMP, readings);
    expect(stream.push(bytes) === bytes).toBe(true);
    stream.end();
    expect(readings).toMatchObject({ ended: true, usage: { characters: 64 } });
  });
});

describe("transcripts", () => {
  const file = { field: "file", name: "a.wav", mediaType: "audio/wav", bytes: new Uint8Array(100) };

  test.each([...of("audio.transcriptions"), ...of("audio.translations")])("%s", (_, { api, response }) => {
    const wire = api === "audio.transcriptions" ? openaiTranscriptions : openaiTranslations;
    const ask = wire.inbound!.read({ model: "acme/large" }, undefined, [file]);
    const theirs = response.body as JsonObject;
    const readings = new Readings();
    const finish = wire.relay!.answer(Buffer.from(JSON.stringify(theirs)).toString("latin1"), ask, STAMP, readings);
    const ours = JSON.parse(Buffer.from(finish(CLOSING)).toString());
    expect(ours).toMatchObject({ ...theirs, providerMetadata: CLOSING.metadata });
    const told = theirs.usage as JsonObject | undefined;
    expect(readings.usage?.seconds).toBe(told?.seconds as never);
  });
});
