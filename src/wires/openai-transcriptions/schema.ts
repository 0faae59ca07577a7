import { GatewayError } from "../../core/error.ts";
import { type JsonObject, type JsonValue, parseJson } from "../../core/json.ts";
import { anObject, array, object, oneOf, record, type Shape, string, text } from "../shape.ts";

/** https://platform.openai.com/docs/api-reference/audio/createTranscription, and the gateway's own fields. All fields of a form are texts. */

/** How a transcript may be told: in JSON of three kinds, or in words. */
export const FORMATS = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] as const;

const decimal: Shape = (value) =>
  (typeof value === "string" && /^-?\d{1,10}(\.\d{1,20})?$/.test(value)) || typeof value === "number"
    ? undefined
    : { path: [], expected: "a number" };
const flag: Shape = (value) =>
  value === "true" || value === "false" || typeof value === "boolean"
    ? undefined
    : { path: [], expected: "true or false" };
const words = array(text);

/** A list may be sent as one text. */
const some: Shape = (value) => (typeof value === "string" ? text(value) : words(value));

const MEMBERS = {
  model: text,
  prompt: string,
  response_format: oneOf(...FORMATS),
  temperature: decimal,
  user: string,
  models: array(text),
  tags: array(string),
  provider: anObject,
  providerOptions: record(anObject),
};

export const transcriptionBody = object(
  {
    ...MEMBERS,
    language: string,
    stream: flag,
    include: some,
    timestamp_granularities: some,
    known_speaker_names: some,
    known_speaker_references: some,
  },
  ["model"],
);

export const translationBody = object(
  { ...MEMBERS, response_format: oneOf("json", "text", "srt", "verbose_json", "vtt") },
  ["model"],
);

/** The gateway's own fields, which are no texts: in a form they are JSON. */
const OWN = ["models", "provider", "providerOptions", "tags"] as const;

/** The fields of a form with those of the gateway read. @throws GatewayError `invalid_request` for one that is no JSON */
export function withOwnFields(form: JsonObject): JsonObject {
  let body = form;
  for (const name of OWN) {
    const written = form[name];
    if (typeof written !== "string") continue;
    body = { ...body, [name]: read(name, written) };
  }
  return body;
}

function read(param: string, written: string): JsonValue {
  const value = parseJson(written);
  if (typeof value === "object") return value;
  throw new GatewayError("invalid_request", `"${param}" must be JSON in a form: an object or an array.`, { param });
}
