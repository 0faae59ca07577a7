import { reworded } from "../ai-sdk.ts";
import { sizedWords } from "../ai-sdk-image-model/relay.ts";
import { geminiGenerate } from "../gemini-generate/index.ts";
import type { Relay, Wire } from "../wire.ts";
import { relayAnswer } from "./relay-answer.ts";
import { relayRequest } from "./relay-request.ts";

const codec: Relay = { request: relayRequest, answer: relayAnswer };

/** Images by Gemini's generateContent, for those who ask for them in OpenAI's words. https://ai.google.dev/gemini-api/docs/image-generation */
export const geminiImages: Wire = {
  name: "gemini-images",
  operation: "image",
  path: geminiGenerate.path,
  decodeError: geminiGenerate.decodeError,
  adapts: {
    "openai-images": codec,
    "openai-image-edits": codec,
    "ai-sdk-image-model": reworded("openai-images", codec, sizedWords),
    "ai-sdk-image-edits": reworded("openai-image-edits", codec, sizedWords),
  },
};
