import { anObject, array, integer, object, record, type Shape, string, tagged, text } from "../shape.ts";

const file = tagged(
  "type",
  { file: object({ data: text, mediaType: text }, ["data", "mediaType"]), url: object({ url: text }, ["url"]) },
  true,
);

const ratio: Shape = (value) =>
  typeof value === "string" && /^[1-9]\d{0,3}:[1-9]\d{0,3}$/.test(value)
    ? undefined
    : { path: [], expected: 'a ratio as "16:9"' };

/** https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-image-model.ts */
export const imageCall = object(
  {
    prompt: string,
    n: integer(1),
    size: string,
    aspectRatio: ratio,
    seed: integer(),
    files: array(file),
    mask: file,
    providerOptions: record(anObject),
  },
  ["prompt"],
);
