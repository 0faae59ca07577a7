import { anObject, array, integer, object, oneOf, record, type Shape, string, text } from "../shape.ts";

/** https://platform.openai.com/docs/api-reference/embeddings/create, and the gateway's own fields. */

const WHAT = "a string, an array of strings, an array of tokens, or an array of arrays of tokens; none of them empty";
const texts = array(text, 1);
const tokens = array(integer(0), 1);
const batches = array(tokens, 1);

const input: Shape = (value) => {
  if (typeof value === "string") return value === "" ? { path: [], expected: WHAT } : undefined;
  if (!Array.isArray(value) || value.length === 0) return { path: [], expected: WHAT };
  // The first element says what the others must be.
  const [first] = value;
  if (typeof first === "string") return texts(value);
  if (Array.isArray(first)) return batches(value);
  return tokens(value);
};

export const embeddingsBody = object(
  {
    model: text,
    input,
    encoding_format: oneOf("float", "base64"),
    dimensions: integer(1),
    user: string,
    models: array(text),
    tags: array(string),
    provider: anObject,
    providerOptions: record(anObject),
  },
  ["model", "input"],
);
