import { inboundOf } from "../ai-sdk.ts";
import { openaiSpeech } from "../openai-speech/index.ts";
import type { Wire } from "../wire.ts";
import { speechWords } from "./relay.ts";

const name = "ai-sdk-speech-model";

/** The AI SDK's speech, which OpenAI's wire says for it. Clients speak it, no provider does. */
export const aiSdkSpeechModel: Wire = {
  name,
  operation: "speech",
  path: () => "/speech-model",
  decodeError: openaiSpeech.decodeError,
  inbound: inboundOf(name, speechWords, openaiSpeech.inbound!),
};
