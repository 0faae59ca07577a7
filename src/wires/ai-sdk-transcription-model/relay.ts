import { GatewayError } from "../../core/error.ts";
import { arrayAt, type JsonObject, type JsonValue, objectAt, present, stringAt } from "../../core/json.ts";
import { isOption, optionOf, strangersIn, type Words } from "../ai-sdk.ts";
import { transcribeBody } from "./schema.ts";

const NAMED = ["audio", "mediaType", "timestampGranularities", "providerOptions"];

/** How files of these types end; of others as the type is called. Who hears them goes by the name. */
const ENDINGS: Readonly<Record<string, string>> = {
  __proto__: null as never,
  mpeg: "mp3",
  "x-wav": "wav",
  wave: "wav",
  "vnd.wave": "wav",
  "x-m4a": "m4a",
};

/** `doGenerate` of a transcription model in the words of OpenAI's: a form with the sound as a file. */
export const transcribeWords: Words = {
  shape: transcribeBody,
  take({ audio, ...body }) {
    const mediaType = stringAt(body.mediaType) ?? "";
    const kind = (mediaType.split("/")[1] ?? "").split(";")[0]!.toLowerCase();
    const bytes = Buffer.from(stringAt(audio) ?? "", "base64");
    if (bytes.length === 0)
      throw new GatewayError("invalid_request", '"audio" must be base64 of some sound.', { param: "audio" });
    const name = `audio.${ENDINGS[kind] ?? (/^[\w-]{1,10}$/.test(kind) ? kind : "wav")}`;
    return { body, files: [{ field: "file", name, mediaType, bytes }] };
  },
  request(body, leg) {
    const granularities = arrayAt(body.timestampGranularities);
    // Whisper alone tells more than the text: https://platform.openai.com/docs/api-reference/audio/createTranscription (`response_format`)
    const isTimed = granularities !== undefined || /whisper/.test(leg?.upstreamModel ?? "");
    const asked = {
      response_format: isTimed ? "verbose_json" : "json",
      timestamp_granularities: granularities,
      // Elsewhere it is what was routed and is metered; here it is a hint, which the SDK has no other place for.
      prompt: optionOf("prompt", body, leg),
    };
    return { body: present(asked), dropped: strangersIn(body, NAMED) };
  },
  left: (name) => (name === "response_format" || isOption("prompt", name) ? undefined : name),
  reply({ text, segments, words, language, duration }) {
    return present({
      text: text ?? "",
      segments: timed(segments, "text") ?? timed(words, "word") ?? [],
      words: timed(words, "word"),
      language: stringAt(language),
      durationInSeconds: typeof duration === "number" ? duration : undefined,
    }) as JsonObject;
  },
};

/** Pieces of a transcript with their times, in seconds. */
function timed(all: JsonValue | undefined, member: "text" | "word"): JsonObject[] | undefined {
  return arrayAt(all)?.flatMap((one) => {
    const { [member]: text, start, end } = objectAt(one) ?? {};
    if (typeof text !== "string" || typeof start !== "number" || typeof end !== "number") return [];
    return { text, startSecond: start, endSecond: end };
  });
}
