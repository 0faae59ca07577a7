import { FORMATS } from "../openai-speech/schema.ts";
import { anObject, number, object, oneOf, record, string, text } from "../shape.ts";

/** https://github.com/vercel/ai/blob/main/packages/gateway/src/gateway-speech-model.ts */
export const speechCall = object(
  {
    text,
    voice: text,
    outputFormat: oneOf(...FORMATS),
    instructions: string,
    speed: number(0),
    language: string,
    providerOptions: record(anObject),
  },
  ["text"],
);
