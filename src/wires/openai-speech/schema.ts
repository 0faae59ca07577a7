import { anObject, array, number, object, oneOf, record, type Shape, string, text } from "../shape.ts";

/** Formats of sound that are spoken anywhere: OpenAI's, and those that others have beside them. */
export const FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm", "ogg", "raw", "mulaw", "alaw"] as const;

const voice: Shape = (value) =>
  typeof value === "string"
    ? text(value)
    : anObject(value) && { path: [], expected: "a name, or an object with an id" };

/** https://platform.openai.com/docs/api-reference/audio/createSpeech, and the gateway's own fields. */
export const speechBody = object(
  {
    model: text,
    input: text,
    voice,
    instructions: string,
    response_format: oneOf(...FORMATS),
    speed: number(0),
    stream_format: oneOf("sse", "audio"),
    user: string,
    models: array(text),
    tags: array(string),
    provider: anObject,
    providerOptions: record(anObject),
  },
  ["model", "input"],
);
