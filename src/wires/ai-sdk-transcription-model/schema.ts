import { anObject, array, object, oneOf, record, text } from "../shape.ts";

/** https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-transcription-model.ts */
export const transcribeBody = object(
  {
    audio: text,
    mediaType: text,
    timestampGranularities: array(oneOf("word", "segment")),
    providerOptions: record(anObject),
  },
  ["audio", "mediaType"],
);
