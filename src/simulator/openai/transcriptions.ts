import type { Answer } from "../answer.ts";
import type { JsonObject } from "../json.ts";
import { type Json, listOf, textOf } from "../json.ts";
import type { FormFile } from "../multipart.ts";
import { type Scenario, withoutDirectives } from "../scenario.ts";
import { countTokens } from "../tokens.ts";
import { Words } from "../words.ts";
import { secondsOf } from "./sound.ts";
import { invalid } from "./vendor.ts";

const MEMBERS = new Set(
  "file model prompt language languages keywords response_format temperature stream include timestamp_granularities chunking_strategy known_speaker_names known_speaker_references".split(
    " ",
  ),
);
const FORMATS = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"];
const ENDINGS = /\.(flac|m4a|mp3|mp4|mpeg|mpga|oga|ogg|wav|webm)$/i;
const LARGEST = 26_214_400;

/**
 * What the API refuses of a request to write down. Not `strict` is another vendor, with members of its own.
 *
 * @throws {Refusal}
 */
export function checkTranscription(body: JsonObject, files: Record<string, FormFile[]>, strict = true): void {
  const model = textOf(body.model);
  if (model === "") throw invalid("you must provide a model parameter");
  const unknown = Object.keys(body).find((name) => !MEMBERS.has(name));
  if (strict && unknown !== undefined) throw invalid(`Unrecognized request argument supplied: ${unknown}`);
  const leaked = ["providerOptions", "models", "tags", "provider"].find((name) => name in body);
  if (leaked !== undefined) throw invalid(`Unrecognized request argument supplied: ${leaked}`);
  const [file] = files.file ?? [];
  if (file === undefined) throw invalid("Missing required parameter: 'file'.", "file", "missing_required_parameter");
  if (!ENDINGS.test(file.filename))
    throw invalid(
      "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']",
    );
  if (file.data.length > LARGEST)
    throw invalid(`413: Maximum content size limit (${LARGEST}) exceeded (${file.data.length} bytes read)`);
  if (secondsOf(file.data) < 0.1)
    throw invalid("Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short");
  const format = textOf(body.response_format) || "json";
  if (!FORMATS.includes(format)) throw invalid(`Invalid value: '${format}'.`, "response_format", "invalid_value");
  if (strict && !model.startsWith("whisper") && /^(srt|vtt|verbose_json)$/.test(format))
    throw invalid(
      `response_format '${format}' is not compatible with model '${model}'. Use 'json' or 'text' instead.`,
      "response_format",
      "unsupported_value",
    );
}

/** What OpenAI answers to a request to write down what is said in a file. `task`: whether into English. */
export function answerTranscription(
  body: JsonObject,
  files: Record<string, FormFile[]>,
  scenario: Scenario,
  task: "transcribe" | "translate",
): Answer {
  const seconds = secondsOf(files.file?.[0]?.data ?? "");
  const prompt = withoutDirectives(textOf(body.prompt));
  const words = wordsOf(scenario, seconds);
  const text = words.toString();
  const isWhisper = textOf(body.model).startsWith("whisper");
  const format = textOf(body.response_format) || "json";
  const usage = scenario["no-usage"] ? {} : { usage: usageOf({ isWhisper, seconds, prompt, output: words.count }) };
  return {
    // Whisper takes no notice of the wish.
    streamed: body.stream === "true" && !isWhisper,
    pieces: words.count,
    promptTokens: 0,
    ...(format.endsWith("json") ? {} : { type: "text/plain; charset=utf-8" }),
    plain: () => {
      if (format === "text") return `${text}\n`;
      if (format === "srt") return `1\n${clock(0, ",")} --> ${clock(seconds, ",")}\n${text}\n\n\n`;
      if (format === "vtt") return `WEBVTT\n\n${clock(0, ".")} --> ${clock(seconds, ".")}\n${text}\n\n`;
      return JSON.stringify(
        format === "json" ? { text, ...usage } : { ...spoken(format, task, seconds, text, body), ...usage },
      );
    },
    stream: () => ({
      opening: "",
      *content() {
        for (const delta of words) yield eventOf({ type: "transcript.text.delta", delta });
      },
      closing: () => eventOf({ type: "transcript.text.done", text, ...usage }),
      unfinished: 'data: {"type":"transcript.text.delta","delta":"',
    }),
  };
}

function wordsOf({ say, tokens, empty }: Scenario, seconds: number): Words {
  if (empty) return Words.none;
  if (say !== undefined) return Words.of(say);
  if (tokens !== undefined) return Words.some(tokens);
  return Words.of(
    `You sent ${Number(seconds.toFixed(2))} seconds of sound. This transcript is simulated: nobody has listened.`,
  );
}

function usageOf(told: { isWhisper: boolean; seconds: number; prompt: string; output: number }): JsonObject {
  if (told.isWhisper) return { type: "duration", seconds: Math.ceil(told.seconds) };
  const audio = Math.ceil(told.seconds * 10);
  const text = countTokens(told.prompt);
  return {
    type: "tokens",
    input_tokens: audio + text,
    output_tokens: told.output,
    total_tokens: audio + text + told.output,
    input_token_details: { audio_tokens: audio, text_tokens: text },
  };
}

function spoken(format: string, task: string, seconds: number, text: string, body: JsonObject): JsonObject {
  if (format === "diarized_json") {
    const segment = { id: "seg_0", type: "transcript.text.segment", start: 0, end: seconds, speaker: "A", text };
    return { task, duration: seconds, text, segments: [segment] };
  }
  const wanted = listOf(body.timestamp_granularities);
  const words: Json[] = text.split(" ").map((word, i, { length }) => ({
    word,
    start: (i * seconds) / length,
    end: ((i + 1) * seconds) / length,
  }));
  const segment = {
    ...{ id: 0, seek: 0, start: 0, end: seconds, text, tokens: [50364], temperature: 0 },
    ...{ avg_logprob: -0.2, compression_ratio: 1.2, no_speech_prob: 0.01 },
  };
  return {
    ...{ task, language: "english", duration: seconds, text },
    ...(wanted.includes("word") ? { words } : {}),
    ...(wanted.length === 0 || wanted.includes("segment") ? { segments: [segment] } : {}),
  };
}

/** As subtitles say it: `00:00:02,500`. */
function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, "0")}`;
}

function eventOf(event: JsonObject): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
