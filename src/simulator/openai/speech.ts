import type { Answer } from "../answer.ts";
import { type JsonObject, textOf } from "../json.ts";
import type { Scenario } from "../scenario.ts";
import { withoutDirectives } from "../scenario.ts";
import { countTokens } from "../tokens.ts";
import { Words } from "../words.ts";
import { refuseGateways, refuseUnknown, wrongType } from "./complaints.ts";
import { SOUND_TYPES, soundHead, soundOfToken } from "./sound.ts";
import { invalid } from "./vendor.ts";

const MEMBERS = new Set("input model voice instructions response_format speed stream_format".split(" "));
const LONGEST = 4096;

/**
 * What the API refuses of a request to speak. Not `strict` is another vendor, with members of its own.
 *
 * @throws {Refusal}
 */
export function checkSpeech(body: JsonObject, strict = true): void {
  if (textOf(body.model) === "") throw invalid("you must provide a model parameter");
  if (strict) refuseUnknown(body, MEMBERS);
  else refuseGateways(body);
  const { input, voice, response_format: format, speed, stream_format: framing } = body;
  if (typeof input !== "string") throw wrongType("input", "a string", input);
  if (input === "") throw invalid("Invalid 'input': input cannot be an empty string.", "input");
  if (strict && [...input].length > LONGEST) {
    throw invalid(
      `Invalid 'input': string too long. Expected a string with maximum length ${LONGEST}, but got a string with length ${[...input].length} instead.`,
      "input",
      "string_above_max_length",
    );
  }
  if (strict && voice === undefined)
    throw invalid("Missing required parameter: 'voice'.", "voice", "missing_required_parameter");
  if (format !== undefined && !Object.hasOwn(SOUND_TYPES, textOf(format))) {
    throw invalid(
      `Invalid value: '${textOf(format)}'. Supported values are: ${Object.keys(SOUND_TYPES).join(", ")}.`,
      "response_format",
      "invalid_value",
    );
  }
  if (typeof speed === "number" && (speed < 0.25 || speed > 4))
    throw invalid("Invalid 'speed': expected a value between 0.25 and 4.0.", "speed", "invalid_value");
  if (framing === "sse" && textOf(body.model).startsWith("tts-1"))
    throw invalid("stream_format 'sse' is not supported with this model.", "stream_format", "unsupported_value");
}

/** What OpenAI answers to a request to speak: bytes of sound as they are made, or events that carry them. */
export function answerSpeech(body: JsonObject, scenario: Scenario): Answer {
  const text = withoutDirectives(textOf(body.input));
  const words = scenario.tokens === undefined ? Words.of(text) : Words.some(scenario.tokens);
  const format = textOf(body.response_format) || "mp3";
  const input = countTokens(text) + countTokens(textOf(body.instructions));
  const isSse = body.stream_format === "sse";
  // Mistral's come in JSON, all at once.
  const isJson = textOf(body.model).startsWith("voxtral");
  const piece = soundOfToken(format);
  return {
    streamed: !isJson,
    pieces: words.count,
    promptTokens: input,
    ...(isSse || isJson ? {} : { binary: SOUND_TYPES[format] as string }),
    plain() {
      if (!isJson) throw new Error("This sound is always streamed.");
      return JSON.stringify({ audio_data: base64(soundHead(format) + piece.repeat(words.count)) });
    },
    stream: () => ({
      opening: isSse ? "" : soundHead(format),
      *content() {
        let head = isSse ? soundHead(format) : "";
        for (const _ of words) {
          yield isSse ? eventOf({ type: "speech.audio.delta", audio: base64(head + piece) }) : piece;
          head = "";
        }
      },
      closing() {
        if (!isSse) return "";
        const output = words.count * 2;
        const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
        return eventOf({ type: "speech.audio.done", ...(scenario["no-usage"] ? {} : { usage }) });
      },
      unfinished: isSse ? 'data: {"type":"speech.audio.delta","audio":"' : soundHead(format),
    }),
  };
}

function eventOf(event: JsonObject): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function base64(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}
