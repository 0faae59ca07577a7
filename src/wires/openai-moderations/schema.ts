import { anObject, array, object, record, type Shape, string, tagged, text } from "../shape.ts";

/** https://platform.openai.com/docs/api-reference/moderations/create, and the gateway's own fields. */

const WHAT = "a string, an array of strings, or an array of parts of type text or image_url";
const texts = array(string, 1);
const parts = array(
  tagged(
    "type",
    {
      text: object({ text: string }, ["text"]),
      image_url: object({ image_url: object({ url: text }, ["url"]) }, ["image_url"]),
    },
    true,
  ),
  1,
);

const input: Shape = (value) => {
  if (typeof value === "string") return undefined;
  if (!Array.isArray(value) || value.length === 0) return { path: [], expected: WHAT };
  return typeof value[0] === "string" ? texts(value) : parts(value);
};

export const moderationsBody = object(
  {
    model: text,
    input,
    user: string,
    models: array(text),
    tags: array(string),
    provider: anObject,
    providerOptions: record(anObject),
  },
  ["input"],
);
