import {
  anObject,
  anything,
  array,
  boolean,
  integer,
  object,
  oneOf,
  record,
  type Shape,
  string,
  text,
} from "../shape.ts";

/** https://platform.openai.com/docs/api-reference/images/create, …/createEdit, and the gateway's own fields. */
const SHARED = {
  model: text,
  prompt: text,
  n: integer(1),
  size: string,
  quality: string,
  background: string,
  output_format: string,
  output_compression: integer(0),
  response_format: oneOf("url", "b64_json"),
  stream: boolean,
  partial_images: integer(0),
  user: string,
  models: array(text),
  tags: array(string),
  provider: anObject,
  providerOptions: record(anObject),
} satisfies Record<string, Shape>;

export const imagesBody = object({ ...SHARED, style: string, moderation: string }, ["model", "prompt"]);

const image = object({ image_url: text, file_id: anything }, []);

export const editsBody = object({ ...SHARED, images: array(image, 1), mask: image, input_fidelity: string }, [
  "model",
  "prompt",
]);
