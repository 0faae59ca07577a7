import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { formOf } from "../../src/simulator/multipart.ts";
import { countTokens } from "../../src/simulator/tokens.ts";
import { watchLedger } from "../faults/ledger.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { wavOf } from "../support/sound.ts";
import { bodyOf, clientOf, failure, type Loose, sent } from "./client.ts";

const BY_TOKENS = "openai/gpt-4o-transcribe";
const BY_SECONDS = "openai/whisper-1";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway, { maxRetries: 0 });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

/** The file that a provider got. */
function fileSent() {
  const { headers, text } = sent(gateway);
  return formOf(headers["content-type"]!, text)!.files.file![0]!;
}

const idOf = (answer: object): string => (answer as Loose).providerMetadata.gateway.generationId;
const transcriptOf = (seconds: number) =>
  `You sent ${seconds} seconds of sound. This transcript is simulated: nobody has listened.`;

/** A form that no SDK would send. */
async function post(path: string, form: FormData | string, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${KEY}`;
  return fetch(gateway.url + path, { method: "POST", headers: { authorization, ...headers }, body: form });
}

function formWith(fields: Record<string, string | File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

describe("a transcript", () => {
  test("of a file from the disk, which reaches the provider to the byte", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-"));
    const file = Buffer.from(await wavOf(1.5).arrayBuffer());
    for (let i = 44; i < file.length; i++) file[i] = i % 256;
    writeFileSync(join(folder, "meeting.wav"), file);
    const answer = await client.audio.transcriptions.create({
      model: BY_TOKENS,
      file: createReadStream(join(folder, "meeting.wav")),
      language: "en",
      prompt: "Two of us.",
    });
    rmSync(folder, { recursive: true });
    expect(answer.text).toBe(transcriptOf(1.5));
    expect(bodyOf(sent(gateway))).toEqual({ model: "gpt-4o-transcribe", language: "en", prompt: "Two of us." });
    const told = fileSent();
    expect(told.filename).toBe("meeting.wav");
    expect(Buffer.from(told.data, "latin1").equals(file)).toBe(true);
  });

  test("keeps the name and the type of the file", async () => {
    const file = new File([await wavOf(1).arrayBuffer()], "grüße “1”.wav", { type: "audio/x-wav" });
    await client.audio.transcriptions.create({ model: BY_TOKENS, file });
    expect(fileSent()).toMatchObject({ filename: "grüße “1”.wav", type: "audio/x-wav" });
  });

  test("costs its tokens", async () => {
    const answer = await client.audio.transcriptions.create({ model: BY_TOKENS, file: wavOf(2), prompt: "Hello" });
    const input = 20 + countTokens("Hello");
    const output = countTokens(answer.text);
    expect(answer.usage as Loose).toMatchObject({ type: "tokens", input_tokens: input, output_tokens: output });
    const cost = input * 2_500 + output * 10_000;
    expect(Math.round(Number((answer as Loose).providerMetadata.gateway.cost) * 1e9)).toBe(cost);
    const row = gateway.row(idOf(answer))!;
    expect(row).toMatchObject({ operation: "transcribe", input, output, cost, estimated: false, streamed: false });
  });

  test("costs its seconds, those begun", async () => {
    const answer = await client.audio.transcriptions.create({ model: BY_SECONDS, file: wavOf(7.2) });
    expect(answer.usage as Loose).toEqual({ type: "duration", seconds: 8 });
    // $0.006 a minute: 100,000 nanodollars a second.
    const row = gateway.row(idOf(answer))!;
    expect(row).toMatchObject({ cost: 800_000, estimated: false, input: null });
    expect(JSON.parse(row.attempts)[0].units).toEqual({ seconds: 8 });
  });

  test("with the times of its words, which lists of fields ask for", async () => {
    const answer = await client.audio.transcriptions.create({
      model: BY_SECONDS,
      file: wavOf(3),
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect(bodyOf(sent(gateway)).timestamp_granularities).toEqual(["word", "segment"]);
    expect(answer).toMatchObject({ task: "transcribe", duration: 3 });
    expect(answer.words!.length).toBe(answer.text.split(" ").length);
    expect(answer.segments).toHaveLength(1);
  });

  test("with its speakers", async () => {
    const answer = await client.audio.transcriptions.create({
      model: BY_TOKENS,
      file: wavOf(3),
      response_format: "diarized_json",
      chunking_strategy: "auto",
    });
    expect((answer as Loose).segments[0].speaker).toBe("A");
    expect(bodyOf(sent(gateway)).chunking_strategy).toBe("auto");
  });

  test.each([
    ["text", `${transcriptOf(2.5)}\n`],
    ["srt", `1\n00:00:00,000 --> 00:00:02,500\n${transcriptOf(2.5)}\n\n\n`],
    ["vtt", `WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n${transcriptOf(2.5)}\n\n`],
  ] as const)("in %s is told as it is, and the length of the file is paid", async (format, text) => {
    const call = client.audio.transcriptions.create({ model: BY_SECONDS, file: wavOf(2.5), response_format: format });
    const { data, response } = await call.withResponse();
    expect(data as Loose).toBe(text);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const row = gateway.row(response.headers.get("x-request-id")!)!;
    expect(row).toMatchObject({ cost: 300_000, estimated: true });
  });

  test("of more words than its file says it has time for costs the time that they take", async () => {
    const asked = { model: BY_SECONDS, file: wavOf(1), prompt: `[sim say="${"x".repeat(4000)}"]` };
    const { response } = await client.audio.transcriptions.create({ ...asked, response_format: "text" }).withResponse();
    expect(gateway.row(response.headers.get("x-request-id")!)).toMatchObject({ cost: 67 * 100_000, estimated: true });
  });

  test("of a provider that tells no usage is estimated: what it said by its size, what it heard by its length", async () => {
    const file = wavOf(30);
    const answer = await client.audio.transcriptions.create({ model: BY_TOKENS, file, prompt: "[sim no-usage]" });
    const row = gateway.row(idOf(answer))!;
    expect(row).toMatchObject({ estimated: true, output: Math.ceil(answer.text.length / 4) });
    expect(row.input! - 300).toBeGreaterThan(0);
    expect(row.input! - 300).toBeLessThan(30);
    expect(answer.usage as Loose).toMatchObject({ type: "tokens", input_tokens: row.input });
  });

  test("comes in events, piece by piece, with what it cost in the last", async () => {
    const stream = await client.audio.transcriptions.create({
      model: BY_TOKENS,
      file: wavOf(2),
      prompt: '[sim say="Grüße vom Kanal."]',
      stream: true,
    });
    const events: Loose[] = [];
    for await (const event of stream) events.push(event);
    const last = events.pop();
    expect(events.map(({ delta }) => delta).join("")).toBe("Grüße vom Kanal.");
    expect(events.length).toBeGreaterThan(2);
    const output = countTokens("Grüße vom Kanal.");
    expect(last).toMatchObject({
      type: "transcript.text.done",
      text: "Grüße vom Kanal.",
      usage: { output_tokens: output },
    });
    expect(gateway.row(idOf(last))).toMatchObject({
      streamed: true,
      output,
      cost: last.usage.input_tokens * 2_500 + output * 10_000,
      finish: "stop",
    });
  });

  test("comes in events as well from a model that does not stream", async () => {
    const stream = await client.audio.transcriptions.create({ model: BY_SECONDS, file: wavOf(2), stream: true });
    const events: Loose[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(["transcript.text.delta", "transcript.text.done"]);
    expect(events[0].delta).toBe(transcriptOf(2));
    expect(events[1]).toMatchObject({ text: transcriptOf(2), usage: { type: "duration", seconds: 2 } });
    expect(gateway.row(idOf(events[1]))).toMatchObject({ cost: 200_000, estimated: false });
  });

  test("in events that breaks off ends in an error", async () => {
    const stream = await client.audio.transcriptions.create({
      model: BY_TOKENS,
      file: wavOf(2),
      prompt: "[sim tokens=9 cut=3]",
      stream: true,
    });
    const deltas: string[] = [];
    const reading = (async () => {
      for await (const event of stream) deltas.push(event.type);
    })();
    const error = await failure(reading, OpenAI.APIError);
    expect(deltas).toEqual(Array(3).fill("transcript.text.delta"));
    expect(error.code).toMatch(/^upstream_/);
  });

  test("in English", async () => {
    const answer = await client.audio.translations.create({ model: BY_SECONDS, file: wavOf(2) });
    expect(sent(gateway).path).toEndWith("/audio/translations");
    expect(answer.text).toBe(transcriptOf(2));
    expect(gateway.row(idOf(answer))).toMatchObject({ wire: "openai-translations", cost: 200_000 });
  });
});

describe("who serves it", () => {
  test("takes over with the whole file from who fails, and is named in the form", async () => {
    const form = formWith({
      model: BY_SECONDS,
      file: wavOf(4),
      prompt: "[sim model=whisper-1 status=503]",
      models: '["openai/whisper-large-v3-turbo"]',
      providerOptions: '{"gateway":{"tags":["meeting"],"user":"u7"}}',
    });
    const answer = await jsonOf(await post("/v1/audio/transcriptions", form));
    expect(answer.text).toBe(transcriptOf(4));
    const row = gateway.row(idOf(answer))!;
    // $0.04 an hour: 11,111,111 picodollars a second, of which ten are paid at the least.
    expect(row).toMatchObject({ provider: "groq", cost: 111_111, user: "u7", tags: '["meeting"]' });
    for (const { headers, text, body } of gateway.simulator.requests) {
      expect(formOf(headers["content-type"]!, text)!.files.file![0]!.data.length).toBe(wavOf(4).size);
      expect(Object.keys(body as object).sort()).toEqual(["model", "prompt"]);
    }
  });

  test("may be paid for no less than ten seconds", async () => {
    const model = "openai/whisper-large-v3-turbo";
    for (const [seconds, cost] of [
      [0.5, 111_111],
      [10, 111_111],
      [12, 133_333],
    ] as const) {
      const answer = await client.audio.transcriptions.create({ model, file: wavOf(seconds) });
      expect(answer.usage as Loose).toMatchObject({ seconds: Math.ceil(seconds) });
      expect(gateway.row(idOf(answer))).toMatchObject({ cost, estimated: false });
    }
  });

  test("is told options of its own", async () => {
    const form = formWith({
      model: "mistral/voxtral-small-transcribe-3",
      file: wavOf(1),
      providerOptions: '{"mistral":{"diarize":true,"contextBias":["Headgate"]}}',
    });
    await jsonOf(await post("/v1/audio/transcriptions", form));
    expect(bodyOf(sent(gateway))).toMatchObject({ diarize: "true", context_bias: ["Headgate"] });
  });

  test("may have answered with an error inside a 200", async () => {
    const call = client.audio.transcriptions.create({ model: BY_TOKENS, file: wavOf(1), prompt: "[sim error-200]" });
    expect((await failure(call, OpenAI.APIError)).code).toBe("upstream_error");
    const words = client.audio.transcriptions.create({
      model: BY_SECONDS,
      file: wavOf(1),
      prompt: "[sim garbage]",
      response_format: "text",
    });
    expect((await failure(words, OpenAI.APIError)).code).toBe("upstream_malformed");
  });
});

test("who leaves before there is a word pays for the length of the file", async () => {
  const ledger = watchLedger(gateway);
  const controller = new AbortController();
  const asked = { model: BY_SECONDS, file: wavOf(5), prompt: "[sim silence=0]" };
  const call = client.audio.transcriptions
    .create(asked, { signal: controller.signal })
    .catch((error: Error) => error as Loose);
  await gateway.simulator.when(({ status }) => status === 200);
  controller.abort();
  await ledger.at(0);
  expect(await call).toBeInstanceOf(OpenAI.APIUserAbortError);
  expect(ledger.rows[0]).toMatchObject({ error: "client_closed", cost: 500_000, estimated: true });
});

describe("refused before anybody is asked:", () => {
  const path = "/v1/audio/transcriptions";
  const wav = wavOf(1);
  test.each<[string, Record<string, string | File>, string, RegExp]>([
    ["no file", { model: BY_SECONDS }, "file", /must be given/],
    ["an empty file", { model: BY_SECONDS, file: new File([], "a.wav") }, "file", /must not be empty/],
    ["a text for a file", { model: BY_SECONDS, file: "a.wav" }, "file", /must be a file/],
    ["a file in another field", { model: BY_SECONDS, audio: wav }, "audio", /belongs in "file"/],
    ["a file beside the file", { model: BY_SECONDS, file: wav, cover: wav }, "cover", /belongs in "file"/],
    ["no model", { file: wav }, "model", /must be given/],
    [
      "a format that nobody knows",
      { model: BY_SECONDS, file: wav, response_format: "pdf" },
      "response_format",
      /one of/,
    ],
    ["a temperature that is none", { model: BY_SECONDS, file: wav, temperature: "hot" }, "temperature", /a number/],
    ["a wish to stream that is none", { model: BY_SECONDS, file: wav, stream: "perhaps" }, "stream", /true or false/],
    ["models that are no JSON", { model: BY_SECONDS, file: wav, models: "a,b" }, "models", /JSON/],
    [
      "options that are a list",
      { model: BY_SECONDS, file: wav, providerOptions: "[]" },
      "providerOptions",
      /an object/,
    ],
  ])("%s", async (_, fields, param, message) => {
    const response = await post(path, formWith(fields));
    expect(response.status).toBe(400);
    const { error } = await jsonOf(response);
    expect(error).toMatchObject({ type: "invalid_request_error", code: "invalid_request", param });
    expect(error.message).toMatch(message);
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  /** It would be as long as it likes, in an account that is shared or at any address, and was not what a budget reserved for. */
  test.each<[string, Record<string, string>]>([
    ["file_url", { file_url: "https://example.com/a-day.mp3" }],
    ["file_id", { file_id: "another-tenants" }],
    ["url", { url: "https://example.com/a-day.mp3" }],
    ["file", { file: "https://example.com/a-day.mp3" }],
    ["providerOptions.mistral.fileUrl", { providerOptions: '{"mistral":{"fileUrl":"https://example.com/a-day.mp3"}}' }],
    ["providerOptions.groq.url", { providerOptions: '{"groq":{"url":"https://example.com/a-day.mp3"}}' }],
  ])("other sound beside the file, by %s", async (param, fields) => {
    for (const door of [path, "/v1/audio/translations"]) {
      const form = formWith(fields);
      form.append("model", BY_SECONDS);
      form.append("file", wav);
      const response = await post(door, form);
      expect(response.status).toBe(400);
      expect((await jsonOf(response)).error).toMatchObject({ code: "unsupported", param });
    }
    expect(gateway.simulator.requests).toHaveLength(0);
  });

  test("two files", async () => {
    const form = formWith({ model: BY_SECONDS, file: wav });
    form.append("file", wav);
    const { error } = await jsonOf(await post(path, form));
    expect(error).toMatchObject({ param: "file", message: '"file" must be one file.' });
  });

  test("a format of one file's only for transcripts", async () => {
    const form = formWith({ model: BY_SECONDS, file: wav, response_format: "diarized_json" });
    expect((await post("/v1/audio/translations", form)).status).toBe(400);
  });

  test.each([
    ["JSON", JSON.stringify({ model: BY_SECONDS }), "application/json", 400],
    ["a form without a boundary", "--x--\r\n", "multipart/form-data", 400],
    [
      "a form that breaks off",
      '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nopen',
      "multipart/form-data; boundary=x",
      400,
    ],
    ["words", "a", "text/plain", 415],
  ])("%s", async (_, body, type, status) => {
    const response = await post(path, body, { "content-type": type });
    expect(response.status).toBe(status);
    expect((await jsonOf(response)).error.message).toBeString();
  });

  test("a file that is larger than a body may be", async () => {
    const small = await startGateway({ config: { limits: { body_bytes: 100_000 } } });
    const call = clientOf(small, { maxRetries: 0 }).audio.transcriptions.create({ model: BY_SECONDS, file: wavOf(10) });
    const error = await failure(call, OpenAI.APIError);
    expect(error).toMatchObject({ status: 413, code: "request_too_large" });
    await small.stop();
  });

  test("a model that listens to nothing", async () => {
    const call = client.audio.transcriptions.create({ model: "openai/gpt-4o", file: wav });
    expect((await failure(call, OpenAI.APIError)).message).toContain("transcription");
  });
});

test("what a model cannot do its provider refuses", async () => {
  const file = new File([await wavOf(1).arrayBuffer()], "speech.doc");
  const call = client.audio.transcriptions.create({ model: BY_SECONDS, file });
  expect((await failure(call, OpenAI.BadRequestError)).message).toContain("Invalid file format");
  const subtitles = client.audio.transcriptions.create({ model: BY_TOKENS, file: wavOf(1), response_format: "srt" });
  expect((await failure(subtitles, OpenAI.BadRequestError)).param).toBe("response_format");
});
